/** How long the words are, told beside their fields. */

import { say } from "./words.js";

// The server counts characters, not UTF-16 halves, and a line break as one.
const lengthOf = (field) => [...field.value].length;

export function isTooLong(field) {
  return lengthOf(field) > Number(field.dataset.limit);
}

/** Write the count; returns whether a field that was too long no longer is. */
export function count(field) {
  // The browser would cut a long paste in silence; a counter tells instead.
  field.removeAttribute("maxlength");
  const over = lengthOf(field) - Number(field.dataset.limit);
  const counter = document.querySelector(`[data-counter=${field.id}]`);
  counter.classList.toggle("is-over", over > 0);
  counter.textContent = over > 0 ? say("tooLong", { over }) : `${lengthOf(field)} / ${field.dataset.limit}`;
  const wasOver = field.hasAttribute("aria-invalid");
  if (over > 0) field.setAttribute("aria-invalid", "true");
  else field.removeAttribute("aria-invalid");
  return wasOver && over <= 0;
}
