/** The photo editor: puts its parts together. Without it the page is a plain form and works. */

import { makeHeld } from "./compare.js";
import { CropBox } from "./crop_box.js";
import { History, same, tidy } from "./edits.js";
import { awaitPreview, loadPicture, sendEdits } from "./edits_api.js";
import { FilterStrip } from "./filter_strip.js";
import { FocalPoint } from "./focal_point.js";
import { flipped, rotated, shapedCrop, WHOLE } from "./geometry.js";
import { Painter } from "./painter.js";
import { Slider } from "./slider.js";
import { Tabs } from "./tabs.js";
import { sentencesOf } from "./words.js";

const LARGE = 1080;
// While something moves a smaller picture will do, so that it keeps up with the finger.
const SMALL = 640;
const SHARPEN_MS = 180;
const RESTS = { intensity: 100 };

export class PhotoEditor {
  #edits = {};
  #asked = 0;
  #painted = "";
  #closed = false;
  comparing = false;

  /** `page` is the address of the editor's page; `onDone(uploadOrNull)` ends it. */
  constructor(root, { page, onDone }) {
    this.root = root;
    this.page = page;
    this.onDone = onDone;
    this.say = sentencesOf(root);
    this.form = root.querySelector("form");
    this.view = this.#part("view");
    this.canvas = this.#part("canvas");
    this.presets = JSON.parse(root.querySelector("#editor-presets").textContent);
    this.history = new History(JSON.parse(root.querySelector("#editor-edits").textContent));
  }

  /** Take over the form; resolves once the picture is there. */
  async start() {
    this.#build();
    this.#listen();
    this.root.classList.add("is-live");
    this.#show(this.history.now);
    this.tabs.open("crop");
    await this.#load();
  }

  /** Whether something would be lost by leaving. */
  get isChanged() {
    return !same(this.#edits, this.history.first);
  }

  /** Say that something would be lost. */
  warn() {
    this.#complain(this.say("unsaved"));
  }

  /** Stop waiting and listening: the editor leaves the page. */
  close() {
    this.#closed = true;
    this.resized?.disconnect();
  }

  #part(name) {
    return this.root.querySelector(`[data-part="${name}"]`);
  }

  #build() {
    this.sliders = new Map();
    for (const row of this.root.querySelectorAll("[data-slider]")) {
      const name = row.dataset.slider;
      const change = (value, rests) => this.#change({ ...this.#edits, [name]: value }, name, rests);
      const slider = new Slider(row, {
        rest: RESTS[name] ?? 0,
        onInput: (value) => change(value, false),
        onChange: (value) => change(value, true),
      });
      this.sliders.set(name, slider);
    }
    this.crop = new CropBox({
      box: this.#part("crop"),
      shade: this.#part("shade"),
      view: this.view,
      onChange: (crop, rests) => this.#cropped(crop, rests),
    });
    this.focal = new FocalPoint({
      marker: this.#part("focal"),
      view: this.view,
      previews: { square: this.#part("square"), wide: this.#part("wide") },
      onChange: (focal, rests) => this.#focused(focal, rests),
    });
    this.filters = new FilterStrip(this.root, {
      onChoose: (filter) => this.#change({ ...this.#edits, filter, intensity: 100 }, "filter", true),
    });
    this.tabs = new Tabs(this.root.querySelector('[role="tablist"]'), {
      panels: [...this.root.querySelectorAll("[data-panel]")],
      onOpen: () => this.#opened(),
    });
  }

