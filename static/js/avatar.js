/** Shows a chosen picture as the avatar it will be, before it is sent. */

const form = document.getElementById("avatar-form");
const SIDE_PX = 240;

form.classList.add("is-live");
form.elements.avatar.addEventListener("change", async () => {
  const [file] = form.elements.avatar.files;
  if (!file) return;
  let bitmap;
  try {
    bitmap = await createImageBitmap(file);
  } catch {
    // A format this browser can't show, such as HEIC: the server can, so it may be sent all the same.
    return;
  }
  const side = Math.min(bitmap.width, bitmap.height);
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [SIDE_PX, SIDE_PX];
  canvas.className = "avatar huge";
  const [left, top] = [(bitmap.width - side) / 2, (bitmap.height - side) / 2];
  canvas.getContext("2d").drawImage(bitmap, left, top, side, side, 0, 0, SIDE_PX, SIDE_PX);
  bitmap.close();
  document.getElementById("avatar-now").replaceChildren(canvas);
});
