/**
 * How alike two layers see the same samples: linear CKA, debiased, and mutual k-nearest neighbours, for all layers of A
 * with all layers of B at once. Rows of the Gram matrices are made a block at a time and dropped, so memory stays small
 * at any n, and a worker can report and stop between blocks.
 */
import { productTiles, tiledProduct, type ProductTiles } from './tiles';

/** One layer's states of the same n samples as the others: [n, width]. */
export interface LayerStates {
  values: ArrayLike<number>;
  width: number;
}

export interface SimilarityChunk {
  /** Samples done, of how many. */
  done: number;
  total: number;
}

export interface Similarity {
  /** [la·lb] debiased linear CKA: 1 for states alike up to rotation and scale, about 0 (it may be a little below) for unrelated ones. */
  cka: Float32Array;
  /** [la·lb] mean share of the k nearest neighbours in A that are also among the k nearest in B, 0..1. */
  mutualNeighbours: Float32Array;
}

/** A layer made ready: its centred rows, and what turns their products into cosines of the rows as given. */
interface Ready {
  /** [n, width] rows less their mean row. */
  rows: Float64Array;
  width: number;
  tiles: ProductTiles;
  /** [n] mean row · centred row. */
  towardsMean: Float64Array;
  /** Squared length of the mean row. */
  meanSquared: number;
  /** [n] 1 / length of the row as given; 0 for a zero row. */
  inverseLength: Float64Array;
  /** All samples are equal: nothing can be said. */
  constant: boolean;
}

function ready({ values, width }: LayerStates, n: number): Ready {
  const mean = new Float64Array(width);
  let size = 0;
  for (let s = 0; s < n; s++)
    for (let c = 0; c < width; c++) {
      mean[c] += values[s * width + c] / n;
      size = Math.max(size, Math.abs(values[s * width + c]));
    }
  const rows = new Float64Array(n * width);
  const turned = new Float64Array(n * width);
  const towardsMean = new Float64Array(n);
  const inverseLength = new Float64Array(n);
  let spread = 0;
  for (let s = 0; s < n; s++) {
    let squares = 0;
    for (let c = 0; c < width; c++) {
      const value = values[s * width + c];
      const v = value - mean[c];
      rows[s * width + c] = v;
      turned[c * n + s] = v;
      squares += value * value;
      towardsMean[s] += v * mean[c];
      spread = Math.max(spread, Math.abs(v));
    }
    inverseLength[s] = squares > 0 ? 1 / Math.sqrt(squares) : 0;
  }
  return {
    rows,
    width,
    tiles: productTiles(turned, width, n),
    towardsMean,
    meanSquared: mean.reduce((sum, m) => sum + m * m, 0),
    inverseLength,
    // Less than float32 can tell apart is no difference.
    constant: !(spread > 1e-6 * size) || !Number.isFinite(spread),
  };
}

/** Indices of the k greatest values but `self`, from the greatest; of equals the first. */
function nearest(values: Float64Array, self: number, k: number, out: Int32Array): void {
  let filled = 0;
  for (let t = 0; t < values.length; t++) {
    if (t === self) continue;
    const v = values[t];
    if (filled === k && !(v > values[out[k - 1]])) continue;
    let at = filled < k ? filled++ : k - 1;
    while (at > 0 && v > values[out[at - 1]]) {
      out[at] = out[at - 1];
      at--;
    }
    out[at] = t;
  }
}

/**
 * Debiased HSIC of pairs of layers from the rows of their Gram matrices. Song et al. 2012, eq. 5:
 * HSIC₁(K, L) = [tr(K̃L̃) + 1ᵀK̃1 1ᵀL̃1 / ((n−1)(n−2)) − 2/(n−2) 1ᵀK̃L̃1] / (n(n−3)), K̃ being K with a zero diagonal.
 */
class DebiasedHsic {
  private readonly traces: Float64Array;
  private readonly rowSums: Float64Array[];

  constructor(
    layers: number,
    private readonly n: number,
  ) {
    this.traces = new Float64Array(layers * layers);
    this.rowSums = Array.from({ length: layers }, () => new Float64Array(n));
  }

