/** Evaluation sets with one modality gone or worn away, on standardised states: mean 0 and deviation 1 by dimension. */
import { normal, seededRandom } from '../math/random';

/** The steps at which accuracy under noise is told. */
export const noiseShares: readonly number[] = [0, 0.25, 0.5, 0.75, 1];

/** Dropped: every state is the training mean. @param states [n, layers, width] standardised */
export const dropToMeans = (states: Float32Array): Float32Array => new Float32Array(states.length);

/**
 * √(1 − s²) of the states and s of normal noise, so that their deviation stays: at 0 as they are, at 1 nothing but
 * noise. A sample's noise follows from the seed and its row.
 * @param states [n, layers, width] standardised
 * @param size layers · width
 * @param share s, 0..1
 */
export function wearToNoise(states: Float32Array, size: number, share: number, seed: number): Float32Array {
  const kept = Math.sqrt(1 - share * share);
  const out = new Float32Array(states.length);
  for (let row = 0; row * size < states.length; row++) {
    const random = seededRandom(seed, 'worn', row);
    for (let at = row * size; at < (row + 1) * size; at++)
      out[at] = kept * states[at] + share * normal(random);
  }
  return out;
}
