// The overlay for OBS: captions whose words light up as they sound, and a mouth, as a drawing, as CSS variables and as
// messages. It speaks what it is sent over a session of its own, and shows along what the studio page in the same browser
// speaks. It cannot watch the sessions of other clients: those are theirs alone.

import { Captions } from "./captions.js";
import { element } from "./dom.js";
import { Words, preferred } from "./i18n.js";
import { SHAPES, mouthPaths } from "./mouth.js";
import { overlayOptions, speakOf } from "./overlay_options.js";
import { Performance } from "./performance.js";
import { phraseAt, phrases } from "./phrases.js";
import { Player } from "./player.js";
import { Session } from "./session.js";
import { channel } from "./stage_channel.js";
import { readToken } from "./token.js";

const RATE = 24000;
const LEAD_MS = 1000;
const MOST_WAITING = 100;

class Overlay {
  constructor() {
    const { options, problems } = overlayOptions(location.search);
    this.options = options;
    this.words = new Words(options.lang || preferred(navigator.languages));
    document.documentElement.lang = this.words.language;
    this.#build();
    this.note.textContent = problems.join("; ");
    this.queue = [];
    this.counter = 0;
    this.shown = null; // {text, words: [{char_start, char_end, start, end}], at: () => seconds, until}
    this.mouth = { open: 0, viseme: "sil", at: 0 };
    this.channel = channel();
    this.channel.onmessage = ({ data }) => options.source !== "own" && this.obey(data);
    addEventListener("oncue", ({ detail }) => this.obey(detail)); // obs-websocket: CallVendorRequest emit_event
    addEventListener("message", ({ data, origin }) => {
      if (origin === location.origin || options.from.includes(origin)) this.obey(data);
    });
    if (options.source !== "studio") this.#connect();
    requestAnimationFrame(() => this.#frame());
  }

  /** A message, whoever brought it: `speak`, `stop`, `clear`, or a line and a mouth that are spoken elsewhere. */
  obey(message) {
    switch (message?.type) {
      case "speak":
        this.#enqueue(message);
        break;
      case "stop":
        this.queue.length = 0;
        this.performance?.stop();
        break;
      case "clear":
        this.shown = null;
        break;
      case "line":
        this.#showElsewhere(message);
        break;
      case "mouth":
        this.mouth = { open: Math.max(0, Math.min(1, Number(message.open) || 0)), viseme: message.viseme in SHAPES ? message.viseme : "sil", at: performance.now() };
        break;
    }
  }

  #build() {
    const { options } = this;
    const root = document.documentElement.style;
    root.setProperty("--size", `${options.size}px`);
    for (const name of ["colour", "lit", "edge"]) if (options[name]) root.setProperty(`--${name}`, options[name]);
    document.body.dataset.align = options.align;
    document.body.dataset.place = options.place;
    this.caption = element("p", { class: "caption", "data-style": options.captions });
    this.captions = new Captions(this.caption);
    this.note = element("p", { class: "overlay-note", role: "status" });
    const label = element("p", { class: "overlay-label", "data-corner": options.label }, this.words.say("aiLabel"));
    document.body.append(this.caption, label, this.note);
    if (options.mouth !== "on") return;
    const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    svg.setAttribute("viewBox", "0 0 100 60");
    svg.setAttribute("class", "overlay-mouth");
    for (const name of ["lips", "opening"]) {
      const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
      path.setAttribute("class", name);
      svg.append(path);
    }
    document.body.prepend(svg);
    this.drawing = svg;
  }

  #connect() {
    this.player = new Player({ rate: RATE, silent: this.options.audio === "off" });
    const audio = { codec: "pcm_s16le", rate: this.player.rate };
    this.session = new Session({ audio, marks: ["word", "viseme", "mouth"], lead_ms: LEAD_MS }, { token: readToken() });
    this.performance = new Performance(this.session, this.player);
    this.performance.addEventListener("finished", () => this.#next());
    this.performance.addEventListener("change", ({ detail }) => detail.kind === "end" && this.#ended(detail.id));
    if (this.options.text) this.#enqueue({ text: this.options.text });
  }

  #enqueue(message) {
    const fields = speakOf(message, this.options);
    if (!fields || !this.performance || this.queue.length >= MOST_WAITING) return;
    this.counter += 1;
    if (message.interrupt) this.queue.length = 0;
    this.queue.push({ id: `o${this.counter}`, key: "", fields });
    if (message.interrupt && this.player.busy) this.performance.stop();
    else this.#next();
  }

