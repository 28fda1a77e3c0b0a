/** A post: turning its photos and looking closer. */

import "./modules/local_times.js";

// The progress is asked for again and again, and each answer replaces the post: not under an open menu.
document.addEventListener("htmx:beforeRequest", (event) => {
  if (event.target.id === "post" && event.target.querySelector("details[open]")) event.preventDefault();
});

class PhotoCarousel extends HTMLElement {
  connectedCallback() {
    this.row = this.querySelector(".slides");
    this.slides = [...this.row.children];
    this.at = 0;
    this.back = this.querySelector(".turn.back");
    this.next = this.querySelector(".turn.next");
    if (this.slides.length < 2) return;
    this.back.addEventListener("click", () => this.turn(-1));
    this.next.addEventListener("click", () => this.turn(1));
    this.seen = new IntersectionObserver((entries) => this.follow(entries), { root: this.row, threshold: 0.6 });
    this.slides.forEach((slide) => this.seen.observe(slide));
    this.querySelector("[data-of]").textContent = this.slides.length;
    this.show();
  }

  disconnectedCallback() {
    this.seen?.disconnect();
  }

  turn(by) {
    const slide = this.slides[this.at + by];
    if (!slide) return;
    const from = this.row.getBoundingClientRect();
    const to = slide.getBoundingClientRect();
    this.row.scrollBy({ left: to.left + to.width / 2 - from.left - from.width / 2, behavior: smooth() });
  }

  follow(entries) {
    const there = entries.find((entry) => entry.isIntersecting);
    if (!there) return;
    this.at = this.slides.indexOf(there.target);
    this.show();
  }

  show() {
    this.back.disabled = this.at === 0;
    this.next.disabled = this.at === this.slides.length - 1;
    this.querySelector("[data-at]").textContent = this.at + 1;
    this.querySelectorAll(".dots i").forEach((dot, index) => dot.classList.toggle("on", index === this.at));
    showDetails(this.at);
    // The neighbour loads before one turns to it.
    const neighbour = this.slides[this.at + 1]?.querySelector("img");
    if (neighbour) neighbour.loading = "eager";
  }
}

// Of the details that photos show, those of the photo one looks at.
function showDetails(at) {
  for (const line of document.querySelectorAll(".shown-details [data-slide]")) {
    line.classList.toggle("off", line.dataset.slide !== String(at));
  }
}

function smooth() {
  return matchMedia("(prefers-reduced-motion: reduce)").matches ? "instant" : "smooth";
}

customElements.define("photo-carousel", PhotoCarousel);

document.addEventListener("notes:key", ({ detail }) => {
  const forward = document.dir === "rtl" ? "ArrowLeft" : "ArrowRight";
  if (!["ArrowLeft", "ArrowRight"].includes(detail.key)) return;
  detail.preventDefault();
  document.querySelector("photo-carousel")?.turn(detail.key === forward ? 1 : -1);
});

// --- A photo whose address changed meanwhile (its audience did): the page is asked for the new one ----

let asked = 0;

const pause = (milliseconds) => new Promise((later) => setTimeout(later, milliseconds));

/** This page as it is now, or null. */
async function freshPage() {
  try {
    const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
    return answer.ok ? new DOMParser().parseFromString(await answer.text(), "text/html") : null;
  } catch {
    return null;
  }
}

async function renew() {
  if (asked++ > 3) return;
  await pause(800 * asked);
  takePictures(await freshPage());
}

function takePictures(page) {
  const fresh = page?.querySelectorAll(".slide a") ?? [];
  document.querySelectorAll(".slide a").forEach((link, index) => {
    const [now, then] = [link.querySelector("img"), fresh[index]?.querySelector("img")];
    if (!then || now.getAttribute("src") === then.getAttribute("src")) return;
    link.href = fresh[index].href;
    for (const name of ["width", "height", "srcset", "src"]) now.setAttribute(name, then.getAttribute(name) ?? "");
  });
}

document.addEventListener("error", ({ target }) => target.matches?.(".slide img") && renew(), { capture: true });

