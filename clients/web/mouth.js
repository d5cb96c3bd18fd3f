// A mouth to draw: how wide, how round and how far open, from a viseme and the measured opening.

/** Roundness 0 (spread) to 1 (round) and how far a shape can open, for the fifteen visemes. */
export const SHAPES = {
  sil: [0.35, 0], PP: [0.35, 0], FF: [0.3, 0.25], TH: [0.25, 0.4], DD: [0.25, 0.45], kk: [0.3, 0.5], CH: [0.65, 0.4],
  SS: [0.1, 0.3], nn: [0.25, 0.4], RR: [0.6, 0.45], aa: [0.3, 1], E: [0.1, 0.7], ih: [0.1, 0.5], oh: [0.8, 0.8], ou: [1, 0.5],
};

/** An SVG path for outer lips in a box of 100 by 60, and one for the opening between them. */
export function mouthPaths(open, viseme) {
  const [round, reach] = SHAPES[viseme] ?? SHAPES.sil;
  const half = 40 - 18 * round;
  const gap = Math.max(0, Math.min(1, open)) * (8 + 14 * reach);
  const lip = 5 + 3 * round;
  return { lips: lens(half + 6, gap + lip, 0.16), opening: gap > 0.6 ? lens(half, gap, 0.05) : "" };
}

/** Two curves that meet in the corners; `bow` draws the upper one down in the middle. */
function lens(half, rise, bow) {
  const [left, right, y] = [50 - half, 50 + half, 30];
  const top = y - rise * 1.25;
  const middle = y - rise * (1 - bow);
  return (
    `M${n(left)} ${y}C${n(50 - half * 0.6)} ${n(top)} ${n(50 - half * 0.25)} ${n(top)} 50 ${n(middle)}` +
    `C${n(50 + half * 0.25)} ${n(top)} ${n(50 + half * 0.6)} ${n(top)} ${n(right)} ${y}` +
    `C${n(50 + half * 0.55)} ${n(y + rise * 1.3)} ${n(50 - half * 0.55)} ${n(y + rise * 1.3)} ${n(left)} ${y}Z`
  );
}

function n(value) {
  return value.toFixed(1);
}
