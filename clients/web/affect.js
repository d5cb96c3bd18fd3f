// The pad: a place between unpleasant and pleasant, calm and excited, to the eight strengths the server understands.
// Each feeling has its place in Russell's circumplex (1980); nearer ones are stronger.

export const EMOTIONS = ["happy", "angry", "sad", "afraid", "disgusted", "melancholic", "surprised", "calm"];

/** [pleasure, energy], each -1 to 1. */
export const PLACES = {
  happy: [0.8, 0.35],
  angry: [-0.55, 0.8],
  sad: [-0.75, -0.4],
  afraid: [-0.1, 0.92],
  disgusted: [-0.85, 0.3],
  melancholic: [-0.35, -0.8],
  surprised: [0.45, 0.85],
  calm: [0.6, -0.7],
};
const WIDTH = 0.38;
const NEUTRAL = 0.25;

/** Eight strengths for a place, with a sum of at most 1; none at the middle, and full on a feeling's own place. */
export function strengths(pleasure, energy) {
  const far = Math.min(1, Math.max(0, (Math.hypot(pleasure, energy) - NEUTRAL / 2) / NEUTRAL));
  const near = EMOTIONS.map((name) => {
    const [x, y] = PLACES[name];
    return Math.exp(-(((pleasure - x) ** 2 + (energy - y) ** 2) / (WIDTH * WIDTH)));
  });
  const sum = near.reduce((total, value) => total + value, 0);
  return near.map((value) => round(far * value / Math.max(sum, 0.35)));
}

/** Where the pad's dot is for eight strengths. */
export function place(vector) {
  const sum = vector.reduce((total, value) => total + value, 0);
  if (!sum) return [0, 0];
  return [0, 1].map((axis) => round(EMOTIONS.reduce((at, name, i) => at + vector[i] * PLACES[name][axis], 0) / Math.max(sum, 1)));
}

function round(value) {
  return Math.round(value * 1000) / 1000;
}