// --- Photos that are made anew, or were added: they come in without a reload -------------------------

const isMaking = () => document.querySelector("[data-making], .slide [data-made]");

async function watchMaking() {
  for (let round = 0; isMaking(); round += 1) {
    await pause(Math.min(800 + 100 * round, 5000));
    const page = await freshPage();
    const slides = page?.querySelectorAll(".slide") ?? [];
    if (!slides.length) continue;
    document.querySelectorAll(".slide").forEach((slide, index) => {
      const fresh = slides[index];
      if (slide.querySelector("[data-made]") && fresh) slide.replaceChildren(...fresh.children);
    });
    takePictures(page);
    const lines = page.querySelectorAll("[data-making]");
    for (const line of document.querySelectorAll("[data-making]")) {
      const fresh = [...lines].find((other) => other.dataset.making === line.dataset.making);
      if (!fresh) line.remove();
      else line.querySelector(".ring").replaceWith(fresh.querySelector(".ring"));
    }
  }
}

watchMaking();

// --- Looking closer ----------------------------------------------------------------------------------

const lightbox = document.getElementById("lightbox");
const room = lightbox.querySelector(".lightbox-room");
const picture = room.querySelector("img");

function open(link) {
  const image = link.querySelector("img");
  lightbox.classList.remove("near");
  picture.src = image.currentSrc || image.src;
  picture.alt = image.alt;
  picture.width = image.width;
  picture.height = image.height;
  lightbox.showModal();
  const sharper = new Image();
  sharper.src = link.href;
  sharper.decode().then(() => (picture.src = sharper.src), () => {});
}

/** Shows the picture `width` pixels wide and keeps the point at x, y of the screen where it was. */
function zoom(width, x, y) {
  const before = picture.getBoundingClientRect();
  const ratio = picture.naturalWidth / picture.naturalHeight;
  const shown = Math.min(before.width, before.height * ratio);
  const left = before.left + (before.width - shown) / 2;
  const top = before.top + (before.height - shown / ratio) / 2;
  const fits = Math.min(innerWidth, innerHeight * ratio);
  lightbox.classList.toggle("near", width > fits * 1.02);
  picture.style.setProperty("--zoomed", `${Math.min(width, fits * 6)}px`);
  const after = picture.getBoundingClientRect();
  const share = after.width / shown;
  room.scrollLeft += after.left + (x - left) * share - x;
  room.scrollTop += after.top + (y - top) * share - y;
}

function drag(start) {
  let moved = 0;
  const move = (event) => {
    room.scrollLeft -= event.movementX;
    room.scrollTop -= event.movementY;
    moved += Math.abs(event.movementX) + Math.abs(event.movementY);
  };
  room.addEventListener("pointermove", move);
  const stop = () => {
    room.removeEventListener("pointermove", move);
    if (moved > 6) room.addEventListener("click", (event) => event.stopPropagation(), { once: true, capture: true });
  };
  addEventListener("pointerup", stop, { once: true });
  start.preventDefault();
}

document.addEventListener("click", (event) => {
  const link = event.target.closest("[data-zoom]");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  open(link);
});

room.addEventListener("click", ({ clientX, clientY }) => {
  if (lightbox.classList.contains("near")) lightbox.classList.remove("near");
  else zoom(Math.max(picture.naturalWidth, innerWidth * 1.8), clientX, clientY);
});
room.addEventListener("pointerdown", (event) => {
  if (event.pointerType === "mouse" && event.button === 0 && lightbox.classList.contains("near")) drag(event);
});
room.addEventListener(
  "wheel",
  (event) => {
    event.preventDefault();
    const width = lightbox.classList.contains("near") ? picture.getBoundingClientRect().width : fitting();
    zoom(width * Math.exp(-event.deltaY / 300), event.clientX, event.clientY);
  },
  { passive: false },
);
lightbox.querySelector("[data-close]").addEventListener("click", () => lightbox.close());

function fitting() {
  return Math.min(innerWidth, (innerHeight * picture.naturalWidth) / picture.naturalHeight);
}
