/** The composer: puts its parts together. Without this file the page is a plain form and works. */

import { Autosave, sendDraft } from "./composer/autosave.js";
import { fieldsOf, fillWords, isEmpty, isOnTheServer, saysTheSame } from "./composer/contents.js";
import { count, isTooLong } from "./composer/counters.js";
import { Draft } from "./composer/draft.js";
import { listenForFiles } from "./composer/intake.js";
import { Photos } from "./composer/photos.js";
import { Schedule } from "./composer/schedule.js";
import { listNames, say } from "./composer/words.js";

const byId = (id) => document.getElementById(id);

class Composer {
  #phase = "editing";
  #withoutRefused = false;
  #isOpen = false;
  #isClosing = false;
  #button;

  constructor(form) {
    this.form = form;
    this.words = [form.elements.title, form.elements.caption];
    this.publish = byId("composer-publish");
    this.label = this.publish.textContent;
    this.#button = this.publish;
    this.photos = new Photos({
      tray: byId("tray"),
      form,
      onChange: () => this.#changed(),
      onProgress: () => this.#refresh(),
      onSay: (sentence) => this.#tell(byId("composer-voice"), sentence),
      onComplain: (sentence) => this.#complain(sentence),
    });
    this.draft = new Draft({ name: form.dataset.draft, collect: () => this.#collect() });
    this.autosave = new Autosave({
      collect: () => this.#fieldsToSave(),
      send: (fields) => sendDraft(form.action, fields),
      // The first save: nobody else knows the key of this form.
      isSame: async (fields) => form.dataset.mode === "new" || isOnTheServer(fields),
      adopt: (body, fields) => this.#adopt(body, fields),
      onChange: (state, told) => this.#saved(state, told),
    });
  }

  /** Only what nobody else sees is saved by itself: never half a sentence of a post that is out. */
  get savesItself() {
    return ["new", "draft"].includes(this.form.dataset.mode);
  }

  async start() {
    this.form.classList.add("is-live");
    const time = this.form.elements.publish_at;
    if (time) this.schedule = new Schedule(time, () => this.#refresh());
    this.photos.start();
    listenForFiles({ input: byId("id_photos"), veil: byId("drop-veil"), onFiles: (files) => this.photos.add(files) });
    for (const field of this.words) count(field);
    this.#listen();
    this.photos.number();
    this.#refresh();
    if ("answered" in this.form.dataset) this.draft.save();
    else if (!(await this.#restore()) && this.form.dataset.mode === "draft") this.#saved("saved");
    this.#isOpen = true;
  }

  #listen() {
    const { form, draft } = this;
    form.addEventListener("submit", (event) => this.#submit(event));
    form.addEventListener("input", (event) => {
      if (this.words.includes(event.target) && count(event.target)) this.#complain("");
      if (event.target.type !== "file") this.#touch();
    });
    form.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || event.isComposing) return;
      if (event.ctrlKey || event.metaKey) form.requestSubmit(this.#mainButton);
      else if (event.target === form.elements.title) form.elements.caption.focus();
      else if (!event.target.matches("input, select")) return;
      event.preventDefault();
    });
    byId("composer-stay").addEventListener("click", () => this.#stay());
    addEventListener("online", () => {
      this.photos.queue.hurry();
      this.autosave.hurry();
    });
    addEventListener("pagehide", () => this.#isOpen && this.#phase !== "leaving" && this.#isBehind && draft.save());
    // Back from a published post: the page in memory knows nothing of that.
    addEventListener("pageshow", (event) => {
      if (event.persisted && this.#phase === "leaving") location.reload();
    });
    addEventListener("beforeunload", (event) => {
      this.#isClosing = true;
      const isStuck = ["offline", "unwell", "signedOut", "stale"].includes(this.autosave.state);
      if (this.#phase !== "leaving" && (this.photos.unfinished.length || isStuck)) event.preventDefault();
    });
  }

  get #isBehind() {
    return this.savesItself ? this.autosave.isBehind : this.#touched;
  }

  #touched = false;

  // Something was changed by hand.
  #touch() {
    this.#touched = true;
    this.draft.touch();
    if (this.savesItself && this.#phase === "editing") this.autosave.touch();
  }

  get #mainButton() {
    return this.schedule?.isChosen ? byId("composer-schedule") : this.publish;
  }

  async #submit(event) {
    this.#button = event.submitter ?? this.#mainButton;
    const isDraft = this.#button.value === "draft";
    const problem = this.#obstacle(isDraft);
    const { unfinished } = this.photos;
    if (problem || unfinished.length || this.autosave.isBusy) event.preventDefault();
    if (problem) {
      this.#complain(problem);
      return;
    }
    const stopped = this.autosave.stop();
    const wasBusy = this.autosave.isBusy;
    this.#phase = unfinished.length || wasBusy ? "waiting" : "leaving";
    this.#complain("");
    this.#refresh();
    if (this.#phase === "leaving") {
      for (const card of this.photos.all) if (card.isLeftOut) card.leaveOut();
      this.draft.save({ submitted: true });
    } else if (wasBusy) {
      await stopped;
      this.#goOn();
    }
  }

  // What was waited for before sending the form may be through now.
  #goOn() {
    if (this.#phase !== "waiting" || this.photos.unfinished.length || this.autosave.isBusy) return;
    this.#phase = "editing";
    this.form.requestSubmit(this.#button);
  }

  // The sentence that says why the form can't be sent, or "".
  #obstacle(isDraft) {
    const tooLong = this.words.find(isTooLong);
    if (tooLong) {
      tooLong.focus();
      return say("shorten");
    }
    if (!navigator.onLine) return say("offline");
    if (isDraft) return "";
    const { all } = this.photos;
    const refused = all.filter((card) => card.isLeftOut);
    if (refused.length === all.length) {
      byId("id_photos").focus();
      return say("empty");
    }
    if (!refused.length || this.#withoutRefused) return "";
    this.#withoutRefused = true;
    this.#refresh();
    return say(this.form.dataset.mode === "edit" ? "leftOutSave" : "leftOut", { names: listNames(refused) });
  }

  #stay() {
    this.#phase = "editing";
    this.autosave.resume();
    this.#refresh();
    this.#mainButton.focus();
  }

  // Photos came, went, moved or changed their state.
  #changed() {
    if (!this.photos.all.some((card) => card.isLeftOut)) this.#withoutRefused = false;
    if (this.#isOpen) this.#touch();
    this.#refresh();
    this.#goOn();
  }

  #refresh() {
    const { all, unfinished: busy } = this.photos;
    const done = all.filter((card) => card.id && !card.isLeftOut && !busy.includes(card.item)).length;
    const part = busy.reduce((sum, item) => sum + item.progress, done) / (done + busy.length || 1);
    const { classList, dataset } = this.form;
    byId("composer-progress").style.transform = `scaleX(${part})`;
    classList.toggle("is-full", all.length >= this.photos.most);
    classList.toggle("is-uploading", busy.length > 0);
    classList.toggle("is-waiting", this.#phase !== "editing");
    classList.toggle("is-timed", Boolean(this.schedule?.isChosen));
    byId("composer-stay").hidden = this.#phase !== "waiting";
    const without = dataset.mode === "edit" ? "saveWithout" : "publishWithout";
    this.publish.textContent = this.#withoutRefused ? say(without) : this.label;
    this.#tell(byId("composer-status"), this.#status({ done, busy: busy.length, total: all.length }));
  }

  #status({ done, busy, total }) {
    if (this.#phase === "leaving") return say(this.#button === this.publish ? "publishing" : "saving");
    if (this.#phase === "waiting") return say("waiting", { done, total });
    if (busy) return say("uploading", { done, total });
    if (!total) return "";
    return done === total ? say("ready") : say("partly", { done, total });
  }

  // Written only when it differs, so that a screen reader isn't told the same twice.
  #tell(place, sentence) {
    if (place.textContent !== sentence) place.textContent = sentence;
  }

  #complain(sentence, template = "composer-notice") {
    const notice = byId(template).content.firstElementChild.cloneNode(true);
    notice.querySelector("p").textContent = sentence;
    byId("composer-complaint").replaceChildren(...(sentence ? [notice] : []));
    return notice;
  }

  #fieldsToSave() {
    const fields = fieldsOf(this.form, this.photos.all);
    return isEmpty(fields) && this.form.dataset.mode === "new" ? null : fields;
  }

  // The server has saved a draft: the next save is on top of this one, and a reload finds it.
  #adopt({ id, revision, url }, fields) {
    this.form.elements.revision.value = revision;
    if (!url) return;
    this.photos.keep(fields.getAll("uploads"));
    if (this.form.dataset.mode === "new") {
      history.replaceState(history.state, "", url);
      // A reload that has begun asks for the empty form, which then has to know where this one went.
      const left = this.#isClosing ? { movedTo: url } : null;
      this.draft.rename(this.form.dataset.draft.replace(/new$/, id), left);
    }
    this.form.dataset.mode = "draft";
    // The copy in this tab is on top of this save from now on.
    this.draft.save();
  }

  #saved(state, told) {
    const sentences = { saving: "saving", saved: "saved", offline: "offline", unwell: "unwell", signedOut: "signedOut" };
    const sentence = state in sentences ? say(sentences[state]) : ["stale", "refused"].includes(state) ? say("unsaid") : "";
    // What is changed isn't saved; that there is no connection stays true until a save gets through.
    const place = byId("composer-saved");
    if (state !== "changed" || place.textContent === say("saved")) this.#tell(place, sentence);
    // Told aloud only where it matters: saving goes on all the time.
    if (sentence && !["saving", "saved"].includes(state)) this.#tell(byId("composer-voice"), sentence);
    // Of files still on their way the server knows nothing, and the next page may be made already.
    const isComplete = !this.photos.unfinished.length && !this.#isClosing;
    if (state === "saved" && isComplete) this.draft.clear();
    else if (state === "stale") this.#conflict(told);
    else if (state === "refused") this.#refused(told);
  }

