/** Permutations that break what a statistic measures, for its distribution under the null. */
import { permutation, type Random } from './random';

/** Labels in random order, as many of each class as before. */
export const permuteLabels = <T extends Uint8Array | Uint16Array | Uint32Array>(
  labels: T,
  random: Random,
): T => {
  const order = permutation(labels.length, random);
  return labels.map((_, s) => labels[order[s]]) as T;
};

/** Rows of x[n, width] taken in the given order. */
export function takeRows(x: Float32Array, width: number, order: ArrayLike<number>): Float32Array {
  const out = new Float32Array(order.length * width);
  for (let r = 0; r < order.length; r++)
    out.set(x.subarray(order[r] * width, (order[r] + 1) * width), r * width);
  return out;
}

/**
 * A partner for every sample that is never itself (Sattolo's cyclic shuffle): shuffled pairs for the product of the
 * margins. With one sample there is no other, and it stays.
 */
export function derangement(n: number, random: Random): Uint32Array {
  const order = Uint32Array.from({ length: n }, (_, i) => i);
  for (let i = n - 1; i > 0; i--) {
    const j = Math.floor(random() * i);
    [order[i], order[j]] = [order[j], order[i]];
  }
  return order;
}

/**
 * One-sided p-value of an observed statistic among those of permuted data, (1 + #{null ≥ observed}) / (1 + N): never
 * zero. Phipson & Smyth 2010, eq. 2.
 */
export function permutationPValue(observed: number, nulls: ArrayLike<number>): number {
  let atLeast = 0;
  for (let r = 0; r < nulls.length; r++) if (nulls[r] >= observed) atLeast++;
  return (1 + atLeast) / (1 + nulls.length);
}
