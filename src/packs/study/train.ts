/** What a study computes of each chunk of heads and of the probes: weights, and what they say on validation and test. */
import type { BatchedModel, FitContext, FitOptions } from '../../fusion/fit';
import type { PenaltyOptions } from '../../fusion/dependency/penalty';
import type { HeadShape } from '../../fusion/head';
import {
  createPairSource,
  gatherPairs,
  type PairSource,
  type PairBatch,
  type StateSet,
} from '../../fusion/pairs';
import type { Parameters } from '../../fusion/parameters';
import { toTensors } from '../../fusion/parameters';
import { probeParameters, runProbes, type ProbeShape, type ProbeWeights } from '../../fusion/probe';
import {
  headChunks,
  headModel,
  trainChunk,
  trainProbes,
  type HeadChunk,
  type TrainedChunk,
} from '../../fusion/train';
import { mixSeed } from '../../math/random';
import * as tf from '../../runtime/tf';
import type { PreparedStudy } from './prepare';
import { fitNumbers } from './regression';
import { headShapeOf, type StudyAbout, type StudyNumbers } from './settings';

/** Probabilities [models, n, classes] on the two held-out splits; of a number, what is predicted, in its own unit. */
export interface HeldOut {
  validation: Float32Array;
  test: Float32Array;
}

export type ChunkResult = TrainedChunk & HeldOut;

export interface ProbeResult {
  weights: ProbeWeights;
  heldOut: HeldOut;
}

/** Options of the minibatches that train a study's models. */
export const pairOptionsOf = ({ classes, settings: { batch, seed, drop } }: StudyAbout, dropping = true) =>
  ({ paired: 'truly', classes: classes.length, batch, seed, drop: dropping ? drop : 0 }) as const;

const rowsOf = ({ labels }: StateSet): number[] => Array.from(labels, (_, s) => s);

/** The chunks of one shard: dealt out in turn, so that each shard has its share of the costly ones. */
export const chunksOfShard = ({ la, lb }: HeadShape, shard: number, of: number): HeadChunk[] =>
  headChunks(la, lb).filter((_, c) => c % of === shard - 1);

/** Outputs as they are kept: probabilities, or numbers in their own unit. */
const finish = (logits: tf.Tensor, numbers?: StudyNumbers): tf.Tensor =>
  numbers ? tf.add(tf.mul(logits, numbers.deviation), numbers.mean) : tf.softmax(logits);

/** What a chunk's heads say. @returns [heads, n, outputs] */
export async function chunkSays(
  shape: HeadShape,
  chunk: HeadChunk,
  parameters: Parameters,
  { a, b }: { a: StateSet; b: StateSet },
  numbers?: StudyNumbers,
): Promise<Float32Array> {
  const n = a.labels.length;
  const model = headModel(shape, chunk, 0);
  const tensors = toTensors(parameters);
  const out = new Float32Array(chunk.heads.length * n * shape.classes);
  try {
    for (let from = 0; from < n; from += model.validationRows) {
      const size = Math.min(model.validationRows, n - from);
      const rows = Array.from({ length: size }, (_, s) => from + s);
      const pairs = gatherPairs(a, b, rows, rows);
      const probabilities = tf.tidy(() => {
        const batch = {
          n: size,
          a: tf.tensor(pairs.a, [a.layers, size, a.width]),
          b: tf.tensor(pairs.b, [b.layers, size, b.width]),
        };
        return finish(model.forward(tensors, batch).logits, numbers);
      });
      const values = await probabilities.data<'float32'>();
      probabilities.dispose();
      const part = size * shape.classes;
      chunk.heads.forEach((_, h) =>
        out.set(values.subarray(h * part, (h + 1) * part), (h * n + from) * shape.classes),
      );
    }
  } finally {
    tf.dispose(tensors);
  }
  return out;
}

/** Adds what trained heads say. */
export async function heldOut(
  { about, sets }: PreparedStudy,
  chunk: HeadChunk,
  trained: TrainedChunk,
): Promise<ChunkResult> {
  const shape = headShapeOf(about);
  return {
    ...trained,
    validation: await chunkSays(shape, chunk, trained.parameters, sets.validation, about.numbers),
    test: await chunkSays(shape, chunk, trained.parameters, sets.test, about.numbers),
  };
}

/** The minibatches of training, and validation as one batch. */
export function batchesOf(
  { about, sets }: PreparedStudy,
  dropping = true,
): { source: PairSource; validation: PairBatch } {
  const { a, b } = sets.validation;
  return {
    source: createPairSource(sets.train.a, sets.train.b, pairOptionsOf(about, dropping)),
    validation: gatherPairs(a, b, rowsOf(a), rowsOf(b)),
  };
}

