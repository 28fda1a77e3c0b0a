/** Edits as the server keeps them, and the way back. */

import { clamped } from "./geometry.js";

const ORDER = [
  "rotate", "flip", "straighten", "crop", "brightness", "contrast", "saturation", "warmth", "filter", "intensity", "focal",
];
const PLAIN = { flip: false, crop: [0, 0, 1, 1], intensity: 100, focal: [0.5, 0.5] };
// Steps of the same control that follow each other this closely are one step back.
const TOGETHER_MS = 800;

/** The same edits rounded and without what changes nothing: the form in which they are sent. */
export function tidy(edits) {
  const kept = {};
  for (const key of ORDER) {
    const value = rounded(key, edits[key]);
    if (value && JSON.stringify(value) !== JSON.stringify(PLAIN[key])) kept[key] = value;
  }
  if (!kept.filter) delete kept.intensity;
  return kept;
}

function rounded(key, value) {
  if (key === "straighten") return Math.round((value ?? 0) * 10) / 10;
  if (key === "crop" && value) return roundedCrop(value);
  return Array.isArray(value) ? value.map((each) => fraction(clamped(each, 0, 1))) : value;
}

function roundedCrop([x, y, w, h]) {
  const [left, top] = [fraction(clamped(x, 0, 0.95)), fraction(clamped(y, 0, 0.95))];
  return [left, top, fraction(clamped(w, 0.05, 1 - left)), fraction(clamped(h, 0.05, 1 - top))];
}

function fraction(value) {
  return Math.round(value * 10_000) / 10_000;
}

/** Whether two edits come to the same. */
export function same(one, other) {
  return JSON.stringify(tidy(one)) === JSON.stringify(tidy(other));
}

/** The steps one took, to be gone back and forth. */
export class History {
  #steps;
  #first;
  #at = 0;
  #last = { kind: "", time: 0 };

  constructor(edits) {
    this.#first = tidy(edits);
    this.#steps = [this.#first];
  }

  get now() {
    return this.#steps[this.#at];
  }

  get first() {
    return this.#first;
  }

  get canUndo() {
    return this.#at > 0;
  }

  get canRedo() {
    return this.#at < this.#steps.length - 1;
  }

  /** Note a step; `kind` says what made it. */
  note(edits, kind) {
    const next = tidy(edits);
    if (same(next, this.now)) return;
    const time = performance.now();
    const goesOn = kind === this.#last.kind && time - this.#last.time < TOGETHER_MS && this.canUndo;
    this.#steps.length = this.#at + 1;
    if (goesOn) this.#steps[this.#at] = next;
    else this.#at = this.#steps.push(next) - 1;
    this.#last = { kind, time };
  }

  undo() {
    return this.#go(-1);
  }

  redo() {
    return this.#go(1);
  }

  #go(by) {
    this.#at = clamped(this.#at + by, 0, this.#steps.length - 1);
    this.#last.kind = "";
    return this.now;
  }
}
