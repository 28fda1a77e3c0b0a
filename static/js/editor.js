/** The editor's own page: starts it, and goes back when it is done. */

import { PhotoEditor } from "./editor/photo_editor.js";

const root = document.getElementById("editor");
const next = root.querySelector('input[name="next"]').value;

new PhotoEditor(root, { page: location.href, onDone: () => location.assign(next) }).start();
