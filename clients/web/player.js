// Plays takes one after another while they grow, and knows to the sample what is heard. The sound itself is made by
// `playout.js` on the audio thread, or on this one where the page is not in a secure context.
//
// Laws: the audio thread holds at most `creditS` seconds; what was heard is never ahead of what was pushed; a line's end is
// played to its last sample; `stop` is silent within its fade.

import { StartLevel } from "./jitter.js";
import { Playout } from "./playout.js";

const CAPACITY_S = 4;
const MOST_START_S = 0.8; // below the server's lead, or it would be waited for in vain
const RATES = [48000, 44100, 24000, 22050, 16000];

/** Events: `change` (state or position moved by the audio thread), `finished` (all was played), `next` (another take sounds). */
export class Player extends EventTarget {
  constructor({ rate, creditS = 2.5, startMs = 120, gapS = 0.25, silent = false }) {
    super();
    this.context = audioContext(rate);
    this.rate = this.context.sampleRate;
    this.creditS = creditS;
    this.startLevel = new StartLevel(startMs, 1000 * MOST_START_S);
    this.gap = new Float32Array(Math.round(gapS * this.rate));
    this.silent = silent;
    this.generation = 0;
    this.underruns = 0; // since the page was opened
    this.mostAheadS = 0;
    this.status = { state: "idle", consumed: 0, level: 0, underruns: 0, paused: false, drained: false };
    this.statusAt = 0;
    this.segments = [];
    this.opened = this.#open();
  }

  get kind() {
    return this.node?.port ? "worklet" : "script";
  }

  get busy() {
    return this.segments.length > 0;
  }

  get paused() {
    return this.busy && this.wantsPause;
  }

  /** To be called in a user's gesture: browsers let nothing sound before one. */
  unlock() {
    if (this.context.state !== "running") this.context.resume();
  }

  /** Drop what sounds and play a take from a sample on. */
  start(take, from = 0) {
    this.unlock();
    this.generation += 1;
    this.wantsPause = false;
    this.segments = [{ take, from, at: 0 }];
    this.cursor = { segment: 0, sample: from };
    this.pushed = 0;
    this.endSaid = false;
    this.heardMost = 0;
    this.stopping = null;
    this.status = { state: "filling", consumed: 0, level: 0, underruns: 0, paused: false, drained: false };
    this.statusAt = performance.now();
    this.#post({ type: "start", startLevel: Math.round((this.startLevel.ms / 1000) * this.rate), mostLevel: MOST_START_S * this.rate });
    this.pump();
  }

  /** Play another take after those that are queued. */
  queue(take) {
    if (!this.busy) {
      this.start(take);
      return;
    }
    this.segments.push({ take, from: 0, at: null });
    this.pump();
  }

  pause(on) {
    if (!this.busy) return;
    if (on) this.heardMost = this.#consumed(); // what is shown stays where it was heard
    this.wantsPause = on;
    this.#post({ type: "pause", on });
    this.dispatchEvent(new Event("change"));
  }

  /**
   * Silence. Resolves to `{take, sample, ms}`: what was heard last, and after how long there was silence, by the audio
   * thread's own clock and with what the device still held.
   */
  stop(fadeMs = 12) {
    if (!this.busy) return Promise.resolve(null);
    if (this.stopping) return this.stopping.promise;
    const began = this.context.currentTime;
    const stopping = {};
    stopping.promise = new Promise((resolve) => {
      stopping.settle = () => {
        const heard = this.#locate(this.status.consumed);
        const ms = 1000 * (Math.max(0, (this.status.time ?? began) - began) + this.#late);
        resolve({ take: heard?.take ?? null, sample: heard?.sample ?? 0, ms });
      };
    });
    this.stopping = stopping;
    if (this.context.state !== "running") {
      this.#finish(); // nothing ever sounded
      return stopping.promise;
    }
    this.#post({ type: "stop", fade: Math.round((fadeMs / 1000) * this.rate) });
    return stopping.promise;
  }

  /** Give the audio thread what it may have; to be called whenever a take has grown. */
  pump() {
    if (!this.busy || this.stopping) return;
    for (;;) {
      const segment = this.segments[this.cursor.segment];
      const room = Math.floor(this.creditS * this.rate) - (this.pushed - this.status.consumed);
      if (room <= 0) return;
      segment.at ??= this.pushed;
      const ready = segment.take.length - this.cursor.sample;
      if (ready > 0) {
        const count = Math.min(room, ready);
        this.#push(segment.take.store.slice(this.cursor.sample, this.cursor.sample + count));
        this.cursor.sample += count;
      } else if (!segment.take.ended) return;
      else if (this.cursor.segment + 1 < this.segments.length) {
        if (room < this.gap.length) return;
        this.#push(this.gap.slice());
        this.cursor = { segment: this.cursor.segment + 1, sample: 0 };
      } else {
        if (!this.endSaid) this.#post({ type: "end" });
        this.endSaid = true;
        return;
      }
    }
  }

  /** What is heard now: `{take, sample, segment}`, or null when nothing is played. */
  heard(now = performance.now()) {
    if (!this.busy) return null;
    return this.#locate(this.#consumed(now));
  }

  /** Seconds of the sounding take and those after it that are here and were not heard. */
  get aheadS() {
    if (!this.busy) return 0;
    const heard = this.#locate(this.status.consumed);
    if (!heard) return 0;
    let samples = heard.take.length - heard.sample;
    for (const { take } of this.segments.slice(heard.segment + 1)) samples += take.length;
    return Math.max(0, samples) / this.rate;
  }

  close() {
    this.segments = [];
    this.context.close();
  }

  async #open() {
    const capacity = Math.ceil(CAPACITY_S * this.rate);
    if (this.context.audioWorklet) {
      await this.context.audioWorklet.addModule(new URL("worklet.js", import.meta.url));
      this.node = new AudioWorkletNode(this.context, "oncue-speaker", {
        numberOfInputs: 0, outputChannelCount: [1], processorOptions: { capacity },
      });
      this.node.port.onmessage = ({ data }) => this.#heardFrom(data);
    } else {
      this.playout = new Playout(capacity);
      this.node = this.context.createScriptProcessor(1024, 0, 1);
      this.node.onaudioprocess = ({ outputBuffer }) => {
        this.playout.render(outputBuffer.getChannelData(0));
        this.#heardFrom({ ...this.playout.status, time: this.context.currentTime });
      };
    }
    const gain = this.context.createGain();
    gain.gain.value = this.silent ? 0 : 1;
    this.node.connect(gain).connect(this.context.destination);
    for (const [message, transfer] of this.early ?? []) this.#deliver(message, transfer);
    this.early = null;
  }

