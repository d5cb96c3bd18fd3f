// The page for scenes: a scene as JSON, run over a WebSocket of its own, its lines on a time line with the clock, its choices and
// cues as buttons, its sound scheduled where the server says, each character at their place between left and right.

import { element, download } from "./dom.js";
import { sayer } from "./page_words.js";
import { floats, parseFrame, streamUrl, subprotocols } from "./protocol.js";
import { SceneClock, ticksOf } from "./scene_clock.js";
import { FADE_S, mixed, panned } from "./scene_mix.js";
import { readToken } from "./token.js";
import { wav } from "./wav.js";

const RATE = 24000;
const TOP = 16; // of the first character's row, below the seconds
const ROW = 56;
const EXAMPLE = {
  title: "The door",
  characters: { ada: { pan: -0.4 }, bo: { pan: 0.4, emotion: "angry", intensity: 0.5 } },
  pre_roll: 1.5,
  cues: { knock: null },
  choices: { answer: { options: ["open", "wait"], default: "wait" } },
  beats: [
    {
      id: "night",
      lines: [
        { id: "a1", who: "ada", text: "Who is there, at this hour of the night?" },
        { id: "b1", who: "bo", text: "It is me. Let me in.", cut_in: { line: "a1", word: 6 } },
        { id: "a2", who: "ada", text: "Come in, quickly.", when: { answer: "open" } },
        { id: "b2", who: "bo", text: "Then I can wait.", when: { answer: "wait" } },
        { id: "a3", who: "ada", text: "What was that?", cue: "knock" },
      ],
    },
  ],
};

class ScenePage {
  constructor() {
    this.say = sayer(navigator.languages);
    this.#build();
    requestAnimationFrame(() => this.#frame());
  }

  #build() {
    const say = this.say;
    this.source = element("textarea", { class: "source-text", spellcheck: "false", "aria-label": say("scene") });
    this.source.value = JSON.stringify(EXAMPLE, null, 1);
    this.runButton = element("button", { class: "primary", type: "button", onclick: () => this.run() }, say("run"));
    this.stopButton = element("button", { class: "quiet", type: "button", disabled: true, onclick: () => this.stop() }, say("stop"));
    this.saveButton = element("button", { class: "quiet", type: "button", disabled: true, onclick: () => this.save() }, say("saveMix"));
    this.clock = element("output", { class: "clock", "aria-label": say("clock") }, "–");
    this.track = element("div", { class: "track scene-track" });
    this.nowLine = element("div", { class: "now", hidden: true });
    this.buttons = element("div", { class: "bar-row" });
    this.note = element("p", { class: "note", role: "status" });
    document.querySelector("main").append(
      element("section", {}, element("h2", {}, say("scene")), this.source, element("div", { class: "bar-row" }, this.runButton, this.stopButton, this.saveButton, this.clock)),
      element("section", {}, this.track, this.buttons, this.note),
    );
    document.querySelector(".ai-label").textContent = say("aiLabel");
    document.querySelector("#studio-link").textContent = say("studio");
    document.querySelector("h1 span").textContent = say("sceneTitle");
  }

  tell(key, places, bad = false) {
    this.note.textContent = this.say(key, places);
    this.note.classList.toggle("bad", bad);
  }

  run() {
    let scene;
    try {
      scene = JSON.parse(this.source.value);
    } catch (error) {
      this.tell("badJson", { message: error.message }, true);
      return;
    }
    this.stop();
    this.scene = scene;
    this.who = new Map((scene.beats ?? []).flatMap((beat) => beat.lines ?? []).map((line) => [line.id, line]));
    this.context ??= new AudioContext({ sampleRate: RATE });
    this.context.resume();
    this.plan = new SceneClock(RATE);
    this.lines = new Map(); // id -> {line, frames: [{start, samples}], nodes, out}
    this.places = new Map(); // character -> what they are heard through
    this.numbers = new Map();
    this.waiting = []; // what was decided before the socket was open
    this.note.textContent = "";
    this.socket = new WebSocket(streamUrl(location), subprotocols(readToken()));
    this.socket.binaryType = "arraybuffer";
    this.socket.onopen = () => {
      this.#send({ type: "open", marks: ["word"], lead_ms: 600000 });
      this.#send({ type: "scene", id: "page", scene });
      for (const text of this.waiting.splice(0)) this.socket.send(text);
    };
    this.socket.onmessage = ({ data }) => this.#hear(data);
    this.socket.onclose = ({ code }) => {
      if (code !== 1000 && !this.over) this.tell("tokenHere", {}, true);
      this.#idle();
    };
    this.over = false;
    this.runButton.disabled = true;
    this.stopButton.disabled = false;
    this.#decisions();
  }

