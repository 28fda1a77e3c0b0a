/** Moving things about on the picture, by pointer and by arrow keys, in fractions of it. */

const STEP = 0.01;
const LARGE_STEP = 0.05;
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

/**
 * Call `onMove(dx, dy, start)` while `element` is dragged over `area`, fractions since the start,
 * and `onEnd()` afterwards; `start` is what `onStart()` gave. Arrow keys are one small drag each.
 */
export function makeDraggable(element, { area, onStart, onMove, onEnd }) {
  let drag = null;
  element.addEventListener("pointerdown", (event) => {
    if (event.button > 0 || drag) return;
    const { width, height } = area.getBoundingClientRect();
    drag = { id: event.pointerId, x: event.clientX, y: event.clientY, width, height, start: onStart(event) };
    element.setPointerCapture(event.pointerId);
    event.stopPropagation();
  });
  element.addEventListener("pointermove", (event) => {
    if (event.pointerId !== drag?.id) return;
    onMove((event.clientX - drag.x) / drag.width, (event.clientY - drag.y) / drag.height, drag.start);
  });
  const end = (event) => {
    if (event.pointerId !== drag?.id) return;
    drag = null;
    onEnd();
  };
  element.addEventListener("pointerup", end);
  element.addEventListener("pointercancel", end);
  element.addEventListener("keydown", (event) => {
    const direction = ARROWS[event.key];
    if (!direction || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    event.stopPropagation();
    const step = event.shiftKey ? LARGE_STEP : STEP;
    onMove(direction[0] * step, direction[1] * step, onStart(event));
    onEnd();
  });
}
