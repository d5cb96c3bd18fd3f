// What the studio tells overlays in the same browser (OBS docks and sources share one): a line's words and where it is heard.

export const CHANNEL = "oncue";

/** A BroadcastChannel, or one that nobody hears where there is none. */
export function channel() {
  return globalThis.BroadcastChannel ? new BroadcastChannel(CHANNEL) : { postMessage() {}, close() {}, onmessage: null };
}

/** A line as an overlay needs it to show it along: times in seconds from its first sample. */
export function lineEvent(id, take, atS, playing) {
  const seconds = (samples) => samples / take.rate;
  return {
    type: "line", id, text: take.text, at: atS, playing, ended: take.ended, length: take.seconds,
    words: take.words.map(({ char_start, char_end, start, end }) => ({ char_start, char_end, start: seconds(start), end: seconds(end) })),
  };
}

/** The mouth at this moment. */
export function mouthEvent(id, open, viseme, atS) {
  return { type: "mouth", id, open, viseme, at: atS };
}
