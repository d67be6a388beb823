/** Passes the microphone's samples on, block by block. It runs in the audio thread, so it does nothing else. */
class Capture extends AudioWorkletProcessor {
  process([input]) {
    if (input.length > 0) {
      const mono = new Float32Array(input[0].length);
      for (const channel of input) for (let i = 0; i < mono.length; i++) mono[i] += channel[i] / input.length;
      this.port.postMessage(mono, [mono.buffer]);
    }
    return true;
  }
}

registerProcessor('capture', Capture);
