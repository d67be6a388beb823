/** The probes and the heads of a pack from its standardised states. */
import { defaultFit, type FitOptions } from '../../fusion/fit';
import { defaultHead, type HeadShape, type HeadSize } from '../../fusion/head';
import type { HeadWeights } from '../../fusion/heads';
import type { StateNoise } from '../../fusion/noise';
import {
  createPairSource,
  exchanger,
  gatherPairs,
  partnersByLabel,
  type PairSourceOptions,
  type StateSet,
} from '../../fusion/pairs';
import type { ProbeWeights } from '../../fusion/probe';
import {
  assembleHeads,
  headChunks,
  trainProbes,
  type HeadChunk,
  type TrainedChunk,
} from '../../fusion/train';
import { seededRandom } from '../../math/random';
import type { Pairing, Task } from '../../packs/schema';
import { balanced as balancedIndices } from '../train/balanced';
import type { ChunkJob, DependencyTerm, SharedSet } from './messages';
import type { Threads } from './threads';

export interface TrainingData {
  train: { a: SharedSet; b: SharedSet };
  /** Variants are the conditions, in their order. */
  validation: { a: SharedSet; b: SharedSet };
  classes: number;
  /** Left out: by label. */
  paired?: Pairing['paired'];
  /** Each class counts alike, in training and on validation, whatever its number of samples. */
  balanced?: boolean;
  /** Left out: `defaultHead`. */
  head?: HeadSize;
  /** Share of the samples that have some other's states, in training and where epochs are chosen. */
  exchanged?: PairSourceOptions['exchanged'];
}

export interface TrainingOptions extends FitOptions {
  seed: number;
  batch: number;
  /** Probability that one side of a pair is dropped while heads train. */
  drop: number;
  /** Pairs in an epoch; left out: each sample of A once. */
  perEpoch?: number;
  /** Probability that a pair is undegraded on both sides, beside those that are so by chance (0). */
  undegraded?: number;
  /** On the states that heads train on; probes train without. */
  stateNoise?: StateNoise;
  /** Left out: the task's loss alone. */
  dependency?: DependencyTerm;
}

export const defaultTraining: TrainingOptions = { ...defaultFit, seed: 0, batch: 128, drop: 0.2 };

const setOf = ({ states, ...rest }: SharedSet): StateSet => ({ ...rest, states: new Float32Array(states) });

/**
 * Rows of all validation pairs: each sample of A once a condition, with a partner under the same condition; of balanced
 * data, samples of small classes more than once.
 */
export function validationRows(
  a: SharedSet,
  b: SharedSet,
  seed: number,
  {
    paired,
    balanced = false,
    classes = 1,
    exchanged,
  }: Partial<Omit<TrainingData, 'train' | 'validation'>> = {},
): ValidationRows {
  const each = Int32Array.from(a.labels, (_, s) => s);
  const partners =
    paired === 'truly' ? each : partnersByLabel(a.labels, b.labels, seededRandom(seed, 'validation'));
  const chosen = balanced ? balancedIndices(Array.from(a.labels), classes) : each;
  const rows = (samples: ArrayLike<number>) =>
    Int32Array.from({ length: chosen.length * a.variants }, (_, r) => {
      const [pair, condition] = [chosen[Math.floor(r / a.variants)], r % a.variants];
      return samples[pair] * a.variants + condition;
    });
  const [rowsA, rowsB] = [rows(each), rows(partners)];
  if (!exchanged) return { rowsA, rowsB };
  const exchange = exchanger(seededRandom(seed, 'exchanged validation'));
  return {
    rowsA: exchange(rowsA, setOf(a), exchanged.a),
    rowsB: exchange(rowsB, setOf(b), exchanged.b),
    labels: Uint8Array.from(rowsA, (row) => a.labels[Math.floor(row / a.variants)]),
  };
}

export interface ValidationRows {
  rowsA: Int32Array;
  rowsB: Int32Array;
  /** Where rows were exchanged: of the samples that belong there. */
  labels?: Uint8Array;
}

const validationPairs = (a: StateSet, b: StateSet, { rowsA, rowsB, labels }: ValidationRows) =>
  gatherPairs(a, b, rowsA, rowsB, undefined, labels);

/** Where the metric weighs each class alike, training does so too. */
export const isBalanced = ({ metric }: Task): boolean =>
  metric === 'unweighted average recall' || metric === 'macro-f1';

