/**
 * Noise on the states that heads train on. An encoder knows the samples it was trained on better than new ones, so
 * heads trained on those states trust it too much, the more so where the other modality's encoder remembers less.
 * Noise of a deviation that is chosen on validation takes the surplus away again (Bishop 1995, training with noise).
 */
import { integer, normal, seededRandom } from '../math/random';
import type { PairSource } from './pairs';

/** Deviation of the noise on standardised states of A and of B. */
export interface StateNoise {
  a: number;
  b: number;
}

const tableSize = 65_536;

/**
 * The pairs of a source with noise on their states: for each sample and side one vector, the same in all layers, since
 * what an encoder remembers runs through all of them. A side that was dropped stays at its means.
 */
export function withStateNoise(
  source: PairSource,
  noise: StateNoise,
  layers: { la: number; lb: number },
  seed: number,
): PairSource {
  if (noise.a === 0 && noise.b === 0) return source;
  const random = seededRandom(seed, 'state noise');
  const table = Float32Array.from({ length: tableSize }, () => normal(random));
  return {
    ...source,
    *epoch(epoch) {
      const own = seededRandom(seed, 'state noise', epoch);
      for (const batch of source.epoch(epoch)) {
        for (const [states, count, deviation] of [
          [batch.a, layers.la, noise.a],
          [batch.b, layers.lb, noise.b],
        ] as const) {
          const width = states.length / (count * batch.n);
          for (let s = 0; s < batch.n; s++) {
            const at = integer(own, tableSize - width);
            const dropped = states.subarray(s * width, (s + 1) * width).every((x) => x === 0);
            if (deviation === 0 || dropped) continue;
            for (let layer = 0; layer < count; layer++) {
              const from = (layer * batch.n + s) * width;
              for (let i = 0; i < width; i++) states[from + i] += deviation * table[at + i];
            }
          }
        }
        yield batch;
      }
    },
  };
}
