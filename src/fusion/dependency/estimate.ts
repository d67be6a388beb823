/**
 * Dependency measured: T learns on one half of the samples, the bound is reported on the other. All tuples of layers
 * side by side; a tuple's numbers follow from the seed and its own layers, never from who is measured with it.
 */
import { mixSeed, permutation, seededRandom, type Random } from '../../math/random';
import { AdamW } from '../../runtime/optimiser';
import * as tf from '../../runtime/tf';
import {
  initialParameters,
  joinMembers,
  toTensors,
  type Parameters,
  type ParameterTensors,
} from '../parameters';
import { rateAt } from '../adamw';
import { boundOf, nextAverage, objective } from './bounds';
import { criticParameters, inputWidth, scoreRows, type CriticShape, type DependencyMeasure } from './critic';
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
}

export const defaultDependency: Omit<DependencyOptions, 'measure'> = {
  seed: 0,
  epochs: 60,
  batch: 256,
  shuffles: 2,
  reportShuffles: 8,
  rate: 5e-3,
  weightDecay: 0.05,
  hidden: 48,
  components: 24,
};

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

/** How many tuples go side by side: few enough for the cache. */
const atOnce = 36;

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
  const options = { ...defaultDependency, ...given };
  const { measure, seed } = options;
  checkViews(modalities, labels);
  const n = countOf(modalities[0]);
  const halves = partInHalves(n, seed, units);
  const used = modalities.map((_, m) => [...new Set(members.map((layers) => layers[m]))]);
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
  const widths = modalities.map(({ width }) => Math.min(options.components, width));
  const shape: CriticShape = { widths, hidden: options.hidden };
  const learned: Parameters[] = [];
  const bound = new Float32Array(members.length);
  for (const [r, run] of runs.entries()) {
    const rowsOf = (samples: ArrayLike<number>, shuffles: number, random: Random): tf.Tensor =>
      tupleRows(reduced, widths, run, samples, shuffles, random);
    const learner = new Learner(shape, run, options);
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
            rowsOf(samples, options.shuffles, random),
            size,
            rateAt(epoch * steps + step, options.epochs * steps, options.rate),
          );
        }
        const stop = rowsOf(halves.stop, options.reportShuffles, seededRandom(seed, 'stop'));
        await learner.keepBest(stop, halves.stop.length);
        await advance();
      }
      const report = rowsOf(halves.report, options.reportShuffles, seededRandom(seed, 'report'));
      bound.set(await learner.report(report, halves.report.length), r * atOnce);
      learned.push(learner.best);
    } finally {
      learner.dispose();
    }
  }
  return { bound, critics: { measure, shape, reductions, members, parameters: joinMembers(learned) } };
}

/**
 * True tuples of these samples, then shuffled ones: each modality but the first moved on by shifts of its own, so that
 * no two of a tuple belong together.
 * @returns [members, (1 + shuffles)·n, Σ widths]
 */
function tupleRows(
  reduced: Float32Array[][],
  widths: readonly number[],
  members: readonly (readonly number[])[],
  samples: ArrayLike<number>,
  shuffles: number,
  random: Random,
): tf.Tensor {
  const n = samples.length;
  const width = widths.reduce((sum, w) => sum + w, 0);
  const shifts = [widths.map(() => 0), ...shiftsOf(n, widths.length, shuffles, random)];
  const rows = shifts.length * n;
  const out = new Float32Array(members.length * rows * width);
  members.forEach((layers, g) => {
    let column = 0;
    layers.forEach((layer, m) => {
      const own = reduced[m][layer];
      const w = widths[m];
      shifts.forEach((shift, block) => {
        for (let s = 0; s < n; s++) {
          const from = samples[(s + shift[m]) % n] * w;
          const to = (g * rows + block * n + s) * width + column;
          for (let c = 0; c < w; c++) out[to + c] = own[from + c];
        }
      });
      column += w;
    });
  });
  return tf.tensor(out, [members.length, rows, width]);
}

