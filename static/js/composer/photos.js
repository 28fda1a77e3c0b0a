/** The photos of the composer: their cards in the tray, what is being sent, what the server tells. */

import { openEditor } from "./editing.js";
import { PhotoCard } from "./photo_card.js";
import { makeSortable, moveBy } from "./reorder.js";
import { UploadQueue } from "./upload_queue.js";
import { discardUpload, readUpload, sendFile } from "./uploads_api.js";
import { Watcher } from "./watcher.js";
import { listNames, megabytes, say } from "./words.js";

const byId = (id) => document.getElementById(id);

export class Photos {
  #cards = new Map();
  #kept = new Set();
  #options;
  #sortable;

  /**
   * `onChange()` runs when photos came, went, moved or changed their state, `onProgress()` while one
   * is on its way, `onSay(sentence)` with what a screen reader is told, `onComplain(sentence)` with
   * what stands in the way ("" takes it back).
   */
  constructor({ tray, form, onChange, onProgress, onSay, onComplain }) {
    this.tray = tray;
    this.#options = { onChange, onProgress, onSay, onComplain };
    this.url = form.dataset.uploadsUrl;
    this.most = Number(form.dataset.maxPhotos);
    this.mostBytes = Number(form.dataset.maxBytes);
    this.csrf = form.elements.csrfmiddlewaretoken.value;
    this.queue = new UploadQueue({
      send: (item, onProgress) =>
        sendFile({ url: this.url, csrf: this.csrf, file: item.file, key: item.key, onProgress }),
      onChange: (item) => this.#heard(item),
    });
    this.watcher = new Watcher({
      read: (id) => readUpload(this.#address(id)),
      onAnswer: (id, answer) => this.#answered(id, answer),
    });
  }

  start() {
    for (const element of this.tray.querySelectorAll(".photo-card")) this.#adopt(element);
    this.#sortable = { list: this.tray, items: ".photo-card", onMove: (element) => this.#moved(element) };
    makeSortable(this.tray, { ...this.#sortable, handle: ".photo-handle", grip: ".photo-frame" });
    byId("replacement").addEventListener("change", (event) => this.#replace(event.target));
  }

  /** The cards in their order. */
  get all() {
    return [...this.tray.querySelectorAll(".photo-card")].map((element) => this.#cards.get(element));
  }

  get unfinished() {
    return this.queue.unfinished;
  }

  /** Take files in; those beyond the limit are named in a sentence, all others start at once. */
  add(files) {
    const room = Math.max(0, this.most - this.#cards.size);
    for (const file of files.slice(0, room)) this.#addOne(file);
    const rest = files.slice(room);
    if (rest.length) this.#options.onComplain(say("tooMany", { limit: this.most, names: listNames(rest) }));
    else if (files.length) this.#options.onComplain("");
    this.#changed();
  }

  /** The server's draft holds these: what is no longer wanted is left out of it, not thrown away. */
  keep(ids) {
    this.#kept = new Set([...this.#kept, ...ids]);
  }

  /**
   * Make the tray hold these photos, in this order; those that are gone are left out. What was
   * chosen on this page, maybe while the server was asked, comes behind them.
   */
  async arrange(photos) {
    const answers = await Promise.all(photos.map(({ id }) => readUpload(this.#address(id))));
    const there = photos.filter((_, index) => answers[index]?.state !== "gone");
    const isThere = (card) => there.some(({ id }) => id === card.id);
    const chosen = this.all.filter((card) => card.item && !isThere(card));
    this.clear(isThere);
    for (const photo of there) {
      const card = this.all.find(({ id }) => id === photo.id) ?? this.#restore(photo);
      this.tray.querySelector(".tray-add").before(card.element);
      card.alt.value = photo.alt;
      card.shown = photo.shown;
    }
    for (const { element } of chosen) this.tray.querySelector(".tray-add").before(element);
    this.number();
    return { there, areUsed: answers.some((answer) => answer?.used) };
  }

  /** Ask after every photo, and take out those that were removed elsewhere; resolves to their names. */
  async lookAfter() {
    const cards = this.all.filter(({ id }) => id);
    const answers = await Promise.all(cards.map(({ id }) => readUpload(this.#address(id))));
    const gone = cards.filter((_, index) => answers[index]?.state === "gone");
    for (const card of gone) this.#forget(card);
    if (gone.length) this.#changed();
    return gone.map(({ name }) => name);
  }

  /** Take out what wasn't chosen on this page, unless it is kept; the uploads themselves stay. */
  clear(isKept = () => false) {
    for (const card of this.all) if (!card.item && !isKept(card)) this.#forget(card);
  }

  number() {
    const { all } = this;
    all.forEach((card, index) => card.setPlace(index + 1, all.length));
  }

  #addOne(file) {
    // Browsers call every pasted picture image.png; two of those would be hard to tell apart.
    const name = /^image\.\w+$/.test(file.name) ? say("pasted") : file.name;
    const card = PhotoCard.fromTemplate(byId("photo-card"), name);
    this.#place(card);
    card.drawFile(file);
    const problem = this.#tooBig(file);
    if (problem) {
      card.show("refused", { problem });
      return;
    }
    card.show("waiting");
    card.item = this.queue.add(file);
  }

  #tooBig({ size }) {
    if (size <= this.mostBytes) return "";
    return say("tooBig", { size: megabytes(size), limit: megabytes(this.mostBytes) });
  }

  #adopt(element) {
    const card = new PhotoCard(element);
    this.#place(card);
    this.#kept.add(card.id);
    if (!["ready", "failed"].includes(element.dataset.photoState)) this.watcher.watch(card.id);
  }

  #restore({ id, name, width, height }) {
    const card = PhotoCard.fromTemplate(byId("photo-card"), name);
    this.#place(card);
    card.receive(id);
    card.learn({ width, height });
    card.show("received");
    this.watcher.watch(id);
    return card;
  }

  #place(card) {
    this.#cards.set(card.element, card);
    if (!card.element.isConnected) this.tray.querySelector(".tray-add").before(card.element);
    card.on("remove", () => this.#remove(card));
    card.on("retry", () => this.queue.retry(card.item));
    card.on("replace", () => this.#chooseInstead(card));
    card.on("edit", (event) => this.#edit(card, event));
    card.on("earlier", () => moveBy(this.#sortable, card.element, -1));
    card.on("later", () => moveBy(this.#sortable, card.element, 1));
  }

  #remove(card) {
    const next = card.element.nextElementSibling ?? card.element.previousElementSibling;
    const { id } = card;
    this.#forget(card);
    this.#discard(id);
    next.querySelector("[data-part=remove], input[type=file]").focus();
    this.#options.onSay(say("removed", { name: card.name }));
    this.#changed();
  }

  #discard(id) {
    if (id && !this.#kept.has(id)) discardUpload(this.#address(id), this.csrf);
  }

  #forget(card) {
    if (card.item) this.queue.cancel(card.item);
    if (card.id) this.watcher.forget(card.id);
    this.#cards.delete(card.element);
    card.element.remove();
  }

  #chooseInstead(card) {
    this.instead = card;
    byId("replacement").click();
  }

  // The old photo stays until the new one has arrived, then gives it its place and its words.
  #replace(input) {
    const [file] = input.files;
    const card = this.instead;
    input.value = "";
    if (!file || !this.#cards.has(card.element)) return;
    const problem = this.#tooBig(file);
    if (problem) {
      card.show(card.id ? "received" : "refused", { problem });
      return;
    }
    if (card.item) this.queue.cancel(card.item);
    card.item = this.queue.add(file);
    this.#changed();
  }

  #edit(card, event) {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    openEditor(card, (answer) => {
      card.learn(answer);
      card.stale = true;
      this.watcher.watch(card.id);
      this.#changed();
    });
  }

  #moved(element) {
    this.#changed();
    const { all } = this;
    const card = this.#cards.get(element);
    this.#options.onSay(say("moved", { name: card.name, place: all.indexOf(card) + 1, total: all.length }));
  }

  // One item of the queue has news.
  #heard(item) {
    const card = [...this.#cards.values()].find((each) => each.item === item);
    if (!card) return;
    const { state, progress, problem } = item;
    if (state === "sending") {
      card.show(state, { progress });
      this.#options.onProgress();
      return;
    }
    const sentence = state === "resting" ? say("resting") : problem ? problem.text || say(problem.code) : "";
    // What was to be replaced is still there.
    const stays = state === "refused" && card.id;
    card.show(stays ? "received" : state, { progress, problem: sentence, again: state === "refused" && problem.again });
    if (state === "received") this.#received(card, item);
    this.#changed();
  }

  #received(card, { id, answer, file }) {
    const { id: old } = card;
    card.receive(id);
    if (old && old !== id) {
      this.watcher.forget(old);
      this.#discard(old);
      card.rename(file.name);
      card.drawFile(file).then((drawn) => (card.stale = !drawn));
      this.#options.onSay(say("replaced", { name: file.name }));
    }
    card.learn(answer);
    if (answer.state !== "ready") this.watcher.watch(id);
  }

  // The server told how an upload is getting on.
  #answered(id, answer) {
    const card = [...this.#cards.values()].find((each) => each.id === id);
    if (!card) return;
    const was = card.element.dataset.state;
    if (answer.state === "gone") {
      this.#forget(card);
    } else if (answer.state === "failed") {
      card.show("refused", { problem: answer.reason || say("failed") });
    } else {
      card.learn(answer);
      if (card.stale && answer.state === "ready" && answer.preview) {
        card.stale = false;
        card.replacePicture(answer.preview);
      }
    }
    if (card.element.dataset.state !== was || answer.state === "gone") this.#changed();
  }

  #changed() {
    this.number();
    this.#options.onChange();
  }

  #address(id) {
    return `${this.url}${encodeURIComponent(id)}/`;
  }
}
