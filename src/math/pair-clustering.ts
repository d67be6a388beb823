/**
 * How well pairs of layers separate into clusters without their labels: k-means on the two states side by side, and the
 * paper's three indices of it (Hu et al. 2024, text with text).
 */
import { calinskiHarabasz, daviesBouldin, kMeans, silhouette } from './clustering';
import type { LayerStates } from './similarity';

/** [la·lb] each, row by row of A; NaN for pairs that are not done, or where an index is not defined. */
export interface PairClustering {
  silhouette: Float32Array;
  calinskiHarabasz: Float32Array;
  /** Smaller is better. */
  daviesBouldin: Float32Array;
}

export interface PairClusteringOptions {
  clusters: number;
  seed: number;
  /** Starts of k-means, of which the best by inertia counts. */
  restarts?: number;
}

/** [n, a.width + b.width] the standardised states of both layers side by side. */
function sideBySide(a: LayerStates, b: LayerStates, n: number): Float32Array {
  const width = a.width + b.width;
  const out = new Float32Array(n * width);
  for (let s = 0; s < n; s++) {
    for (let c = 0; c < a.width; c++) out[s * width + c] = a.values[s * a.width + c];
    for (let c = 0; c < b.width; c++) out[s * width + a.width + c] = b.values[s * b.width + c];
  }
  return out;
}

/** One pair of layers a step, so that a worker can show what there is and stop between them. */
export function* pairClusteringChunks(
  a: LayerStates[],
  b: LayerStates[],
  n: number,
  { clusters, seed, restarts = 4 }: PairClusteringOptions,
): Generator<{ done: number; total: number; soFar: PairClustering }, PairClustering> {
  const total = a.length * b.length;
  const empty = () => new Float32Array(total).fill(NaN);
  const soFar = { silhouette: empty(), calinskiHarabasz: empty(), daviesBouldin: empty() };
  // From the last layers back: what a skew of one pair starts from comes first.
  for (let pair = total - 1; pair >= 0; pair--) {
    const [i, j] = [Math.floor(pair / b.length), pair % b.length];
    const points = sideBySide(a[i], b[j], n);
    const width = a[i].width + b[j].width;
    const found = kMeans(points, width, clusters, { seed, restarts }).clusters;
    soFar.silhouette[pair] = silhouette(points, width, found);
    soFar.calinskiHarabasz[pair] = calinskiHarabasz(points, width, found);
    soFar.daviesBouldin[pair] = daviesBouldin(points, width, found);
    yield { done: total - pair, total, soFar };
  }
  return soFar;
}
