// From a recording to a voice: record or drop it, hear it, name it, say that the speaker agreed, and read what the server
// found in it. A recording stays in this page until the button is pressed.

import { ApiError } from "./api.js";
import { element, icon } from "./dom.js";
import { Recorder } from "./recorder.js";
import { wav } from "./wav.js";

const get = (id) => document.getElementById(id);
const UNDERSTOOD = /^(RIFF|fLaC|OggS|ID3)/;

export class CloneDialog {
  /** @param {{words, api, made: (name: string) => void}} studio */
  constructor(studio) {
    this.studio = studio;
    this.dialog = get("clone-dialog");
    this.recorder = null;
    this.blob = null;
    get("record").addEventListener("click", () => this.#record());
    get("file").addEventListener("change", ({ target }) => target.files[0] && this.take(target.files[0]));
    for (const id of ["clone-name", "consent"]) get(id).addEventListener("input", () => this.#enable());
    get("make").addEventListener("click", () => this.#make(false));
    get("force").addEventListener("click", () => this.#make(true));
    this.dialog.addEventListener("close", () => this.recorder?.stop?.());
    this.#drops(get("drop"));
    this.#drops(document.body);
  }

  open() {
    this.#relabel();
    if (!this.dialog.open) this.dialog.showModal();
  }

  /** A file that was dropped or chosen. What the server cannot read, this browser may: it is then sent as WAV. */
  async take(file) {
    this.open();
    this.#clear();
    const bytes = await file.arrayBuffer();
    const shown = await this.#decoded(bytes);
    const known = UNDERSTOOD.test(String.fromCharCode(...new Uint8Array(bytes, 0, Math.min(4, bytes.byteLength))));
    if (!known && !shown) {
      this.#say(this.studio.words.say("notAudio"));
      return;
    }
    this.#keep(known ? new Blob([bytes]) : new Blob([wav(shown.samples, shown.rate, null)], { type: "audio/wav" }), shown?.samples);
  }

  async #record() {
    const { words } = this.studio;
    if (this.recorder) {
      this.recorder.stop?.();
      return;
    }
    this.#clear();
    this.recorder = new Recorder((seconds) => this.#say(words.say("recording", { s: seconds.toFixed(1) })));
    this.#relabel();
    try {
      const { samples, rate } = await this.recorder.record();
      this.#keep(new Blob([wav(samples, rate, null)], { type: "audio/wav" }), samples);
      this.#say("");
    } catch (error) {
      this.#say(words.say("microphoneRefused", { message: error.message }));
    }
    this.recorder = null;
    this.#relabel();
  }

  async #make(force) {
    const { words, api } = this.studio;
    const name = get("clone-name").value.trim();
    this.busy = true;
    this.#enable();
    this.#say(words.say("making"));
    get("force").hidden = true;
    try {
      const { report } = await api.addVoice(this.blob, { name, consent: get("consent").checked, denoise: get("denoise").checked, force });
      this.#report(report, words.say("made", { name }));
      this.studio.made(name);
      this.blob = null;
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      this.#report(error.report, error.message);
      get("force").hidden = error.report?.verdict !== "doubtful";
    } finally {
      this.busy = false;
      this.#say("");
      this.#enable();
    }
  }

  #report(report, sentence) {
    const { words } = this.studio;
    const box = get("report");
    box.hidden = false;
    box.dataset.verdict = report?.verdict ?? "error";
    const figures = report && [
      ["q_speech", `${report.speech_s.toFixed(1)} s`],
      ["q_snr", report.snr_db === null ? "–" : `${report.snr_db.toFixed(0)} dB`],
      ["q_clipped", `${(100 * report.clipped_share).toFixed(1)} %`],
      ["q_rate", `${(report.sample_rate / 1000).toFixed(1)} kHz`],
      ["q_loudness", report.loudness_dbfs === null ? "–" : `${report.loudness_dbfs.toFixed(0)} dBFS`],
    ];
    box.replaceChildren(
      element("p", {}, report ? element("strong", {}, words.say(`verdict_${report.verdict}`)) : element("strong", {}, "!"), " · ", sentence),
      figures ? element("dl", {}, ...figures.map(([key, value]) => element("div", {}, element("dt", {}, words.say(key)), element("dd", {}, value)))) : "",
      ...(report?.findings ?? []).filter(({ message }) => message !== sentence).map(({ message }) => element("p", {}, message)),
    );
    box.scrollIntoView({ block: "nearest" });
  }

  #keep(blob, samples) {
    this.blob = blob;
    const audio = get("clip");
    if (audio.src) URL.revokeObjectURL(audio.src);
    audio.src = URL.createObjectURL(blob);
    audio.hidden = false;
    get("clip-wave").hidden = !samples;
    if (samples) drawWave(get("clip-wave"), samples);
    get("clone-name").focus();
    this.#enable();
  }

  #clear() {
    this.blob = null;
    for (const id of ["report", "force", "clip", "clip-wave"]) get(id).hidden = true;
    this.#say("");
    this.#enable();
  }

  #enable() {
    get("make").disabled = this.busy || !this.blob || !get("consent").checked || !get("clone-name").value.trim();
  }

  #say(text) {
    get("record-note").textContent = text;
  }

  #relabel() {
    const { words } = this.studio;
    const on = this.recorder !== null;
    get("record").replaceChildren(icon(on ? "stop" : "mic"), words.say(on ? "stopRecording" : "record"));
    get("record").classList.toggle("on", on);
    get("record").disabled = !Recorder.possible;
    if (!Recorder.possible) this.#say(words.say("noMicrophone"));
  }

  async #decoded(bytes) {
    const context = new OfflineAudioContext(1, 1, 48000);
    try {
      const buffer = await context.decodeAudioData(bytes.slice(0));
      return { samples: buffer.getChannelData(0), rate: buffer.sampleRate };
    } catch {
      return null;
    }
  }

  #drops(place) {
    const over = (on) => (place === document.body ? document.body.classList.toggle("dropping", on) : place.classList.toggle("over", on));
    place.addEventListener("dragover", (event) => {
      if (!event.dataTransfer?.types.includes("Files")) return;
      event.preventDefault();
      over(true);
    });
    place.addEventListener("dragleave", (event) => {
      if (!event.relatedTarget || !place.contains(event.relatedTarget)) over(false);
    });
    place.addEventListener("drop", (event) => {
      over(false);
      const file = event.dataTransfer?.files[0];
      if (!file) return;
      event.preventDefault();
      event.stopPropagation();
      document.body.classList.remove("dropping");
      this.take(file);
    });
  }
}

function drawWave(canvas, samples) {
  const scale = globalThis.devicePixelRatio || 1;
  const [width, height] = [canvas.clientWidth, canvas.clientHeight];
  Object.assign(canvas, { width: width * scale, height: height * scale });
  const g = canvas.getContext("2d");
  g.scale(scale, scale);
  g.fillStyle = getComputedStyle(canvas).getPropertyValue("--accent");
  for (let x = 0; x < width; x += 3) {
    let peak = 0;
    const end = Math.floor(((x + 3) / width) * samples.length);
    for (let i = Math.floor((x / width) * samples.length); i < end; i += 1) peak = Math.max(peak, Math.abs(samples[i]));
    const half = Math.max(1, peak ** 0.7 * (height / 2 - 4));
    g.fillRect(x, height / 2 - half, 2, 2 * half);
  }
}
