// The wire of docs/protocol.md as a page needs it: audio frames to values, and the token where a WebSocket can carry it.

export const HEADER_BYTES = 20;
export const PCM = 1;
export const OPUS = 2;
const MAGIC = 0xa1;
const SUBPROTOCOL = "oncue.v1";
const TOKEN_SUBPROTOCOL = "oncue.token.";

/** An audio frame. Throws a RangeError for bytes that are none. */
export function parseFrame(buffer) {
  const view = new DataView(buffer);
  if (buffer.byteLength < HEADER_BYTES || view.getUint8(0) !== MAGIC) throw new RangeError("not an audio frame");
  const frame = {
    codec: view.getUint8(1),
    number: view.getUint16(2, true),
    sequence: view.getUint32(4, true),
    start: Number(view.getBigUint64(8, true)),
    samples: view.getUint32(16, true),
    payload: new Uint8Array(buffer, HEADER_BYTES),
  };
  if (frame.codec === PCM && frame.payload.length !== 2 * frame.samples) throw new RangeError("header and length disagree");
  return frame;
}

/** pcm_s16le to floats from -1 to 1. */
export function floats(payload) {
  const view = new DataView(payload.buffer, payload.byteOffset, payload.byteLength);
  const out = new Float32Array(payload.byteLength >> 1);
  for (let i = 0; i < out.length; i += 1) out[i] = view.getInt16(2 * i, true) / 32768;
  return out;
}

/** Floats to pcm_s16le: the inverse of `floats`. */
export function pcm(samples) {
  const out = new Int16Array(samples.length);
  for (let i = 0; i < samples.length; i += 1) {
    out[i] = Math.max(-32768, Math.min(32767, Math.round(samples[i] * 32768)));
  }
  return out;
}

/** What to offer when the WebSocket is opened: a browser lets a page set no header but this one. */
export function subprotocols(token) {
  if (!token) return [];
  const bytes = new TextEncoder().encode(token);
  const coded = btoa(String.fromCharCode(...bytes)).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
  return [SUBPROTOCOL, TOKEN_SUBPROTOCOL + coded];
}

/** `ws://host/v1/stream` for a page at `http://host/…`. */
export function streamUrl(location) {
  return `${location.protocol === "https:" ? "wss:" : "ws:"}//${location.host}/v1/stream`;
}
