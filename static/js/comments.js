/** Comments: what is typed is kept until it is sent, whatever happens meanwhile. */

const PREFIX = "draft-";

const isDraft = (element) => element?.matches?.("textarea[data-draft]");
const keyOf = (area) => PREFIX + area.dataset.draft;

function keep(area) {
  if (area.value.trim() && area.value !== area.defaultValue) sessionStorage.setItem(keyOf(area), area.value);
  else sessionStorage.removeItem(keyOf(area));
}

/** Puts back what was typed into forms that came anew. */
function restore(root) {
  for (const area of root.querySelectorAll("textarea[data-draft]")) {
    const typed = sessionStorage.getItem(keyOf(area));
    // What the site sends back with a sentence about it is the newer of the two.
    if (typed && !area.hasAttribute("aria-invalid")) area.value = typed;
  }
}

document.addEventListener("input", ({ target }) => {
  if (isDraft(target)) keep(target);
});

// A reply begins with a name: one writes on behind it.
document.addEventListener("focusin", ({ target }) => {
  if (isDraft(target) && target.autofocus) target.setSelectionRange(target.value.length, target.value.length);
});

// Control+Enter sends, as everywhere.
document.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey) || !isDraft(event.target)) return;
  event.preventDefault();
  event.target.form.requestSubmit();
});

document.addEventListener("click", ({ target }) => {
  const cancel = target.closest("[data-drop-draft]");
  if (cancel) sessionStorage.removeItem(PREFIX + cancel.dataset.dropDraft);
});

// The focus stays with what one was at: a swap would drop it to the top of the page.
let left = null;

document.addEventListener("htmx:beforeSwap", ({ detail }) => {
  const { elt } = detail.requestConfig;
  const section = elt.closest("[data-comments]");
  if (!section) return;
  const ids = [...section.querySelectorAll("article.comment")].map((comment) => comment.id);
  left = { ids, at: elt.closest("article.comment")?.id, thread: elt.closest(".thread")?.id };
});

function takeUp(section) {
  const { ids, at, thread } = left;
  left = null;
  if (document.activeElement !== document.body) return;
  const comments = [...section.querySelectorAll("article.comment")];
  const goal =
    comments.find((comment) => !ids.includes(comment.id)) ??
    document.getElementById(at) ??
    document.getElementById(thread) ??
    document.getElementById("comments-title");
  goal.tabIndex = -1;
  goal.focus({ preventScroll: true });
  goal.scrollIntoView({ block: "nearest" });
}

// Before the answer takes the form's place: once it is taken in, its words are no draft any more.
document.addEventListener("htmx:beforeSwap", ({ detail }) => {
  const form = detail.requestConfig.elt;
  if (!form.matches("form.comment-form")) return;
  if (detail.xhr.status === 429) {
    // The answer is the form again, with everything typed and a sentence.
    detail.shouldSwap = true;
    detail.isError = false;
  }
  if (detail.xhr.status < 300) sessionStorage.removeItem(keyOf(form.querySelector("textarea")));
});

document.addEventListener("htmx:afterSettle", () => {
  const section = document.querySelector("[data-comments]");
  if (!section) return;
  restore(section);
  if (left) takeUp(section);
  const count = document.getElementById("comments-title").dataset.count;
  for (const place of document.querySelectorAll("[data-comment-count]")) place.textContent = count === "0" ? "" : count;
});

restore(document);
