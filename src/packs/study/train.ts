/** What a study computes of each chunk of heads and of the probes: weights, and what they say on validation and test. */
import type { FitContext } from '../../fusion/fit';
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
import { createProbes, type ProbeWeights } from '../../fusion/probe';
import {
  headChunks,
  headModel,
  trainChunk,
  trainProbes,
  type HeadChunk,
  type TrainedChunk,
} from '../../fusion/train';
import * as tf from '../../runtime/tf';
import type { PreparedStudy } from './prepare';
import { headShapeOf, type StudyAbout, type StudySettings } from './settings';

/** Probabilities [models, n, classes] on the two held-out splits. */
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

/** What a chunk's heads say. @returns [heads, n, classes] */
export async function chunkProbabilities(
  shape: HeadShape,
  chunk: HeadChunk,
  parameters: Parameters,
  { a, b }: { a: StateSet; b: StateSet },
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
        return tf.softmax(model.forward(tensors, batch, false).logits);
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
    validation: await chunkProbabilities(shape, chunk, trained.parameters, sets.validation),
    test: await chunkProbabilities(shape, chunk, trained.parameters, sets.test),
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

/** One chunk in this thread. */
export async function trainStudyChunk(
  study: PreparedStudy,
  chunk: HeadChunk,
  batches: { source: PairSource; validation: PairBatch },
  context: FitContext,
): Promise<ChunkResult> {
  const trained = await trainChunk(
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
  study: PreparedStudy,
  context: FitContext = {},
): Promise<{ a: ProbeResult; b: ProbeResult }> {
  const { about, sets } = study;
  const { source, validation } = batchesOf(study, false);
  const layers = { la: about.a.layers, lb: about.b.layers };
  const settings: StudySettings = about.settings;
  const side = async (which: 'a' | 'b'): Promise<ProbeResult> => {
    const shape = { layers: about[which].layers, width: about[which].width, classes: about.classes.length };
    const { weights } = await trainProbes(which, shape, layers, source, validation, settings, context);
    const probes = createProbes(weights);
    try {
      return {
        weights,
        heldOut: {
          validation: await probesSay(probes, sets.validation[which]),
          test: await probesSay(probes, sets.test[which]),
        },
      };
    } finally {
      probes.dispose();
    }
  };
  return { a: await side('a'), b: await side('b') };
}

/** @returns [layers, n, classes] */
async function probesSay(
  probes: ReturnType<typeof createProbes>,
  { states, labels, layers, width }: StateSet,
): Promise<Float32Array> {
  const { classes } = probes.shape;
  const n = labels.length;
  const out = new Float32Array(layers * n * classes);
  const block = 512;
  for (let from = 0; from < n; from += block) {
    const size = Math.min(block, n - from);
    const part = tf.tensor(states.slice(from * layers * width, (from + size) * layers * width), [
      size,
      layers,
      width,
    ]);
    const values = await probes.run(part);
    part.dispose();
    for (let layer = 0; layer < layers; layer++)
      out.set(
        values.subarray(layer * size * classes, (layer + 1) * size * classes),
        (layer * n + from) * classes,
      );
  }
  return out;
}
