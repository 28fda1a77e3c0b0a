/** One slider: its value in words, a coloured part from its middle, and ways back to its default. */

const SIGNED = new Intl.NumberFormat(document.documentElement.lang, { signDisplay: "exceptZero", maximumFractionDigits: 1 });
const PLAIN = new Intl.NumberFormat(document.documentElement.lang);

export class Slider {
  /** `onInput(value)` is called while it moves, `onChange(value)` when it rests. */
  constructor(row, { rest = 0, onInput, onChange }) {
    this.row = row;
    this.input = row.querySelector("input");
    this.output = row.querySelector("output");
    this.rest = rest;
    this.onInput = onInput;
    this.onChange = onChange;
    this.input.addEventListener("input", () => this.#moved(false));
    this.input.addEventListener("change", () => this.#moved(true));
    this.input.addEventListener("keydown", (event) => {
      if (event.key !== "0" || event.ctrlKey || event.metaKey || event.altKey) return;
      event.preventDefault();
      this.#setBack();
    });
    this.input.addEventListener("dblclick", () => this.#setBack());
  }

  get value() {
    return Number(this.input.value);
  }

  /** Show a value that came from elsewhere. */
  show(value, { disabled = false } = {}) {
    this.input.value = value;
    this.input.disabled = disabled;
    this.#say();
  }

  #moved(rests) {
    this.#say();
    if (rests) this.onChange(this.value);
    else this.onInput(this.value);
  }

  #setBack() {
    this.input.value = this.rest;
    this.#say();
    this.onChange(this.value);
  }

  #say() {
    const { min, max } = this.input;
    const part = (value) => (value - min) / (max - min);
    const format = Number(min) < 0 ? SIGNED : PLAIN;
    this.output.textContent = format.format(this.value) + (this.row.dataset.unit ?? "");
    this.input.setAttribute("aria-valuetext", this.output.textContent);
    const [from, to] = [Number(min) < 0 ? part(this.rest) : -1, part(this.value)];
    this.input.style.setProperty("--from", Math.min(from, to));
    this.input.style.setProperty("--to", Math.max(from, to));
    this.row.classList.toggle("is-set", this.value !== this.rest);
  }
}
