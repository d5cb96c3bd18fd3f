// Hands the microphone's samples to the main thread, block by block, untouched.

class Recorder extends AudioWorkletProcessor {
  process([input]) {
    if (input.length) this.port.postMessage(input[0].slice());
    return true;
  }
}

registerProcessor("oncue-recorder", Recorder);
