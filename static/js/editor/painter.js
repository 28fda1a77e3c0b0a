/** Draws a picture with its edits: the geometry by the canvas, the colours by our own maps. */

import { applyMaps, colourMaps, keepsColours } from "./colours.js";
import { frameSize, sizeAfter, transformOf } from "./geometry.js";

// Pictures whose geometry is done, by what they depend on: while a slider is dragged only
// their colours change.
const KEPT = 8;
const SMALL = 720;

export class Painter {
  #done = new Map();
  #small;

  constructor(image, presets) {
    this.image = image;
    this.presets = presets;
    this.width = image.naturalWidth ?? image.width;
    this.height = image.naturalHeight ?? image.height;
  }

  /** The size at which edits are drawn so that no side is longer than `limit` pixels. */
  size(edits, limit) {
    const [width, height] = sizeAfter(edits, this.width, this.height);
    const scale = Math.min(1, limit / Math.max(width, height));
    return [Math.max(1, Math.round(width * scale)), Math.max(1, Math.round(height * scale))];
  }

  /** Draw into a canvas, at most `limit` pixels long or exactly at `size`; `fast` trades smoothness. */
  paint(canvas, edits, { limit = 1080, size = this.size(edits, limit), fast = false } = {}) {
    const [width, height] = size;
    if (canvas.width !== width || canvas.height !== height) [canvas.width, canvas.height] = size;
    const base = this.#geometry(edits, width, height, fast);
    const context = canvas.getContext("2d");
    if (keepsColours(edits)) {
      context.putImageData(base, 0, 0);
      return;
    }
    const target = context.createImageData(width, height);
    applyMaps(colourMaps(edits, this.presets), base.data, target.data);
    context.putImageData(target, 0, 0);
  }

  #geometry(edits, width, height, fast) {
    const { rotate, flip, straighten, crop } = edits;
    const key = JSON.stringify([rotate, flip, straighten, crop, width, height, fast]);
    const known = this.#done.get(key);
    if (known) {
      this.#done.delete(key);
      this.#done.set(key, known);
      return known;
    }
    const made = this.#drawn(edits, width, height, fast);
    this.#done.set(key, made);
    if (this.#done.size > KEPT) this.#done.delete(this.#done.keys().next().value);
    return made;
  }

  #drawn(edits, width, height, fast) {
    const canvas = new OffscreenCanvas(width, height);
    const context = canvas.getContext("2d", { willReadFrequently: true });
    context.imageSmoothingQuality = fast ? "low" : "high";
    const source = fast ? (this.#small ??= this.#shrunk()) : this.image;
    const size = fast ? [source.width, source.height] : [this.width, this.height];
    context.setTransform(...transformOf(edits, ...size, width, height));
    context.drawImage(source, 0, 0, ...size);
    return context.getImageData(0, 0, width, height);
  }

  /** A smaller copy to draw from while something moves. */
  #shrunk() {
    const scale = Math.min(1, SMALL / Math.max(this.width, this.height));
    const canvas = new OffscreenCanvas(Math.ceil(this.width * scale), Math.ceil(this.height * scale));
    const context = canvas.getContext("2d", { willReadFrequently: true });
    context.imageSmoothingQuality = "high";
    context.drawImage(this.image, 0, 0, canvas.width, canvas.height);
    return canvas;
  }

  /** The shape of the frame, width to height. */
  shape(edits) {
    const [width, height] = frameSize(edits, this.width, this.height);
    return width / height;
  }
}