/** T of a run of members while it learns, and of each the parameters that were best on the samples that say when to stop. */
class Learner {
  /** Zeros, which bound every dependency by 0, until something is better. */
  readonly best: Parameters;
  private readonly names: string[];
  private readonly variables: tf.Variable[];
  private readonly optimiser: AdamW;
  private readonly highest: Float32Array;
  private average: tf.Tensor;

  constructor(
    shape: CriticShape,
    members: readonly (readonly number[])[],
    private readonly options: DependencyOptions,
  ) {
    const specs = criticParameters(shape);
    const seeds = members.map((layers) => mixSeed(options.seed, 'critic', inputWidth(shape), ...layers));
    const initial = initialParameters(specs, seeds);
    const tensors = toTensors(initial);
    this.names = specs.map(({ name }) => name);
    this.variables = this.names.map((name) => tf.variable(tensors[name]));
    tf.dispose(tensors);
    this.best = Object.fromEntries(
      this.names.map((name) => [
        name,
        { shape: initial[name].shape, data: new Float32Array(initial[name].data.length) },
      ]),
    );
    this.highest = new Float32Array(members.length);
    this.average = tf.ones([members.length]);
    const weights = new Set(this.variables.filter((_, i) => specs[i].weight));
    this.optimiser = new AdamW({
      learningRate: 0,
      weightDecay: options.weightDecay,
      decays: (variable) => weights.has(variable),
    });
  }

  private get tensors(): ParameterTensors {
    return Object.fromEntries(this.names.map((name, i) => [name, this.variables[i]]));
  }

  /** @param x disposed of here; n true tuples, then shuffled ones */
  step(x: tf.Tensor, n: number, rate: number): void {
    const { measure } = this.options;
    const average = tf.tidy(() => {
      let seen = this.average;
      const f = (): tf.Scalar => {
        const [joint, shuffled] = split(scoreRows(this.tensors, x, measure), n);
        const climbed = objective(joint, shuffled, measure, this.average);
        if (climbed.exponential) seen = tf.keep(climbed.exponential);
        return tf.neg(tf.sum(climbed.value)) as tf.Scalar;
      };
      const { grads } = tf.variableGrads(f, this.variables);
      this.optimiser.learningRate = rate;
      this.optimiser.apply(grads, this.variables);
      const next = nextAverage(this.average, seen);
      if (seen !== this.average) seen.dispose();
      return next;
    });
    x.dispose();
    this.average.dispose();
    this.average = average;
  }

  async keepBest(x: tf.Tensor, n: number): Promise<void> {
    const values = await this.bounds(this.tensors, x, n);
    const better = [...values.keys()].filter((g) => values[g] > this.highest[g]);
    if (better.length === 0) return;
    const now = await Promise.all(this.variables.map((variable) => variable.data<'float32'>()));
    this.names.forEach((name, i) => {
      const { data } = this.best[name];
      const size = data.length / values.length;
      for (const g of better) data.set(now[i].subarray(g * size, (g + 1) * size), g * size);
    });
    for (const g of better) this.highest[g] = values[g];
  }

  /** Of the best parameters. */
  async report(x: tf.Tensor, n: number): Promise<Float32Array> {
    const tensors = toTensors(this.best);
    const values = await this.bounds(tensors, x, n);
    tf.dispose(tensors);
    return values;
  }

  private async bounds(parameters: ParameterTensors, x: tf.Tensor, n: number): Promise<Float32Array> {
    const scores = tf.tidy(() => scoreRows(parameters, x, this.options.measure));
    x.dispose();
    const [members, rows] = scores.shape as number[];
    const values = await scores.data<'float32'>();
    scores.dispose();
    return Float32Array.from({ length: members }, (_, g) =>
      boundOf(
        values.subarray(g * rows, g * rows + n),
        values.subarray(g * rows + n, (g + 1) * rows),
        this.options.measure,
      ),
    );
  }

  dispose(): void {
    tf.dispose([...this.variables, this.average]);
    this.optimiser.dispose();
  }
}

/** Scores of the first n rows, and of the others. */
export const split = (scores: tf.Tensor, n: number): [tf.Tensor, tf.Tensor] => {
  const [groups, rows] = scores.shape as number[];
  return [tf.slice(scores, [0, 0], [groups, n]), tf.slice(scores, [0, n], [groups, rows - n])];
};
