/** Heads trained with a dependency in their loss: the variants of a pack. */
import { dependencyMeasures, type DependencyMeasure } from '../../fusion/dependency/critic';
import { groupsByPairs, type HeadWeights } from '../../fusion/heads';
import { assembleHeads, headChunks, type HeadChunk, type TrainedChunk } from '../../fusion/train';
import { UserError } from '../../math/errors';
import { headIndex } from '../../math/skew';
import { fitChunks, headShape, type KeptEpochs, type TrainingData, type TrainingOptions } from '../heads/fit';
import type { DependencyTerm } from '../heads/messages';
import type { Threads } from '../heads/threads';

/** λ is chosen among these. */
export const lambdaGrid: readonly number[] = [0.01, 0.03, 0.1, 0.3, 1];

/**
 * The heads that get several seeds: SSFN, late and pairwise, as indices into `headSpecs`.
 * @param ssfnSkews of each condition
 */
export const seededHeads = (ssfnSkews: readonly number[], la: number, lb: number): number[] => [
  ...new Set([
    ...ssfnSkews.map((d) => headIndex({ d, k: 1 }, la, lb)),
    headIndex({ d: 0, k: 1 }, la, lb),
    headIndex({ d: 0, k: Math.min(la, lb) }, la, lb),
  ]),
];

/** These heads as chunks, those of one number of pairs together. */
export const chunksOf = (heads: readonly number[], la: number, lb: number): HeadChunk[] =>
  groupsByPairs(la, lb)
    .map(({ k, heads: all, specs }) => {
      const own = all
        .map((head, at) => ({ head, spec: specs[at] }))
        .filter(({ head }) => heads.includes(head));
      return { k, heads: own.map(({ head }) => head), specs: own.map(({ spec }) => spec) };
    })
    .filter((chunk) => chunk.heads.length > 0);

/** @param list with commas between; left out: all @throws UserError for one that is not known */
export const measuresOf = (list?: string): readonly DependencyMeasure[] =>
  list === undefined
    ? dependencyMeasures
    : list.split(',').map((name) => {
        const found = dependencyMeasures.find((measure) => measure === name);
        if (found) return found;
        throw new UserError(`There is no measure "${name}": ${dependencyMeasures.join(', ')}.`);
      });

export interface LambdaTrial {
  lambda: number;
  /** Of the SSFN's head on validation: nats. */
  loss: number;
  accuracy: number;
}

/** λ by the SSFN's least log-loss on validation. */
export async function chooseLambda(
  data: TrainingData,
  measure: DependencyTerm['measure'],
  ssfnSkew: number,
  options: TrainingOptions,
  threads: Threads,
  grid = lambdaGrid,
): Promise<{ chosen: DependencyTerm; trials: LambdaTrial[] }> {
  const { la, lb } = headShape(data);
  const chunks = chunksOf([headIndex({ d: ssfnSkew, k: 1 }, la, lb)], la, lb);
  const trials = await Promise.all(
    grid.map(async (lambda): Promise<LambdaTrial> => {
      const term = { measure, lambda };
      const [{ loss, accuracy }] = await fitChunks(data, chunks, { ...options, dependency: term }, threads);
      return { lambda, loss: loss[0], accuracy: accuracy[0] };
    }),
  );
  const best = trials.reduce((least, trial) => (trial.loss < least.loss ? trial : least));
  return { chosen: { measure, lambda: best.lambda }, trials };
}

/** Some heads by one seed. */
export interface SeedChunks {
  seed: number;
  chunks: TrainedChunk[];
}

export interface TrainedVariant {
  /** All heads, by the first seed: `heads.<variant>.safetensors`. */
  weights: HeadWeights;
  /** The seeded heads once more by each further seed. */
  further: SeedChunks[];
}

export interface VariantOptions {
  /** Of SSFN, late and pairwise, the first one included (5). */
  seeds?: number;
  /** The epoch of each head, in the order of `headSpecs`; left out: each keeps its best on validation. */
  kept?: KeptEpochs;
  /** Hears of each chunk as it is done, of how many. */
  onChunk?: (done: number, total: number) => void;
}

/**
 * The seeded heads by each seed after the first: for the variant `none` all that is missing.
 * @param term left out: the task's loss alone
 * @param first also by the first seed, where nothing else has it
 */
export async function trainSeeds(
  data: TrainingData,
  term: DependencyTerm | undefined,
  heads: readonly number[],
  options: TrainingOptions,
  threads: Threads,
  { seeds = 5, kept, onChunk, first = false }: VariantOptions & { first?: boolean } = {},
): Promise<SeedChunks[]> {
  const { la, lb } = headShape(data);
  const chunks = chunksOf(heads, la, lb);
  const own = Array.from({ length: seeds }, (_, s) => options.seed + s).slice(first ? 0 : 1);
  const total = own.length * chunks.length;
  let done = 0;
  return Promise.all(
    own.map(async (seed) => {
      const how = { ...options, seed, dependency: term };
      return {
        seed,
        chunks: await fitChunks(data, chunks, how, threads, () => onChunk?.(++done, total), kept),
      };
    }),
  );
}

/** All heads by one seed; the seeded ones by several. */
export async function trainVariant(
  data: TrainingData,
  term: DependencyTerm,
  heads: readonly number[],
  options: TrainingOptions,
  threads: Threads,
  { onChunk, ...rest }: VariantOptions = {},
): Promise<TrainedVariant> {
  const shape = headShape(data);
  const all = headChunks(shape.la, shape.lb);
  const more = ((rest.seeds ?? 5) - 1) * chunksOf(heads, shape.la, shape.lb).length;
  let done = 0;
  const count = (): void => onChunk?.(++done, all.length + more);
  const [first, further] = await Promise.all([
    fitChunks(data, all, { ...options, dependency: term }, threads, count, rest.kept),
    trainSeeds(data, term, heads, options, threads, { ...rest, onChunk: count }),
  ]);
  return { weights: assembleHeads(shape, first), further };
}
