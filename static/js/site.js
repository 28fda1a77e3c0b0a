/** What every page does beyond its HTML: placeholders, likes, sharing, dialogs, keys, short words. */

import { placeholder } from "./modules/thumbhash.js";

const words = document.body.dataset;

function toast(sentence) {
  const line = document.createElement("p");
  line.textContent = sentence;
  document.getElementById("toasts").append(line);
  setTimeout(() => line.classList.add("gone"), 4000);
  setTimeout(() => line.remove(), 4600);
}

// --- Placeholders: drawn above a picture that is near and not loaded, and faded out when it is ----

const near = new IntersectionObserver(
  (entries) => {
    for (const { isIntersecting, target } of entries) {
      if (!isIntersecting) continue;
      near.unobserve(target);
      drawPlaceholder(target);
    }
  },
  { rootMargin: "100%" },
);

function drawPlaceholder(picture) {
  if (picture.complete) return;
  const ratio = picture.getAttribute("width") / picture.getAttribute("height");
  const drawing = placeholder(picture.dataset.thumbhash, ratio);
  if (!drawing) return;
  const fade = () => {
    drawing.classList.add("gone");
    setTimeout(() => drawing.remove(), 400);
  };
  picture.addEventListener("load", fade, { once: true });
  picture.addEventListener("error", () => drawing.remove(), { once: true });
  picture.after(drawing);
}

function dress(root) {
  for (const picture of root.querySelectorAll(".frame > img[data-thumbhash]")) near.observe(picture);
  for (const time of root.querySelectorAll("time[data-relative]")) sayHowLongAgo(time);
}

const UNITS = [["minute", 60], ["hour", 3600], ["day", 86400]];
const ago = new Intl.RelativeTimeFormat(document.documentElement.lang, { numeric: "auto" });

function sayHowLongAgo(time) {
  const seconds = (Date.parse(time.dateTime) - Date.now()) / 1000;
  if (!(Math.abs(seconds) < 7 * 86400)) return;
  const [unit, length] = UNITS.findLast(([, size]) => -seconds >= size) ?? UNITS[0];
  time.title = time.textContent;
  time.textContent = ago.format(Math.min(0, Math.round(seconds / length)), unit);
}

// --- Requests: the token of this page; likes and saves show at once and are put back when it fails --------

document.addEventListener("htmx:configRequest", ({ detail }) => {
  const token = document.querySelector("[name=csrfmiddlewaretoken]")?.value;
  if (token && detail.verb !== "get") detail.headers["X-CSRFToken"] = token;
});

function toggleLike(button) {
  const liked = button.getAttribute("aria-pressed") !== "true";
  const count = button.querySelector(".count");
  button.setAttribute("aria-pressed", liked);
  button.classList.toggle("fresh", liked);
  if (count) count.textContent = Math.max(0, Number(count.textContent) + (liked ? 1 : -1)) || "";
}

document.addEventListener("htmx:beforeSend", ({ target }) => {
  if (target.matches("button.like")) toggleLike(target);
});

// What the server, or a script of one page, has to say shortly.
document.addEventListener("notes:say", ({ detail }) => toast(detail.sentence));

// What an answer means that refuses; anything else did not reach the site.
const SAID = { 404: "gone", 429: "slower" };

for (const trouble of ["htmx:responseError", "htmx:sendError", "htmx:timeout"]) {
  document.addEventListener(trouble, ({ target, detail }) => {
    if (target.matches("button.like")) toggleLike(target);
    if (!target.matches("#post")) toast(words[SAID[detail.xhr?.status]] ?? words.trouble);
  });
}

// A request that was led elsewhere (signed out meanwhile) is a page to go to, not a piece of this one.
document.addEventListener("htmx:beforeSwap", ({ detail }) => {
  const came = new URL(detail.xhr.responseURL, location);
  const asked = new URL(detail.pathInfo.requestPath, location);
  if ([asked.pathname, location.pathname].includes(came.pathname)) return;
  detail.shouldSwap = false;
  location.assign(came);
});

