/** What the form holds, as data: for the server's draft, for the copy in this tab, to compare two. */

const OF_PHOTOS = ["uploads", "alt_text", "photos", "place", "remove"];
const OF_WORDS = ["title", "caption", "audience", "list", "comments_by", "hides_like_count", "licence", "made_with_ai", "is_paid"];

/** The fields as the server takes them, with the photos that it has received, in their order. */
export function fieldsOf(form, cards) {
  const data = new FormData(form);
  for (const name of OF_PHOTOS) data.delete(name);
  const fields = new URLSearchParams(data);
  for (const { id, alt } of cards) {
    if (!id) continue;
    fields.append("uploads", id);
    fields.append("alt_text", alt.value);
  }
  return fields;
}

/** Whether there is nothing in it that somebody would miss. */
export function isEmpty(fields) {
  return !fields.has("uploads") && !fields.get("title").trim() && !fields.get("caption").trim();
}

/** Write words and labels back into the form. */
export function fillWords(form, fields) {
  for (const name of OF_WORDS) {
    const field = form.elements[name];
    if (field instanceof HTMLInputElement && field.type === "checkbox") field.checked = fields.has(name);
    else if (fields.has(name)) field.value = fields.get(name);
  }
}

/** Whether a page of the composer, as the server made it, says the same as these fields. */
export function saysTheSame(fields, page) {
  const form = page.getElementById("composer");
  if (!form) return false;
  const at = Date.parse(form.querySelector("#id_publish_at")?.dataset.at);
  return told(fields) === told(new FormData(form)) && Object.is(at, Date.parse(fields.get("publish_at")));
}

/** Whether this page, fetched again, says the same as these fields; false when it can't be had. */
export async function isOnTheServer(fields) {
  try {
    const response = await fetch(location.href, { headers: { Accept: "text/html" } });
    return saysTheSame(fields, new DOMParser().parseFromString(await response.text(), "text/html"));
  } catch {
    return false;
  }
}

function told(fields) {
  const words = OF_WORDS.map((name) => fields.getAll(name));
  const uploads = fields.getAll("uploads");
  // Parsed without scripts, a page has the fields of its <noscript> too.
  const altTexts = fields.getAll("alt_text").slice(0, uploads.length);
  const ticked = [...fields].filter(([name]) => name.startsWith("shown-"));
  return JSON.stringify([words, uploads, altTexts, ticked]).replaceAll("\\r\\n", "\\n");
}
