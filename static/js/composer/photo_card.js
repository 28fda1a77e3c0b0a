/** One photo of the composer: its card in the page, filled from the <template> of the same shape. */

import { say } from "./words.js";

const THUMBNAIL_PX = 480;
const NARROWEST = 0.75;
const WIDEST = 2;

let drawing = Promise.resolve();

export class PhotoCard {
  constructor(element) {
    this.element = element;
    this.name = element.dataset.name ?? "";
    this.id = element.dataset.id || null;
    this.item = null;
    this.alt = this.#part("alt");
    const image = element.querySelector("img");
    // The attributes: the properties would give the size on the screen.
    if (image) this.#shape(image.getAttribute("width"), image.getAttribute("height"));
  }

  static fromTemplate(template, name) {
    const element = template.content.firstElementChild.cloneNode(true);
    element.dataset.name = name;
    const card = new PhotoCard(element);
    card.#part("name").textContent = name;
    return card;
  }

  /** Whether this photo will not be in the post as things stand. */
  get isLeftOut() {
    return this.element.dataset.state === "refused";
  }

  /** Draw the file itself, at once; resolves to false when this browser can't show its format. */
  drawFile(file) {
    // One after the other: each full-size bitmap takes tens of megabytes until it is drawn.
    drawing = drawing.then(() => this.#draw(file));
    return drawing;
  }

  showPreview({ preview, width, height }) {
    if (width && height) this.#shape(width, height);
    if (!preview || this.#frame.querySelector("img, canvas")) return;
    const image = new Image();
    image.alt = "";
    image.draggable = false;
    image.src = preview;
    this.#frame.prepend(image);
    this.element.classList.add("has-picture");
  }

  /** `state` is one of waiting, sending, resting, received, refused; `problem` a sentence. */
  show(state, { progress = 0, problem = "", again = false } = {}) {
    this.element.dataset.state = state;
    this.element.setAttribute("aria-busy", String(["waiting", "sending", "resting"].includes(state)));
    this.#part("ring").style.strokeDashoffset = String(100 - Math.round(progress * 100));
    this.#part("problem").hidden = !problem;
    this.#part("sentence").textContent = problem;
    this.#part("retry").hidden = !again;
  }

  receive(id) {
    this.id = id;
    this.#part("id").value = id;
    this.#part("id").disabled = false;
  }

  /** Keep this card's fields out of what the form sends. */
  leaveOut() {
    this.#part("id").disabled = true;
    this.alt.disabled = true;
  }

  /** Write the place into everything that names it: badge, labels, ends of the order. */
  setPlace(place, total) {
    const known = { name: this.name, place, total };
    this.#part("place").textContent = String(place);
    this.element.classList.toggle("is-cover", place === 1);
    // Not `disabled`: that would throw the focus away at both ends.
    this.#part("earlier").setAttribute("aria-disabled", String(place === 1));
    this.#part("later").setAttribute("aria-disabled", String(place === total));
    for (const part of ["handle", "earlier", "later", "remove", "retry"]) {
      this.#part(part).setAttribute("aria-label", say(part, known));
    }
    this.alt.setAttribute("aria-label", say("alt", known));
  }

  on(part, listener) {
    this.#part(part).addEventListener("click", () => listener(this));
  }

  get #frame() {
    return this.#part("frame");
  }

  #part(name) {
    return this.element.querySelector(`[data-part="${name}"]`);
  }

  // The layout needs a ratio; very tall and very wide photos are shown whole inside a kinder one.
  #shape(width, height) {
    const ratio = Math.min(Math.max(width / height || 1, NARROWEST), WIDEST);
    this.element.style.setProperty("--ratio", ratio.toFixed(3));
    [this.width, this.height] = [Number(width), Number(height)];
  }

  async #draw(file) {
    let bitmap;
    try {
      bitmap = await createImageBitmap(file);
    } catch {
      return false;
    }
    const scale = Math.min(1, THUMBNAIL_PX / Math.min(bitmap.width, bitmap.height));
    const canvas = document.createElement("canvas");
    canvas.width = Math.max(1, Math.round(bitmap.width * scale));
    canvas.height = Math.max(1, Math.round(bitmap.height * scale));
    canvas.getContext("2d").drawImage(bitmap, 0, 0, canvas.width, canvas.height);
    this.#shape(bitmap.width, bitmap.height);
    bitmap.close();
    this.#frame.querySelector("img")?.remove();
    this.#frame.prepend(canvas);
    this.element.classList.add("has-picture");
    return true;
  }
}
