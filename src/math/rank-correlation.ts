/** The bootstrap interval of Spearman's rank correlation. */
import { percentileInterval, type Interval } from './bootstrap';
import { ranks, spearman } from './metrics';
import { seededRandom } from './random';

/** 0, 1, … for the distinct values in their order. */
function codes(x: ArrayLike<number>): Int32Array {
  const distinct = [...new Set(ranks(x))].sort((a, b) => a - b);
  const at = new Map(distinct.map((rank, code) => [rank, code]));
  return Int32Array.from(ranks(x), (rank) => at.get(rank)!);
}

/** Ranks of a resample by counting, as its values are known in their order: equal ones share the mean of theirs. */
function ranksOf(code: Int32Array, drawn: Int32Array, counts: Int32Array, out: Float64Array): void {
  counts.fill(0);
  for (const s of drawn) counts[code[s]]++;
  const middle = new Float64Array(counts.length);
  let below = 0;
  counts.forEach((count, c) => {
    middle[c] = below + (count + 1) / 2;
    below += count;
  });
  drawn.forEach((s, at) => (out[at] = middle[code[s]]));
}

/** Pearson's correlation of two columns of ranks, whose mean is (n + 1) / 2 whatever the ties. */
function correlation(x: Float64Array, y: Float64Array): number {
  const centre = (x.length + 1) / 2;
  let [xy, xx, yy] = [0, 0, 0];
  for (let s = 0; s < x.length; s++) {
    const [dx, dy] = [x[s] - centre, y[s] - centre];
    xy += dx * dy;
    xx += dx * dx;
    yy += dy * dy;
  }
  return xx > 0 && yy > 0 ? xy / Math.sqrt(xx * yy) : 0;
}

/**
 * Spearman's ρ with a percentile interval over resamples of the points, with replacement, each resample ranked anew.
 * The interval takes the points for independent: where they share something, as pairs of layers share layers, it is
 * too narrow.
 * @throws RangeError where the lengths differ
 */
export function spearmanInterval(
  x: ArrayLike<number>,
  y: ArrayLike<number>,
  { resamples = 1000, seed = 0 }: { resamples?: number; seed?: number } = {},
): Interval & { value: number } {
  const n = x.length;
  const value = spearman(x, y);
  const random = seededRandom(seed, 'rank correlation');
  const [codeX, codeY] = [codes(x), codes(y)];
  const [countX, countY] = [codeX, codeY].map((code) => new Int32Array(Math.max(...code, -1) + 1));
  const [rankX, rankY] = [new Float64Array(n), new Float64Array(n)];
  const drawn = new Int32Array(n);
  const values = Float64Array.from({ length: resamples }, () => {
    for (let s = 0; s < n; s++) drawn[s] = Math.floor(random() * n);
    ranksOf(codeX, drawn, countX, rankX);
    ranksOf(codeY, drawn, countY, rankY);
    return correlation(rankX, rankY);
  });
  return { value, ...percentileInterval(values) };
}
