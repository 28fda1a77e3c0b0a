/** Sending edits, and loading the picture they are drawn on. */

const PATIENCE_MS = 30_000;
// A photo that is being made ready is looked for again this often.
const AGAIN_MS = 1_000;

/**
 * Send edits. Resolves (it never rejects) to `{ upload }`, or to `{ sentence }` from the server,
 * or to `{ key }`, the key of a sentence of our own.
 */
export async function sendEdits({ url, csrf, edits }) {
  let response;
  try {
    response = await fetch(url, {
      method: "POST",
      headers: { Accept: "application/json", "Content-Type": "application/json", "X-CSRFToken": csrf },
      body: JSON.stringify({ edits }),
      signal: AbortSignal.timeout(PATIENCE_MS),
    });
  } catch {
    return { key: "network" };
  }
  const answer = await response.json().catch(() => null);
  if (response.ok && answer) return { upload: answer };
  if (answer?.error) return { sentence: answer.error };
  return { key: { 401: "signedOut", 404: "gone", 429: "busy" }[response.status] ?? "server" };
}

/** The picture behind an address, ready to be drawn; null when there is none. */
export async function loadPicture(url) {
  const image = new Image();
  image.src = url;
  try {
    await image.decode();
    return image;
  } catch {
    return null;
  }
}

/** The address of the preview as soon as the page names one; null when `isOver()` comes first. */
export async function awaitPreview(page, isOver) {
  while (!isOver()) {
    await new Promise((resolve) => setTimeout(resolve, AGAIN_MS));
    const found = await readEditor(page).catch(() => null);
    if (found?.editor?.dataset.preview) return found.editor.dataset.preview;
  }
  return null;
}

/** The editor of another page, as `{ editor, css }`; rejects when the page can't be had. */
export async function readEditor(page) {
  const response = await fetch(page, { headers: { Accept: "text/html" } });
  const text = await response.text();
  const parsed = new DOMParser().parseFromString(text, "text/html");
  const css = parsed.querySelector("link[data-editor-css]")?.getAttribute("href");
  return { editor: parsed.getElementById("editor"), css };
}
