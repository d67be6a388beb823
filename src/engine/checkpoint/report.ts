/** What one input's layer states look like: how long they are, and how alike the layers see the same positions. */
import { similarityChunks, type LayerStates } from '../../math/similarity';
import type { LayerReport } from './operations';

/** Positions that the layers are compared on; Gram matrices grow with their square. */
const mostPositions = 200;
/** The debiased estimate divides by n − 3. */
const leastPositions = 4;

export interface InputStates {
  layers: number;
  width: number;
  positions: number;
  /** Layers 1..L, each [positions, width]. */
  states: Float32Array[];
  /** [layers, width] */
  pooled: Float32Array;
}

const lengthOf = (values: Float32Array): number => Math.sqrt(values.reduce((sum, x) => sum + x * x, 0));

/** The value below which a share of the sorted numbers lies, between neighbours linearly. */
function quantile(sorted: Float64Array, share: number): number {
  const at = share * (sorted.length - 1);
  const below = Math.floor(at);
  const above = Math.min(sorted.length - 1, below + 1);
  return sorted[below] + (at - below) * (sorted[above] - sorted[below]);
}

export function normsOf({ layers, width, positions, states, pooled }: InputStates): LayerReport['norms'] {
  const [mean, lo, hi] = [new Float32Array(layers), new Float32Array(layers), new Float32Array(layers)];
  states.forEach((values, layer) => {
    const lengths = Float64Array.from({ length: positions }, (_, p) =>
      lengthOf(values.subarray(p * width, (p + 1) * width)),
    ).sort();
    mean[layer] = lengths.reduce((sum, x) => sum + x, 0) / positions;
    lo[layer] = quantile(lengths, 0.1);
    hi[layer] = quantile(lengths, 0.9);
  });
  const ofPooled = Float32Array.from({ length: layers }, (_, layer) =>
    lengthOf(pooled.subarray(layer * width, (layer + 1) * width)),
  );
  return { mean, lo, hi, pooled: ofPooled };
}

/** [layers, layers]; 0 where a state is zero. */
export function cosines({ layers, width, pooled }: InputStates): Float32Array {
  const rows = Array.from({ length: layers }, (_, l) => pooled.subarray(l * width, (l + 1) * width));
  const lengths = rows.map(lengthOf);
  return Float32Array.from({ length: layers * layers }, (_, at) => {
    const [p, q] = [Math.floor(at / layers), at % layers];
    const product = rows[p].reduce((sum, x, c) => sum + x * rows[q][c], 0);
    return lengths[p] * lengths[q] > 0 ? product / (lengths[p] * lengths[q]) : 0;
  });
}

/** CKA of all layers with each other over the positions; null where they are too few. @param step between blocks of work */
export async function positionCka(
  { width, positions, states }: InputStates,
  step: () => Promise<void>,
): Promise<{ cka: Float32Array | null; positions: number }> {
  if (positions < leastPositions) return { cka: null, positions };
  const n = Math.min(positions, mostPositions);
  const chosen = Array.from({ length: n }, (_, p) => Math.floor((p * positions) / n));
  const layers = states.map((values): LayerStates => {
    const some = new Float32Array(n * width);
    chosen.forEach((from, p) => some.set(values.subarray(from * width, (from + 1) * width), p * width));
    return { values: some, width };
  });
  const steps = similarityChunks(layers, layers, n);
  for (let chunk = steps.next(); ; chunk = steps.next()) {
    if (chunk.done) return { cka: chunk.value.cka, positions: n };
    await step();
  }
}
