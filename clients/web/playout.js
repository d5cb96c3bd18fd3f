// What an audio callback plays: samples from a ring, from a start level on, with pause, fade and a count of underruns.
// Pure, so that the worklet, the fallback without a secure context and the tests run the same code.
//
// Laws: a sample that was pushed is played once or dropped by `stop` or `start`; the tail is played to its last sample,
// also when it is shorter than a callback's block; running dry is an underrun unless `end` was said, and after one twice
// as much is waited for.

import { Ring } from "./ring.js";

export class Playout {
  /** @param {number} capacity of the ring, in samples */
  constructor(capacity) {
    this.ring = new Ring(capacity);
    this.generation = 0;
    this.state = "idle"; // idle, filling, playing, fading
    this.paused = false;
    this.ended = false;
    this.consumed = 0; // samples of this generation that were played
    this.underruns = 0; // of this generation
    this.startLevel = 0;
    this.mostLevel = 0;
    this.fadeLength = 0;
    this.fadeDone = 0;
  }

  /** A message of the main thread. Those of an earlier generation come too late and are dropped. */
  obey(message) {
    if (message.type === "start") {
      this.start(message.generation, message.startLevel, message.mostLevel);
      return;
    }
    if (message.generation !== this.generation) return;
    switch (message.type) {
      case "push":
        this.push(message.samples);
        break;
      case "end":
        this.ended = true;
        break;
      case "pause":
        this.paused = message.on;
        break;
      case "stop":
        this.stop(message.fade);
        break;
    }
  }

  /** Forget everything and fill to `startLevel` samples before the first is played; never wait for more than `mostLevel`. */
  start(generation, startLevel, mostLevel = startLevel) {
    this.ring.clear();
    Object.assign(this, { generation, startLevel, mostLevel, state: "filling", paused: false, ended: false, consumed: 0, underruns: 0 });
  }

  push(samples) {
    if (this.state === "fading" || this.state === "idle") return;
    this.ring.push(samples);
    this.ended = false; // one line's end is not the end where another follows
  }

  /** Play at most `fade` more samples, ever quieter, and drop the rest. */
  stop(fade) {
    if (this.state === "playing" && !this.paused && this.ring.length && fade > 0) {
      Object.assign(this, { state: "fading", fadeLength: Math.min(fade, this.ring.length), fadeDone: 0 });
    } else {
      this.ring.clear();
      this.state = "idle";
    }
  }

  /** Fill the whole of `out`. */
  render(out) {
    out.fill(0);
    if (this.paused) return;
    if (this.state === "filling" && this.ring.length && (this.ended || this.ring.length >= this.startLevel)) {
      this.state = "playing";
    }
    if (this.state === "fading") this.#fade(out);
    else if (this.state === "playing") this.#play(out);
  }

  #play(out) {
    const count = this.ring.read(out);
    this.consumed += count;
    if (count < out.length) {
      if (!this.ended) {
        this.underruns += 1;
        this.startLevel = Math.max(this.startLevel, Math.min(2 * this.startLevel, this.mostLevel));
      }
      this.state = "filling";
    }
  }

  #fade(out) {
    const block = out.subarray(0, Math.min(out.length, this.fadeLength - this.fadeDone));
    this.consumed += this.ring.read(block);
    for (let i = 0; i < block.length; i += 1) block[i] *= 1 - (this.fadeDone + i + 1) / this.fadeLength;
    this.fadeDone += block.length;
    if (this.fadeDone >= this.fadeLength) {
      this.ring.clear();
      this.state = "idle";
    }
  }

  get status() {
    return {
      generation: this.generation,
      state: this.state,
      paused: this.paused,
      consumed: this.consumed,
      level: this.ring.length,
      underruns: this.underruns,
      drained: this.ended && this.ring.length === 0,
    };
  }
}
