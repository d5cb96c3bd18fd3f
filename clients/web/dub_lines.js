// Lines of a dub as values: read from SubRip, moved and dragged without one leaving the film or passing another. Pure.

export const GAP_S = 0.2;
/** Two lines begin at least so far apart. */
export const SHORTEST_S = 0.2;

const TIME = /(?:(\d+):)?(\d{1,2}):(\d{2})[,.](\d{1,3})/;

/** Lines of a SubRip or WebVTT text; a name in brackets becomes `speaker`. Cues that are only in brackets are left out. */
export function parse(text) {
  const lines = [];
  for (const block of text.replaceAll("\r", "").split(/\n\s*\n/)) {
    const rows = block.split("\n");
    const at = rows.findIndex((row) => row.includes("-->"));
    if (at < 0) continue;
    const [start, end] = rows[at].split("-->").map(seconds);
    if (start === null || end === null || end <= start) continue;
    let said = rows.slice(at + 1).join(" ").replaceAll(/<\/?[a-zA-Z][^<>]*>|\{\\[^{}]*\}/g, "").trim();
    const named = /^\[([^[\],]{1,80})\]\s*/.exec(said);
    const speaker = named && !/^pause\b/i.test(named[1]) ? named[1].trim() : "";
    if (speaker) said = said.slice(named[0].length);
    if (said) lines.push({ start, end, speaker, text: said });
  }
  return lines.sort((one, two) => one.start - two.start);
}

export function seconds(stamp) {
  const found = TIME.exec(stamp);
  if (!found) return null;
  const [, hours, minutes, whole, part] = found;
  return 3600 * Number(hours ?? 0) + 60 * Number(minutes) + Number(whole) + Number(part.padEnd(3, "0")) / 1000;
}

/** One line for each span of speech, to be filled in. */
export function fromSpeech(spans) {
  return spans.map(([start, end]) => ({ start: round(start), end: round(end), speaker: "", text: "" }));
}

/** The same lines with one's end, or the whole of it, moved by `by` seconds as far as the film and its neighbours let it. */
export function dragged(lines, index, part, by, duration) {
  const line = lines[index];
  const low = index ? lines[index - 1].start + GAP_S : 0;
  const high = index + 1 < lines.length ? lines[index + 1].start - GAP_S : duration;
  const moved = { ...line };
  if (part === "end") {
    moved.end = round(Math.min(Math.max(line.end + by, line.start + SHORTEST_S), duration));
  } else {
    const length = line.end - line.start;
    moved.start = round(Math.min(Math.max(line.start + by, low), Math.max(low, Math.min(high, duration - SHORTEST_S))));
    moved.end = round(Math.min(moved.start + length, duration));
  }
  return lines.with(index, moved);
}

function round(value) {
  return Math.round(value * 1000) / 1000;
}
