/** The wall of cards: lanes, the next page before one needs it, keys, and the way into a post. */

const cards = document.getElementById("cards");
// A line between cards goes across all lanes.
const ACROSS = ".seen-below";
const LAID_OUT = `:scope > .card, :scope > ${ACROSS}`;
const native = CSS.supports("display", "grid-lanes");

// --- Lanes: each card goes where the wall is lowest, so that reading order stays rank order --------

function layOut() {
  const style = getComputedStyle(cards);
  const columns = Number(style.getPropertyValue("--columns"));
  const gap = parseFloat(style.rowGap);
  const all = [...cards.querySelectorAll(LAID_OUT)];
  const heights = all.map((card) => card.offsetHeight);
  const ends = new Array(columns).fill(0);
  all.forEach((card, index) => {
    if (card.matches(ACROSS)) {
      const top = Math.max(...ends);
      card.style.setProperty("--top", `${top}px`);
      ends.fill(top + heights[index] + gap);
      return;
    }
    const lane = lowest(ends);
    card.style.setProperty("--lane", lane);
    card.style.setProperty("--top", `${ends[lane]}px`);
    ends[lane] += heights[index] + gap;
  });
  cards.style.paddingBlockStart = `${Math.max(...ends)}px`;
}

/** The lowest lane; of those nearly as low (a line of text apart), the first in reading order. */
function lowest(ends) {
  const least = Math.min(...ends);
  return ends.findIndex((end) => end - least < 20);
}

function startLanes() {
  cards.classList.add("lanes");
  layOut();
  const sizes = new ResizeObserver(layOut);
  const watch = () => [cards, ...cards.querySelectorAll(LAID_OUT)].forEach((one) => sizes.observe(one));
  watch();
  new MutationObserver(() => {
    layOut();
    watch();
  }).observe(cards, { childList: true });
}

// --- The next page, asked for while its place is still far below ----------------------------------

const coming = new IntersectionObserver(
  (entries) => {
    for (const { isIntersecting, target } of entries) {
      if (!isIntersecting) continue;
      coming.unobserve(target);
      target.dispatchEvent(new Event("near"));
    }
  },
  { rootMargin: "0px 0px 1600px" },
);

function watchMore() {
  const more = cards.querySelector(".more");
  if (more) coming.observe(more);
}

// --- Keys ------------------------------------------------------------------------------------------

function step(by) {
  const links = [...cards.querySelectorAll(".card-link")];
  const at = links.indexOf(document.activeElement.closest(".card")?.querySelector(".card-link"));
  const next = links[at < 0 ? 0 : at + by];
  next?.focus({ preventScroll: true, focusVisible: true });
  next?.scrollIntoView({ block: "center" });
}

document.addEventListener("notes:key", ({ detail }) => {
  if (detail.key === "j") step(1);
  if (detail.key === "k") step(-1);
});

// --- The photo of a card becomes the photo of its post, and back ----------------------------------

function nameFrame(viewTransition, address) {
  const path = new URL(address).pathname;
  const frame = cards?.querySelector(`.card-link[href="${CSS.escape(path)}"] .frame`);
  if (!viewTransition || !frame) return;
  frame.style.viewTransitionName = "photo";
  viewTransition.finished.finally(() => (frame.style.viewTransitionName = ""));
}

addEventListener("pageswap", ({ viewTransition, activation }) => {
  if (activation?.entry?.url) nameFrame(viewTransition, activation.entry.url);
});
addEventListener("pagereveal", ({ viewTransition }) => {
  const from = globalThis.navigation?.activation?.from?.url;
  if (from) nameFrame(viewTransition, from);
});

if (cards) {
  if (!native) startLanes();
  // Not before somebody scrolls: most visits to a wall end on its first page.
  const start = () => {
    watchMore();
    document.addEventListener("htmx:load", watchMore);
  };
  if (document.documentElement.scrollHeight > innerHeight) addEventListener("scroll", start, { once: true, passive: true });
  else document.addEventListener("htmx:load", start, { once: true });
}
