/** Training of the probes and of the heads of a pairing. */
import { mixSeed } from '../math/random';
import type { HeadSpec } from '../math/skew';
import * as tf from '../runtime/tf';
import {
  fit,
  type BatchedModel,
  type EpochReport,
  type FitContext,
  type Fitted,
  type FitOptions,
} from './fit';
import { headParameters, runHeads, type HeadShape } from './head';
import { groupsByPairs, layersOf, type HeadWeights } from './heads';
import type { PenaltyOptions } from './dependency/penalty';
import type { PairBatch, PairSource } from './pairs';
import { joinMembers } from './parameters';
import { probeParameters, runProbes, type ProbeShape, type ProbeWeights } from './probe';

/** Heads of one k that train together. */
export interface HeadChunk {
  k: number;
  heads: number[];
  specs: HeadSpec[];
}

/** How many heads × pairs go side by side: few enough for the cache, enough that an op's fixed cost is small. */
const pairsAtOnce = 48;

/** All heads of a pairing in chunks, the costly ones first so that parallel workers end together. */
export function headChunks(la: number, lb: number, atOnce = pairsAtOnce): HeadChunk[] {
  const chunks = groupsByPairs(la, lb).flatMap(({ k, heads, specs }) => {
    const most = Math.max(1, Math.floor(atOnce / k));
    const count = Math.ceil(heads.length / most);
    // even shares, not full ones and a rest
    return Array.from({ length: count }, (_, c) => {
      const [from, to] = [
        Math.floor((c * heads.length) / count),
        Math.floor(((c + 1) * heads.length) / count),
      ];
      return { k, heads: heads.slice(from, to), specs: specs.slice(from, to) };
    });
  });
  return chunks.sort((x, y) => y.k * y.heads.length - x.k * x.heads.length || x.heads[0] - y.heads[0]);
}

/** @param penalty the dependency that is taken from the loss; left out, or with λ = 0: the task's loss alone */
export const headModel = (
  shape: HeadShape,
  chunk: HeadChunk,
  seed: number,
  penalty?: PenaltyOptions,
): BatchedModel => {
  const layers = layersOf(chunk.specs);
  return {
    heads: { ...shape, pairs: chunk.k, layers },
    specs: headParameters(shape, chunk.k),
    seeds: chunk.heads.map((head) => mixSeed(seed, 'head', head)),
    validationRows: Math.max(16, Math.floor(6144 / (chunk.k * chunk.heads.length))),
    penalty: penalty?.lambda ? { options: penalty, heads: chunk.heads, width: shape.width } : undefined,
    forward(parameters, { a, b }) {
      const take = (states: tf.Tensor, which: number[]): tf.Tensor =>
        tf.gather(states, tf.tensor1d(which, 'int32'));
      const out = runHeads(parameters, take(a, layers.a), take(b, layers.b), shape);
      return { logits: out.logits, projected: () => [out.projectedA(), out.projectedB()] };
    },
  };
};

export interface TrainedChunk extends Fitted {
  k: number;
  heads: number[];
}

/** Trains one chunk; its result does not depend on which heads share it. */
export async function trainChunk(
  shape: HeadShape,
  chunk: HeadChunk,
  source: PairSource,
  validation: PairBatch,
  options: FitOptions & { seed: number; penalty?: PenaltyOptions },
  context: FitContext = {},
): Promise<TrainedChunk> {
  const model = headModel(shape, chunk, options.seed, options.penalty);
  const fitted = await fit(model, source, validation, shape, options, context);
  return { k: chunk.k, heads: chunk.heads, ...fitted };
}

export interface TrainProgress {
  /** Heads whose chunk is done, of how many. */
  done: number;
  total: number;
  /** The chunk that reports: which heads, and how they stand after an epoch. */
  heads: readonly number[];
  report: EpochReport;
}

/**
 * Trains all heads of a pairing, chunk after chunk.
 * @param finished chunks of an earlier run that was stopped: they are not trained again
 * @param onChunk is given each chunk when it is done, to be kept for such a case
 * @throws the signal's reason when aborted
 */
export async function trainHeads(
  shape: HeadShape,
  source: PairSource,
  validation: PairBatch,
  options: FitOptions & { seed: number; penalty?: PenaltyOptions },
  context: {
    signal?: AbortSignal;
    finished?: readonly TrainedChunk[];
    onProgress?: (progress: TrainProgress) => void;
    onChunk?: (chunk: TrainedChunk) => void;
  } = {},
): Promise<TrainedChunk[]> {
  const results = [...(context.finished ?? [])];
  const known = new Set(results.flatMap(({ heads }) => heads));
  const chunks = headChunks(shape.la, shape.lb);
  const total = chunks.reduce((sum, { heads }) => sum + heads.length, 0);
  for (const chunk of chunks) {
    if (chunk.heads.every((head) => known.has(head))) continue;
    const trained = await trainChunk(shape, chunk, source, validation, options, {
      signal: context.signal,
      onEpoch: (report) => context.onProgress?.({ done: known.size, total, heads: chunk.heads, report }),
    });
    chunk.heads.forEach((head) => known.add(head));
    results.push(trained);
    context.onChunk?.(trained);
  }
  return results;
}

/** The chunks of all heads as weights to run. Throws where a head is missing. */
export function assembleHeads(shape: HeadShape, chunks: readonly TrainedChunk[]): HeadWeights {
  const groups = groupsByPairs(shape.la, shape.lb).map(({ k, heads }) => {
    const own = chunks.filter((chunk) => chunk.k === k).sort((x, y) => x.heads[0] - y.heads[0]);
    if (own.flatMap((chunk) => chunk.heads).join() !== heads.join())
      throw new Error(`The trained heads that fuse ${k} pairs are not complete.`);
    return { k, parameters: joinMembers(own.map(({ parameters }) => parameters)) };
  });
  return { shape, groups };
}

/** Trains the probes of all layers of one side. */
export async function trainProbes(
  side: 'a' | 'b',
  shape: ProbeShape,
  layers: { la: number; lb: number },
  source: PairSource,
  validation: PairBatch,
  options: FitOptions & { seed: number },
  context: FitContext = {},
): Promise<{ weights: ProbeWeights; fitted: Fitted }> {
  const model: BatchedModel = {
    specs: probeParameters(shape),
    seeds: Array.from({ length: shape.layers }, (_, layer) => mixSeed(options.seed, 'probe', side, layer)),
    validationRows: 1024,
    forward: (parameters, batch) => ({ logits: runProbes(parameters, batch[side]) }),
  };
  const fitted = await fit(model, source, validation, layers, options, context);
  return { weights: { shape, parameters: fitted.parameters }, fitted };
}
