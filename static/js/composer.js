/** The composer: puts its parts together. Without this file the page is a plain form and works. */

import { Draft } from "./composer/draft.js";
import { listenForFiles } from "./composer/intake.js";
import { PhotoCard } from "./composer/photo_card.js";
import { makeSortable, moveBy } from "./composer/reorder.js";
import { UploadQueue } from "./composer/upload_queue.js";
import { discardUpload, readUpload, sendFile } from "./composer/uploads_api.js";
import { Watcher } from "./composer/watcher.js";
import { listNames, megabytes, say } from "./composer/words.js";

const byId = (id) => document.getElementById(id);

// The server counts characters, not UTF-16 halves, and a line break as one.
const lengthOf = (field) => [...field.value].length;

class Composer {
  #cards = new Map();
  #phase = "editing";
  #withoutRefused = false;

  constructor(form) {
    this.form = form;
    this.tray = byId("tray");
    this.fields = [form.elements.title, form.elements.caption];
    this.csrf = form.elements.csrfmiddlewaretoken.value;
    this.maxPhotos = Number(form.dataset.maxPhotos);
    this.maxBytes = Number(form.dataset.maxBytes);
    this.draft = new Draft({ name: form.dataset.draft, collect: () => this.#collect() });
    this.queue = new UploadQueue({
      send: (item, onProgress) =>
        sendFile({ url: form.dataset.uploadsUrl, csrf: this.csrf, file: item.file, key: item.key, onProgress }),
      onChange: (item) => this.#heard(item),
    });
    this.watcher = new Watcher({
      read: (id) => readUpload(this.#address(id)),
      onAnswer: (id, answer) => this.#answered(id, answer),
    });
  }

  start() {
    this.form.classList.add("is-live");
    for (const element of this.tray.querySelectorAll(".photo-card")) this.#adopt(element);
    this.sortable = { list: this.tray, items: ".photo-card", onMove: (element) => this.#moved(element) };
    makeSortable(this.tray, { ...this.sortable, handle: ".photo-handle", grip: ".photo-frame" });
    listenForFiles({ input: byId("id_photos"), veil: byId("drop-veil"), onFiles: (files) => this.add(files) });
    for (const field of this.fields) this.#count(field);
    this.#listen();
    if ("answered" in this.form.dataset) this.draft.save();
    else this.#restore();
    this.#changed();
  }

  /** Take files in; those beyond the limit are named in a sentence, all others start at once. */
  add(files) {
    const room = Math.max(0, this.maxPhotos - this.#cards.size);
    for (const file of files.slice(0, room)) this.#addOne(file);
    const rest = files.slice(room);
    if (rest.length) this.#complain(say("tooMany", { limit: this.maxPhotos, names: listNames(rest) }));
    else if (files.length) this.#complain("");
    this.#changed();
  }

  #addOne(file) {
    const card = PhotoCard.fromTemplate(byId("photo-card"), this.#nameOf(file));
    this.#place(card);
    card.drawFile(file);
    if (file.size > this.maxBytes) {
      const problem = say("tooBig", { size: megabytes(file.size), limit: megabytes(this.maxBytes) });
      card.show("refused", { problem });
      return;
    }
    card.show("waiting");
    card.item = this.queue.add(file);
  }

  // Browsers call every pasted picture image.png; two of those would be hard to tell apart.
  #nameOf(file) {
    return /^image\.\w+$/.test(file.name) ? say("pasted") : file.name;
  }

  #adopt(element) {
    const card = new PhotoCard(element);
    this.#place(card);
    if (!["ready", "failed"].includes(element.dataset.photoState)) this.watcher.watch(card.id);
  }

  #place(card) {
    this.#cards.set(card.element, card);
    if (!card.element.isConnected) this.tray.querySelector(".tray-add").before(card.element);
    card.on("remove", () => this.#remove(card));
    card.on("retry", () => this.queue.retry(card.item));
    card.on("earlier", () => moveBy(this.sortable, card.element, -1));
    card.on("later", () => moveBy(this.sortable, card.element, 1));
  }

  #remove(card) {
    const next = card.element.nextElementSibling ?? card.element.previousElementSibling;
    this.#forget(card);
    if (card.id) discardUpload(this.#address(card.id), this.csrf);
    next.querySelector("[data-part=remove], input[type=file]").focus();
    this.#announce(say("removed", { name: card.name }));
    this.#changed();
  }

  #forget(card) {
    if (card.item) this.queue.cancel(card.item);
    if (card.id) this.watcher.forget(card.id);
    this.#cards.delete(card.element);
    card.element.remove();
  }

  #moved(element) {
    this.#changed();
    const all = this.#ordered();
    const card = this.#cards.get(element);
    this.#announce(say("moved", { name: card.name, place: all.indexOf(card) + 1, total: all.length }));
  }

  // One item of the queue has news.
  #heard(item) {
    const card = [...this.#cards.values()].find((each) => each.item === item);
    if (!card) return;
    const { state, progress, problem, id, answer } = item;
    if (state === "sending") {
      card.show(state, { progress });
      this.#refresh();
      return;
    }
    if (state === "received") {
      card.receive(id);
      card.showPreview(answer);
      if (answer.state !== "ready") this.watcher.watch(id);
    }
    const sentence = state === "resting" ? say("resting") : problem ? problem.text || say(problem.code) : "";
    card.show(state, { progress, problem: sentence, again: state === "refused" && problem.again });
    this.#changed();
  }

  // The server told how an upload is getting on.
  #answered(id, answer) {
    const card = [...this.#cards.values()].find((each) => each.id === id);
    if (!card) return;
    if (answer.state === "gone" || answer.used) this.#forget(card);
    else if (answer.state === "failed") card.show("refused", { problem: answer.reason || say("failed") });
    else card.showPreview(answer);
    this.#changed();
  }

  #listen() {
    const { form, draft } = this;
    form.addEventListener("submit", (event) => this.#publish(event));
    form.addEventListener("input", (event) => {
      if (this.fields.includes(event.target)) this.#count(event.target);
      draft.touch();
    });
    form.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || event.isComposing) return;
      if (event.ctrlKey || event.metaKey) form.requestSubmit();
      else if (event.target === form.elements.title) form.elements.caption.focus();
      else return;
      event.preventDefault();
    });
    byId("composer-stay").addEventListener("click", () => this.#stay());
    addEventListener("online", () => this.queue.hurry());
    addEventListener("pagehide", () => this.#phase !== "leaving" && draft.save());
    // Back from a published post: the page in memory knows nothing of that.
    addEventListener("pageshow", (event) => {
      if (event.persisted && this.#phase === "leaving") location.reload();
    });
    addEventListener("beforeunload", (event) => {
      if (this.#phase !== "leaving" && this.queue.unfinished.length) event.preventDefault();
    });
  }

  #publish(event) {
    const problem = this.#obstacle();
    if (problem || this.queue.unfinished.length) event.preventDefault();
    if (problem) {
      this.#complain(problem);
      return;
    }
    this.#phase = this.queue.unfinished.length ? "waiting" : "leaving";
    this.#complain("");
    this.#refresh();
    if (this.#phase === "waiting") return;
    for (const card of this.#cards.values()) if (card.isLeftOut) card.leaveOut();
    this.draft.save({ submitted: true });
  }

  // The sentence that says why publishing can't go ahead, or "".
  #obstacle() {
    const tooLong = this.fields.find((field) => lengthOf(field) > Number(field.dataset.limit));
    if (tooLong) {
      tooLong.focus();
      return say("shorten");
    }
    const refused = this.#ordered().filter((card) => card.isLeftOut);
    if (refused.length === this.#cards.size) {
      byId("id_photos").focus();
      return say("empty");
    }
    if (!refused.length || this.#withoutRefused) return "";
    this.#withoutRefused = true;
    this.#refresh();
    return say("leftOut", { names: listNames(refused) });
  }

  #stay() {
    this.#phase = "editing";
    this.#refresh();
    byId("composer-publish").focus();
  }

  // Photos came, went, moved or changed their state.
  #changed() {
    const all = this.#ordered();
    all.forEach((card, index) => card.setPlace(index + 1, all.length));
    if (!all.some((card) => card.isLeftOut)) this.#withoutRefused = false;
    this.draft.touch();
    this.#refresh();
    if (this.#phase === "waiting" && !this.queue.unfinished.length) {
      this.#phase = "editing";
      this.form.requestSubmit();
    }
  }

  #refresh() {
    const all = [...this.#cards.values()];
    const done = all.filter((card) => card.id && !card.isLeftOut).length;
    const busy = this.queue.unfinished;
    const part = busy.reduce((sum, item) => sum + item.progress, done) / (done + busy.length || 1);
    byId("composer-progress").style.transform = `scaleX(${part})`;
    this.form.classList.toggle("is-full", all.length >= this.maxPhotos);
    this.form.classList.toggle("is-uploading", busy.length > 0);
    this.form.classList.toggle("is-waiting", this.#phase !== "editing");
    byId("composer-stay").hidden = this.#phase !== "waiting";
    byId("composer-publish").textContent = say(this.#withoutRefused ? "publishWithout" : "publish");
    this.#tell(byId("composer-status"), this.#status({ done, busy: busy.length, total: all.length }));
  }

  #status({ done, busy, total }) {
    if (this.#phase === "leaving") return say("publishing");
    if (this.#phase === "waiting") return say("waiting", { done, total });
    if (busy) return say("uploading", { done, total });
    if (!total) return "";
    return done === total ? say("ready") : say("partly", { done, total });
  }

  // Written only when it differs, so that a screen reader isn't told the same twice.
  #tell(place, sentence) {
    if (place.textContent !== sentence) place.textContent = sentence;
  }

  #announce(sentence) {
    this.#tell(byId("composer-voice"), sentence);
  }

  #complain(sentence) {
    const notice = byId("composer-notice").content.firstElementChild.cloneNode(true);
    notice.querySelector("p").textContent = sentence;
    byId("composer-complaint").replaceChildren(...(sentence ? [notice] : []));
  }

  #count(field) {
    // The browser would cut a long paste in silence; a counter tells instead.
    field.removeAttribute("maxlength");
    const over = lengthOf(field) - Number(field.dataset.limit);
    const counter = document.querySelector(`[data-counter=${field.id}]`);
    counter.classList.toggle("is-over", over > 0);
    counter.textContent = over > 0 ? say("tooLong", { over }) : `${lengthOf(field)} / ${field.dataset.limit}`;
    if (over > 0) {
      field.setAttribute("aria-invalid", "true");
    } else if (field.hasAttribute("aria-invalid")) {
      field.removeAttribute("aria-invalid");
      this.#complain("");
    }
  }

  #ordered() {
    return [...this.tray.querySelectorAll(".photo-card")].map((element) => this.#cards.get(element));
  }

  #address(id) {
    return `${this.form.dataset.uploadsUrl}${encodeURIComponent(id)}/`;
  }

  #collect() {
    const { title, caption, audience, submission_key: submission } = this.form.elements;
    const photos = this.#ordered().filter((card) => card.id).map(
      ({ id, name, alt, width, height }) => ({ id, name, alt: alt.value, width, height }));
    const unsent = this.queue.unfinished.map((item) => item.file.name);
    return { title: title.value, caption: caption.value, audience: audience.value,
      submission: submission.value, photos, unsent };
  }

  async #restore() {
    const saved = this.draft.read();
    if (!saved || !(saved.title || saved.caption || saved.photos.length || saved.unsent.length)) return;
    this.draft.held = true;
    const answers = await Promise.all(saved.photos.map(({ id }) => readUpload(this.#address(id))));
    this.draft.held = false;
    const kept = saved.photos.filter((_, index) => answers[index]?.state !== "gone" && !answers[index]?.used);
    // Sent, and its photos are in a post now: it was published, not lost.
    if (saved.submitted && !kept.length) {
      this.draft.clear();
      return;
    }
    const { title, caption, audience, submission_key: submission } = this.form.elements;
    title.value ||= saved.title;
    caption.value ||= saved.caption;
    [audience.value, submission.value] = [saved.audience, saved.submission];
    for (const field of this.fields) this.#count(field);
    for (const photo of kept) this.#addKept(photo);
    this.#complain(saved.unsent.length ? say("lost", { names: saved.unsent.join(", ") }) : "");
    this.#changed();
    this.#announce(say("restored"));
  }

  #addKept({ id, name, alt, width, height }) {
    const card = PhotoCard.fromTemplate(byId("photo-card"), name);
    this.#place(card);
    card.receive(id);
    card.alt.value = alt;
    card.showPreview({ width, height });
    card.show("received");
    this.watcher.watch(id);
  }
}

new Composer(byId("composer")).start();
