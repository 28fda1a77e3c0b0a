/** The photo editor in a dialog, over another page. */

import { readEditor } from "./edits_api.js";
import { PhotoEditor } from "./photo_editor.js";

/**
 * Open the editor whose page is at `url`. Resolves to the upload's JSON once the edits are
 * saved, or to null when the person cancels. Rejects when the page can't be had.
 */
export async function openEditor(url) {
  const { editor, css } = await readEditor(url);
  if (!editor) throw new Error(`no editor at ${url}`);
  if (css) await styled(css);
  const dialog = document.createElement("dialog");
  dialog.className = "editor-dialog";
  dialog.setAttribute("aria-labelledby", "editor-heading");
  dialog.append(document.adoptNode(editor));
  document.body.append(dialog);
  return new Promise((resolve) => {
    let answer = null;
    const live = new PhotoEditor(editor, {
      page: url,
      onDone: (upload) => {
        answer = upload;
        dialog.close();
      },
    });
    dialog.addEventListener("cancel", (event) => {
      if (!live.isChanged) return;
      event.preventDefault();
      live.warn();
    });
    dialog.addEventListener("close", () => {
      live.close();
      dialog.remove();
      resolve(answer);
    });
    dialog.showModal();
    live.start();
  });
}

/** The style sheet, loaded once. */
function styled(href) {
  if (document.querySelector(`link[href="${CSS.escape(href)}"]`)) return Promise.resolve();
  const link = Object.assign(document.createElement("link"), { rel: "stylesheet", href });
  const loaded = new Promise((resolve) => {
    link.addEventListener("load", resolve);
    link.addEventListener("error", resolve);
  });
  document.head.append(link);
  return loaded;
}
