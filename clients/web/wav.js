// 16-bit samples as a WAV file that says of itself that a machine spoke; byte for byte what `server/audio` writes.

import { pcm } from "./protocol.js";

const COMMENT = "AI-generated speech, made by OnCue";
// The label of GB 45438-2025, and IPTC's digital source type as XMP: as in `server/audio/labels.py`, without a number.
const AIGC =
  '{"Label":"1","ContentProducer":"OnCue","ProduceID":"","ReservedCode1":"","ContentPropagator":"OnCue","PropagateID":"","ReservedCode2":""}';
const XMP =
  '<?xpacket begin="" id="W5M0MpCehiHzreSzNTczkc9d"?><x:xmpmeta xmlns:x="adobe:ns:meta/">' +
  '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about="" ' +
  'xmlns:Iptc4xmpExt="http://iptc.org/std/Iptc4xmpExt/2008-02-29/" ' +
  'Iptc4xmpExt:DigitalSourceType="http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"/>' +
  '</rdf:RDF></x:xmpmeta><?xpacket end="r"?>';

/**
 * @param {Float32Array} samples those of all channels in turns
 * @param {string | null} comment null for a recording of a person
 */
export function wav(samples, rate, comment = COMMENT, channels = 1) {
  const format = new DataView(new ArrayBuffer(16));
  [[0, 1], [2, channels], [12, 2 * channels], [14, 16]].forEach(([at, value]) => format.setUint16(at, value, true));
  [[4, rate], [8, 2 * channels * rate]].forEach(([at, value]) => format.setUint32(at, value, true));
  const info =
    comment === null
      ? []
      : [
          chunk("LIST", ascii("INFO"), chunk("ICMT", ascii(`${comment}\0`))),
          chunk("AIGC", ascii(AIGC)),
          chunk("_PMX", ascii(XMP)),
        ];
  const data = new Uint8Array(pcm(samples).buffer); // every machine a browser runs on is little-endian
  return chunk("RIFF", ascii("WAVE"), chunk("fmt ", new Uint8Array(format.buffer)), ...info, chunk("data", data));
}

function chunk(name, ...parts) {
  const size = parts.reduce((sum, part) => sum + part.length, 0);
  const out = new Uint8Array(8 + size + (size % 2));
  out.set(ascii(name));
  new DataView(out.buffer).setUint32(4, size, true);
  let at = 8;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}

function ascii(text) {
  return Uint8Array.from(text, (letter) => letter.charCodeAt(0));
}
