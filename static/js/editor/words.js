/** What the editor says; the sentences come translated with its part of the page. */

/** A function that gives the sentence of a key with its {words} filled in. */
export function sentencesOf(root) {
  const lines = root.querySelector('[data-part="sentences"]').content.children;
  const sentences = Object.fromEntries([...lines].map((line) => [line.dataset.key, line.textContent.trim()]));
  return (key, words = {}) => sentences[key].replace(/\{(\w+)\}/g, (whole, word) => words[word] ?? whole);
}
