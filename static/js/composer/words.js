/** What the composer says; the sentences come translated with the page. */

const SENTENCES = Object.fromEntries(
  [...document.getElementById("composer-sentences").content.children].map((line) => [line.dataset.key, line.textContent.trim()]),
);

/** The sentence of that key with its {words} filled in. */
export function say(key, words = {}) {
  return SENTENCES[key].replace(/\{(\w+)\}/g, (whole, word) => words[word] ?? whole);
}

/** Bytes as a number of megabytes, written the page's way. */
export function megabytes(bytes) {
  return (bytes / 1e6).toLocaleString(document.documentElement.lang, { maximumFractionDigits: 1 });
}

/** The size of a file as the page writes it, in units of 1,024. */
export function fileSize(bytes) {
  const [key, unit] = bytes < 2 ** 20 ? ["kilobytes", 2 ** 10] : ["megabytes", 2 ** 20];
  const digits = { minimumFractionDigits: 1, maximumFractionDigits: 1 };
  return say(key, { size: (bytes / unit).toLocaleString(document.documentElement.lang, digits) });
}

/** A part of 1 in percent, written the page's way. */
export function percent(part) {
  return part.toLocaleString(document.documentElement.lang, { style: "percent" });
}

/** The first names, and how many more there are. */
export function listNames(files) {
  const names = files.slice(0, 3).map((file) => file.name).join(", ");
  return files.length > 3 ? `${names} +${files.length - 3}` : names;
}