  #push(samples) {
    this.pushed += samples.length;
    if (samples.length) this.endSaid = false;
    this.#post({ type: "push", samples }, [samples.buffer]);
  }

  #post(message, transfer = []) {
    const whole = { ...message, generation: this.generation };
    if (this.node) this.#deliver(whole, transfer);
    else (this.early ??= []).push([whole, transfer]);
  }

  #deliver(message, transfer) {
    if (this.node.port) this.node.port.postMessage(message, transfer);
    else this.playout.obey(message);
  }

  #heardFrom(status) {
    if (status.generation !== this.generation || !this.busy) return;
    this.underruns += status.underruns - this.status.underruns;
    const before = this.#locate(this.status.consumed)?.segment;
    this.status = status;
    this.statusAt = performance.now();
    if (this.segments.some(({ take }) => !take.ended)) this.mostAheadS = Math.max(this.mostAheadS, this.aheadS);
    this.pump();
    if (this.#locate(status.consumed)?.segment !== before) this.dispatchEvent(new Event("next"));
    if (this.stopping && status.state === "idle") this.#finish();
    else if (status.drained && this.endSaid) this.#finish();
    else this.dispatchEvent(new Event("change"));
  }

  #finish() {
    this.stopping?.settle();
    this.#post({ type: "stop", fade: 0 });
    this.lastConsumed = this.status.consumed;
    this.startLevel.played(this.status.underruns);
    this.segments = [];
    this.stopping = null;
    this.dispatchEvent(new Event("finished"));
  }

  /** Seconds from the audio thread to the ear. */
  get #late() {
    return (this.context.baseLatency || 0) + (this.context.outputLatency || 0);
  }

  /** Samples of the stream that were heard: those played, carried on by the clock, less what the device still holds. */
  #consumed(now = performance.now()) {
    const { state, consumed } = this.status;
    if (this.wantsPause) return this.heardMost;
    const running = state === "playing" && this.context.state === "running";
    const carried = running ? Math.min((now - this.statusAt) / 1000, 0.1) : 0;
    const at = Math.min(this.pushed, Math.max(0, consumed + (carried - this.#late) * this.rate));
    this.heardMost = Math.max(this.heardMost, at);
    return this.heardMost;
  }

  /** A sample of the stream to a sample of a take. */
  #locate(streamSample) {
    for (let i = this.segments.length - 1; i >= 0; i -= 1) {
      const { take, from, at } = this.segments[i];
      if (at !== null && streamSample >= at) {
        return { take, segment: i, sample: Math.min(from + Math.round(streamSample - at), take.length) };
      }
    }
    return null;
  }
}

function audioContext(rate) {
  const Context = globalThis.AudioContext ?? globalThis.webkitAudioContext;
  for (const sampleRate of [rate, ...RATES]) {
    try {
      const context = new Context({ sampleRate, latencyHint: "interactive" });
      if (context.sampleRate === sampleRate) return context;
      context.close();
    } catch {
      continue; // this browser plays at fewer rates
    }
  }
  throw new Error("This browser plays at none of the server's rates.");
}
