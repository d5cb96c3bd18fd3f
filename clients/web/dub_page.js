// The page for dubbing: a film is sent, its lines lie on its time line, an end is dragged, a line is heard in its place, and the
// dubbed film is saved. The server does what `oncue dub` does.

import { ApiError } from "./api.js";
import { element } from "./dom.js";
import { dragged, fromSpeech, parse } from "./dub_lines.js";
import { sayer } from "./page_words.js";
import { readToken } from "./token.js";

class DubPage {
  constructor() {
    this.say = sayer(navigator.languages);
    this.lines = [];
    this.fits = new Map(); // start of a line -> its fit
    this.film = null;
    this.#build();
  }

  #build() {
    const say = this.say;
    this.choose = element("input", { type: "file", class: "hidden", accept: "video/*,.mkv", onchange: () => this.choose.files[0] && this.send(this.choose.files[0]) });
    this.drop = element("label", { class: "drop-film" }, element("span", {}, say("drop")), this.choose);
    for (const kind of ["dragover", "dragleave", "drop"]) {
      this.drop.addEventListener(kind, (event) => {
        event.preventDefault();
        this.drop.classList.toggle("over", kind === "dragover");
        if (kind === "drop" && event.dataTransfer.files[0]) this.send(event.dataTransfer.files[0]);
      });
    }
    this.original = element("video", { controls: true, "aria-label": say("original") });
    this.dubbed = element("video", { controls: true, hidden: true, "aria-label": say("dubbed") });
    this.track = element("div", { class: "track" }, element("canvas", { onpointerdown: ({ clientX }) => this.#seek(clientX) }));
    this.nowLine = element("div", { class: "now", hidden: true });
    for (const film of [this.original, this.dubbed]) film.addEventListener("timeupdate", () => this.#now(film.currentTime));
    this.player = new Audio();
    this.player.addEventListener("ended", () => {
      this.original.pause();
      this.original.muted = false;
    });
    this.table = element("tbody");
    const heads = ["start", "end", "who", "text", "fit"].map((key) => element("th", {}, say(key)));
    this.subtitles = element("input", { type: "file", class: "hidden", accept: ".srt,.vtt", onchange: () => this.load(this.subtitles.files[0]) });
    this.addButton = element("button", { class: "quiet", type: "button", onclick: () => this.add() }, say("addLine"));
    this.agreed = element("input", { type: "checkbox" });
    this.makeButton = element("button", { class: "primary", type: "button", onclick: () => this.make() }, say("make"));
    this.saveLink = element("button", { class: "quiet", type: "button", hidden: true, onclick: () => this.save() }, say("exportFilm"));
    this.note = element("p", { class: "note", role: "status" });
    this.work = element(
      "section", { hidden: true },
      element("div", { class: "films" }, this.original, this.dubbed), this.track,
      element("table", { class: "lines" }, element("thead", {}, element("tr", {}, ...heads, element("td"))), this.table),
      element("div", { class: "bar-row" }, this.addButton, element("label", { class: "quiet" }, element("span", {}, say("srt")), this.subtitles), element("span", { class: "grow" }), element("label", { class: "tick" }, this.agreed, element("span", {}, say("agreed"))), this.saveLink, this.makeButton),
    );
    document.querySelector("main").append(element("section", {}, this.drop), this.work, this.note);
    document.querySelector(".ai-label").textContent = say("aiLabel");
    document.querySelector("#studio-link").textContent = say("studio");
    document.querySelector("h1 span").textContent = say("dubTitle");
    addEventListener("resize", () => this.draw());
  }

  tell(text, bad = false) {
    this.note.textContent = text;
    this.note.classList.toggle("bad", bad);
  }

  async ask(path, options = {}) {
    const token = readToken();
    const answer = await fetch(path, { ...options, headers: { ...(token ? { Authorization: `Bearer ${token}` } : {}), ...options.headers } });
    if (answer.status === 401) throw new Error(this.say("tokenHere"));
    if (!answer.ok) throw new ApiError(answer.status, await answer.json());
    return answer;
  }

  async trying(work) {
    this.makeButton.disabled = true;
    try {
      await work();
    } catch (error) {
      this.tell(this.say("failed", { message: error.message }), true);
    } finally {
      this.makeButton.disabled = false;
    }
  }

  /** A film goes to the server, which says where in it somebody speaks. */
  send(file) {
    return this.trying(async () => {
      this.tell(this.say("sending"));
      const type = file.type || (file.name.endsWith(".mkv") ? "video/x-matroska" : "video/mp4");
      const answer = await this.ask("/v1/dubs", { method: "POST", body: file, headers: { "Content-Type": type } });
      this.film = await answer.json();
      this.name = file.name.replace(/\.[^.]+$/, "");
      this.lines = fromSpeech(this.film.speech);
      this.fits.clear();
      this.original.src = URL.createObjectURL(file);
      this.dubbed.hidden = true;
      this.saveLink.hidden = true;
      this.work.hidden = false;
      this.drop.classList.add("small");
      this.tell("");
      this.show();
    });
  }

  async load(file) {
    this.lines = parse(await file.text());
    this.fits.clear();
    this.show();
  }

  add() {
    const last = this.lines.at(-1);
    const start = Math.min((last?.end ?? 0) + 0.3, this.film.duration_s - 0.5);
    if (last && start < last.start + 0.2) return;
    this.lines.push({ start, end: Math.min(start + 2, this.film.duration_s), speaker: "", text: "" });
    this.show();
  }

  /** Lines in the table and on the time line. */
  show() {
    this.table.replaceChildren(...this.lines.map((line, index) => this.#row(line, index)));
    this.draw();
  }

  #row(line, index) {
    const say = this.say;
    const field = (key, attributes) => {
      const change = (event) => {
        const value = attributes.type === "number" ? Number(event.target.value) : event.target.value;
        this.lines = this.lines.with(index, { ...this.lines[index], [key]: value });
        this.draw();
      };
      const name = say(key === "speaker" ? "who" : key);
      const input = element("input", { ...attributes, placeholder: name, "aria-label": `${name} ${index + 1}`, onchange: change });
      input.value = attributes.type === "number" ? line[key].toFixed(2) : line[key];
      return input;
    };
    const number = { type: "number", step: "0.05", min: "0" };
    const hear = element("button", { class: "quiet", type: "button", onclick: () => this.hear(index) }, say("hear"));
    const remove = element("button", { class: "quiet round", type: "button", "aria-label": `${say("remove")} ${index + 1}`, onclick: () => this.#remove(index) }, "×");
    return element(
      "tr", {},
      element("td", { class: "time" }, field("start", number)), element("td", { class: "time" }, field("end", number)),
      element("td", { class: "who" }, field("speaker", { type: "text", maxlength: "80" })), element("td", {}, field("text", { type: "text", maxlength: "4000" })),
      element("td", { class: "fit" }, this.#fitOf(line)), element("td", {}, element("div", { class: "bar-row" }, hear, remove)),
    );
  }

  /** How a line came out, in words; nothing before it was made. */
  #fitOf({ start }) {
    const status = this.fits.get(start);
    return status ? this.say(`fit_${status}`) : "";
  }

  #seek(clientX) {
    const { left, width } = this.track.getBoundingClientRect();
    const film = this.dubbed.hidden ? this.original : this.dubbed;
    film.currentTime = ((clientX - left) / width) * this.film.duration_s;
  }

  #now(time) {
    this.nowLine.hidden = false;
    this.nowLine.style.left = `${(100 * time) / this.film.duration_s}%`;
  }

  #remove(index) {
    this.lines = this.lines.toSpliced(index, 1);
    this.show();
  }

  draw() {
    if (!this.film) return;
    const clips = this.lines.map((line, index) => this.#clip(line, index));
    const canvas = this.track.firstChild;
    this.track.replaceChildren(canvas, ...clips, this.nowLine);
    const { width } = this.track.getBoundingClientRect();
    canvas.width = Math.max(1, Math.round(width));
    canvas.height = 132;
    const g = canvas.getContext("2d");
    const colours = getComputedStyle(document.documentElement);
    g.fillStyle = colours.getPropertyValue("--wave-ahead");
    const step = canvas.width / this.film.peaks.length;
    this.film.peaks.forEach((peak, i) => g.fillRect(i * step, 34 - peak * 30, Math.max(1, step), 2 * peak * 30 + 1));
    g.fillStyle = colours.getPropertyValue("--accent");
    g.globalAlpha = 0.18;
    for (const [start, end] of this.film.speech) g.fillRect((start / this.film.duration_s) * canvas.width, 2, ((end - start) / this.film.duration_s) * canvas.width, 64);
  }

  #clip(line, index) {
    const percent = (seconds) => (100 * seconds) / this.film.duration_s;
    const end = element("button", { class: "end", type: "button", "aria-label": `${this.say("end")} ${index + 1}` });
    const clip = element("div", { class: "clip", title: line.text, "data-fit": this.fits.get(line.start) ?? "" }, line.text || "…", end);
    clip.style.cssText = `left:${percent(line.start)}%;width:${percent(line.end - line.start)}%`;
    const hold = (part) => (event) => {
      event.preventDefault();
      event.stopPropagation();
      const before = this.lines;
      const from = event.clientX;
      const { width } = this.track.getBoundingClientRect();
      const move = ({ clientX }) => {
        this.lines = dragged(before, index, part, ((clientX - from) / width) * this.film.duration_s, this.film.duration_s);
        const moved = this.lines[index];
        clip.style.cssText = `left:${percent(moved.start)}%;width:${percent(moved.end - moved.start)}%`;
      };
      const release = () => {
        removeEventListener("pointermove", move);
        this.show();
      };
      addEventListener("pointermove", move);
      addEventListener("pointerup", release, { once: true });
    };
    clip.addEventListener("pointerdown", hold("start"));
    end.addEventListener("pointerdown", hold("end"));
    end.addEventListener("keydown", ({ key }) => {
      const by = { ArrowLeft: -0.05, ArrowRight: 0.05 }[key];
      if (!by) return;
      this.lines = dragged(this.lines, index, "end", by, this.film.duration_s);
      this.show();
      this.track.querySelectorAll(".end")[index]?.focus();
    });
    return clip;
  }

  /** One line in its place: with a second before it and after it, and the picture that goes with them. */
  hear(index) {
    return this.trying(async () => {
      const said = this.lines.filter(({ text }) => text.trim());
      const only = said.indexOf(this.lines[index]) + 1;
      if (!only) return;
      const report = await this.#dub({ lines: said, only });
      this.sound = await (await this.ask(`/v1/dubs/${this.film.id}/line`)).blob();
      this.player.src = URL.createObjectURL(this.sound);
      this.original.currentTime = Math.max(0, report.lines[0].start_s - 1);
      this.original.muted = true; // the sound is the player's
      await Promise.all([this.player.play(), this.original.play()]).catch(() => {}); // a browser that wants a click first
    });
  }

  /** The whole film. */
  make() {
    return this.trying(async () => {
      const report = await this.#dub({ lines: this.lines.filter(({ text }) => text.trim()) });
      this.blob = await (await this.ask(`/v1/dubs/${this.film.id}/film`)).blob();
      this.dubbed.src = URL.createObjectURL(this.blob);
      this.dubbed.hidden = false;
      this.saveLink.hidden = false;
      this.tell(this.say("made", { s: report.elapsed_s.toFixed(1), spoken: report.spoken, unchanged: report.unchanged }));
    });
  }

  save() {
    const ending = { "video/mp4": "mp4", "video/webm": "webm", "video/quicktime": "mov" }[this.blob.type] ?? "mkv";
    element("a", { href: this.dubbed.src, download: `${this.name}-dubbed.${ending}` }).click();
  }

  /** Have lines made; progress is shown while it comes. Throws with the server's sentence. */
  async #dub(question) {
    const body = JSON.stringify({ ...question, consent: this.agreed.checked, lines: question.lines.map(({ start, end, text, speaker }) => ({ start, end, text, speaker })) });
    const answer = await this.ask(`/v1/dubs/${this.film.id}`, { method: "POST", body, headers: { "Content-Type": "application/json" } });
    const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
    let rest = "";
    let last = null;
    for (let part = await reader.read(); !part.done; part = await reader.read()) {
      const rows = (rest + part.value).split("\n");
      rest = rows.pop();
      for (const row of rows) {
        last = JSON.parse(row);
        if (last.type === "progress") this.tell(last.message);
      }
    }
    if (last?.report) this.#fit(last.report);
    if (last?.type !== "done") throw new Error(last?.message ?? "…");
    this.tell("");
    return last.report;
  }

  #fit(report) {
    for (const line of report.lines) {
      const said = this.lines.find(({ start }) => Math.abs(start - line.asked_start_s) < 0.005);
      if (said) this.fits.set(said.start, line.fit_status);
    }
    this.show();
  }
}

globalThis.oncue = new DubPage();
