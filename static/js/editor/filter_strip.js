/** The filters, each as a small picture of this very photo. */

import { clamped } from "./geometry.js";

const SIZE = 160;

export class FilterStrip {
  constructor(root, { onChoose }) {
    this.radios = [...root.querySelectorAll('input[name="filter"]')];
    for (const radio of this.radios) radio.addEventListener("change", () => onChoose(radio.value));
  }

  show(filter) {
    for (const radio of this.radios) radio.checked = radio.value === filter;
  }

  /** Draw all of them anew, cropped to squares about the middle. */
  paint(painter, edits) {
    const shape = painter.size(edits, SIZE);
    const scale = SIZE / Math.min(...shape);
    const size = shape.map((side) => Math.round(clamped(side * scale, SIZE, SIZE * 4)));
    const whole = document.createElement("canvas");
    for (const radio of this.radios) {
      painter.paint(whole, { ...edits, filter: radio.value, intensity: 100 }, { size });
      const context = radio.parentElement.querySelector("canvas").getContext("2d");
      context.drawImage(whole, (size[0] - SIZE) / 2, (size[1] - SIZE) / 2, SIZE, SIZE, 0, 0, SIZE, SIZE);
    }
  }
}
