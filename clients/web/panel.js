// The controls of the selected line: voice, emotion, length and what is seldom asked for. They show a line and tell what was
// changed; what a change means is the studio's business.

import { EMOTIONS, PLACES, place, strengths } from "./affect.js";
import { element, hue, icon } from "./dom.js";

const REACH = 0.43; // of the pad's width, from its middle to a strength of 1
const get = (id) => document.getElementById(id);

export class Panel {
  /** @param {{voice, sample, remove, rename, emotion, length, option}} on what was done */
  constructor(words, on) {
    this.words = words;
    this.on = on;
    this.emotion = null;
    this.#chips();
    this.#padListens();
    this.#lengthListens();
    get("character-name").addEventListener("change", ({ target }) => on.rename(target.value.trim()));
    get("feeling").addEventListener("input", ({ target }) => this.#feel(target.value.trim() ? { text: target.value.trim() } : null));
    get("intensity").addEventListener("input", () => this.emotion && this.#feel(source(this.emotion)));
    for (const id of ["seed", "reading", "codec", "buffer", "strict"]) {
      get(id).addEventListener("change", ({ target }) => on.option(id, target.type === "checkbox" ? target.checked : target.value));
    }
  }

  /** Names in the language of the page; to be called again when it changes. */
  relabel() {
    for (const name of EMOTIONS) get("presets").querySelector(`[value="${name}"] + span`).textContent = this.words.say(name);
    get("presets").querySelector('[value=""] + span').textContent = this.words.say("none");
  }

  showVoices(voices, selected) {
    const list = get("voices");
    const focused = document.activeElement?.closest?.("#voices") ? document.activeElement.value : null;
    list.querySelectorAll(".voice").forEach((node) => node.remove());
    for (const { name, origin } of voices) {
      const face = element("span", { class: "face", "aria-hidden": "true" });
      face.style.setProperty("--hue", hue(name));
      const label = element("span", {}, name);
      if (origin === "yours") label.append(" ", element("small", {}, this.words.say("yours")));
      const radio = element("input", { type: "radio", name: "voice", value: name, onchange: () => this.on.voice(name) });
      radio.checked = name === selected;
      const sample = element("button", { type: "button", "aria-label": this.words.say("sample", { name }), title: this.words.say("sample", { name }), onclick: () => this.on.sample(name) }, icon("play"));
      const card = element("div", { class: "voice" }, element("label", {}, radio, face, label), sample);
      if (origin === "yours") {
        card.append(element("button", { type: "button", "aria-label": this.words.say("removeVoice", { name }), onclick: () => this.on.remove(name) }, icon("close")));
      }
      list.append(card);
      if (name === focused) radio.focus();
    }
  }

  /** @param {object} line of the script @param {object} character who says it */
  show(line, character, seconds) {
    get("voice-title").textContent = this.words.say("voiceOf", { name: character.name });
    setValue(get("character-name"), character.name);
    for (const radio of get("voices").querySelectorAll("input")) radio.checked = radio.value === character.voice;
    this.#showEmotion(line.emotion);
    this.#showLength(line.duration, seconds);
    setValue(get("seed"), String(line.seed));
  }

  #chips() {
    const chip = (value) => {
      const radio = element("input", { type: "radio", name: "preset", value, onchange: () => this.#feel(value ? { preset: value } : null) });
      return element("label", { class: "chip" }, radio, element("span"));
    };
    get("presets").append(chip(""), ...EMOTIONS.map(chip));
    for (const name of EMOTIONS) {
      const spot = element("i");
      spot.style.left = `${50 + 100 * REACH * PLACES[name][0]}%`;
      spot.style.top = `${50 - 100 * REACH * PLACES[name][1]}%`;
      get("pad").append(spot);
    }
  }

  #feel(wanted) {
    const intensity = Number(get("intensity").value);
    this.emotion = wanted && (intensity < 1 ? { ...wanted, intensity } : wanted);
    this.#showEmotion(this.emotion);
    this.on.emotion(this.emotion);
  }

  #showEmotion(emotion) {
    this.emotion = emotion;
    const vector = emotion?.vector ?? EMOTIONS.map((name) => (name === emotion?.preset ? 1 : 0));
    for (const radio of get("presets").querySelectorAll("input")) {
      radio.checked = emotion === null ? radio.value === "" : radio.value === emotion.preset;
      radio.nextElementSibling.style.setProperty("--share", emotion?.vector ? vector[EMOTIONS.indexOf(radio.value)] ?? 0 : 0);
    }
    if (!this.padding) {
      const [x, y] = emotion?.preset ? PLACES[emotion.preset] ?? [0, 0] : place(vector);
      this.#showPlace(x, y);
    }
    get("pad").classList.toggle("off", !emotion || Boolean(emotion.text));
    setValue(get("feeling"), emotion?.text ?? "");
    if (emotion) setValue(get("intensity"), String(emotion.intensity ?? 1));
    get("intensity-now").value = `${Math.round(100 * Number(get("intensity").value))} %`;
    get("emotion-now").value = describe(emotion, this.words);
  }

  #showPlace(x, y) {
    setValue(get("pleasure"), String(x));
    setValue(get("energy"), String(y));
    const dot = get("pad").querySelector(".dot");
    dot.style.left = `${50 + 100 * REACH * x}%`;
    dot.style.top = `${50 - 100 * REACH * y}%`;
  }

