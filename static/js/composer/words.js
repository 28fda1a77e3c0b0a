/** What the composer says; the sentences come translated with the page. */

const SENTENCES = Object.fromEntries(
  [...document.getElementById("composer-sentences").content.children].map((line) => [line.dataset.key, line.textContent]),
);

/** The sentence of that key with its {words} filled in. */
export function say(key, words = {}) {
  return SENTENCES[key].replace(/\{(\w+)\}/g, (whole, word) => words[word] ?? whole);
}

/** Bytes as a number of megabytes, written the page's way. */
export function megabytes(bytes) {
  return (bytes / 1e6).toLocaleString(document.documentElement.lang, { maximumFractionDigits: 1 });
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
