/**
 * Dependency measured: T learns on one half of the samples, the bound is reported on the other. All tuples of layers
 * side by side; a tuple's numbers follow from the seed and its own layers, never from who is measured with it.
 */
import { permutation, seededRandom, type Random } from '../../math/random';
import { joinMembers, type Parameters } from '../parameters';
import { rateAt } from '../adamw';
import type { CriticShape, DependencyMeasure } from './critic';
import type { TupleBatch } from './engines';
import { Learner, membersAtOnce } from './learner';
import { shiftsOf } from './shuffles';
import {
  applyReduction,
  checkViews,
  countOf,
  partInHalves,
  reduceLayer,
  type LayerViews,
  type Reduction,
} from './views';

export interface DependencyOptions {
  measure: DependencyMeasure;
  seed: number;
  epochs: number;
  /** True tuples of a step. */
  batch: number;
  /**
   * Shuffled tuples for each true one, while learning and when reporting. KL takes the logarithm of their mean, which
   * comes out too small where T is rarely large: above about ln(reported tuples) its figure is no sure bound
   * (McAllester & Stratos 2020); that of f is unbiased.
   */
  shuffles: number;
  reportShuffles: number;
  rate: number;
  weightDecay: number;
  hidden: number;
  /** T reads so many principal components of a layer state. */
  components: number;
  /** False to go op by op even where T has a kernel of its own. */
  fused?: boolean;
}

export const defaultDependency: Omit<DependencyOptions, 'measure' | 'components' | 'weightDecay'> = {
  seed: 0,
  epochs: 60,
  batch: 256,
  shuffles: 2,
  reportShuffles: 8,
  rate: 5e-3,
  hidden: 48,
};

/** Fewer pairs than that are few. */
const manyPairs = 1000;

/**
 * How much T is held back by default. From few pairs a T of many inputs learns what does not hold on others: the figures
 * for few were chosen by the mean bound of four partitions of the 450 to 500 validation pairs of digits, emotion, fashion
 * and the Latin–English pack, out of 4 to 24 components, 16 and 48 hidden and decays of .05 and .5; those for many are
 * such as find what correlated normals share. Lengths count for Wasserstein, which more components do not harm.
 */
export const usualRestraint = (
  measure: DependencyMeasure,
  pairs: number,
): Pick<DependencyOptions, 'components' | 'weightDecay'> =>
  pairs < manyPairs
    ? { components: measure === 'wasserstein' ? 16 : 8, weightDecay: 0.5 }
    : { components: 24, weightDecay: 0.05 };

/** The statistical networks of all tuples: everything a score needs. */
export interface Critics {
  measure: DependencyMeasure;
  shape: CriticShape;
  /** By modality and layer. */
  reductions: Reduction[][];
  /** Layer of each modality, from 0, of each member. */
  members: readonly (readonly number[])[];
  parameters: Parameters;
}

export interface Dependency {
  /** [members] the bound on the half on which T did not learn: nats, or for Wasserstein deviations of a state. */
  bound: Float32Array;
  critics: Critics;
}

export interface DependencyContext {
  signal?: AbortSignal;
  /** Never falls, its total never changes, and ends at the total. */
  onProgress?: (progress: { done: number; total: number }) => void;
  /** Before each step: what waits its turn gets it. */
  onStep?: () => Promise<void>;
  /** What must not be on both sides (the partner's id, the speaker): see `partInHalves`. */
  units?: ArrayLike<number | string>;
  /** Where pairs are made by class: one class alone is refused. */
  labels?: ArrayLike<number>;
}

/** Few samples are still gone through in several steps an epoch. */
const batchOf = (wanted: number, samples: number): number =>
  Math.min(wanted, samples, Math.max(32, Math.floor(samples / 4)));

/**
 * @param modalities two or more; the joint law is compared with the product of all margins
 * @param members which tuples of layers, each with a layer (from 0) of every modality
 * @throws UserError where there is too little, or nothing sound, to measure; the signal's reason when aborted
 */
export async function measureDependency(
  modalities: readonly LayerViews[],
  members: readonly (readonly number[])[],
  given: Partial<DependencyOptions> & Pick<DependencyOptions, 'measure'>,
  { signal, onProgress, onStep, units, labels }: DependencyContext = {},
): Promise<Dependency> {
  const n = countOf(modalities[0]);
  const options = { ...defaultDependency, ...usualRestraint(given.measure, n), ...given };
  const { measure, seed } = options;
  checkViews(modalities, labels);
  const halves = partInHalves(n, seed, units);
  const used = modalities.map((_, m) => [...new Set(members.map((layers) => layers[m]))]);
  const widths = modalities.map(({ width }) => Math.min(options.components, width));
  const shape: CriticShape = { widths, hidden: options.hidden };
  const atOnce = Math.min(members.length, membersAtOnce(shape, options));
  const runs = Array.from({ length: Math.ceil(members.length / atOnce) }, (_, r) =>
    members.slice(r * atOnce, (r + 1) * atOnce),
  );
  const total = used.flat().length + runs.length * options.epochs;
  let done = 0;
  const advance = async (by = 1): Promise<void> => {
    onProgress?.({ done: (done += by), total });
    // a task, not a microtask: messages, an abort among them, get their turn
    await new Promise((resolve) => setTimeout(resolve, 0));
    signal?.throwIfAborted();
  };
  await advance(0);
  const reductions: Reduction[][] = modalities.map(() => []);
  const reduced: Float32Array[][] = modalities.map(() => []);
  for (const [m, views] of modalities.entries())
    for (const layer of used[m]) {
      reductions[m][layer] = reduceLayer(
        views,
        layer,
        halves.fit,
        options.components,
        measure !== 'wasserstein',
      );
      reduced[m][layer] = applyReduction(reductions[m][layer], views, layer);
      await advance();
    }
  const tuples = (samples: Int32Array, shuffles: number, random: Random): TupleBatch => ({
    samples,
    shifts: shiftsOf(samples.length, modalities.length, shuffles, random),
  });
  const learned: Parameters[] = [];
  const bound = new Float32Array(members.length);
  for (const [r, run] of runs.entries()) {
    const learner = new Learner({ reduced, members: run, shape }, options);
    try {
      for (let epoch = 0; epoch < options.epochs; epoch++) {
        // the same batches for every run, so that a tuple's result does not depend on its run
        const random = seededRandom(seed, 'dependency', epoch);
        const order = permutation(halves.fit.length, random);
        const size = batchOf(options.batch, halves.fit.length);
        const steps = Math.floor(halves.fit.length / size);
        for (let step = 0; step < steps; step++) {
          signal?.throwIfAborted();
          await onStep?.();
          const samples = Int32Array.from(
            order.subarray(step * size, (step + 1) * size),
            (at) => halves.fit[at],
          );
          learner.step(
            tuples(samples, options.shuffles, random),
            rateAt(epoch * steps + step, options.epochs * steps, options.rate),
          );
        }
        await learner.keepBest(tuples(halves.stop, options.reportShuffles, seededRandom(seed, 'stop')));
        await advance();
      }
      const report = tuples(halves.report, options.reportShuffles, seededRandom(seed, 'report'));
      bound.set(await learner.report(report), r * atOnce);
      learned.push(learner.best);
    } finally {
      learner.dispose();
    }
  }
  return { bound, critics: { measure, shape, reductions, members, parameters: joinMembers(learned) } };
}
