/**
 * Variety of sound made on log-mel values [frames × mels] that are not normalised: natural logarithms of power. It
 * costs a hundredth of the same on samples.
 */
import type { Random } from '../../math/random';

/**
 * Faster or slower speech at the same pitch: frames read between frames.
 * @param factor frames after over frames before
 */
export function changeTempo(values: Float32Array, mels: number, factor: number): Float32Array {
  const before = values.length / mels;
  const after = Math.max(1, Math.round(before * factor));
  const out = new Float32Array(after * mels);
  for (let t = 0; t < after; t++) {
    const at = after > 1 ? (t * (before - 1)) / (after - 1) : 0;
    const from = Math.min(before - 1, Math.floor(at));
    const to = Math.min(before - 1, from + 1);
    for (let m = 0; m < mels; m++) {
      const a = values[from * mels + m];
      out[t * mels + m] = a + (at - from) * (values[to * mels + m] - a);
    }
  }
  return out;
}

/** A room, in place: each band's power dies away exponentially, a few hundredths to tenths of a second. */
export function addRoom(values: Float32Array, mels: number, random: Random): void {
  const stay = Math.exp(-0.01 / (0.02 + 0.13 * random()));
  const strength = 0.02 + 0.2 * random() * random();
  const reverberation = new Float32Array(mels);
  for (let i = 0; i < values.length; i++) {
    const m = i % mels;
    const power = Math.exp(values[i]);
    values[i] = Math.log(power + strength * reverberation[m]);
    reverberation[m] = stay * (reverberation[m] + power);
  }
}

/**
 * Noise, in place, from a random moment of it, round and round; the level is then as before. Powers add, which leaves
 * out the cross terms of the sounds.
 * @param other log-mel values of a noise at the level of the speech
 */
export function addNoise(
  values: Float32Array,
  other: Float32Array,
  mels: number,
  snrDb: number,
  random: Random,
): void {
  const start = Math.floor((random() * other.length) / mels) * mels;
  const ratio = 10 ** (-snrDb / 10);
  const level = Math.log(1 + ratio);
  for (let i = 0; i < values.length; i++)
    values[i] = Math.log(Math.exp(values[i]) + ratio * Math.exp(other[(start + i) % other.length])) - level;
}