  #listen() {
    const on = (name, act) => this.#part(name).addEventListener("click", act);
    on("undo", () => this.#step("undo", "undone"));
    on("redo", () => this.#step("redo", "redone"));
    on("reset", () => this.#take({}, "reset", this.say("reset")));
    on("left", () => this.#turn(-90));
    on("right", () => this.#turn(90));
    on("flip", () => this.#flip());
    on("centre", () => this.#focused([0.5, 0.5], true));
    on("cancel", (event) => {
      event.preventDefault();
      this.onDone(null);
    });
    for (const radio of this.form.querySelectorAll('[name="shape"]')) {
      radio.addEventListener("change", () => this.#shape(radio.value));
    }
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#apply();
    });
    this.root.addEventListener("keydown", (event) => this.#pressed(event));
    makeHeld(this.#part("compare"), (held) => this.#compare(held));
    this.resized = new ResizeObserver(() => this.#fit());
    this.resized.observe(this.#part("stage"));
  }

  #compare(held) {
    this.comparing = held;
    this.#speak(this.say(held ? "original" : "edited"));
    this.#draw();
  }

  async #load() {
    let address = this.root.dataset.preview;
    if (!address) {
      this.#speak(this.say("waiting"));
      address = await awaitPreview(this.page, () => this.#closed);
    }
    const image = address && (await loadPicture(address));
    if (!image) {
      if (!this.#closed) this.#complain(this.say("server"));
      return;
    }
    this.painter = new Painter(image, this.presets);
    this.root.classList.add("has-picture");
    this.#opened();
  }

  #pressed(event) {
    if (!(event.ctrlKey || event.metaKey) || event.altKey) return;
    const key = event.key.toLowerCase();
    const back = key === "z" && !event.shiftKey;
    if (!back && key !== "y" && key !== "z") return;
    event.preventDefault();
    this.#step(back ? "undo" : "redo", back ? "undone" : "redone");
  }

  /** New edits by a control that shows them itself; a step to undo once it rests. */
  #change(edits, kind, rests) {
    this.#edits = edits;
    this.view.classList.toggle("is-tilting", kind === "straighten" && !rests);
    if (rests) {
      this.history.note(edits, kind);
      this.#show(this.history.now);
      this.#refresh();
    } else {
      this.#draw({ fast: true });
    }
  }

  /** New edits by a button. */
  #take(edits, kind, words) {
    this.history.note(edits, `${kind} ${performance.now()}`);
    this.#show(this.history.now);
    this.#refresh();
    this.#speak(words);
  }

  #step(way, words) {
    if (!(way === "undo" ? this.history.canUndo : this.history.canRedo)) return;
    this.#show(this.history[way]());
    this.#refresh();
    this.#speak(this.say(words));
  }

  #turn(by) {
    const next = rotated(this.#edits, by);
    this.#take(next, "turn", this.say("turned", { degrees: tidy(next).rotate ?? 0 }));
  }

  #flip() {
    const next = flipped(this.#edits);
    this.#take(next, "flip", this.say(next.flip ? "flipped" : "unflipped"));
  }

  #shape(name) {
    const shape = this.#shapeOf(name);
    this.crop.shape = shape;
    if (shape) this.#cropped(shapedCrop(this.#edits.crop ?? WHOLE, shape), true);
  }

  /** Width to height as fractions of the frame; 0 for free. */
  #shapeOf(name) {
    if (name === "free" || !this.painter) return 0;
    if (name === "original") return 1;
    const [width, height] = name.split(":").map(Number);
    return width / height / this.painter.shape(this.#edits);
  }

  #cropped(crop, rests) {
    this.#change({ ...this.#edits, crop }, "crop", rests);
    if (!rests) return;
    const [left, top, width, height] = crop.map((part) => Math.round(part * 100));
    this.#speak(this.say("crop", { left, top, width, height }));
  }

  #focused(focal, rests) {
    this.#change({ ...this.#edits, focal }, "focal", rests);
    if (rests) this.#speak(this.say("focal", { left: Math.round(focal[0] * 100), top: Math.round(focal[1] * 100) }));
  }

  /** Let every control show these edits. */
  #show(edits) {
    this.#edits = edits;
    for (const [name, slider] of this.sliders) {
      slider.show(edits[name] ?? slider.rest, { disabled: name === "intensity" && !edits.filter });
    }
    this.crop.show(edits.crop ?? WHOLE);
    const chosen = this.form.querySelector('[name="shape"]:checked');
    this.crop.shape = this.#shapeOf(chosen.value);
    this.focal.show(edits.focal ?? [0.5, 0.5]);
    this.filters.show(edits.filter ?? "");
    this.#part("flip").setAttribute("aria-pressed", Boolean(edits.flip));
    // Not `disabled`: the focus would fall off the button that was just pressed.
    this.#part("undo").setAttribute("aria-disabled", !this.history.canUndo);
    this.#part("redo").setAttribute("aria-disabled", !this.history.canRedo);
    this.#part("reset").setAttribute("aria-disabled", same(edits, {}));
  }

  #opened() {
    const open = this.tabs.current;
    this.root.dataset.tab = open;
    this.crop.hidden = open !== "crop" || !this.painter;
    this.#part("focal").hidden = open !== "focus" || !this.painter;
    this.#refresh();
  }