/** Heads that learn classes, or numbers where the batches have them. */
export async function trainHeadChunk(
  shape: HeadShape,
  chunk: HeadChunk,
  source: PairSource,
  validation: PairBatch,
  options: FitOptions & { seed: number; penalty?: PenaltyOptions },
  context: FitContext = {},
): Promise<TrainedChunk> {
  if (!validation.values) return trainChunk(shape, chunk, source, validation, options, context);
  const model = headModel(shape, chunk, options.seed);
  const fitted = await fitNumbers(model, source, validation, shape, options, context);
  return { k: chunk.k, heads: chunk.heads, ...fitted };
}

/** One chunk in this thread. */
export async function trainStudyChunk(
  study: PreparedStudy,
  chunk: HeadChunk,
  batches: { source: PairSource; validation: PairBatch },
  context: FitContext,
): Promise<ChunkResult> {
  const trained = await trainHeadChunk(
    headShapeOf(study.about),
    chunk,
    batches.source,
    batches.validation,
    study.about.settings,
    context,
  );
  return heldOut(study, chunk, trained);
}

/** The probes of both sides. */
export async function trainStudyProbes(
  { about, sets }: PreparedStudy,
  context: FitContext = {},
): Promise<{ a: ProbeResult; b: ProbeResult }> {
  const side = async (which: 'a' | 'b'): Promise<ProbeResult> => {
    const { layers, width } = about[which];
    const shape = { layers, width, classes: headShapeOf(about).classes };
    const own = (set: StateSet) => ({ [which]: set, [which === 'a' ? 'b' : 'a']: blank(set) }) as Both;
    const train = own(sets.train[which]);
    const held = own(sets.validation[which]);
    const source = createPairSource(train.a, train.b, pairOptionsOf(about, false));
    const validation = gatherPairs(held.a, held.b, rowsOf(held.a), rowsOf(held.b));
    const counts = { la: train.a.layers, lb: train.b.layers };
    const { settings } = about;
    const parameters = validation.values
      ? (
          await fitNumbers(
            probeModel(which, shape, settings.seed),
            source,
            validation,
            counts,
            settings,
            context,
          )
        ).parameters
      : (await trainProbes(which, shape, counts, source, validation, settings, context)).weights.parameters;
    const weights: ProbeWeights = { shape, parameters };
    return {
      weights,
      heldOut: {
        validation: await probesSay(weights, sets.validation[which], about.numbers),
        test: await probesSay(weights, sets.test[which], about.numbers),
      },
    };
  };
  return { a: await side('a'), b: await side('b') };
}

type Both = { a: StateSet; b: StateSet };

/** In place of the side that a probe does not read: assembling its states would take half the time. */
const blank = ({ labels, values }: StateSet): StateSet => ({
  layers: 1,
  width: 1,
  variants: 1,
  states: new Float32Array(labels.length),
  labels,
  values,
});

/** As `trainProbes` has it, for numbers. */
const probeModel = (side: 'a' | 'b', shape: ProbeShape, seed: number): BatchedModel => ({
  specs: probeParameters(shape),
  seeds: Array.from({ length: shape.layers }, (_, layer) => mixSeed(seed, 'probe', side, layer)),
  validationRows: 1024,
  forward: (parameters, batch) => ({ logits: runProbes(parameters, batch[side]) }),
});

/** @returns [layers, n, outputs] */
async function probesSay(
  { shape, parameters }: ProbeWeights,
  { states, labels, layers, width }: StateSet,
  numbers?: StudyNumbers,
): Promise<Float32Array> {
  const { classes } = shape;
  const n = labels.length;
  const out = new Float32Array(layers * n * classes);
  const tensors = toTensors(parameters);
  const block = 512;
  for (let from = 0; from < n; from += block) {
    const size = Math.min(block, n - from);
    const said = tf.tidy(() => {
      const part = states.slice(from * layers * width, (from + size) * layers * width);
      const byLayer = tf.transpose(tf.tensor(part, [size, layers, width]), [1, 0, 2]);
      return finish(runProbes(tensors, byLayer), numbers);
    });
    const values = await said.data<'float32'>();
    said.dispose();
    for (let layer = 0; layer < layers; layer++)
      out.set(
        values.subarray(layer * size * classes, (layer + 1) * size * classes),
        (layer * n + from) * classes,
      );
  }
  tf.dispose(tensors);
  return out;
}
