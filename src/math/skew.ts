/**
 * Skew, sparsity and the order of the heads. Every table of heads in the project, in memory or on disk,
 * is in the order that `headIndex` gives.
 *
 * Layers count from 1. A has `la` layers, B has `lb`. The skew of a layer pair (i, j) is measured from the last
 * layers, d = (i − la) − (j − lb), which is i − j where both encoders have as many (Hu et al. 2024, §2).
 */

/** Layer i of A with layer j of B, both from 1. */
export interface LayerPair {
  i: number;
  j: number;
}

/** A skew-pair strategy: k pairs along the diagonal of skew d, from the last layers down. */
export interface SkewStrategy {
  d: number;
  k: number;
}

export const skewOf = (pair: LayerPair, la: number, lb: number): number => pair.i - la - (pair.j - lb);

/** How many pairs lie on the diagonal of skew d: the largest k there. */
export const diagonalLength = (d: number, la: number, lb: number): number =>
  Math.max(0, Math.min(la - Math.max(0, -d), lb - Math.max(0, d)));

/** {(la − max(0, −d) − t, lb − max(0, d) − t), t = 0 … k − 1}. Throws where the diagonal is shorter than k. */
export function strategyPairs({ d, k }: SkewStrategy, la: number, lb: number): LayerPair[] {
  if (!Number.isInteger(d) || !Number.isInteger(k) || k < 1 || k > diagonalLength(d, la, lb))
    throw new RangeError(`No skew-pair strategy d = ${d}, k = ${k} over ${la} × ${lb} layers.`);
  return Array.from({ length: k }, (_, t) => ({ i: la - Math.max(0, -d) - t, j: lb - Math.max(0, d) - t }));
}

/** All strategies (d, k), by d from most negative and then k: 144 where la = lb = 12. */
export function allStrategies(la: number, lb: number): SkewStrategy[] {
  const out: SkewStrategy[] = [];
  for (let d = 1 - la; d <= lb - 1; d++)
    for (let k = 1; k <= diagonalLength(d, la, lb); k++) out.push({ d, k });
  return out;
}

/** What one head fuses: the pair heads first, row by row of A, then the strategies with k > 1. */
export interface HeadSpec {
  pairs: LayerPair[];
  d: number;
  k: number;
}

/** All distinct heads of a pairing, in their order: la·lb pair heads and the denser strategies (265 for 12 × 12). */
export function headSpecs(la: number, lb: number): HeadSpec[] {
  const heads: HeadSpec[] = [];
  for (let i = 1; i <= la; i++)
    for (let j = 1; j <= lb; j++) heads.push({ pairs: [{ i, j }], d: skewOf({ i, j }, la, lb), k: 1 });
  for (const s of allStrategies(la, lb)) if (s.k > 1) heads.push({ ...s, pairs: strategyPairs(s, la, lb) });
  return heads;
}

/** Index of the pair head of (i, j). */
export const pairIndex = ({ i, j }: LayerPair, lb: number): number => (i - 1) * lb + (j - 1);

/** Index of the head of a strategy; a k = 1 strategy is a pair head. */
export function headIndex(s: SkewStrategy, la: number, lb: number): number {
  const [first] = strategyPairs(s, la, lb);
  if (s.k === 1) return pairIndex(first, lb);
  let index = la * lb;
  for (let d = 1 - la; d < s.d; d++) index += Math.max(0, diagonalLength(d, la, lb) - 1);
  return index + s.k - 2;
}
