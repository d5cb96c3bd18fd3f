// Subtitles in SubRip's format: numbered cues, `hours:minutes:seconds,milliseconds`, a blank line between.

import { phrases } from "./phrases.js";

/** `00:01:02,345` for seconds. */
export function srtTime(seconds) {
  const ms = Math.round(seconds * 1000);
  const part = (value, digits) => String(value).padStart(digits, "0");
  return `${part(Math.floor(ms / 3_600_000), 2)}:${part(Math.floor(ms / 60_000) % 60, 2)}:${part(Math.floor(ms / 1000) % 60, 2)},${part(ms % 1000, 3)}`;
}

/** @param {{start: number, end: number, text: string}[]} cues in seconds, in order */
export function srt(cues) {
  return cues
    .map(({ start, end, text }, i) => `${i + 1}\n${srtTime(start)} --> ${srtTime(end)}\n${text.replaceAll(/\s*\n\s*/g, " ")}\n`)
    .join("\n");
}

/** A take as cues, phrase by phrase, from each phrase's first word to the end of its last; `lead` stands before the first. */
export function cuesOf(take, offset = 0, lead = "") {
  const seconds = (sample) => offset + Math.min(sample, take.length) / take.rate;
  const points = Array.from(take.text);
  const cues = [];
  for (const { start, end } of phrases(take.text)) {
    const words = take.words.filter(({ char_start }) => char_start >= start && char_start < end);
    const text = points.slice(start, end).join("").trim();
    if (words.length) cues.push({ start: seconds(words[0].start), end: seconds(words.at(-1).end), text });
    else if (cues.length) cues.at(-1).text += ` ${text}`; // nothing of it is spoken
  }
  if (!cues.length) cues.push({ start: offset, end: seconds(take.length), text: take.text });
  cues[0].text = lead + cues[0].text;
  return cues;
}
