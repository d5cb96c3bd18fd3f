// A script as files: every line spoken as it stands, from the takes that were heard where they are still true, else made
// anew on a connection of its own that nobody waits for. An MP3 is the server's, which has the encoder: the same lines with
// the same seeds once more.

import { Session } from "./session.js";
import { cuesOf, srt } from "./srt.js";
import { Take } from "./take.js";
import { wav } from "./wav.js";

const GAP_S = 0.25;
const LEAD_MS = 600_000;
const MP3 = { format: "mp3", rate: 24_000, bit_rate: 96_000, gap_ms: 1000 * GAP_S };

/**
 * Takes for jobs, in order. `progress(i, n)` is called before each. Throws an Error with the server's sentence when a line fails.
 * @param {{id, key, fields}[]} jobs @param {{fresh: (id, key) => {take: Take} | null, rate: number, token: string}} has
 */
export async function takesFor(jobs, { fresh, rate, token }, progress) {
  const takes = [];
  let session = null;
  try {
    for (const [i, job] of jobs.entries()) {
      progress(i + 1, jobs.length);
      const kept = fresh(job.id, job.key)?.take;
      if (!kept) session ??= new Session({ audio: { codec: "pcm_s16le", rate }, marks: ["word"], lead_ms: LEAD_MS }, { token });
      const take = kept ?? (await session.speak(job.fields, new Take(job.fields.text, rate)).finished);
      if (!take.complete) throw new Error(take.problem?.message || take.done?.error?.message || "cancelled");
      takes.push(take);
    }
  } finally {
    session?.close();
  }
  return takes;
}

/** All of it as one WAV file, with a breath between the lines. */
export function wavOf(takes) {
  const { rate } = takes[0];
  const gap = Math.round(GAP_S * rate);
  const total = takes.reduce((sum, take) => sum + take.length, gap * (takes.length - 1));
  const samples = new Float32Array(total);
  let at = 0;
  for (const take of takes) {
    samples.set(take.samples, at);
    at += take.length + gap;
  }
  return wav(samples, rate);
}

/** All of it as one MP3 with the same breaths; `progress(seconds)` is called while it comes. Throws an ApiError or a TypeError. */
export function mp3Of(jobs, api, progress) {
  return api.sound(jobs.map(({ fields }) => fields), MP3, (bytes) => progress((8 * bytes) / MP3.bit_rate));
}

/** Subtitles for that file; with `names` each line begins with who says it. */
export function srtOf(takes, names) {
  let offset = 0;
  const cues = takes.flatMap((take, i) => {
    const from = offset;
    offset += take.seconds + GAP_S;
    return cuesOf(take, from, names ? `${names[i]}: ` : "");
  });
  return srt(cues);
}

/** `003_Name_first-words.wav`, in any script, without what file systems mind. */
export function fileName(index, name, text, extension) {
  const tame = (part) => part.replaceAll(/[^\p{L}\p{N}]+/gu, "-").replaceAll(/^-|-$/g, "");
  return `${String(index).padStart(3, "0")}_${tame(name)}_${Array.from(tame(text)).slice(0, 24).join("")}.${extension}`;
}
