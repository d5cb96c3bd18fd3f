// The microphone to samples, with nothing done to them: no gain control, no noise gate, or a clone learns those.

export class Recorder {
  /** @param {(seconds: number, peak: number) => void} progress */
  constructor(progress, mostS = 15) {
    this.progress = progress;
    this.mostS = mostS;
  }

  static get possible() {
    return Boolean(globalThis.isSecureContext && navigator.mediaDevices?.getUserMedia && globalThis.AudioWorkletNode);
  }

  /** Until `stop`, or for `mostS`. Resolves to `{samples, rate}`; throws what the browser says where it may not. */
  async record() {
    const wish = { echoCancellation: false, noiseSuppression: false, autoGainControl: false, channelCount: 1 };
    const stream = await navigator.mediaDevices.getUserMedia({ audio: wish });
    const context = new AudioContext();
    try {
      await context.audioWorklet.addModule(new URL("recorder_worklet.js", import.meta.url));
      const node = new AudioWorkletNode(context, "oncue-recorder", { numberOfOutputs: 0 });
      context.createMediaStreamSource(stream).connect(node);
      const blocks = [];
      let count = 0;
      await new Promise((resolve) => {
        this.stop = resolve;
        node.port.onmessage = ({ data }) => {
          blocks.push(data);
          count += data.length;
          this.progress(count / context.sampleRate, data.reduce((peak, value) => Math.max(peak, Math.abs(value)), 0));
          if (count >= this.mostS * context.sampleRate) resolve();
        };
      });
      node.port.onmessage = null;
      const samples = new Float32Array(count);
      let at = 0;
      for (const block of blocks) {
        samples.set(block, at);
        at += block.length;
      }
      return { samples, rate: context.sampleRate };
    } finally {
      stream.getTracks().forEach((track) => track.stop());
      context.close();
    }
  }
}
