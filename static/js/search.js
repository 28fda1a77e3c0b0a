/** The search field: suggestions while one types, and recent searches, which stay in this browser. */

const form = document.querySelector("[data-search]");
const field = form.querySelector("#q");
const list = form.querySelector("#suggestions");
const status = form.querySelector("[data-suggested]");

// --- Suggestions: a combobox with a list of links (WAI-ARIA, list autocomplete) --------------------

const PAUSE = 200;
const SHORTEST = 2;
let timer = 0;
let request = new AbortController();
let active = -1;

field.setAttribute("role", "combobox");
field.setAttribute("aria-autocomplete", "list");
field.setAttribute("aria-controls", list.id);
field.setAttribute("aria-expanded", "false");

const options = () => [...list.querySelectorAll("[role=option]")];

function close() {
  clearTimeout(timer);
  request.abort();
  list.hidden = true;
  field.setAttribute("aria-expanded", "false");
  choose(-1);
}

function show(html) {
  list.innerHTML = html;
  options().forEach((option, index) => (option.id = `suggestion-${index}`));
  choose(-1);
  list.hidden = options().length === 0;
  field.setAttribute("aria-expanded", String(!list.hidden));
  status.textContent = list.querySelector("[data-said]")?.dataset.said ?? "";
}

function choose(index) {
  active = index;
  options().forEach((option, at) => option.setAttribute("aria-selected", String(at === index)));
  const chosen = options()[index];
  if (!chosen) return field.removeAttribute("aria-activedescendant");
  field.setAttribute("aria-activedescendant", chosen.id);
  chosen.scrollIntoView({ block: "nearest" });
}

async function suggest() {
  const words = field.value.trim();
  request.abort();
  request = new AbortController();
  const { signal } = request;
  try {
    const answer = await fetch(`${form.dataset.suggest}?${new URLSearchParams({ q: words })}`, { signal });
    const html = answer.ok && !answer.redirected ? await answer.text() : "";
    if (!signal.aborted) show(html);
  } catch {
    // Cancelled by the next letter, or out of reach: the form itself still searches.
  }
}

field.addEventListener("input", () => {
  clearTimeout(timer);
  if ([...field.value.trim()].length < SHORTEST) return close();
  timer = setTimeout(suggest, PAUSE);
});

field.addEventListener("keydown", (event) => {
  if (event.isComposing || list.hidden) return;
  const last = options().length - 1;
  if (event.key === "ArrowDown") choose(active < last ? active + 1 : -1);
  else if (event.key === "ArrowUp") choose(active < 0 ? last : active - 1);
  else if (event.key === "Enter" && active >= 0) options()[active].click();
  else if (event.key === "Escape") close();
  else return;
  event.preventDefault();
});

// A press on the list must not take the focus away, or the list would be gone before it is heard.
list.addEventListener("mousedown", (event) => event.preventDefault());
field.addEventListener("blur", close);
form.addEventListener("submit", close);
addEventListener("pagehide", close);

// --- Recent searches: the newest ten of this account, in this browser alone -------------------------

const MOST = 10;
const PREFIX = "searches:";
const KEY = PREFIX + form.dataset.account;
const recent = document.getElementById("recent");

function kept() {
  try {
    const found = JSON.parse(localStorage.getItem(KEY) ?? "[]");
    return Array.isArray(found) ? found.filter((one) => typeof one === "string").slice(0, MOST) : [];
  } catch {
    return [];
  }
}

function keep(searches) {
  try {
    if (searches.length) localStorage.setItem(KEY, JSON.stringify(searches.slice(0, MOST)));
    else localStorage.removeItem(KEY);
  } catch {
    // A browser that keeps nothing: there are no recent searches then.
  }
}

/** Whoever was signed in here before, their searches are not for the next person. */
function forgetOthers() {
  try {
    const keys = Object.keys(localStorage).filter((key) => key.startsWith(PREFIX) && key !== KEY);
    for (const key of keys) localStorage.removeItem(key);
  } catch {
    // Nothing is kept where nothing may be.
  }
}

function draw() {
  const searches = kept();
  const template = recent.querySelector("template");
  const rows = searches.map((search) => {
    const row = template.content.cloneNode(true);
    const link = row.querySelector("a");
    // As text: within a template no address is resolved, so the parts of one can't be set.
    link.setAttribute("href", `${link.getAttribute("href")}?${new URLSearchParams({ q: search })}`);
    link.querySelector("bdi").textContent = search;
    const button = row.querySelector("[data-forget]");
    button.setAttribute("aria-label", `${button.getAttribute("aria-label")}: ${search}`);
    button.addEventListener("click", () => {
      keep(kept().filter((one) => one !== search));
      draw();
      (recent.querySelector("[data-forget]") ?? field).focus();
    });
    return row;
  });
  recent.querySelector("ul").replaceChildren(...rows);
  recent.hidden = rows.length === 0;
}

forgetOthers();
const asked = new URLSearchParams(location.search).get("q")?.trim().slice(0, field.maxLength);
if (asked) keep([asked, ...kept().filter((one) => one !== asked)]);
if (recent) {
  recent.querySelector("[data-forget-all]").addEventListener("click", () => {
    keep([]);
    draw();
    field.focus();
  });
  draw();
  // Back from a search that was made here: the list has it now.
  addEventListener("pageshow", draw);
}
