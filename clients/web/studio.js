// The studio page: puts the parts together. What is a line, a take, a player or a drawing is in their own files; here is what
// happens when a person does something.

import { Api, ApiError } from "./api.js";
import { Captions } from "./captions.js";
import { CloneDialog } from "./clone.js";
import { download, icon } from "./dom.js";
import { fileName, mp3Of, srtOf, takesFor, wavOf } from "./exporter.js";
import { Words, preferred } from "./i18n.js";
import { mouthPaths } from "./mouth.js";
import { canDecode } from "./opus.js";
import { Panel, describe } from "./panel.js";
import { Performance } from "./performance.js";
import { Player } from "./player.js";
import { Rows } from "./rows.js";
import { newCharacter, newLine, parseScript, speakFields } from "./script.js";
import { Session } from "./session.js";
import * as settingsStore from "./settings.js";
import { channel, lineEvent, mouthEvent } from "./stage_channel.js";
import { Timeline } from "./timeline.js";
import { keepToken, readToken } from "./token.js";

const LEAD_MS = 1000; // of one line; with the next one behind it never more than 2.5 s wait in this page
const RATE = { pcm_s16le: 24000, opus: 48000 };
const get = (id) => document.getElementById(id);

class Studio {
  constructor() {
    this.settings = settingsStore.load();
    this.words = new Words(this.settings.language ?? preferred(navigator.languages));
    this.api = new Api(readToken());
    this.voices = [];
    this.script = this.settings.script ?? this.#firstScript();
    this.selected = this.script.lines[0].id;
    this.overlays = channel();
    this.captions = new Captions(get("spoken"));
    this.panel = new Panel(this.words, {
      voice: (name) => this.#edit(() => (this.character.voice = name)),
      sample: (name) => this.#sample(name),
      remove: (name) => this.#removeVoice(name),
      rename: (name) => this.#edit(() => (this.character.name = name || this.character.name)),
      emotion: (emotion) => this.#feel(emotion),
      length: (duration) => this.#lengthen(duration),
      option: (name, value) => this.#option(name, value),
    });
    this.rows = new Rows(get("rows"), this.words, {
      select: (id) => this.#select(id),
      text: (id, text) => this.#edit(() => (this.#line(id).text = text)),
      who: (id, character) => this.#edit(() => (this.#line(id).character = character ?? this.#addCharacter())),
      speak: (id) => this.#speakLine(id),
      remove: (id) => this.#removeLine(id),
      add: (id) => this.#addLine(id),
      move: (id, by) => this.#move(id, by),
    });
    this.timeline = new Timeline(get("timeline"), {
      seek: (seconds) => this.performance?.playFrom(this.shown.id, seconds),
      retarget: (seconds, final) => this.#retarget(seconds, final),
    });
    this.clone = new CloneDialog({ words: this.words, api: this.api, made: (name) => this.#made(name) });
  }

  async start() {
    this.#relabel();
    this.#listen();
    requestAnimationFrame(() => this.#frame());
    await this.#loadVoices();
    this.#showVoices();
    await this.#connect();
    this.#show();
  }

  // What is there

  get line() {
    return this.#line(this.selected);
  }

  get character() {
    return this.#characterOf(this.line);
  }

  /** What the stage shows: the line that sounds, else the selected one with its take, if that still is its take. */
  get shown() {
    const current = this.performance?.current;
    if (current) return current;
    const entry = this.performance?.entries.get(this.selected);
    if (entry && entry.key === this.#key(this.line)) return entry;
    return { id: this.selected, take: null, heard: 0 };
  }

  #line(id) {
    return this.script.lines.find((line) => line.id === id);
  }

  #characterOf(line) {
    return this.script.characters.find(({ id }) => id === line.character);
  }

  #fields(line) {
    const fields = speakFields(line, this.#characterOf(line).voice, this.settings.reading);
    return this.settings.strict ? { ...fields, strict: true } : fields;
  }

  #key(line) {
    return JSON.stringify([this.#fields(line), this.player?.rate]);
  }

  #job(line) {
    return { id: line.id, key: this.#key(line), fields: this.#fields(line) };
  }

  #firstScript() {
    const narrator = newCharacter(this.words.say("narrator"), "");
    return { characters: [narrator], lines: [newLine(narrator.id, this.words.say("firstText"))] };
  }

  // The server

  async #loadVoices() {
    for (;;) {
      try {
        this.voices = await this.api.voices();
        break;
      } catch (error) {
        if (error instanceof ApiError && error.status === 401) await this.#askToken();
        else await new Promise((resolve) => setTimeout(resolve, 1000)); // it starts, or is not there yet
      }
    }
    const names = new Set(this.voices.map(({ name }) => name));
    this.script.characters.forEach((character, i) => {
      if (!names.has(character.voice)) character.voice = this.voices[i % this.voices.length].name;
    });
  }

  #askToken() {
    return new Promise((resolve) => {
      const dialog = get("token-dialog");
      dialog.showModal();
      dialog.addEventListener("close", () => {
        this.api.token = get("token").value.trim();
        keepToken(this.api.token);
        resolve();
      }, { once: true });
    });
  }

