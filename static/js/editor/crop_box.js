/** The rectangle on the picture with which it is cropped. */

import { makeDraggable } from "./dragging.js";
import { movedCrop, resizedCrop } from "./geometry.js";

export class CropBox {
  #crop = [0, 0, 1, 1];

  /** `onChange(crop, rests)`: while it moves, and once more when it rests. */
  constructor({ box, shade, view, onChange }) {
    Object.assign(this, { box, shade, view, onChange });
    this.shape = 0;
    for (const handle of box.querySelectorAll("[data-edge]")) {
      makeDraggable(handle, {
        area: view,
        onStart: () => this.#grabbed(),
        onMove: (dx, dy, start) => this.#dragged(handle.dataset.edge, dx, dy, start),
        onEnd: () => this.#let(),
      });
    }
  }

  show(crop) {
    this.#crop = crop;
    for (const [index, name] of ["--x", "--y", "--w", "--h"].entries()) {
      this.view.style.setProperty(name, `${crop[index] * 100}%`);
    }
  }

  set hidden(hidden) {
    this.box.hidden = this.shade.hidden = hidden;
  }

  #grabbed() {
    this.box.classList.add("is-moving");
    return this.#crop;
  }

  #dragged(edge, dx, dy, start) {
    const next = edge === "move" ? movedCrop(start, dx, dy) : resizedCrop(start, edge, dx, dy, this.shape);
    this.show(next);
    this.onChange(next, false);
  }

  #let() {
    this.box.classList.remove("is-moving");
    this.onChange(this.#crop, true);
  }
}
