/** A button that shows something else for as long as it is held, by pointer or by key. */

/** Calls `onChange(held)` whenever that changes. */
export function makeHeld(button, onChange) {
  let now = false;
  const hold = (held) => {
    if (held === now) return;
    now = held;
    button.setAttribute("aria-pressed", held);
    onChange(held);
  };
  button.addEventListener("pointerdown", () => hold(true));
  for (const name of ["pointerup", "pointercancel", "pointerleave", "blur"]) button.addEventListener(name, () => hold(false));
  // A long press would open the menu of a touch screen.
  button.addEventListener("contextmenu", (event) => event.preventDefault());
  for (const [name, held] of [["keydown", true], ["keyup", false]]) {
    button.addEventListener(name, (event) => {
      if ([" ", "Enter"].includes(event.key)) hold(held);
    });
  }
}
