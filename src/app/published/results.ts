/**
 * The paper's published figures, transcribed (results.json, with their source): Hu et al. 2024. Percent as printed;
 * the text × text measures as printed. A and B are in the published order, layers count from 1.
 */
import json from './results.json';

export interface PublishedSeries {
  /** Fused pairs: η = k/12. */
  k: number;
  /** [skew d, value] */
  points: [number, number][];
}

export interface PublishedSweep {
  measure: string;
  unit: 'percent' | '';
  lowerIsBetter?: boolean;
  /** Whether a strategy of skew d starts at the last layers or at the first. */
  anchor: 'last' | 'first';
  late: number;
  pairwise: number;
  series: PublishedSeries[];
  note?: string;
}

export interface PublishedTask {
  id: string;
  title: string;
  dataset: string;
  a: { label: string; family: string };
  b: { label: string; family: string };
  probes?: { metric: string; a: number[]; b: number[] };
  /** [layer of A, layer of B, percent]: pairs with one side at its last layer. */
  pairs?: [number, number, number][];
  sweeps: PublishedSweep[];
  /** [144] row by row of A, of a small-sample run. */
  grid?: { silhouette: number[]; calinski_harabasz: number[]; davies_bouldin: number[] };
  /** [layer, silhouette, Calinski–Harabasz, Davies–Bouldin] of pairs (ℓ, ℓ). */
  diagonal?: [number, number, number, number][];
}

export const source: string = json.source;
export const tasks = json.tasks as unknown as PublishedTask[];
export const LAYERS = 12;

/** The sweep's value at a skew, for η = k/12; NaN where it was not published. */
export const sweepAt = (sweep: PublishedSweep, k: number, d: number): number =>
  sweep.series.find((s) => s.k === k)?.points.find(([at]) => at === d)?.[1] ?? NaN;

/** The one pair of a strategy with η = 1/12 at skew d. */
export const pairAt = (d: number, anchor: PublishedSweep['anchor']): { i: number; j: number } =>
  anchor === 'last'
    ? { i: LAYERS - Math.max(0, -d), j: LAYERS - Math.max(0, d) }
    : { i: 1 + Math.max(0, d), j: 1 + Math.max(0, -d) };

/** [144] of a task's published pairs, row by row of A; NaN where none was published. */
export function pairMatrix(task: PublishedTask): Float64Array {
  const out = new Float64Array(LAYERS * LAYERS).fill(NaN);
  for (const [i, j, value] of task.pairs ?? []) out[(i - 1) * LAYERS + j - 1] = value;
  return out;
}