  // A photo may have been removed or published elsewhere.
  async #refused({ code, fields }) {
    const gone = code === "gone" || fields?.__all__ ? await this.photos.lookAfter() : [];
    this.#complain(gone.length ? say("goneElsewhere", { names: gone.join(", ") }) : this.autosave.problem);
  }

  /** Two versions: the author says which one stays. */
  #conflict(revision, keep = () => this.autosave.overwrite(revision)) {
    const notice = this.#complain(say("stale"), "composer-conflict");
    notice.querySelector("[data-choose=mine]").addEventListener("click", () => {
      this.#complain("");
      keep();
    });
    notice.querySelector("[data-choose=theirs]").addEventListener("click", () => {
      this.#phase = "leaving";
      this.draft.clear();
      location.reload();
    });
  }

  #collect() {
    const fields = fieldsOf(this.form, this.photos.all);
    fields.delete("csrfmiddlewaretoken");
    const photos = this.photos.all.filter((card) => card.id).map(
      ({ id, name, alt, shown, width, height }) => ({ id, name, alt: alt.value, shown, width, height }));
    return { fields: String(fields), photos, unsent: this.photos.unfinished.map((item) => item.file.name) };
  }

  // What the tab kept and the server hasn't got comes back; resolves to whether there was any.
  async #restore() {
    const kept = this.draft.read();
    if (kept?.movedTo) {
      this.draft.clear();
      location.replace(kept.movedTo);
      return true;
    }
    const fields = new URLSearchParams(kept?.fields);
    const { revision } = this.form.elements;
    const isNothing = !kept || (this.form.dataset.mode === "new" && isEmpty(fields) && !kept.unsent.length);
    if (isNothing) return false;
    const wasSaved = kept.submitted && fields.get("revision") !== revision.value;
    if (wasSaved || (!kept.unsent.length && saysTheSame(fields, document))) {
      this.draft.clear();
      return false;
    }
    // A page from before the last save, which was on its way when the page was asked for.
    if (this.savesItself && Number(fields.get("revision")) > Number(revision.value)) {
      location.reload();
      return true;
    }
    this.autosave.suppose(fields);
    if (fields.get("revision") === revision.value) await this.#bringBack(kept, fields);
    else this.#conflict(revision.value, () => this.#bringBack(kept, fields));
    return true;
  }

  async #bringBack(kept, fields) {
    this.draft.held = true;
    const { there, areUsed } = await this.photos.arrange(kept.photos);
    this.draft.held = false;
    // Sent, and its photos are in a post now: it was published, not lost.
    if (kept.submitted && this.form.dataset.mode === "new" && (areUsed || !there.length)) {
      this.photos.clear();
      this.draft.clear();
      return;
    }
    fillWords(this.form, fields);
    if (this.form.dataset.mode === "new") this.form.elements.submission_key.value = fields.get("submission_key");
    if (this.schedule) this.schedule.value = fields.get("publish_at");
    for (const field of this.words) count(field);
    this.#complain(kept.unsent.length ? say("lost", { names: kept.unsent.join(", ") }) : "");
    this.#tell(byId("composer-voice"), say("restored"));
    this.#touch();
    this.#refresh();
  }
}

new Composer(byId("composer")).start();
