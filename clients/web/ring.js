// A ring of samples: written at one end, read at the other. It knows nothing of time.

export class Ring {
  /** @param {number} capacity in samples */
  constructor(capacity) {
    this.buffer = new Float32Array(capacity);
    this.first = 0;
    this.length = 0;
  }

  get space() {
    return this.buffer.length - this.length;
  }

  /** All of `samples`, or a RangeError and none of them: what is dropped silently is heard as a click. */
  push(samples) {
    if (samples.length > this.space) throw new RangeError(`${samples.length} samples for ${this.space} places`);
    const at = (this.first + this.length) % this.buffer.length;
    const head = Math.min(samples.length, this.buffer.length - at);
    this.buffer.set(samples.subarray(0, head), at);
    this.buffer.set(samples.subarray(head), 0);
    this.length += samples.length;
  }

  /** Fill `out` from `offset` on with as many samples as there are; returns how many. */
  read(out, offset = 0) {
    const count = Math.min(out.length - offset, this.length);
    const head = Math.min(count, this.buffer.length - this.first);
    out.set(this.buffer.subarray(this.first, this.first + head), offset);
    out.set(this.buffer.subarray(0, count - head), offset + head);
    this.first = (this.first + count) % this.buffer.length;
    this.length -= count;
    return count;
  }

  clear() {
    this.first = 0;
    this.length = 0;
  }
}
