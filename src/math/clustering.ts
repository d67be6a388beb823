/** k-means and three indices of how well a clustering separates points[n, width]. Distances are Euclidean. */
import { seededRandom, type Random } from './random';

const squaredDistance = (
  a: ArrayLike<number>,
  atA: number,
  b: ArrayLike<number>,
  atB: number,
  width: number,
) => {
  let sum = 0;
  for (let c = 0; c < width; c++) sum += (a[atA + c] - b[atB + c]) ** 2;
  return sum;
};

export interface KMeans {
  /** [n] cluster of each point, 0 … k − 1. */
  clusters: Uint32Array;
  /** [k, width] */
  centres: Float64Array;
  /** Sum of squared distances to the own centre. */
  inertia: number;
  iterations: number;
}

/** First centres far from one another: each next with probability ∝ squared distance. Arthur & Vassilvitskii 2007. */
function plusPlus(
  points: ArrayLike<number>,
  n: number,
  width: number,
  k: number,
  random: Random,
): Float64Array {
  const centres = new Float64Array(k * width);
  const nearest = new Float64Array(n).fill(Infinity);
  let chosen = Math.floor(random() * n);
  for (let m = 0; m < k; m++) {
    for (let c = 0; c < width; c++) centres[m * width + c] = points[chosen * width + c];
    let total = 0;
    for (let s = 0; s < n; s++) {
      nearest[s] = Math.min(nearest[s], squaredDistance(points, s * width, centres, m * width, width));
      total += nearest[s];
    }
    let left = random() * total;
    // All points already are centres: any will do, and its cluster stays empty.
    chosen = total === 0 ? Math.floor(random() * n) : nearest.findIndex((d) => d > 0 && (left -= d) <= 0);
    if (chosen < 0) chosen = nearest.findLastIndex((d) => d > 0);
  }
  return centres;
}

/** Lloyd's algorithm from given centres, which are moved in place. */
function lloyd(
  points: ArrayLike<number>,
  n: number,
  width: number,
  centres: Float64Array,
  most: number,
): KMeans {
  const k = centres.length / width;
  const clusters = new Uint32Array(n).fill(k);
  const sizes = new Float64Array(k);
  for (let iterations = 0; ; iterations++) {
    let inertia = 0;
    let moved = false;
    for (let s = 0; s < n; s++) {
      let best = 0;
      let least = Infinity;
      for (let m = 0; m < k; m++) {
        const d = squaredDistance(points, s * width, centres, m * width, width);
        if (d < least) [least, best] = [d, m];
      }
      inertia += least;
      if (clusters[s] !== best) moved = true;
      clusters[s] = best;
    }
    if (!moved || iterations === most) return { clusters, centres, inertia, iterations };
    const sums = new Float64Array(centres.length);
    sizes.fill(0);
    for (let s = 0; s < n; s++) {
      sizes[clusters[s]]++;
      for (let c = 0; c < width; c++) sums[clusters[s] * width + c] += points[s * width + c];
    }
    // A cluster that lost its points keeps its centre.
    for (let at = 0; at < sums.length; at++) {
      const size = sizes[Math.floor(at / width)];
      if (size > 0) centres[at] = sums[at] / size;
    }
  }
}

/**
 * k-means, the best of several starts by inertia.
 * @param points [n, width]
 * @param k 1 … n
 */
export function kMeans(
  points: ArrayLike<number>,
  width: number,
  k: number,
  { seed = 0, restarts = 10, iterations = 100 } = {},
): KMeans {
  const n = points.length / width;
  if (!(k >= 1 && k <= n)) throw new RangeError(`No ${k} clusters of ${n} points.`);
  let best: KMeans | null = null;
  for (let start = 0; start < Math.max(1, restarts); start++) {
    const centres = plusPlus(points, n, width, k, seededRandom(seed, 'k-means', start));
    const found = lloyd(points, n, width, centres, iterations);
    if (!best || found.inertia < best.inertia) best = found;
  }
  return best!;
}

