/**
 * Put the items of a list in another order: drag with a mouse, with a finger (at once on
 * the handle, after a long press elsewhere), or press arrow keys on the handle.
 * Neighbours move around the item and never the item itself, so it keeps its focus and its pointer.
 */

const LONG_PRESS_MS = 350;
const SLACK_PX = 6;
const EDGE_PX = 72;

const still = matchMedia("(prefers-reduced-motion: reduce)");

/** `items` is the selector of the movable children; `onMove(item)` runs after a change of place. */
export function makeSortable(list, { items, handle, grip, onMove }) {
  const sortable = { list, items, onMove, dragging: false };
  list.addEventListener("pointerdown", (event) => {
    const item = event.target.closest(items);
    if (!item || event.button !== 0 || !event.isPrimary) return;
    const onHandle = event.target.closest(handle);
    if (!onHandle && (!event.target.closest(grip) || event.target.closest("button, a"))) return;
    waitForDrag(sortable, item, event, Boolean(onHandle));
  });
  // Has to be there before a touch begins, else the browser decides to scroll without asking.
  list.addEventListener("touchmove", (event) => sortable.dragging && event.preventDefault(), { passive: false });
  list.addEventListener("keydown", (event) => {
    if (event.target.closest(handle)) moveByKey(sortable, event);
  });
}

/** Move an item by `step` places (negative is earlier). Returns whether it moved. */
export function moveBy({ list, items, onMove }, item, step) {
  const all = [...list.querySelectorAll(items)];
  const from = all.indexOf(item);
  const to = Math.min(Math.max(from + step, 0), all.length - 1);
  if (to === from) return false;
  animated(all, () => place(all, from, to));
  onMove(item);
  return true;
}

function moveByKey(sortable, event) {
  const back = getComputedStyle(sortable.list).direction === "rtl" ? 1 : -1;
  const steps = {
    ArrowLeft: back, ArrowRight: -back, ArrowUp: -1, ArrowDown: 1, Home: -Infinity, End: Infinity,
  };
  const step = steps[event.key];
  if (!step || event.altKey || event.ctrlKey || event.metaKey) return;
  event.preventDefault();
  const item = event.target.closest(sortable.items);
  if (moveBy(sortable, item, step)) item.scrollIntoView({ block: "nearest" });
}

function place(all, from, to) {
  const item = all[from];
  if (to > from) item.before(...all.slice(from + 1, to + 1));
  else item.after(...all.slice(to, from));
}

function animated(elements, change) {
  if (still.matches) return change();
  const before = elements.map((element) => element.getBoundingClientRect());
  change();
  elements.forEach((element, index) => {
    if (element.classList.contains("is-dragged")) return;
    const now = element.getBoundingClientRect();
    const [x, y] = [before[index].left - now.left, before[index].top - now.top];
    if (!x && !y) return;
    const frames = [{ transform: `translate(${x}px, ${y}px)` }, { transform: "none" }];
    element.animate(frames, { duration: 180, easing: "ease-out" });
  });
}

// Between pressing and dragging: a mouse has to move a little, a finger off the
// handle has to rest, and everything else stays a click or a scroll.
function waitForDrag(sortable, item, down, onHandle) {
  const { list } = sortable;
  const patient = down.pointerType === "touch" && !onHandle;
  const ended = new AbortController();
  const options = { signal: ended.signal };
  const begin = (event) => {
    clearTimeout(timer);
    ended.abort();
    drag(sortable, item, down, event);
  };
  const timer = patient ? setTimeout(() => begin(down), LONG_PRESS_MS) : 0;
  const giveUp = () => {
    clearTimeout(timer);
    ended.abort();
  };
  list.addEventListener("pointermove", (event) => {
    if (Math.hypot(event.clientX - down.clientX, event.clientY - down.clientY) < SLACK_PX) return;
    if (patient) giveUp();
    else begin(event);
  }, options);
  for (const name of ["pointerup", "pointercancel"]) addEventListener(name, giveUp, options);
  if (patient) list.addEventListener("contextmenu", (event) => event.preventDefault(), options);
}

function drag(sortable, item, down, first) {
  const { list, items, onMove } = sortable;
  const origin = [...list.querySelectorAll(items)].indexOf(item);
  const box = item.getBoundingClientRect();
  const state = { item, x: first.clientX, y: first.clientY, over: null,
    grabX: down.clientX - box.left, grabY: down.clientY - box.top };
  const ended = new AbortController();
  const options = { signal: ended.signal };
  const finish = (keep) => {
    ended.abort();
    sortable.dragging = false;
    cancelAnimationFrame(state.frame);
    item.classList.remove("is-dragged");
    item.style.transform = "";
    const all = [...list.querySelectorAll(items)];
    if (!keep) animated(all, () => place(all, all.indexOf(item), origin));
    else if (all.indexOf(item) !== origin) onMove(item);
  };
  sortable.dragging = true;
  list.setPointerCapture(down.pointerId);
  item.classList.add("is-dragged");
  list.addEventListener("pointermove", (event) => follow(sortable, state, event), options);
  list.addEventListener("contextmenu", (event) => event.preventDefault(), options);
  list.addEventListener("pointerup", () => finish(true), options);
  list.addEventListener("pointercancel", () => finish(false), options);
  addEventListener("keydown", (event) => event.key === "Escape" && finish(false), options);
  follow(sortable, state, first);
  scrollNearEdges(sortable, state);
}

function follow(sortable, state, event) {
  [state.x, state.y] = [event.clientX, event.clientY];
  const all = [...sortable.list.querySelectorAll(sortable.items)];
  const over = all.find((other) => other !== state.item && holds(other, state));
  // Sizes differ, so after a swap the pointer may still rest on the same neighbour:
  // it has to leave it once before the two may swap back.
  if (over && over !== state.over) animated(all, () => place(all, all.indexOf(state.item), all.indexOf(over)));
  state.over = over;
  stick(state);
}

function holds(element, { x, y }) {
  const box = element.getBoundingClientRect();
  return x >= box.left && x <= box.right && y >= box.top && y <= box.bottom;
}

function stick({ item, x, y, grabX, grabY }) {
  item.style.transform = "";
  const box = item.getBoundingClientRect();
  item.style.transform = `translate(${x - grabX - box.left}px, ${y - grabY - box.top}px) scale(1.03)`;
}

function scrollNearEdges(sortable, state) {
  const above = EDGE_PX - state.y;
  const below = state.y - (innerHeight - EDGE_PX);
  const speed = Math.max(above, below, 0) / 6;
  if (speed) {
    scrollBy(0, above > below ? -speed : speed);
    stick(state);
  }
  state.frame = requestAnimationFrame(() => scrollNearEdges(sortable, state));
}