  async #connect() {
    this.session?.close();
    this.player?.close();
    const codec = this.settings.codec === "opus" && (await canDecode()) ? "opus" : "pcm_s16le";
    this.player = new Player({ rate: RATE[codec], startMs: this.settings.startMs });
    const audio = { codec: this.player.rate === RATE[codec] ? codec : "pcm_s16le", rate: this.player.rate };
    this.session = new Session({ audio, marks: ["word", "viseme", "mouth"], lead_ms: LEAD_MS }, { token: this.api.token });
    this.performance = new Performance(this.session, this.player);
    this.performance.addEventListener("change", ({ detail }) => this.#came(detail));
    this.performance.addEventListener("stopped", ({ detail }) => this.#stopped(detail));
    this.performance.addEventListener("finished", () => this.#finished());
    this.session.addEventListener("state", () => this.#showState());
    this.session.addEventListener("refused", ({ detail }) => this.#say(detail.message, "bad"));
    this.player.addEventListener("change", () => this.#tellOverlays(false)); // not by frames: a hidden page draws none
    await this.player.opened;
    this.#showState();
    if (this.player.kind === "script") this.#say(this.words.say("plainPage"), "warn");
  }

  #showState() {
    const { state, ready } = this.session;
    get("state").dataset.state = state;
    const key = { connecting: "connecting", ready: "ready", lost: "lost", closed: "lost" }[state];
    get("state").textContent = this.words.say(key) + (state === "ready" ? ` · ${ready.model.name}` : "");
  }

  // What a person does

  async #speakLine(id, again = false) {
    this.#select(id);
    const line = this.#line(id);
    if (!line.text.trim()) {
      this.#say(this.words.say("nothing"), "warn");
      return;
    }
    if (again) this.#edit(() => (line.seed += 1));
    await this.#perform([line]);
  }

  async #speakAll() {
    const lines = this.script.lines.filter(({ text }) => text.trim());
    if (lines.length) await this.#perform(lines);
    else this.#say(this.words.say("nothing"), "warn");
  }

  async #perform(lines) {
    if (!this.performance) return;
    this.#say(this.words.say("speaking"));
    await this.performance.speak(lines.map((line) => this.#job(line)));
  }

  async #sample(name) {
    const fields = { text: this.words.say("sampleText"), voice: name };
    await this.performance?.speak([{ id: `sample ${name}`, key: JSON.stringify([fields, this.player.rate]), fields }]);
  }

  #playOrPause() {
    const { player } = this;
    if (!player) return;
    if (player.busy) this.performance.pause(!player.paused);
    else this.#speakLine(this.selected);
    this.#showTransport();
  }

  #bargeIn(event) {
    if (this.player?.busy) this.performance.stop(event.timeStamp);
  }