  stop() {
    if (this.socket) {
      this.over = true;
      this.socket.close(1000);
      for (const line of this.lines.values()) for (const node of line.nodes) node.stop();
      this.socket = null;
    }
    this.#idle();
  }

  #idle() {
    this.runButton.disabled = false;
    this.stopButton.disabled = true;
    this.saveButton.disabled = !this.lines?.size;
  }

  #send(message) {
    const text = JSON.stringify(message);
    if (this.socket?.readyState === WebSocket.OPEN) this.socket.send(text);
    else if (this.socket?.readyState === WebSocket.CONNECTING) this.waiting.push(text);
  }

  #decisions() {
    const say = this.say;
    const nodes = [];
    for (const [choice, { options }] of Object.entries(this.scene.choices ?? {})) {
      nodes.push(element("span", {}, `${choice}:`));
      for (const option of options) {
        const choose = () => this.#send({ type: "choose", id: "page", choice, option });
        nodes.push(element("button", { class: "quiet", type: "button", onclick: choose }, option));
      }
    }
    const cues = Object.entries(this.scene.cues ?? {}).filter(([, at]) => at === null);
    if (cues.length) nodes.push(element("span", {}, say("waitingFor")));
    for (const [cue] of cues) nodes.push(element("button", { class: "quiet", type: "button", onclick: () => this.#send({ type: "cue", id: "page", cue }) }, cue));
    this.buttons.replaceChildren(...nodes);
  }

  #hear(data) {
    if (typeof data !== "string") {
      const frame = parseFrame(data);
      const line = this.numbers.get(frame.number);
      if (line) {
        line.frames.push({ start: frame.start, samples: floats(frame.payload) });
        this.#schedule(line);
      }
      return;
    }
    const message = JSON.parse(data);
    switch (message.type) {
      case "started": {
        const line = { line: SceneClock.lineOf(message.id), frames: [], nodes: [], scheduled: 0, out: new GainNode(this.context) };
        line.out.connect(this.#place(this.who.get(line.line)?.who));
        this.numbers.set(message.number, line);
        this.lines.set(line.line, line);
        break;
      }
      case "sceneplan":
        this.plan.take(message, this.context.currentTime);
        for (const line of this.lines.values()) this.#schedule(line);
        this.#draw();
        break;
      case "scenedone":
        this.over = true;
        this.tell("finished", { lost: message.lost.join(", ") || "–" }, message.lost.length > 0);
        this.#send({ type: "close" });
        break;
      case "error":
        this.tell("failed", { message: message.message }, true);
        if (message.terminal && message.id === "page") this.stop();
        break;
    }
  }

  /** Give the sound card what of a line has its place; what comes after a cut is not given. */
  #schedule(line) {
    const heard = this.plan.heard(line.line);
    for (const frame of line.frames.slice(line.scheduled)) {
      const when = this.plan.when(line.line, frame.start);
      if (when === null) return;
      line.scheduled += 1;
      const samples = frame.samples.subarray(0, Math.max(0, Math.min(frame.samples.length, heard - frame.start)));
      if (!samples.length) continue;
      const buffer = this.context.createBuffer(1, samples.length, RATE);
      buffer.copyToChannel(samples, 0);
      const node = this.context.createBufferSource();
      node.buffer = buffer;
      node.connect(line.out);
      const late = this.context.currentTime - when;
      if (late >= samples.length / RATE) continue; // its time is over
      node.start(Math.max(when, this.context.currentTime), Math.max(0, late));
      line.nodes.push(node);
    }
    this.#cut(line, heard);
  }

  /** Let a line go silent at its cut, and stop what was already scheduled behind it. */
  #cut(line, heard) {
    if (heard === Infinity) return;
    const at = this.plan.when(line.line, heard);
    if (at === null) return;
    const now = this.context.currentTime;
    const { gain } = line.out;
    gain.cancelScheduledValues(now);
    gain.setValueAtTime(1, Math.max(now, at - FADE_S));
    gain.linearRampToValueAtTime(0, Math.max(now + 0.005, at));
    for (const node of line.nodes) node.stop(Math.max(at, now + 0.005));
  }

  /** What a character is heard through: how loud they are, then where they stand. */
  #place(name) {
    if (!this.places.has(name)) {
      const { pan = 0, gain_db: gainDb = 0 } = this.scene.characters?.[name] ?? {};
      const loud = new GainNode(this.context, { gain: 10 ** (gainDb / 20) });
      loud.connect(new StereoPannerNode(this.context, { pan })).connect(this.context.destination);
      this.places.set(name, loud);
    }
    return this.places.get(name);
  }

  /** A row for each character, the clock's seconds, and the lines where they are, or will be as far as is known. */
  #draw() {
    const places = [...this.plan.places.values()].filter((place) => place.start !== null);
    const now = this.plan.now(this.context.currentTime) ?? 0;
    this.span = Math.max(8, now + 2, ...places.map((place) => place.end ?? 0)) + 1;
    const across = (seconds) => `${(100 * seconds) / this.span}%`;
    const rows = [...new Set([...this.who.values()].map((line) => line.who))];
    const top = (who) => TOP + rows.indexOf(who) * ROW;
    this.track.style.height = `${TOP + rows.length * ROW + 4}px`;
    const names = rows.map((who) => this.#placed("who", `top:${top(who)}px`, who));
    const ticks = ticksOf(this.span).map((second) => this.#placed("tick", `left:${across(second)}`, `${second}`));
    const clips = places.map((place) => {
      const line = this.who.get(place.line);
      const style = `left:${across(place.start)};width:${across(place.end - place.start)};top:${top(line?.who) + 17}px;height:34px`;
      return this.#placed(`clip ${place.status}`, style, line?.text ?? place.line, { title: line?.text ?? place.line, "data-line": place.line });
    });
    this.track.replaceChildren(...ticks, ...names, ...clips, this.nowLine);
  }

  #placed(kind, style, text, attributes = {}) {
    const node = element("div", { class: kind, ...attributes }, text);
    node.style.cssText = style; // the page's policy allows no style attribute
    return node;
  }

  #frame() {
    const now = this.plan?.now(this.context?.currentTime ?? 0);
    if (now !== null && now !== undefined && this.socket && !this.over) {
      this.clock.textContent = `${now.toFixed(2)} s`;
      if (now > this.span - 1) this.#draw(); // the clock goes on while the scene waits for a cue
      this.nowLine.hidden = now < 0;
      this.nowLine.style.left = `${(100 * Math.max(0, now)) / (this.span ?? 8)}%`;
    }
    requestAnimationFrame(() => this.#frame());
  }

  /** The mix of what was heard, in stereo, as a WAV file. */
  save() {
    const begun = [...this.lines.values()].filter(({ line }) => this.plan.places.get(line)?.status === "begun");
    const end = Math.max(0, ...begun.map(({ line }) => this.plan.places.get(line).end ?? 0)) + 0.5;
    const sounds = begun.map((line) => this.#sound(line));
    download("scene.wav", wav(mixed(sounds, Math.round(end * RATE), RATE), RATE, undefined, 2), "audio/wav");
  }

  /** A line whole, and where it belongs in the mix. */
  #sound({ line, frames }) {
    const place = this.plan.places.get(line);
    const samples = new Float32Array(Math.max(0, ...frames.map((frame) => frame.start + frame.samples.length)));
    for (const frame of frames) samples.set(frame.samples, frame.start);
    const { pan, gain_db: gainDb } = this.scene.characters?.[this.who.get(line)?.who] ?? {};
    return { samples, first: Math.round((place.start - (place.onset ?? 0)) * RATE), cut: this.plan.heard(line), gains: panned(pan, gainDb) };
  }
}

globalThis.oncue = new ScenePage();
