/** What is sent when, and what is tried again. No page in here, so that it can be tested alone. */

const TRIES = 5;
const LONGEST_PAUSE_S = 120;

/**
 * An item is `{ file, key, state, progress, received, tries, id, answer, problem }`;
 * `received` counts the bytes the server is known to hold of an unfinished file.
 * States: waiting → sending ⇄ resting (a pause before the next try) → received | refused;
 * cancelled items leave the queue. `problem` is `{ code, text, again }`: `text` is the
 * server's own sentence or "", `again` says whether another try could help.
 */
export class UploadQueue {
  #items = [];
  #send;
  #onChange;
  #parallel;

  constructor({ send, onChange, parallel = 3 }) {
    this.#send = send;
    this.#onChange = onChange;
    this.#parallel = parallel;
  }

  /** Items that are neither received nor refused yet. */
  get unfinished() {
    return this.#items.filter((item) => ["waiting", "sending", "resting"].includes(item.state));
  }

  add(file) {
    const item = { file, key: randomKey(), received: 0, tries: 0, id: null };
    this.#items.push(item);
    this.retry(item);
    return item;
  }

  /** Start an item from the beginning; the same key lets the server recognise bytes it already has. */
  retry(item) {
    Object.assign(item, { state: "waiting", progress: 0, tries: 0, problem: null });
    queueMicrotask(() => this.#next());
  }

  cancel(item) {
    item.state = "cancelled";
    clearTimeout(item.timer);
    item.transfer?.abort();
    this.#items = this.#items.filter((other) => other !== item);
    this.#next();
  }

  /** The connection is back: end all pauses now. */
  hurry() {
    for (const item of this.#items) {
      if (item.state !== "resting" || item.problem?.code !== "network") continue;
      clearTimeout(item.timer);
      this.#start(item);
    }
  }

  // A resting item keeps its place among the parallel ones: when the server asks
  // for a pause, the whole queue slows down instead of knocking with the next file.
  #next() {
    const active = this.#items.filter((item) => ["sending", "resting"].includes(item.state));
    const waiting = this.#items.filter((item) => item.state === "waiting");
    for (const item of waiting.slice(0, Math.max(0, this.#parallel - active.length))) this.#start(item);
  }

  async #start(item) {
    Object.assign(item, { state: "sending", tries: item.tries + 1 });
    this.#onChange(item);
    item.transfer = this.#send(item, (progress) => {
      item.progress = progress;
      if (item.state === "sending") this.#onChange(item);
    });
    const reply = await item.transfer.done;
    if (item.state === "cancelled") return;
    this.#settle(item, reply);
    this.#onChange(item);
    this.#next();
  }

  #settle(item, { status, body, retryAfter, received = 0 }) {
    if ((status === 200 || status === 201) && body?.id) {
      Object.assign(item, { state: "received", progress: 1, id: body.id, answer: body, problem: null });
      return;
    }
    const passing = status === 0 || status === 408 || status === 429 || status >= 500;
    item.problem = {
      code: status === 0 ? "network" : status === 429 ? "busy" : status === 403 ? "outdated" : "server",
      text: body?.error ?? "",
      again: passing || [401, 403, 409].includes(status),
    };
    // The key belongs to other bytes: the next try needs one of its own.
    if (status === 409) Object.assign(item, { key: randomKey(), received: 0 });
    // A link that breaks every few seconds gets a file over too, as long as each try wins a byte.
    if (received > item.received) Object.assign(item, { received, tries: 1 });
    const pause = Math.max(retryAfter ?? 0, 2 ** (item.tries - 1) + Math.random() / 2);
    if (passing && item.tries < TRIES && pause <= LONGEST_PAUSE_S) {
      item.state = "resting";
      item.timer = setTimeout(() => this.#start(item), pause * 1000);
    } else {
      item.state = "refused";
    }
  }
}

// Not crypto.randomUUID(): that one is missing on plain http in a home network.
function randomKey() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
