/** The dialog in which one chooses the collections of a post: opens when its form is there. */

const dialog = document.getElementById("collect");

document.addEventListener("htmx:afterSwap", ({ detail }) => {
  if (!dialog || detail.target !== dialog) return;
  // An answer without a form says that the choice is made.
  if (!dialog.querySelector("form.collect")) dialog.close();
  else if (!dialog.open) dialog.showModal();
});
