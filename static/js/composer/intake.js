/** The three ways in for files: chosen, dropped anywhere on the page, pasted. */

export function listenForFiles({ input, veil, onFiles }) {
  input.addEventListener("change", () => {
    const files = [...input.files];
    // Emptied at once: each file travels by itself, never a second time with the form.
    input.value = "";
    onFiles(files);
  });

  document.addEventListener("paste", (event) => {
    const files = [...(event.clipboardData?.files ?? [])];
    if (!files.length) return;
    event.preventDefault();
    onFiles(files);
  });

  const carriesFiles = (event) => event.dataTransfer?.types.includes("Files");
  document.addEventListener("dragover", (event) => {
    if (!carriesFiles(event)) return;
    event.preventDefault();
    event.dataTransfer.dropEffect = "copy";
    veil.hidden = false;
  });
  document.addEventListener("dragleave", (event) => {
    if (!event.relatedTarget) veil.hidden = true;
  });
  document.addEventListener("drop", (event) => {
    veil.hidden = true;
    if (!carriesFiles(event)) return;
    event.preventDefault();
    // A dropped folder comes as a file of no type that can't be read.
    const entries = [...event.dataTransfer.items].filter((entry) => entry.kind === "file");
    const isFolder = (entry) => entry.webkitGetAsEntry?.()?.isDirectory;
    onFiles(entries.filter((entry) => !isFolder(entry)).map((entry) => entry.getAsFile()).filter(Boolean));
  });
}