const pairOptions = (data: TrainingData, options: TrainingOptions, drop: number): PairSourceOptions => ({
  paired: data.paired ?? 'by-label',
  classes: data.classes,
  batch: options.batch,
  seed: options.seed,
  perEpoch: options.perEpoch,
  undegraded: options.undegraded,
  balanced: data.balanced,
  drop,
  exchanged: data.exchanged,
});

/** The epoch that each probe, by layer, and each head, in the order of `headSpecs`, keeps. */
export interface KeptEpochs {
  probes: Record<'a' | 'b', number[]>;
  heads: number[];
}

/** Probes of one side, and the epoch that each layer's keeps. */
export interface FittedProbes {
  weights: ProbeWeights;
  kept: number[];
  /** Log-loss on validation in that epoch. */
  loss: number[];
}

/** @param kept left out: each keeps the epoch that is best on validation */
export async function fitProbes(
  data: TrainingData,
  options: TrainingOptions,
  kept?: KeptEpochs,
): Promise<Record<'a' | 'b', FittedProbes>> {
  return { a: await fitSide(data, 'a', options, kept), b: await fitSide(data, 'b', options, kept) };
}

/** The probes of one side alone. */
export async function fitSide(
  data: TrainingData,
  side: 'a' | 'b',
  options: TrainingOptions,
  kept?: KeptEpochs,
): Promise<FittedProbes> {
  const [a, b] = [setOf(data.train.a), setOf(data.train.b)];
  const rows = validationRows(data.validation.a, data.validation.b, options.seed, data);
  const validation = validationPairs(setOf(data.validation.a), setOf(data.validation.b), rows);
  const source = createPairSource(a, b, pairOptions(data, options, 0));
  const { layers, width } = { a, b }[side];
  const { weights, fitted } = await trainProbes(
    side,
    { layers, width, classes: data.classes },
    { la: a.layers, lb: b.layers },
    source,
    validation,
    { ...options, keptEpochs: kept?.probes[side] },
  );
  return { weights, kept: Array.from(fitted.epoch), loss: Array.from(fitted.loss) };
}

export function headShape({ train, classes, head = defaultHead }: TrainingData): HeadShape {
  return {
    la: train.a.layers,
    lb: train.b.layers,
    widthA: train.a.width,
    widthB: train.b.width,
    ...head,
    classes,
  };
}

/** Trains chunks of heads on the threads. @param onChunk hears of each as it is done */
export async function fitChunks(
  data: TrainingData,
  chunks: readonly HeadChunk[],
  options: TrainingOptions,
  threads: Threads,
  onChunk?: (chunk: HeadChunk) => void,
  kept?: KeptEpochs,
): Promise<TrainedChunk[]> {
  const { train, validation } = data;
  const shape = headShape(data);
  const rows = validationRows(validation.a, validation.b, options.seed, data);
  return Promise.all(
    chunks.map(async (chunk) => {
      const result = await threads.run({
        kind: 'chunk',
        shape,
        chunk,
        train: {
          ...train,
          options: pairOptions(data, options, options.drop),
          noise: options.stateNoise,
        },
        validation: { ...validation, ...rows },
        options: { ...options, keptEpochs: kept && chunk.heads.map((head) => kept.heads[head]) },
      } satisfies ChunkJob);
      onChunk?.(chunk);
      return result;
    }),
  );
}

export async function fitHeads(
  data: TrainingData,
  options: TrainingOptions,
  threads: Threads,
  report: (line: string) => void,
  kept?: KeptEpochs,
): Promise<{ weights: HeadWeights; kept: number[]; seconds: number }> {
  const shape = headShape(data);
  const chunks = headChunks(shape.la, shape.lb);
  const total = chunks.reduce((sum, { heads }) => sum + heads.length, 0);
  const start = performance.now();
  const seconds = () => (performance.now() - start) / 1000;
  let done = 0;
  const onChunk = ({ heads }: HeadChunk) => {
    done += heads.length;
    report(`heads: ${done} of ${total} after ${seconds().toFixed(0)} s`);
  };
  const trained = await fitChunks(data, chunks, options, threads, onChunk, kept);
  const epochs = new Array<number>(total);
  for (const { heads, epoch } of trained) heads.forEach((head, g) => (epochs[head] = epoch[g]));
  return { weights: assembleHeads(shape, trained), kept: epochs, seconds: seconds() };
}
