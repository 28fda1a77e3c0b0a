/** What a file carries, told to its author: what may be shown with the photo, and what never is. */

import { fileSize, say } from "./words.js";

const SHOWABLE = { camera: "camera", lens: "lens", exposure: "exposure", time: "taken_at" };

/** Fill a card's inspector from an upload's JSON. What is ticked in the page already stays so. */
export function fillInspector(inspector, { metadata = {}, width, height, bytes }) {
  const part = (name) => inspector.querySelector(`[data-part="${name}"]`);
  const tell = (block, place, text) => {
    part(block).hidden = !text;
    part(place).textContent = text;
  };
  if (width && bytes) part("facts").textContent = `${width} × ${height} · ${fileSize(bytes)}`;
  for (const [name, key] of Object.entries(SHOWABLE)) {
    const row = inspector.querySelector(`[data-detail="${name}"]`);
    row.hidden = !metadata[key];
    row.querySelector("b").textContent = name === "time" ? wallClock(metadata[key]) : metadata[key] ?? "";
  }
  part("showable").hidden = !Object.values(SHOWABLE).some((key) => metadata[key]);
  tell("coordinates", "position", (metadata.place ?? []).map((degrees) => degrees.toFixed(4)).join(", "));
  tell("profile", "colours", metadata.profile ?? "");
  part("carried").hidden = !metadata.carries?.length;
  part("parts").replaceChildren(...(metadata.carries ?? []).map((code) => chip(say(`carries-${code}`))));
}

function chip(words) {
  const element = document.createElement("i");
  element.textContent = words;
  return element;
}

// The time on the camera's own clock, wherever it is read.
function wallClock(text) {
  if (!text) return "";
  const time = new Date(text.slice(0, 19));
  return time.toLocaleString(document.documentElement.lang, { dateStyle: "medium", timeStyle: "short" });
}
