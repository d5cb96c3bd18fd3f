// One line's Opus packets to its samples, through WebCodecs. What the encoder put before the line and after it is left out.

const RATE = 48_000;
const PACKET_US = 20_000;

/** Whether this browser, on this page, can decode what the server sends. */
export async function canDecode() {
  if (!globalThis.AudioDecoder) return false;
  const config = { codec: "opus", sampleRate: RATE, numberOfChannels: 1 };
  return (await AudioDecoder.isConfigSupported(config)).supported === true;
}

export class OpusLine {
  /**
   * @param {number} skip decoded samples to drop first @param {number} from the sample that comes after them
   * @param {(start: number, samples: Float32Array) => void} emit
   */
  constructor(skip, from, emit) {
    this.skip = skip;
    this.emit = emit;
    this.promised = from;
    this.given = from;
    this.packets = 0;
    this.failed = null;
    this.decoder = new AudioDecoder({
      output: (data) => this.#take(data),
      error: (error) => (this.failed = error),
    });
    this.decoder.configure({ codec: "opus", sampleRate: RATE, numberOfChannels: 1 });
  }

  push(frame) {
    this.promised = frame.start + frame.samples;
    const chunk = new EncodedAudioChunk({ type: "key", timestamp: this.packets * PACKET_US, data: frame.payload });
    this.packets += 1;
    this.decoder.decode(chunk);
  }

  /** Until the last sample was given. */
  async finish() {
    if (this.decoder.state === "configured") await this.decoder.flush();
    if (this.decoder.state !== "closed") this.decoder.close();
    if (this.failed) throw this.failed;
  }

  /** Give no more. */
  drop() {
    if (this.decoder.state !== "closed") this.decoder.close();
  }

  #take(data) {
    let samples = new Float32Array(data.numberOfFrames);
    data.copyTo(samples, { planeIndex: 0, format: "f32-planar" });
    data.close();
    const skipped = Math.min(this.skip, samples.length);
    this.skip -= skipped;
    samples = samples.subarray(skipped, skipped + Math.max(0, this.promised - this.given));
    if (!samples.length) return;
    const start = this.given;
    this.given += samples.length;
    this.emit(start, samples);
  }
}