/** Clusters that have points, renamed from 0, with their sizes and centres. */
function occupied(points: ArrayLike<number>, width: number, clusters: ArrayLike<number>) {
  const names = new Map<number, number>();
  const of = Uint32Array.from(clusters, (c) => {
    if (!names.has(c)) names.set(c, names.size);
    return names.get(c)!;
  });
  const k = names.size;
  const sizes = new Float64Array(k);
  const centres = new Float64Array(k * width);
  of.forEach((m, s) => {
    sizes[m]++;
    for (let c = 0; c < width; c++) centres[m * width + c] += points[s * width + c];
  });
  for (let at = 0; at < centres.length; at++) centres[at] /= sizes[Math.floor(at / width)];
  return { of, k, sizes, centres, n: of.length };
}

/**
 * Mean silhouette, −1..1: (b − a) / max(a, b), a the mean distance to the own cluster, b to the nearest other.
 * Rousseeuw 1987. A point alone in its cluster counts 0. NaN for fewer than two clusters. O(n²).
 */
export function silhouette(points: ArrayLike<number>, width: number, clusters: ArrayLike<number>): number {
  const { of, k, sizes, n } = occupied(points, width, clusters);
  if (k < 2) return NaN;
  let total = 0;
  const sums = new Float64Array(k);
  for (let s = 0; s < n; s++) {
    if (sizes[of[s]] === 1) continue;
    sums.fill(0);
    for (let t = 0; t < n; t++)
      sums[of[t]] += Math.sqrt(squaredDistance(points, s * width, points, t * width, width));
    const own = sums[of[s]] / (sizes[of[s]] - 1);
    let other = Infinity;
    for (let m = 0; m < k; m++) if (m !== of[s]) other = Math.min(other, sums[m] / sizes[m]);
    const most = Math.max(own, other);
    if (most > 0) total += (other - own) / most;
  }
  return total / n;
}

/**
 * Variance between clusters over variance within, each per degree of freedom: larger is better. Caliński & Harabasz
 * 1974. NaN for fewer than two clusters or none with two points; ∞ where every cluster is one place.
 */
export function calinskiHarabasz(
  points: ArrayLike<number>,
  width: number,
  clusters: ArrayLike<number>,
): number {
  const { of, k, sizes, centres, n } = occupied(points, width, clusters);
  if (k < 2 || n <= k) return NaN;
  const middle = occupied(points, width, new Uint8Array(n)).centres;
  let between = 0;
  let within = 0;
  for (let m = 0; m < k; m++) between += sizes[m] * squaredDistance(centres, m * width, middle, 0, width);
  for (let s = 0; s < n; s++) within += squaredDistance(points, s * width, centres, of[s] * width, width);
  return between / (k - 1) / (within / (n - k));
}

/**
 * Mean over clusters of the worst (spread + spread) / distance of centres: smaller is better. Davies & Bouldin 1979.
 * NaN for fewer than two clusters; ∞ where two centres coincide and their clusters have a spread.
 */
export function daviesBouldin(points: ArrayLike<number>, width: number, clusters: ArrayLike<number>): number {
  const { of, k, sizes, centres } = occupied(points, width, clusters);
  if (k < 2) return NaN;
  const spread = new Float64Array(k);
  of.forEach((m, s) => {
    spread[m] += Math.sqrt(squaredDistance(points, s * width, centres, m * width, width)) / sizes[m];
  });
  let total = 0;
  for (let m = 0; m < k; m++) {
    let worst = 0;
    for (let o = 0; o < k; o++) {
      const sum = spread[m] + spread[o];
      if (o !== m && sum > 0)
        worst = Math.max(
          worst,
          sum / Math.sqrt(squaredDistance(centres, m * width, centres, o * width, width)),
        );
    }
    total += worst;
  }
  return total / k;
}