  #next() {
    if (this.player.busy) return;
    for (const id of [...this.performance.entries.keys()]) this.performance.forget(id);
    const job = this.queue.shift();
    if (job) this.performance.speak([job]);
  }

  /** A line that was refused sounds never; the next one need not wait for it. */
  #ended(id) {
    const { take } = this.performance.entries.get(id);
    if (take.problem) this.note.textContent = take.problem.message;
    else this.note.textContent = "";
  }

  #showElsewhere({ text, words, at, playing, ended }) {
    if (typeof text !== "string" || !Array.isArray(words)) return;
    const came = performance.now();
    const from = Number(at) || 0;
    this.shown = {
      text, words,
      at: () => from + (playing ? Math.min((performance.now() - came) / 1000, 1) : 0),
      until: ended && !playing ? came + 1000 * this.options.hold : Infinity,
    };
  }

  #frame() {
    requestAnimationFrame(() => this.#frame());
    const now = performance.now();
    const current = this.performance?.current;
    if (current) {
      const { take, heard } = current;
      const words = take.words.map(({ char_start, char_end, start, end }) => ({ char_start, char_end, start: start / take.rate, end: end / take.rate }));
      this.shown = { text: take.text, words, at: () => heard / take.rate, until: now + 1000 * this.options.hold };
      this.mouth = { open: this.player.paused ? 0 : take.mouthAt(heard), viseme: take.visemeAt(heard), at: now };
    } else if (now - this.mouth.at > 300) this.mouth = { open: 0, viseme: "sil", at: this.mouth.at }; // it closes
    this.#showCaption(now);
    this.#showMouth();
    this.#unlockNote();
  }

  #showCaption(now) {
    const { shown, options } = this;
    const on = Boolean(shown) && now < shown.until && options.captions !== "off";
    this.caption.classList.toggle("on", on);
    if (!on) return;
    const at = shown.at();
    const index = shown.words.findLastIndex(({ start }) => start <= at);
    const word = shown.words[index];
    this.captions.show(shown.text, shown.words, phraseAt(phrases(shown.text, options.columns), word?.char_start ?? 0));
    this.captions.light(index, Boolean(word) && at < word.end);
  }

  #showMouth() {
    const { open, viseme } = this.mouth;
    const key = `${open.toFixed(3)} ${viseme}`;
    if (key === this.told) return;
    this.told = key;
    const [round] = SHAPES[viseme] ?? SHAPES.sil;
    const root = document.documentElement;
    root.style.setProperty("--oncue-mouth", open.toFixed(3));
    root.style.setProperty("--oncue-round", String(round));
    root.dataset.viseme = viseme;
    const message = { type: "oncue.mouth", open, viseme, round };
    dispatchEvent(new CustomEvent("oncue.mouth", { detail: message }));
    if (parent !== window) for (const origin of this.options.to.length ? this.options.to : [location.origin]) parent.postMessage(message, origin);
    if (!this.drawing) return;
    const { lips, opening } = mouthPaths(open, viseme);
    this.drawing.querySelector(".lips").setAttribute("d", lips);
    this.drawing.querySelector(".opening").setAttribute("d", opening);
  }

  /** A browser that is not OBS lets nothing sound before a click. */
  #unlockNote() {
    const locked = this.player?.busy && this.player.context.state === "suspended";
    if (locked && !this.waiting) {
      this.waiting = true;
      this.note.textContent = "▶";
      addEventListener("pointerdown", () => this.player.unlock(), { once: true });
    } else if (!locked && this.waiting) {
      this.waiting = false;
      this.note.textContent = "";
    }
  }
}

globalThis.oncue = new Overlay();
