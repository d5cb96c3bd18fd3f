// The playout on the audio thread. It says how far it is every twenty milliseconds, and at once when its state changes.

import { Playout } from "./playout.js";

const REPORT_S = 0.02;

class Speaker extends AudioWorkletProcessor {
  constructor({ processorOptions }) {
    super();
    this.playout = new Playout(processorOptions.capacity);
    this.silent = 0;
    this.last = "";
    this.port.onmessage = ({ data }) => this.playout.obey(data);
  }

  process(_inputs, [[out]]) {
    this.playout.render(out);
    this.silent += out.length;
    const { generation, state, drained } = this.playout.status;
    const now = `${generation} ${state} ${drained}`;
    if (now !== this.last || (state !== "idle" && this.silent >= REPORT_S * sampleRate)) {
      this.port.postMessage({ ...this.playout.status, time: currentTime + out.length / sampleRate });
      this.silent = 0;
      this.last = now;
    }
    return true;
  }
}

registerProcessor("oncue-speaker", Speaker);
