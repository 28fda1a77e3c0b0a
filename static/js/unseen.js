/**
 * The badge of notifications: asked for every 30 s while the page is in sight, more seldom after errors.
 * Other scripts of a page may ask along: "notes:asking" has the query, "notes:answer" the answer.
 */

const EVERY = 30_000;
const LONGEST = 15 * 60_000;
const link = document.querySelector("[data-unseen-at]");
const badge = link.querySelector(".count-badge");
const words = link.querySelector("[data-unseen-words]");
const title = document.title;

let wait = EVERY;
let timer = 0;
let asked = Date.now();

function show(count, said) {
  badge.textContent = count;
  words.textContent = said;
  document.title = count ? `(${count}) ${title}` : title;
}

async function ask() {
  asked = Date.now();
  try {
    const query = new URLSearchParams();
    document.dispatchEvent(new CustomEvent("notes:asking", { detail: query }));
    const answer = await fetch(query.size ? `${link.dataset.unseenAt}?${query}` : link.dataset.unseenAt, {
      headers: { Accept: "application/json" },
      signal: AbortSignal.timeout(10_000),
    });
    // Signed out meanwhile: there is nothing to ask for any more.
    if ([401, 403].includes(answer.status)) return;
    if (!answer.ok) throw new Error(String(answer.status));
    const told = await answer.json();
    show(told.count, told.words);
    document.dispatchEvent(new CustomEvent("notes:answer", { detail: told }));
    wait = EVERY;
  } catch {
    // The badge stays as it is; a site in trouble is asked more and more seldom.
    wait = Math.min(wait * 2, LONGEST);
  }
  plan();
}

function plan() {
  clearTimeout(timer);
  if (document.hidden) return;
  timer = setTimeout(ask, Math.max(0, asked + wait - Date.now()));
}

document.addEventListener("visibilitychange", plan);
show(badge.textContent, words.textContent);
plan();