  /** Draw all that the open tab shows. */
  #refresh() {
    this.#draw();
    if (this.painter && this.tabs.current === "filters") this.#paintFilters();
  }

  #paintFilters() {
    const { filter, intensity, focal, ...rest } = this.#edits;
    const key = JSON.stringify(rest);
    if (key === this.#painted) return;
    this.#painted = key;
    this.filters.paint(this.painter, rest);
  }

  /** What the canvas is to show now: in the crop tab the whole frame. */
  get #visible() {
    if (this.comparing) return {};
    return this.tabs.current === "crop" ? { ...this.#edits, crop: WHOLE } : this.#edits;
  }

  #draw({ fast = false } = {}) {
    if (!this.painter) return;
    clearTimeout(this.sharpening);
    if (fast) this.sharpening = setTimeout(() => this.#draw(), SHARPEN_MS);
    this.fast = fast;
    this.#asked ||= requestAnimationFrame(() => {
      this.#asked = 0;
      this.#drawNow(this.fast);
    });
  }

  #drawNow(fast) {
    const edits = this.#visible;
    this.view.classList.toggle("is-comparing", this.comparing);
    this.#fit();
    this.painter.paint(this.canvas, edits, { limit: fast ? SMALL : LARGE, fast });
    if (this.tabs.current === "focus" && !this.comparing) this.focal.preview(this.canvas);
  }

  /** Make the view as large as the stage allows, in the picture's shape. */
  #fit() {
    if (!this.painter) return;
    const [width, height] = this.painter.size(this.#visible, LARGE);
    const stage = getComputedStyle(this.#part("stage"));
    const room = { width: this.#part("stage").clientWidth, height: this.#part("stage").clientHeight };
    const across = room.width - parseFloat(stage.paddingLeft) - parseFloat(stage.paddingRight);
    const down = room.height - parseFloat(stage.paddingTop) - parseFloat(stage.paddingBottom);
    const scale = Math.min(across / width, down / height);
    this.view.style.inlineSize = `${Math.max(1, width * scale)}px`;
    this.view.style.blockSize = `${Math.max(1, height * scale)}px`;
  }

  async #apply() {
    if (this.sending) return;
    const edits = tidy(this.#edits);
    this.sending = true;
    this.#complain("");
    this.#part("apply").setAttribute("aria-disabled", true);
    this.#speak(this.say("saving"));
    const csrf = this.form.elements.csrfmiddlewaretoken.value;
    const answer = await sendEdits({ url: this.form.action, csrf, edits });
    this.sending = false;
    this.#part("apply").setAttribute("aria-disabled", false);
    if (answer.upload) this.onDone(answer.upload);
    else this.#complain(answer.sentence ?? this.say(answer.key));
  }

  #complain(sentence) {
    this.#part("complaint").textContent = sentence;
  }

  #speak(sentence) {
    this.#part("voice").textContent = sentence;
  }
}
