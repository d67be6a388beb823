/** Heads trained with a dependency in their loss: the variants of a pack. */
import { groupsByPairs, type HeadWeights } from '../../fusion/heads';
import { assembleHeads, headChunks, type HeadChunk, type TrainedChunk } from '../../fusion/train';
import { headIndex } from '../../math/skew';
import { fitChunks, headShape, type TrainingData, type TrainingOptions } from '../heads/fit';
import type { DependencyTerm } from '../heads/messages';
import type { Threads } from '../heads/threads';

/** λ is chosen among these. */
export const lambdaGrid: readonly number[] = [0.01, 0.03, 0.1, 0.3, 1];

/** The heads that get several seeds: SSFN, late and pairwise, as indices into `headSpecs`. */
export const seededHeads = (ssfnSkew: number, la: number, lb: number): number[] => [
  ...new Set([
    headIndex({ d: ssfnSkew, k: 1 }, la, lb),
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

export interface TrainedVariant {
  /** All heads, by the first seed: `heads.<variant>.safetensors`. */
  weights: HeadWeights;
  /** The seeded heads once more by each further seed. */
  further: { seed: number; chunks: TrainedChunk[] }[];
}

/**
 * All heads by one seed; SSFN, late and pairwise by several.
 * @param term left out: the variant `none`, for a comparison by the same seeds
 * @param onChunk hears of each chunk as it is done, of how many
 */
export async function trainVariant(
  data: TrainingData,
  term: DependencyTerm | undefined,
  ssfnSkew: number,
  options: TrainingOptions,
  threads: Threads,
  { seeds = 5, onChunk }: { seeds?: number; onChunk?: (done: number, total: number) => void } = {},
): Promise<TrainedVariant> {
  const shape = headShape(data);
  const { la, lb } = shape;
  const all = headChunks(la, lb);
  const chosen = chunksOf(seededHeads(ssfnSkew, la, lb), la, lb);
  const total = all.length + (seeds - 1) * chosen.length;
  let done = 0;
  const run = (chunks: readonly HeadChunk[], seed: number): Promise<TrainedChunk[]> =>
    fitChunks(data, chunks, { ...options, seed, dependency: term }, threads, () => onChunk?.(++done, total));
  const [first, further] = await Promise.all([
    run(all, options.seed),
    Promise.all(
      Array.from({ length: seeds - 1 }, async (_, s) => {
        const seed = options.seed + s + 1;
        return { seed, chunks: await run(chosen, seed) };
      }),
    ),
  ]);
  return { weights: assembleHeads(shape, first), further };
}
