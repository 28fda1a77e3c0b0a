/** One photo of the composer: its card in the page, filled from the <template> of the same shape. */

import { fillInspector } from "./inspector.js";
import { percent, say } from "./words.js";

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
    // Those are for browsers without scripts: here the order of the page is the order.
    element.querySelector(".photo-plain")?.remove();
  }

  static fromTemplate(template, name) {
    const card = new PhotoCard(template.content.firstElementChild.cloneNode(true));
    card.rename(name);
    return card;
  }

  rename(name) {
    this.name = name;
    this.element.dataset.name = name;
    this.#part("name").textContent = name;
  }

  /** Whether this photo will not be in the post as things stand. */
  get isLeftOut() {
    return this.element.dataset.state === "refused";
  }

  /** The names of the details that are ticked to be shown. */
  get shown() {
    return [...this.element.querySelectorAll("[data-detail] input:checked")].map((box) => box.value);
  }

  set shown(names) {
    for (const box of this.element.querySelectorAll("[data-detail] input")) box.checked = names.includes(box.value);
  }

  /** The address of the editor for this photo. */
  get editor() {
    return this.#part("edit").href;
  }

  /** Draw the file itself, at once; resolves to false when this browser can't show its format. */
  drawFile(file) {
    // One after the other: each full-size bitmap takes tens of megabytes until it is drawn.
    drawing = drawing.then(() => this.#draw(file));
    return drawing;
  }

  /** Put another picture into the frame: an address, or a canvas. */
  replacePicture(picture) {
    const fresh = picture instanceof HTMLCanvasElement ? picture : new Image();
    if (fresh instanceof Image) {
      Object.assign(fresh, { alt: "", draggable: false, src: picture });
      fresh.addEventListener("load", () => this.#shape(fresh.naturalWidth, fresh.naturalHeight));
    }
    for (const old of this.#frame.querySelectorAll(":scope > :is(img, canvas)")) old.remove();
    this.#frame.prepend(fresh);
    this.element.classList.add("has-picture");
  }

  /** Show what the server told of the upload: its picture, how far it is, what the file carries. */
  learn(answer) {
    const { width, height, preview, state } = answer;
    const isEmpty = !this.#frame.querySelector(":scope > :is(img, canvas)");
    // A picture that is there has its own shape: edits change it.
    if (width && height && isEmpty) this.#shape(width, height);
    if (preview && isEmpty) this.replacePicture(preview);
    if (!state) return;
    this.#note("held", answer.held);
    this.#note("duplicate", answer.duplicate_of);
    const earlier = this.#part("earlier-post");
    earlier.href = answer.duplicate_of?.url ?? "";
    earlier.textContent = answer.duplicate_of?.title || say("untitled");
    this.#part("edit").hidden = !answer.edit_url || state === "failed";
    if (answer.edit_url) this.#part("edit").href = answer.edit_url;
    this.#part("details").hidden = false;
    fillInspector(this.#part("details"), answer);
    this.#progress(["pending", "working"].includes(state) ? (answer.percent ?? 0) / 100 : 1);
  }

  /** `state` is one of waiting, sending, resting, received, refused; `problem` a sentence. */
  show(state, { progress = 0, problem = "", again = false } = {}) {
    this.element.dataset.state = state;
    this.element.setAttribute("aria-busy", String(["waiting", "sending", "resting"].includes(state)));
    if (state !== "received") this.#progress(progress);
    this.#part("problem").hidden = !problem;
    this.#part("sentence").textContent = problem;
    this.#part("retry").hidden = !again;
  }

  receive(id) {
    this.id = id;
    this.element.dataset.id = id;
    this.#part("id").value = id;
    this.#part("id").disabled = false;
    this.#part("details").hidden = true;
    for (const box of this.element.querySelectorAll("[data-detail] input")) {
      box.name = `shown-${id}`;
      box.checked = false;
    }
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
    for (const part of ["handle", "earlier", "later", "remove", "retry", "edit", "replace"]) {
      this.#part(part).setAttribute("aria-label", say(part, known));
    }
    this.alt.setAttribute("aria-label", say("alt", known));
  }

  on(part, listener) {
    this.#part(part).addEventListener("click", (event) => listener(event));
  }

  focus(part) {
    this.#part(part).focus();
  }

  get #frame() {
    return this.#part("frame");
  }

  #part(name) {
    return this.element.querySelector(`[data-part="${name}"]`);
  }

  #note(part, shown) {
    this.#part(part).hidden = !shown;
  }

  #progress(part) {
    const making = this.element.dataset.state === "received";
    this.element.classList.toggle("is-making", making && part < 1);
    this.#part("ring").style.strokeDashoffset = String(100 - Math.round(part * 100));
    this.#part("percent").textContent = part < 1 || !making ? percent(part) : "";
    this.#part("percent").title = making ? say("making", { percent: percent(part) }) : "";
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
    this.replacePicture(canvas);
    return true;
  }
}
