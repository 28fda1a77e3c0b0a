/**
 * What was typed and is not on the server yet, kept in this tab. The server keeps the drafts; this
 * copy only bridges the time until it has them. It lies in the tab's own storage, not in the
 * browser's: on a shared computer nothing stays behind when the tab is closed.
 */
export class Draft {
  #name;
  #collect;
  #timer;
  /** While true nothing is written: what is kept must not be lost to a page that isn't filled yet. */
  held = false;

  /** `collect()` gives what to keep, as plain data; `name` is that of the post or of the empty form. */
  constructor({ name, collect }) {
    this.#name = name;
    this.#collect = collect;
  }

  /**
   * The form has become a post's: its copy goes under that name from now on. `left`, if anything,
   * stays under the name before, for a page that was asked for meanwhile.
   */
  rename(name, left = null) {
    if (name === this.#name) return;
    this.clear();
    if (left) this.#write(left);
    this.#name = name;
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
    if (!this.held) this.#write({ ...this.#collect(), ...extra });
  }

  #write(kept) {
    try {
      sessionStorage.setItem(this.#name, JSON.stringify(kept));
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