  /** One row of every layer's Gram matrix, the diagonal taken out. */
  addRow(sample: number, rows: Float64Array[], from: number, pairs: [number, number][]): void {
    const { n } = this;
    for (let l = 0; l < rows.length; l++) {
      let sum = 0;
      for (let t = from; t < from + n; t++) sum += rows[l][t];
      this.rowSums[l][sample] = sum;
    }
    for (const [p, q] of pairs) {
      const a = rows[p];
      const b = rows[q];
      let s0 = 0;
      let s1 = 0;
      let t = from;
      for (; t + 1 < from + n; t += 2) {
        s0 += a[t] * b[t];
        s1 += a[t + 1] * b[t + 1];
      }
      if (t < from + n) s0 += a[t] * b[t];
      this.traces[p * rows.length + q] += s0 + s1;
    }
  }

  value(p: number, q: number): number {
    const { n, rowSums } = this;
    let a = 0;
    let b = 0;
    let ab = 0;
    for (let s = 0; s < n; s++) {
      a += rowSums[p][s];
      b += rowSums[q][s];
      ab += rowSums[p][s] * rowSums[q][s];
    }
    const trace = this.traces[p * rowSums.length + q];
    return (trace + (a * b) / ((n - 1) * (n - 2)) - (2 * ab) / (n - 2)) / (n * (n - 3));
  }
}

/**
 * Both measures for every layer of A with every layer of B, the same n samples in the same order on both sides.
 * CKA: Kornblith et al. 2019 with the debiased HSIC of Song et al. 2012 (Nguyen et al. 2021, eq. 3).
 * Mutual nearest neighbours: Huh et al. 2024, §3 and appendix A: cosine neighbours, the sample itself left out.
 * A layer that says the same of every sample is like no other: 0, never NaN.
 * @param n at least 4
 * @param k neighbours, 10 in the paper; at most n − 1 are taken
 */
export function* similarityChunks(
  a: LayerStates[],
  b: LayerStates[],
  n: number,
  k = 10,
  block = 32,
): Generator<SimilarityChunk, Similarity, void> {
  if (n < 4) throw new RangeError(`Similarity needs at least 4 samples, not ${n}.`);
  const layers = [...a, ...b];
  const neighbours = Math.min(k, n - 1);
  const states = layers.map((layer) => ready(layer, n));
  const cross = a.flatMap((_, p) => b.map((_, q): [number, number] => [p, a.length + q]));
  const pairs = [...cross, ...layers.map((_, l): [number, number] => [l, l])];
  const hsic = new DebiasedHsic(layers.length, n);
  const grams = layers.map(() => new Float64Array(block * n));
  const cosines = new Float64Array(n);
  const lists = layers.map(() => new Int32Array(neighbours));
  const marked = new Int32Array(n).fill(-1);
  const shared = new Float64Array(cross.length);
  for (let from = 0; from < n; from += block) {
    const rows = Math.min(block, n - from);
    states.forEach(({ rows: x, width, tiles }, l) =>
      tiledProduct(x.subarray(from * width, (from + rows) * width), rows, tiles, grams[l]),
    );
    for (let r = 0; r < rows; r++) {
      states.forEach(({ towardsMean, meanSquared, inverseLength }, l) => {
        // (x + m)·(y + m) = x·y + x·m + y·m + m·m; the length of the sample itself does not change its neighbours.
        for (let t = 0; t < n; t++)
          cosines[t] =
            (grams[l][r * n + t] + towardsMean[from + r] + towardsMean[t] + meanSquared) * inverseLength[t];
        nearest(cosines, from + r, neighbours, lists[l]);
      });
      for (const gram of grams) gram[r * n + from + r] = 0;
      hsic.addRow(from + r, grams, r * n, pairs);
      for (let p = 0; p < a.length; p++) {
        const mark = (from + r) * a.length + p;
        for (const t of lists[p]) marked[t] = mark;
        for (let q = 0; q < b.length; q++)
          for (const t of lists[a.length + q]) if (marked[t] === mark) shared[p * b.length + q]++;
      }
    }
    yield { done: from + rows, total: n };
  }
  const own = layers.map((_, l) => hsic.value(l, l));
  const known = ([p, q]: [number, number]) => !states[p].constant && !states[q].constant;
  return {
    cka: Float32Array.from(cross, ([p, q]) =>
      known([p, q]) && own[p] > 0 && own[q] > 0 ? hsic.value(p, q) / Math.sqrt(own[p] * own[q]) : 0,
    ),
    mutualNeighbours: Float32Array.from(cross, (pair, at) =>
      known(pair) ? shared[at] / (n * neighbours) : 0,
    ),
  };
}

/** `similarityChunks` run to its end. */
export function similarity(a: LayerStates[], b: LayerStates[], n: number, k = 10): Similarity {
  const run = similarityChunks(a, b, n, k);
  for (;;) {
    const step = run.next();
    if (step.done) return step.value;
  }
}
