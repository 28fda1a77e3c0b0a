/** What is new: a line above what was seen the last time, and a button for what comes meanwhile. */

const cards = document.getElementById("cards");
const template = document.getElementById("seen-below");
const button = document.getElementById("news");

// As long away, and the next look is another visit.
const AWAY = 30 * 60_000;
// So many of the newest posts are remembered, since some may be gone the next time.
const REMEMBERED = 24;
const TOLD = 10;
const PREFIX = "seen:";

const codeOf = (card) => card.querySelector(".card-link").pathname.split("/")[2];
const shown = () => [...cards.querySelectorAll(":scope > .card")];

// --- What is kept of a tab, for this account and in this browser alone ----------------------------

const ACCOUNT = `${PREFIX}${template?.dataset.account}:`;

function kept(key) {
  try {
    return JSON.parse(localStorage.getItem(key)) ?? {};
  } catch {
    return {};
  }
}

function keep(key, visit) {
  try {
    localStorage.setItem(key, JSON.stringify(visit));
  } catch {
    // A browser that keeps nothing: then nothing is known of the last time.
  }
}

/** What someone else saw in this browser is not for the next person. */
function forgetOthers() {
  try {
    const theirs = Object.keys(localStorage).filter((key) => key.startsWith(PREFIX) && !key.startsWith(ACCOUNT));
    for (const key of theirs) localStorage.removeItem(key);
  } catch {
    // Nothing is kept where nothing may be.
  }
}

// --- The line, set before the page is first drawn ---------------------------------------------------

function drawLine(seen) {
  if (cards.querySelector(".seen-below")) return;
  const all = shown();
  const first = all.findIndex((card) => seen.includes(codeOf(card)));
  if (first > 0) all[first].before(template.content.querySelector("p").cloneNode(true));
}

function start() {
  const key = ACCOUNT + button.getAttribute("href");
  const before = kept(key);
  const again = Date.now() - (before.at ?? 0) < AWAY;
  const seen = (again ? before.seen : before.newest) ?? [];
  const remember = () => {
    keep(key, { seen, newest: shown().slice(0, REMEMBERED).map(codeOf), at: Date.now() });
  };
  forgetOthers();
  remember();
  addEventListener("pagehide", remember);
  drawLine(seen);
  document.addEventListener("htmx:load", () => drawLine(seen));
}

// --- The button, which lies over the page and moves nothing -----------------------------------------

document.addEventListener("notes:asking", ({ detail: query }) => {
  if (!button) return;
  for (const [name, value] of new URL(button.href).searchParams) query.set(name, value);
  query.set("known", shown().slice(0, TOLD).map(codeOf).join("."));
});

document.addEventListener("notes:answer", ({ detail }) => {
  if (!button || detail.news === undefined) return;
  button.textContent = detail.news;
  button.hidden = !detail.news;
});

async function load() {
  const answer = await fetch(button.href, { signal: AbortSignal.timeout(10_000) });
  if (!answer.ok) throw new Error(String(answer.status));
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const here = new Set(shown().map(codeOf));
  const all = [...page.querySelectorAll("#cards > .card")];
  const fresh = all.filter((card) => !here.has(codeOf(card)));
  // More than a page: there would be a gap above what is here.
  if (!all.length || fresh.length === all.length) throw new Error("a whole page");
  button.hidden = true;
  scrollTo({ top: 0, behavior: "instant" });
  cards.prepend(...fresh);
  for (const card of fresh) htmx.process(card);
  htmx.trigger(cards, "htmx:load");
  shown()[0].querySelector(".card-link").focus({ preventScroll: true });
}

button?.addEventListener("click", async (event) => {
  event.preventDefault();
  try {
    await load();
  } catch {
    location.assign(button.href);
  }
});

if (button && !new URLSearchParams(location.search).has("cursor")) start();