  #retarget(seconds, final) {
    const { id, take } = this.shown;
    const line = this.#line(id);
    if (!line) return;
    if (this.performance?.isLive(id)) {
      this.retargeting = { id, seconds };
      this.performance.retarget(id, seconds);
    } else if (final) {
      this.#edit(() => (line.duration = { seconds: Math.round(seconds * 100) / 100 }));
      if (take) this.#perform([line]);
    }
  }

  #lengthen(duration) {
    const { line } = this;
    if (this.performance?.isLive(line.id) && duration.seconds) this.#retarget(duration.seconds, true);
    else this.#edit(() => (line.duration = duration));
  }

  #feel(emotion) {
    const { line } = this;
    const live = this.performance?.isLive(line.id);
    this.#edit(() => (line.emotion = emotion));
    if (!live) return;
    this.performance.feel(line.id, emotion);
    this.performance.entries.get(line.id).key = this.#key(line);
  }

  #option(name, value) {
    if (name === "seed") this.#edit(() => (this.line.seed = Math.max(0, Math.min(2 ** 53 - 1, Math.floor(Number(value) || 0)))));
    else if (name === "buffer") {
      this.settings.startMs = Number(value);
      this.player.startLevel.ask(this.settings.startMs);
    } else this.settings[name] = value;
    this.#save();
    if (name === "codec") this.#connect().then(() => this.#show());
  }

  #select(id) {
    if (this.selected === id) return;
    this.selected = id;
    this.#show();
  }

  #edit(change) {
    change();
    this.#save();
    this.#show();
  }

  #addCharacter() {
    const taken = new Set(this.script.characters.map(({ voice }) => voice));
    const voice = (this.voices.find(({ name }) => !taken.has(name)) ?? this.voices[0])?.name ?? "";
    const character = newCharacter(`${this.words.say("character")} ${this.script.characters.length + 1}`, voice);
    this.script.characters.push(character);
    return character.id;
  }

  #addLine(after) {
    const at = this.script.lines.findIndex(({ id }) => id === after);
    const line = newLine(this.#line(after).character);
    this.#edit(() => {
      this.script.lines.splice(at + 1, 0, line);
      this.selected = line.id;
    });
    this.rows.focus(line.id);
  }

  #removeLine(id) {
    const at = this.script.lines.findIndex((line) => line.id === id);
    const next = this.script.lines[at + 1] ?? this.script.lines[at - 1];
    if (!next) return;
    this.#edit(() => {
      this.script.lines.splice(at, 1);
      const used = new Set(this.script.lines.map(({ character }) => character));
      this.script.characters = this.script.characters.filter((character) => used.has(character.id));
      this.selected = next.id;
    });
    this.rows.focus(next.id);
  }

  #move(id, by) {
    const at = this.script.lines.findIndex((line) => line.id === id);
    const next = this.script.lines[at + by];
    if (next) this.rows.focus(next.id);
  }

  #paste(text) {
    const read = parseScript(text);
    if (!read.length) return;
    const characters = [];
    const lines = read.map((item) => {
      const name = item.name ?? this.words.say("narrator");
      let character = characters.find((known) => known.name === name);
      if (!character) {
        const known = this.script.characters.find((old) => old.name === name);
        character = newCharacter(name, known?.voice ?? this.voices[characters.length % Math.max(1, this.voices.length)]?.name ?? "");
        characters.push(character);
      }
      return newLine(character.id, item.text);
    });
    this.#edit(() => {
      this.script = { characters, lines };
      this.settings.script = this.script;
      this.selected = lines[0].id;
    });
  }

  async #removeVoice(name) {
    if (!confirm(this.words.say("removeSure", { name }))) return;
    try {
      await this.api.removeVoice(name);
    } catch (error) {
      this.#say(error.message, "bad");
    }
    await this.#loadVoices();
    this.#showVoices();
    this.#show();
  }

  async #made(name) {
    await this.#loadVoices();
    this.character.voice = name;
    this.#showVoices();
    this.#edit(() => {});
  }

  async #export(kind) {
    const lines = this.script.lines.filter(({ text }) => text.trim());
    if (!lines.length || !this.player) {
      this.#say(this.words.say("nothing"), "warn");
      return;
    }
    const button = get("export");
    button.disabled = true;
    button.setAttribute("aria-busy", "true");
    try {
      await this.#write(kind, lines);
    } catch (error) {
      const message = error instanceof TypeError ? this.words.say("brokenOff") : error.message; // what fetch throws is for nobody to read
      this.#say(this.words.say("exportFailed", { message }), "bad");
    } finally {
      button.disabled = false;
      button.removeAttribute("aria-busy");
    }
  }

  async #write(kind, lines) {
    const jobs = lines.map((line) => this.#job(line));
    if (kind === "mp3") {
      const sound = await mp3Of(jobs, this.api, (seconds) => this.#say(this.words.say("exportingMp3", { s: seconds.toFixed(0) })));
      this.#give("oncue.mp3", sound, "audio/mpeg");
      return;
    }
    const has = { fresh: (id, key) => this.performance.fresh(id, key), rate: this.player.rate, token: this.api.token };
    const names = lines.map((line) => this.#characterOf(line).name);
    const takes = await takesFor(jobs, has, (i, n) => this.#say(this.words.say("exporting", { i, n })));
    const many = new Set(names).size > 1;
    if (kind === "srt") this.#give("oncue.srt", srtOf(takes, many ? names : null), "application/x-subrip");
    else if (kind === "wav") this.#give("oncue.wav", wavOf(takes), "audio/wav");
    else takes.forEach((take, i) => this.#give(fileName(i + 1, names[i], take.text, "wav"), wavOf([take]), "audio/wav"));
  }

  #give(name, bytes, type) {
    download(name, bytes, type);
    this.#say(this.words.say("exported", { name }));
  }

  // What comes back

  #came({ id, kind, message }) {
    const entry = this.performance.entries.get(id);
    const line = this.#line(id);
    if (kind === "plan" && this.retargeting?.id === id && message.target_samples !== null && line) {
      line.duration = { seconds: Math.round((message.target_samples / entry.take.rate) * 1000) / 1000 };
      entry.key = this.#key(line);
      this.#save();
    }
    if (kind === "refused") {
      const nearest = message.detail?.nearest_s;
      this.#say(message.code === "duration_infeasible" && nearest ? this.words.say("nearest", { s: nearest.toFixed(2) }) : message.message, "warn");
    }
    if (kind === "started" && entry.take.warning) this.#say(entry.take.warning, "warn");
    if (kind === "end" && entry.take.problem) {
      this.#say(this.words.say("failed", { message: entry.take.problem.message || entry.take.problem.code }), "bad");
    }
    if (kind !== "sound" && kind !== "marks") this.#show();
  }

  #stopped({ id, take, sample, ms }) {
    const word = take.words[take.wordIndex(sample)]?.text;
    const places = { ms: Math.max(1, Math.round(ms)), word };
    this.lastStop = { id, sample, ms };
    this.#say(this.words.say(word ? "stopped" : "stoppedBare", places));
    this.#show();
  }

  #finished() {
    const { take } = this.shown;
    if (take?.complete) {
      this.shown.heard = take.length;
      this.#say(this.words.say("finished", { s: take.seconds.toFixed(2) }));
    }
    this.#tellOverlays(true);
    this.#show();
  }

  // What is shown

  /** What one can do here, until something was done. */
  #hint() {
    this.#say(this.words.say("hint"));
    this.hinting = true;
  }

  #say(text, tone = "") {
    this.hinting = false;
    const place = get("message");
    place.dataset.tone = tone;
    if (place.textContent !== text) place.textContent = text;
  }

  #save() {
    this.settings.script = this.script;
    settingsStore.save(this.settings);
  }

  #relabel() {
    const { words } = this;
    document.documentElement.lang = words.language === "zh" ? "zh-CN" : "en";
    words.fill(document);
    this.panel.relabel();
    get("stop").replaceChildren(icon("stop"), words.say("stop"), kbd("Esc"));
    get("again").replaceChildren(icon("again"));
    get("paste").replaceChildren(icon("paste"), words.say("pasteScript"));
    get("speak-all").replaceChildren(icon("all"), words.say("speakAll"));
    get("export").replaceChildren(icon("download"), words.say("export"));
    get("add-line").replaceChildren(icon("plus"), words.say("addLine"), kbd("Alt Enter"));
    get("clone").replaceChildren(icon("mic"), words.say("addVoice"));
    get("theme").setAttribute("aria-label", words.say("theme"));
    this.transport = null;
    if (!get("message").textContent || this.hinting) this.#hint();
    this.#applyTheme();
    this.#showVoices();
    this.#show();
    if (this.session) this.#showState();
    else get("state").textContent = words.say("connecting");
  }

  #applyTheme() {
    if (this.settings.theme) document.documentElement.dataset.theme = this.settings.theme;
    this.timeline.recolour();
  }

  #showVoices() {
    this.panel.showVoices(this.voices, this.character.voice);
  }

  #show() {
    const { line, character } = this;
    const take = this.performance?.entries.get(line.id)?.take;
    this.panel.show(line, character, take?.complete ? take.seconds : (take?.planned ?? 0) / (take?.rate ?? 1) || undefined);
    this.rows.show(this.script, {
      selected: this.selected,
      sounding: this.performance?.current?.id ?? null,
      facts: (one) => this.#facts(one),
    });
    this.#showTransport();
  }

  #facts(line) {
    const facts = [];
    if (line.emotion) facts.push({ text: describe(line.emotion, this.words) });
    if (line.duration.ratio) facts.push({ text: `× ${line.duration.ratio}` });
    const entry = this.performance?.entries.get(line.id);
    const asked = line.duration.seconds;
    if (entry?.key === this.#key(line) && entry.take.complete) facts.push({ text: `${entry.take.seconds.toFixed(2)} s` });
    else if (asked) facts.push({ text: `→ ${asked} s` });
    if (entry?.take.problem) facts.push({ text: "!", bad: true });
    return facts;
  }

  #showTransport() {
    const { player, words } = this;
    const state = !player?.busy ? (this.performance?.fresh(this.selected, this.#key(this.line)) ? "play" : "speak") : player.paused ? "resume" : "pause";
    get("stop").disabled = !player?.busy;
    if (this.transport === state) return;
    this.transport = state;
    get("speak").replaceChildren(icon(state === "pause" ? "pause" : "play"), words.say(state), ...(state === "speak" || state === "play" ? [kbd("Enter")] : []));
  }

  #frame() {
    requestAnimationFrame(() => this.#frame());
    const { id, take, heard } = this.shown;
    const line = this.#line(id);
    const sounding = Boolean(this.player?.busy && this.performance?.current);
    const live = sounding || (this.performance?.isLive(id) ?? false);
    const text = take?.text ?? line?.text.trim() ?? "";
    get("spoken").classList.toggle("empty", !text);
    this.captions.show(text || this.words.say("placeholder"), take?.words ?? []);
    const index = take ? take.wordIndex(heard) : -1;
    this.captions.light(index, sounding && Boolean(take?.wordAt(heard)));
    const asked = line?.duration.seconds ?? null;
    const planned = take && (take.complete ? take.length : take.target ?? take.planned);
    this.timeline.show({
      take, sample: heard, live, playable: Boolean(take?.length), asked: asked !== null || take?.target != null,
      endS: line ? (live || take?.complete ? (planned ? planned / take.rate : asked) : asked) : null,
      words: { endText: (value) => this.words.say("endText", { value: value.toFixed(2) }) },
    });
    this.#showMouth(sounding && !this.player.paused ? take : null, heard);
    this.#showReadouts(take, this.performance?.entries.get(id)?.line);
    if (this.wasSounding !== `${sounding}${id}`) {
      this.wasSounding = `${sounding}${id}`;
      if (sounding && line && !document.activeElement?.matches("textarea, input[type=text], input[type=number]")) this.selected = id; // the panel follows what is heard
      this.#show();
    }
  }

  #showMouth(take, sample) {
    const open = take?.mouthAt(sample) ?? 0;
    this.open = take ? open : (this.open ?? 0) * 0.7; // it closes when nothing sounds
    if (this.open < 0.002) this.open = 0;
    const viseme = take?.visemeAt(sample) ?? "sil";
    const key = `${this.open.toFixed(3)} ${viseme}`;
    if (key === this.mouthDrawn) return;
    this.mouthDrawn = key;
    const { lips, opening } = mouthPaths(this.open, viseme);
    const svg = document.querySelector(".mouth svg");
    svg.querySelector(".lips").setAttribute("d", lips);
    svg.querySelector(".opening").setAttribute("d", opening);
    get("meter").style.transform = `scaleX(${this.open.toFixed(3)})`;
  }

  #showReadouts(take, spoken) {
    const put = (id, text) => {
      if (get(id).textContent !== text) get(id).textContent = text;
    };
    const seconds = (samples) => (samples === null || samples === undefined ? "–" : `${(samples / take.rate).toFixed(2)} s`);
    put("first", spoken?.firstMs == null ? "–" : `${Math.round(spoken.firstMs)} ms`);
    put("ahead", this.player?.busy ? `${this.player.aheadS.toFixed(1)} s` : "–");
    put("plan", take ? seconds(take.planned) : "–");
    put("target", take ? seconds(take.target) : "–");
    put("off", take?.complete && take.target !== null ? `${take.length - take.target}` : "–");
    put("underruns", String(this.player?.underruns ?? 0));
  }

  /** What sounds, to overlays in this browser; at its end once more, with the mouth shut. */
  #tellOverlays(ended) {
    const entry = this.performance.current ?? this.told;
    if (!entry) return;
    this.told = ended ? null : entry;
    const { id, take, heard } = entry;
    const at = heard / take.rate;
    const silent = ended || this.player.paused;
    this.overlays.postMessage(mouthEvent(id, silent ? 0 : take.mouthAt(heard), silent ? "sil" : take.visemeAt(heard), at));
    const now = performance.now();
    if (!ended && now - (this.toldAt ?? 0) < 100) return;
    this.toldAt = now;
    this.overlays.postMessage(lineEvent(id, take, at, !silent));
  }

  #listen() {
    const click = (id, call) => get(id).addEventListener("click", call);
    click("speak", () => this.#playOrPause());
    click("again", () => this.#speakLine(this.selected, true));
    click("stop", (event) => this.#bargeIn(event));
    click("speak-all", () => this.#speakAll());
    click("add-line", () => this.#addLine(this.script.lines.at(-1).id));
    click("clone", () => this.clone.open());
    click("keys", () => get("keys-dialog").showModal());
    click("paste", () => get("paste-dialog").showModal());
    click("paste-apply", () => {
      get("paste-dialog").close();
      this.#paste(get("paste-text").value);
    });
    click("language", () => {
      this.settings.language = this.words.language === "en" ? "zh" : "en";
      this.words.language = this.settings.language;
      this.#save();
      this.#relabel();
    });
    click("theme", () => {
      const dark = this.settings.theme ? this.settings.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
      this.settings.theme = dark ? "light" : "dark";
      this.#save();
      this.#applyTheme();
    });
    for (const button of document.querySelectorAll("[data-close]")) {
      button.append(icon("close"));
      button.addEventListener("click", () => button.closest("dialog").close());
    }
    this.#menu();
    addEventListener("keydown", (event) => this.#pressed(event));
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.timeline.recolour());
    get("codec").value = this.settings.codec;
    get("buffer").value = String(this.settings.startMs);
    get("strict").checked = this.settings.strict;
    get("reading").value = this.settings.reading;
  }

  #menu() {
    const [button, popup] = [get("export"), get("export-menu")];
    const open = (on) => {
      popup.hidden = !on;
      button.setAttribute("aria-expanded", String(on));
      if (on) popup.querySelector("button:not([hidden])").focus();
    };
    button.addEventListener("click", () => open(popup.hidden));
    popup.addEventListener("click", ({ target }) => {
      const kind = target.closest("[data-export]")?.dataset.export;
      if (!kind) return;
      open(false);
      button.focus();
      this.#export(kind);
    });
    popup.addEventListener("keydown", (event) => {
      if (event.key !== "Escape") return;
      open(false);
      button.focus();
    });
    addEventListener("pointerdown", ({ target }) => !button.parentElement.contains(target) && open(false));
  }

  #pressed(event) {
    if (event.isComposing || event.defaultPrevented || document.querySelector("dialog[open]")) return;
    const writing = event.target.closest?.("input:not([type=range]):not([type=radio]):not([type=checkbox]), textarea, select");
    const pressing = event.target.closest?.("button, summary, input, [role=slider]");
    if (event.key === "Escape") this.#bargeIn(event);
    else if (event.code === "Space" && (event.ctrlKey || (!writing && !pressing))) this.#playOrPause();
    else if (event.key === "?" && !writing) get("keys-dialog").showModal();
    else return;
    event.preventDefault();
  }
}

function kbd(text) {
  const node = document.createElement("kbd");
  node.textContent = text;
  node.setAttribute("aria-hidden", "true");
  return node;
}

const studio = new Studio();
globalThis.oncue = studio; // for the console, and for the tests that look at what was played
studio.start();
