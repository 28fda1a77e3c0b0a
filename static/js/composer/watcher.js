/** Asks how uploads are getting on, one request at a time, more seldom while nothing changes. */

const SHORTEST_MS = 700;
const LONGEST_MS = 10_000;

export class Watcher {
  #ids = new Set();
  #read;
  #onAnswer;
  #running = false;

  /** `read(id)` resolves to the upload's JSON or null; `onAnswer(id, answer)` hears each answer. */
  constructor({ read, onAnswer }) {
    this.#read = read;
    this.#onAnswer = onAnswer;
  }

  watch(id) {
    this.#ids.add(id);
    if (!this.#running) this.#run();
  }

  forget(id) {
    this.#ids.delete(id);
  }

  async #run() {
    this.#running = true;
    let pause = SHORTEST_MS;
    while (this.#ids.size) {
      await new Promise((resolve) => setTimeout(resolve, pause));
      pause = (await this.#round()) ? SHORTEST_MS : Math.min(pause * 1.5, LONGEST_MS);
    }
    this.#running = false;
  }

  async #round() {
    let news = false;
    for (const id of [...this.#ids]) {
      const answer = await this.#read(id);
      if (!answer || !this.#ids.has(id)) continue;
      if (["ready", "failed", "gone"].includes(answer.state)) {
        this.#ids.delete(id);
        news = true;
      }
      this.#onAnswer(id, answer);
    }
    return news;
  }
}