  #padListens() {
    const pad = get("pad");
    const choose = (x, y) => {
      this.padding = true; // the dot stays where the hand is
      this.#showPlace(x, y);
      const vector = strengths(x, y);
      this.#feel(vector.some((value) => value > 0) ? { vector } : null);
      this.padding = false;
    };
    const move = (event) => {
      const box = pad.getBoundingClientRect();
      const clamp = (value) => Math.max(-1, Math.min(1, Math.round(value * 100) / 100));
      choose(clamp(((event.clientX - box.left) / box.width - 0.5) / REACH), clamp((0.5 - (event.clientY - box.top) / box.height) / REACH));
    };
    pad.addEventListener("pointerdown", (event) => {
      pad.setPointerCapture(event.pointerId);
      move(event);
      pad.addEventListener("pointermove", move);
    });
    for (const end of ["pointerup", "pointercancel"]) pad.addEventListener(end, () => pad.removeEventListener("pointermove", move));
    for (const id of ["pleasure", "energy"]) {
      get(id).addEventListener("input", () => choose(Number(get("pleasure").value), Number(get("energy").value)));
    }
  }

  #lengthListens() {
    for (const radio of get("length").querySelectorAll("input")) {
      radio.addEventListener("change", () => {
        const natural = this.seconds ?? 2;
        const wish = { free: { free: true }, ratio: { ratio: 1 }, seconds: { seconds: Math.round(natural * 100) / 100 } }[radio.value];
        this.#lengthen(wish);
      });
    }
    for (const id of ["length-range", "length-number"]) {
      get(id).addEventListener("input", ({ target }) => {
        const value = Number(target.value);
        if (value > 0) this.#lengthen({ [this.kind]: value }, target);
      });
    }
  }

  #lengthen(duration, from = null) {
    this.#showLength(duration, this.seconds, from);
    this.on.length(duration);
  }

  #showLength(duration, seconds, from = null) {
    this.seconds = seconds;
    this.kind = duration.seconds !== undefined ? "seconds" : duration.ratio !== undefined ? "ratio" : "free";
    get("length").querySelector(`[value="${this.kind}"]`).checked = true;
    get("length-values").hidden = this.kind === "free";
    const value = duration[this.kind];
    const help = { free: "lengthHelpFree", ratio: "lengthHelpRatio", seconds: "lengthHelpSeconds" }[this.kind];
    get("length-help").textContent = this.words.say(help, { value });
    get("length-now").value = this.kind === "ratio" ? `× ${value}` : this.kind === "seconds" ? `${value} s` : this.words.say("free");
    if (this.kind === "free") return;
    const range = get("length-range");
    const [least, most] = this.kind === "ratio" ? [0.5, 2] : [0.3, Math.max(4, Math.ceil(2 * (seconds ?? value)))];
    Object.assign(range, { min: least, max: Math.max(most, value), step: 0.01 });
    if (from !== range) range.value = String(value);
    if (from !== get("length-number")) setValue(get("length-number"), String(value));
  }
}

/** An emotion in a few words. */
export function describe(emotion, words) {
  if (!emotion) return words.say("none");
  const strength = emotion.intensity === undefined ? "" : ` ${Math.round(100 * emotion.intensity)} %`;
  if (emotion.text) return `“${emotion.text}”${strength}`;
  if (emotion.preset) return words.say(emotion.preset) + strength;
  const strongest = EMOTIONS.map((name, i) => [emotion.vector[i], name]).sort((a, b) => b[0] - a[0]).filter(([value]) => value >= 0.15).slice(0, 2);
  return (strongest.map(([, name]) => words.say(name)).join(" + ") || words.say("pad")) + strength;
}

function source({ intensity: _, ...rest }) {
  return rest;
}

/** Set a control, but not under the hand that is changing it. */
function setValue(input, value) {
  if (document.activeElement !== input && input.value !== value) input.value = value;
}
