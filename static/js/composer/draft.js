/** What was typed and uploaded, kept in this tab until it is published. */

/**
 * A draft is `{ title, caption, audience, submissionKey, submitted, photos, unsent }`;
 * photos are `{ id, name, alt, width, height }` in order, unsent the names of files that
 * had not been received. Storage that is full or forbidden costs the draft, nothing else.
 */
export class Draft {
  #name;
  #collect;
  #timer;
  /** While true nothing is written: what is kept must not be lost to a page that isn't filled yet. */
  held = false;

  constructor({ name, collect }) {
    this.#name = name;
    this.#collect = collect;
  }

  read() {
    try {
      return JSON.parse(sessionStorage.getItem(this.#name));
    } catch {
      return null;
    }
  }

  /** Save soon; many calls in a row make one write. */
  touch() {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.save(), 300);
  }

  save(extra = {}) {
    clearTimeout(this.#timer);
    if (this.held) return;
    try {
      sessionStorage.setItem(this.#name, JSON.stringify({ ...this.#collect(), ...extra }));
    } catch {
      // Private windows and full disks: the form itself still holds everything.
    }
  }

  clear() {
    clearTimeout(this.#timer);
    try {
      sessionStorage.removeItem(this.#name);
    } catch {
      // As above.
    }
  }
}