// What was pressed may be gone with its answer: the focus goes to what came instead.
document.addEventListener("htmx:afterSettle", ({ target, detail }) => {
  const pressed = ["click", "submit"].includes(detail.requestConfig?.triggeringEvent?.type);
  if (!pressed || document.activeElement !== document.body || target.closest("[data-comments]")) return;
  const goal = target.matches("a[href], button") ? target : (target.querySelector("a[href], button") ?? target);
  if (goal === target && !target.matches("a[href], button")) goal.tabIndex = -1;
  goal.focus({ preventScroll: true });
});

document.addEventListener("htmx:load", ({ target }) => dress(target.parentElement ?? target));

// --- Clicks: dialogs, menus, sharing, back ---------------------------------------------------------

async function share(link) {
  const url = link.href;
  try {
    if (navigator.share) {
      await navigator.share({ title: document.title, url });
    } else {
      await navigator.clipboard.writeText(url);
      toast(words.copied);
    }
  } catch (problem) {
    if (problem.name !== "AbortError") toast(url);
  }
}

document.addEventListener("click", (event) => {
  const { target } = event;
  const opener = target.closest("[data-open]");
  if (opener) document.getElementById(opener.dataset.open).showModal();
  if (target.matches("dialog.sheet")) target.close();
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    if (!menu.contains(target)) menu.open = false;
  }
  const link = target.closest("[data-share]");
  if (link) {
    event.preventDefault();
    share(link);
  }
  const cameFromHere = document.referrer.startsWith(`${location.origin}/`) && history.length > 1;
  if (target.closest("[data-back]") && cameFromHere) {
    event.preventDefault();
    history.back();
  }
});

// What opens in a menu is seen whole, also at the foot of a phone.
document.addEventListener(
  "toggle",
  ({ target }) => {
    const inside = target.matches(".menu") ? target.querySelector(".menu-body") : target.closest(".menu-body") && target;
    if (inside && target.open) inside.scrollIntoView({ block: "nearest" });
  },
  true,
);

// --- Signing out: what this browser kept for the person goes too ----------------------------------

document.addEventListener("submit", ({ target }) => {
  if (!target.action?.endsWith?.("/accounts/logout/")) return;
  for (const key of Object.keys(localStorage)) {
    if (/^(searches|seen):/.test(key)) localStorage.removeItem(key);
  }
});

// --- Keys: one letter each, only outside of fields, and only while the person wants them ----------

const SWITCH = "keys";
const PRESSED = { l: ".like", s: ".save" };
const keySwitch = document.querySelector("[data-keys-switch]");
if (keySwitch) {
  keySwitch.checked = localStorage.getItem(SWITCH) !== "off";
  keySwitch.addEventListener("change", () => localStorage.setItem(SWITCH, keySwitch.checked ? "on" : "off"));
}

function wanted(event) {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return false;
  if (document.querySelector("dialog[open]")) return false;
  return !event.target.closest("input, textarea, select, [contenteditable]");
}

/** Into the field of the search page, or to that page, whose field has the focus then. */
function search(event) {
  const field = document.querySelector("input[type=search]");
  event.preventDefault();
  if (field) field.select();
  else document.querySelector('[data-key="/"]').click();
}

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") {
    for (const menu of document.querySelectorAll("details.menu[open]")) {
      menu.open = false;
      menu.querySelector("summary").focus();
    }
  }
  if (!keySwitch?.checked || !wanted(event)) return;
  if (event.key === "?") document.getElementById("keys").showModal();
  else if (event.key === "/") search(event);
  else if (event.key in PRESSED) (document.activeElement.closest(".card") ?? document.querySelector(".post"))?.querySelector(PRESSED[event.key])?.click();
  else document.dispatchEvent(new CustomEvent("notes:key", { detail: event }));
});

dress(document);
