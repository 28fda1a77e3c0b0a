/** The point that thumbnails keep in view: a marker on the picture and two small previews. */

import { makeDraggable } from "./dragging.js";
import { clamped, partAround } from "./geometry.js";

// Width to height, as posts/imaging/specs.py declares them.
const SHAPES = { square: 1, wide: 1200 / 630 };
const LONGEST = 240;

export class FocalPoint {
  #at = [0.5, 0.5];

  constructor({ marker, view, previews, onChange }) {
    Object.assign(this, { marker, view, previews, onChange });
    makeDraggable(marker, {
      area: view,
      onStart: () => this.#at,
      onMove: (dx, dy, start) => this.#moveTo([start[0] + dx, start[1] + dy]),
      onEnd: () => onChange(this.#at, true),
    });
    view.addEventListener("pointerdown", (event) => {
      if (marker.hidden || event.button > 0) return;
      const { left, top, width, height } = view.getBoundingClientRect();
      this.#moveTo([(event.clientX - left) / width, (event.clientY - top) / height]);
      onChange(this.#at, true);
    });
  }

  show(focal) {
    this.#at = focal;
    this.view.style.setProperty("--focal-x", `${focal[0] * 100}%`);
    this.view.style.setProperty("--focal-y", `${focal[1] * 100}%`);
  }

  /** Draw the two previews from the finished picture's canvas. */
  preview(finished) {
    for (const [name, shape] of Object.entries(SHAPES)) {
      const canvas = this.previews[name];
      const size = [Math.round(LONGEST * Math.min(1, shape)), Math.round(LONGEST * Math.min(1, 1 / shape))];
      [canvas.width, canvas.height] = size;
      const part = partAround(this.#at, finished.width, finished.height, shape);
      const context = canvas.getContext("2d");
      context.imageSmoothingQuality = "high";
      context.drawImage(finished, ...part, 0, 0, ...size);
    }
  }

  #moveTo(point) {
    this.show(point.map((each) => clamped(each, 0, 1)));
    this.onChange(this.#at, false);
  }
}
