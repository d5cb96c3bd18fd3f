// What was received of one spoken line: samples, peaks for the waveform, words, visemes and mouth. It plays and draws nothing.

export const PEAK_SAMPLES = 128;

export class Take {
  /** @param {string} text what was asked for @param {number} rate of all sample counts */
  constructor(text, rate) {
    this.text = text;
    this.rate = rate;
    this.length = 0;
    this.store = new Float32Array(8 * rate);
    this.peaks = new Float32Array(16 * Math.ceil(rate / PEAK_SAMPLES));
    this.loudest = 0;
    this.words = [];
    this.visemes = [];
    this.mouth = [];
    this.mouthStep = 0;
    this.planned = null; // samples
    this.target = null; // samples
    this.warning = null;
    this.done = null; // the server's message
    this.problem = null; // an error that ended it
  }

  get ended() {
    return this.done !== null || this.problem !== null;
  }

  get complete() {
    return this.done?.reason === "complete" && this.done.samples === this.length;
  }

  get samples() {
    return this.store.subarray(0, this.length);
  }

  get seconds() {
    return this.length / this.rate;
  }

  /** The next samples. They join without a gap, or that is an error worth hearing of. */
  append(start, samples) {
    if (start !== this.length) throw new RangeError(`samples from ${start} after ${this.length}`);
    const end = start + samples.length;
    if (end > this.store.length) {
      const larger = new Float32Array(2 * end);
      larger.set(this.samples);
      this.store = larger;
    }
    this.store.set(samples, start);
    this.length = end;
    this.#measure(start);
  }

  /** Marks as the server sends them, each kind in order. What comes a second time after a resume is known already. */
  addMarks({ marks, mouth }) {
    for (const mark of marks) {
      const kept = mark.kind === "word" ? this.words : mark.kind === "viseme" ? this.visemes : null;
      if (kept && (!kept.length || mark.start > kept.at(-1).start)) kept.push(mark);
    }
    if (mouth) {
      this.mouthStep = mouth.step;
      mouth.values.forEach((value, i) => (this.mouth[mouth.start / mouth.step + i] = value));
    }
  }

  /** Index of the last word that begins at or before a sample, -1 before the first. */
  wordIndex(sample) {
    return lastBefore(this.words, sample);
  }

  /** The word that sounds at a sample; null in a pause. */
  wordAt(sample) {
    const word = this.words[this.wordIndex(sample)];
    return word && sample < word.end ? word : null;
  }

  visemeAt(sample) {
    return this.visemes[lastBefore(this.visemes, sample)]?.text ?? "sil";
  }

  /** How far the mouth is open at a sample, 0 to 1, between two measurements. */
  mouthAt(sample) {
    if (!this.mouthStep || sample < 0 || sample >= this.length) return 0;
    const place = sample / this.mouthStep;
    const at = Math.floor(place);
    const here = this.mouth[at] ?? 0;
    return here + ((this.mouth[at + 1] ?? 0) - here) * (place - at);
  }

  #measure(start) {
    const first = Math.floor(start / PEAK_SAMPLES);
    const last = Math.floor((this.length - 1) / PEAK_SAMPLES);
    if (2 * (last + 1) > this.peaks.length) {
      const larger = new Float32Array(4 * (last + 1));
      larger.set(this.peaks);
      this.peaks = larger;
    }
    for (let bin = first; bin <= last; bin += 1) {
      let low = 0;
      let high = 0;
      const end = Math.min((bin + 1) * PEAK_SAMPLES, this.length);
      for (let i = bin * PEAK_SAMPLES; i < end; i += 1) {
        const value = this.store[i];
        if (value < low) low = value;
        else if (value > high) high = value;
      }
      this.loudest = Math.max(this.loudest, high, -low);
      this.peaks[2 * bin] = low;
      this.peaks[2 * bin + 1] = high;
    }
  }

  /** Lowest and highest sample from `start` to `end`, to the nearest peak. */
  range(start, end) {
    let low = 0;
    let high = 0;
    const stop = Math.min(Math.max(end, start + 1), this.length);
    for (let bin = Math.floor(start / PEAK_SAMPLES); bin * PEAK_SAMPLES < stop; bin += 1) {
      low = Math.min(low, this.peaks[2 * bin]);
      high = Math.max(high, this.peaks[2 * bin + 1]);
    }
    return [low, high];
  }
}

function lastBefore(marks, sample) {
  let low = 0;
  let high = marks.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (marks[middle].start <= sample) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}
