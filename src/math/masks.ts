/**
 * Masks: which layer pairs are fused. A mask is [la·lb] of 0 and 1, row by row of A, pair (i, j) at (i − 1)·lb + j − 1.
 */
import { pairIndex, skewOf, strategyPairs, type LayerPair, type SkewStrategy } from './skew';

export function maskOf(pairs: LayerPair[], la: number, lb: number): Uint8Array {
  const mask = new Uint8Array(la * lb);
  for (const pair of pairs) {
    if (!(pair.i >= 1 && pair.i <= la && pair.j >= 1 && pair.j <= lb))
      throw new RangeError(`No layer pair (${pair.i}, ${pair.j}) among ${la} × ${lb} layers.`);
    mask[pairIndex(pair, lb)] = 1;
  }
  return mask;
}

export const strategyMask = (strategy: SkewStrategy, la: number, lb: number): Uint8Array =>
  maskOf(strategyPairs(strategy, la, lb), la, lb);

/** Late fusion {(la, lb)}, the last layers only. */
export const lateStrategy: SkewStrategy = { d: 0, k: 1 };

/** Pairwise fusion, every layer with the one as far from the end: {(ℓ, ℓ)} where both have as many. */
export const pairwiseStrategy = (la: number, lb: number): SkewStrategy => ({ d: 0, k: Math.min(la, lb) });

export function pairsOf(mask: ArrayLike<number>, lb: number): LayerPair[] {
  const pairs: LayerPair[] = [];
  for (let at = 0; at < mask.length; at++)
    if (mask[at]) pairs.push({ i: Math.floor(at / lb) + 1, j: (at % lb) + 1 });
  return pairs;
}

/** The bootstrapped sparsity mask {(i, j): π(i, j) ≥ τ}. A share that equals τ but for rounding counts as τ. */
export const frequencyMask = (frequency: ArrayLike<number>, tau: number): Uint8Array =>
  Uint8Array.from(frequency, (f) => (f >= tau - 1e-6 ? 1 : 0));

/** A values matrix [la, lb], or a mask, with A and B exchanged: [lb, la]. Every skew changes its sign. */
export function exchanged(values: ArrayLike<number>, la: number, lb: number): Float64Array {
  const out = new Float64Array(la * lb);
  for (let i = 0; i < la; i++) for (let j = 0; j < lb; j++) out[j * la + i] = values[i * lb + j];
  return out;
}

export interface MaskFigures {
  pairs: number;
  /** Sparsity η = fused pairs / number of layers (the lesser of la and lb): 1/12 is the sparsest of 12 × 12. */
  eta: number;
  /** Mean skew of the fused pairs, and the least and the greatest; NaN for an empty mask. */
  meanSkew: number;
  minSkew: number;
  maxSkew: number;
}

export function maskFigures(mask: ArrayLike<number>, la: number, lb: number): MaskFigures {
  const skews = pairsOf(mask, lb).map((pair) => skewOf(pair, la, lb));
  const any = skews.length > 0;
  return {
    pairs: skews.length,
    eta: skews.length / Math.min(la, lb),
    meanSkew: any ? skews.reduce((a, b) => a + b, 0) / skews.length : NaN,
    minSkew: any ? Math.min(...skews) : NaN,
    maxSkew: any ? Math.max(...skews) : NaN,
  };
}

/** Jaccard index of two masks: shared pairs / pairs in either; 1 for two empty masks. */
export function maskOverlap(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let both = 0;
  let either = 0;
  for (let at = 0; at < a.length; at++) {
    if (a[at] && b[at]) both++;
    if (a[at] || b[at]) either++;
  }
  return either ? both / either : 1;
}
