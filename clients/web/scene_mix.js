// The sound of a scene in stereo, for those who save it: what `streaming/scenes/mix.py` makes, without stems. Pure.

export const FADE_S = 0.03;
/** Of a line that is stopped. */
const FULL = 0.98;

/** Left and right gains of constant power; in the middle both are -3 dB. A character without a place is there. */
export function panned(pan = 0, gainDb = 0) {
  const angle = ((pan + 1) * Math.PI) / 4;
  const gain = 10 ** (gainDb / 20);
  return [Math.cos(angle) * gain, Math.sin(angle) * gain];
}

/** How loud sample `index` is of a line that ends at `cut`, Infinity for one that is not stopped. */
export function faded(index, cut, rate) {
  const left = cut - index;
  const fade = Math.min(Math.round(FADE_S * rate), cut);
  return left > fade ? 1 : 0.5 + 0.5 * Math.cos((Math.PI * (fade - left + 1)) / fade);
}

/**
 * Left and right in turns, `count` samples of each; where their sum would clip, everything is softer together.
 * @param {{first: number, cut: number, gains: [number, number], samples: Float32Array}[]} lines `cut` counts from the line's first sample
 */
export function mixed(lines, count, rate) {
  const mix = new Float32Array(2 * count);
  for (const { first, cut, gains, samples } of lines) {
    const heard = Math.min(samples.length, cut, count - first);
    for (let i = Math.max(0, -first); i < heard; i += 1) {
      const value = samples[i] * (cut === Infinity ? 1 : faded(i, Math.min(cut, samples.length), rate));
      mix[2 * (first + i)] += value * gains[0];
      mix[2 * (first + i) + 1] += value * gains[1];
    }
  }
  const peak = mix.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  return peak > FULL ? mix.map((value) => (value * FULL) / peak) : mix;
}
