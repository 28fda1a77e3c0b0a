/** Opening the editor of a photo: above the composer, or where that fails as a page of its own. */

/** `onSaved(answer)` hears the upload's JSON once the edits are saved. */
export async function openEditor(card, onSaved) {
  let answer;
  try {
    const dialog = await import("../editor/dialog.js");
    answer = await dialog.openEditor(card.editor);
  } catch {
    location.assign(card.editor);
    return;
  }
  card.focus("edit");
  if (answer) onSaved(answer);
}
