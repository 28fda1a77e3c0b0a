/** The posts of a collection, put in another order by dragging. */

import { makeSortable } from "./composer/reorder.js";

const list = document.getElementById("order");
const rows = () => [...list.querySelectorAll(".order-row")];
let before = list ? rows() : [];

/** Tells the site beside which post the moved one stands now. */
async function send(row) {
  const [earlier, later] = [row.previousElementSibling, row.nextElementSibling];
  const body = new FormData(document.getElementById("acts"));
  if (later) body.set("before", later.dataset.code);
  else body.set("after", earlier.dataset.code);
  const answer = await fetch(row.dataset.place, { method: "POST", body, redirect: "manual", headers: { "HX-Request": "true" } });
  // The page it leads back to is this one: "opaqueredirect" is all that a script sees of it.
  if (!answer.ok && answer.type !== "opaqueredirect") throw new Error(answer.status);
}

/** The arrows of the first and the last have nowhere to go. */
function showEnds() {
  rows().forEach((row, index, all) => {
    const [up, down] = row.querySelectorAll("[name=step]");
    up.disabled = index === 0 && !location.search;
    down.disabled = index === all.length - 1 && !document.querySelector("[rel=next]");
  });
}

async function moved(row) {
  showEnds();
  try {
    await send(row);
    before = rows();
  } catch {
    list.append(...before);
    showEnds();
    const sentence = document.body.dataset.trouble;
    document.dispatchEvent(new CustomEvent("notes:say", { detail: { sentence } }));
  }
}

if (list) makeSortable(list, { items: ".order-row", handle: ".grip", grip: ".grip", onMove: moved });
