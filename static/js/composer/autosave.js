/**
 * Keeps the form as a draft on the server by itself: a moment after the last change, one save at a
 * time, each on top of the one before. `state` is one of "untouched", "changed", "saving", "saved",
 * "offline", "unwell" (the server's trouble), "signedOut", "refused" and "stale".
 */

const PAUSE_MS = 1000;
const LONGEST_MS = 30_000;

export class Autosave {
  #options;
  #timer;
  #running = null;
  #unanswered = null;
  #tries = 0;
  #stopped = false;
  state = "untouched";
  /** The server's own sentence in the state "refused". */
  problem = "";

  /**
   * `collect()` gives the fields, or null while there is nothing to keep; `send(fields)` resolves
   * to `{ status, body }`, 0 when nothing came back; `isSame(fields)` resolves to whether the server
   * holds them already; `adopt(body)` hears of each save; `onChange()` of each state.
   */
  constructor(options) {
    this.#options = options;
  }

  get isBusy() {
    return this.#running !== null;
  }

  /** Whether something typed is in this browser only. */
  get isBehind() {
    return !["untouched", "saved"].includes(this.state);
  }

  touch() {
    if (this.#stopped) return;
    // A conflict waits for its author's choice.
    if (this.state === "stale") return;
    this.#set("changed");
    this.#later(PAUSE_MS);
  }

  /** The connection is back, or the author asked: save now what isn't saved. */
  hurry() {
    if (this.isBehind && this.state !== "stale" && !this.#stopped) this.#later(0);
  }

  /** These fields may have been sent by this page before it was reloaded, and nobody heard of it. */
  suppose(fields) {
    this.#unanswered = fields;
  }

  /** Save this version over the other one. */
  overwrite(revision) {
    this.#options.adopt({ revision });
    this.#set("changed");
    this.#later(0);
  }

  /** No more saves; resolves when the last one is through. */
  async stop() {
    this.#stopped = true;
    clearTimeout(this.#timer);
    await this.#running;
  }

  resume() {
    this.#stopped = false;
    this.hurry();
  }

  #later(pause) {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#next(), pause);
  }

  async #next() {
    if (this.#running || this.#stopped) return;
    const fields = this.#options.collect();
    if (!fields) {
      this.#set("untouched");
      return;
    }
    this.#set("saving");
    this.#running = this.#save(fields);
    await this.#running;
    this.#running = null;
    if (this.state === "changed") this.#later(PAUSE_MS);
  }

  async #save(fields) {
    const reply = await this.#options.send(fields);
    if (reply.status === 200 || reply.status === 201) {
      this.#accept(reply.body, fields);
    } else if (reply.status === 409 && reply.body?.code === "stale") {
      // An answer that got lost on its way looks like somebody else's save: it was our own.
      const own = this.#unanswered && (await this.#options.isSame(this.#unanswered));
      this.#unanswered = null;
      if (own) this.overwrite(reply.body.revision);
      else this.#set("stale", reply.body.revision);
    } else if (reply.status === 422 || reply.status === 409) {
      this.#unanswered = null;
      this.problem = reply.body?.error ?? "";
      this.#set("refused", reply.body);
    } else {
      this.#again(reply.status, fields);
    }
  }

  #accept(body, fields) {
    this.#tries = 0;
    this.#unanswered = null;
    this.#options.adopt(body, fields);
    // Typed while it was on its way? Then the next save follows.
    if (this.state === "saving") this.#set("saved");
  }

  #again(status, fields) {
    if (status === 0 || status >= 500) this.#unanswered = fields;
    this.#tries += 1;
    this.#set(status === 0 ? "offline" : [401, 403].includes(status) ? "signedOut" : "unwell");
    this.#later(Math.min(PAUSE_MS * 2 ** this.#tries, LONGEST_MS));
  }

  #set(state, told = null) {
    if (this.state === state && !told) return;
    this.state = state;
    this.#options.onChange(state, told);
  }
}

/** Send a draft. Resolves (it never rejects) to `{ status, body }`; a page instead of JSON is 401. */
export async function sendDraft(url, fields) {
  fields.set("save", "draft");
  try {
    const headers = { Accept: "application/json" };
    const response = await fetch(url, { method: "POST", headers, body: fields });
    const isJson = response.headers.get("Content-Type")?.startsWith("application/json");
    // Signed out meanwhile, a request is led to the page for signing in.
    if (!isJson) return { status: response.ok ? 401 : response.status, body: null };
    return { status: response.status, body: await response.json() };
  } catch {
    return { status: 0, body: null };
  }
}
