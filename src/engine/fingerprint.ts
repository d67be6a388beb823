/** Whether two inputs are the same, over the worker's border, where identity is lost: a hash of their content. */
import type { Degradation, ModalityInput } from './protocol';

/** Two 32-bit hashes of different multipliers (FNV-1a over words), so that a collision is out of the question here. */
function hashWords(words: Uint32Array): string {
  let a = 0x811c9dc5;
  let b = 0x9e3779b9;
  for (const word of words) {
    a = Math.imul(a ^ word, 0x01000193);
    b = Math.imul(b ^ (word >>> 16) ^ (word << 16), 0x85ebca6b);
  }
  return `${a >>> 0}.${b >>> 0}`;
}

function hashBytes({ buffer, byteOffset, byteLength }: ArrayBufferView): string {
  const whole = new Uint8Array(Math.ceil(byteLength / 4) * 4);
  whole.set(new Uint8Array(buffer, byteOffset, byteLength));
  return `${byteLength}:${hashWords(new Uint32Array(whole.buffer))}`;
}

function content(input: ModalityInput): string {
  switch (input.kind) {
    case 'drawing':
      return JSON.stringify(input.drawing);
    case 'text':
      return input.text;
    case 'audio':
      return `${input.sampleRate} ${hashBytes(input.samples)}`;
    case 'image':
      return `${input.width}×${input.height} ${hashBytes(input.pixels)}`;
  }
}

/** Equal for equal inputs under equal degradations. */
export function fingerprint(input: ModalityInput, degradation: Degradation): string {
  const set = Object.entries(degradation).filter(([, value]) => value !== undefined);
  return `${input.kind} ${JSON.stringify(set.sort())} ${content(input)}`;
}
