/** The time at which a post appears: chosen in the browser's zone, sent with its offset. */

/** Take over the field for it; `onChange()` runs when a time is chosen or cleared. */
export class Schedule {
  #field;
  #sent;

  constructor(field, onChange) {
    this.#field = field;
    this.#sent = document.createElement("input");
    Object.assign(this.#sent, { type: "hidden", name: field.name });
    field.removeAttribute("name");
    field.after(this.#sent);
    const known = new Date(field.dataset.at);
    if (!Number.isNaN(known.getTime())) field.value = local(known);
    field.min = local(new Date());
    field.addEventListener("input", () => {
      this.#write();
      onChange();
    });
    this.#write();
  }

  get isChosen() {
    return Boolean(this.#sent.value);
  }

  /** An ISO time, or "". */
  set value(text) {
    this.#field.value = text ? local(new Date(text)) : "";
    this.#write();
  }

  #write() {
    const chosen = this.#field.value ? new Date(this.#field.value) : null;
    this.#sent.value = chosen ? chosen.toISOString() : "";
  }
}

function local(time) {
  const two = (number) => String(number).padStart(2, "0");
  const day = [time.getFullYear(), two(time.getMonth() + 1), two(time.getDate())].join("-");
  return `${day}T${two(time.getHours())}:${two(time.getMinutes())}`;
}
