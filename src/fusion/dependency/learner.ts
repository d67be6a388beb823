/**
 * Statistical networks T while they learn, many members side by side: in the side module one member after another while
 * all of it is in the cache, elsewhere op by op. What is learned is the same.
 */
import { mixSeed } from '../../math/random';
import { activeKernels } from '../../runtime/kernels';
import { CriticKernel, takesCritics } from '../../runtime/kernels/critic';
import type { KernelHost } from '../../runtime/kernels/host';
import { AdamW } from '../../runtime/optimiser';
import * as tf from '../../runtime/tf';
import { initialParameters, toTensors, type Parameters, type ParameterTensors } from '../parameters';
import { boundOf, nextAverage, objective } from './bounds';
import {
  criticParameters,
  fusedCritics,
  inputWidth,
  scoreRows,
  type CriticShape,
  type DependencyMeasure,
} from './critic';

/** What T reads: reduced states of every layer that some member takes. */
export interface TupleData {
  /** By modality and layer: [samples, width of the modality]. */
  reduced: readonly (readonly Float32Array[])[];
  /** Layer of each modality, from 0, of each member. */
  members: readonly (readonly number[])[];
  shape: CriticShape;
}

/** Samples whose tuples are true; and by how much each shuffle moves each modality on among them, see `shiftsOf`. */
export interface TupleBatch {
  samples: Int32Array;
  shifts: readonly (readonly number[])[];
}

export interface LearnerOptions {
  measure: DependencyMeasure;
  seed: number;
  weightDecay: number;
  /** Of AdamW (1e-8). */
  epsilon?: number;
  /** False to go op by op even where T has a kernel of its own. */
  fused?: boolean;
}

/** How the steps and the scores of T are made. */
interface Engine {
  step(batch: TupleBatch, rate: number): void;
  /** [members, (1 + shuffles)·n] with the parameters as they are now: true tuples first. */
  scores(batch: TupleBatch): Promise<Float32Array>;
  dispose(): void;
}

/** Members that go side by side op by op: few enough for the cache. */
const atOnceByOps = 36;

const fusedHost = (shape: CriticShape, { measure, fused }: LearnerOptions): KernelHost | null =>
  fused !== false && takesCritics(fusedCritics(shape, measure)) ? activeKernels() : null;

/** How many members a learner best has. */
export const membersAtOnce = (shape: CriticShape, options: LearnerOptions): number =>
  fusedHost(shape, options) ? Infinity : atOnceByOps;

/** T of some members, and of each the parameters that were best on the samples that say when to stop. Dispose it when done. */
export class Learner {
  /** Zeros, which bound every dependency by 0, until something is better. */
  readonly best: Parameters;
  private readonly names: string[];
  private readonly variables: tf.Variable[];
  private readonly highest: Float32Array;
  private readonly engine: Engine;

  constructor(
    private readonly data: TupleData,
    private readonly options: LearnerOptions,
  ) {
    const { shape, members } = data;
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
    const host = fusedHost(shape, options);
    const decays = specs.map(({ weight }) => weight);
    this.engine = host
      ? new KernelEngine(host, data, this.variables, decays, options)
      : new OpsEngine(data, this.names, this.variables, decays, options);
  }

  step(batch: TupleBatch, rate: number): void {
    this.engine.step(batch, rate);
  }

  /** Keeps the parameters of the members whose bound on these samples is their highest. */
  async keepBest(batch: TupleBatch): Promise<void> {
    const values = await this.bounds(batch);
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

  /** [members] the bounds by the best parameters, which the networks then have. */
  async report(batch: TupleBatch): Promise<Float32Array> {
    const tensors = toTensors(this.best);
    this.names.forEach((name, i) => this.variables[i].assign(tensors[name]));
    tf.dispose(tensors);
    return this.bounds(batch);
  }

  private async bounds(batch: TupleBatch): Promise<Float32Array> {
    const scores = await this.engine.scores(batch);
    const members = this.data.members.length;
    const [n, rows] = [batch.samples.length, scores.length / members];
    return Float32Array.from({ length: members }, (_, g) =>
      boundOf(
        scores.subarray(g * rows, g * rows + n),
        scores.subarray(g * rows + n, (g + 1) * rows),
        this.options.measure,
      ),
    );
  }

  dispose(): void {
    this.engine.dispose();
    tf.dispose(this.variables);
  }
}

const adamW = ({ weightDecay, epsilon = 1e-8 }: LearnerOptions) => ({
  beta1: 0.9,
  beta2: 0.999,
  eps: epsilon,
  weightDecay,
});

class KernelEngine implements Engine {
  private readonly kernel: CriticKernel;
  private readonly average: tf.Variable;
  /** By modality and layer. */
  private readonly layers: tf.Tensor[][];
  private readonly views: tf.Tensor[];

  constructor(
    host: KernelHost,
    { reduced, members, shape }: TupleData,
    variables: readonly tf.Variable[],
    decays: readonly boolean[],
    options: LearnerOptions,
  ) {
    this.average = tf.tidy(() => tf.variable(tf.ones([members.length]), false));
    this.kernel = new CriticKernel(
      host,
      fusedCritics(shape, options.measure),
      variables,
      this.average,
      decays,
      adamW(options),
    );
    this.layers = reduced.map((own, m) => {
      const used = [...new Set(members.map((layers) => layers[m]))];
      const tensors: tf.Tensor[] = [];
      for (const layer of used)
        tensors[layer] = tf.keep(
          tf.tensor(own[layer], [own[layer].length / shape.widths[m], shape.widths[m]]),
        );
      return tensors;
    });
    this.views = members.flatMap((layers) => layers.map((layer, m) => this.layers[m][layer]));
  }

  step({ samples, shifts }: TupleBatch, rate: number): void {
    const climbs = { n: samples.length, shifts: [shifts], rate };
    this.kernel.step({ views: this.views, rows: samples }, climbs);
  }

  async scores({ samples, shifts }: TupleBatch): Promise<Float32Array> {
    return Promise.resolve(this.kernel.scores({ views: this.views, rows: samples }, shifts));
  }

  dispose(): void {
    this.kernel.dispose();
    // a layer that no member takes leaves a hole
    tf.dispose([this.average, ...this.layers.flatMap((own) => Object.values(own))]);
  }
}

class OpsEngine implements Engine {
  private readonly optimiser: AdamW;
  private average: tf.Tensor;

  constructor(
    private readonly data: TupleData,
    private readonly names: readonly string[],
    private readonly variables: tf.Variable[],
    decays: readonly boolean[],
    private readonly options: LearnerOptions,
  ) {
    this.average = tf.keep(tf.ones([data.members.length]));
    const decaying = new Set(variables.filter((_, i) => decays[i]));
    this.optimiser = new AdamW({
      ...adamW(options),
      learningRate: 0,
      decays: (variable) => decaying.has(variable),
    });
  }

  private get tensors(): ParameterTensors {
    return Object.fromEntries(this.names.map((name, i) => [name, this.variables[i]]));
  }

  step(batch: TupleBatch, rate: number): void {
    const { measure } = this.options;
    const n = batch.samples.length;
    const average = tf.tidy(() => {
      const x = tupleRows(this.data, batch);
      let seen = this.average;
      const f = (): tf.Scalar => {
        const scores = scoreRows(this.tensors, x, measure);
        const [groups, rows] = scores.shape as number[];
        const joint = tf.slice(scores, [0, 0], [groups, n]);
        const shuffled = tf.slice(scores, [0, n], [groups, rows - n]);
        const climbed = objective(joint, shuffled, measure, this.average);
        if (climbed.exponential) seen = tf.keep(climbed.exponential);
        return tf.neg(tf.sum(climbed.value)) as tf.Scalar;
      };
      const { grads } = tf.variableGrads(f, this.variables);
      this.optimiser.learningRate = rate;
      this.optimiser.apply(grads, this.variables);
      const next = tf.keep(nextAverage(this.average, seen));
      if (seen !== this.average) seen.dispose();
      return next;
    });
    this.average.dispose();
    this.average = average;
  }

  async scores(batch: TupleBatch): Promise<Float32Array> {
    const scores = tf.tidy(() => scoreRows(this.tensors, tupleRows(this.data, batch), this.options.measure));
    const values = (await scores.data<'float32'>()).slice();
    scores.dispose();
    return values;
  }

  dispose(): void {
    this.average.dispose();
    this.optimiser.dispose();
  }
}

/**
 * True tuples of these samples, then shuffled ones: each modality but the first moved on by shifts of its own, so that
 * no two of a tuple belong together.
 * @returns [members, (1 + shuffles)·n, Σ widths]
 */
function tupleRows({ reduced, members, shape }: TupleData, { samples, shifts }: TupleBatch): tf.Tensor {
  const n = samples.length;
  const width = inputWidth(shape);
  const blocks = [shape.widths.map(() => 0), ...shifts];
  const rows = blocks.length * n;
  const out = new Float32Array(members.length * rows * width);
  members.forEach((layers, g) => {
    let column = 0;
    layers.forEach((layer, m) => {
      const own = reduced[m][layer];
      const w = shape.widths[m];
      blocks.forEach((shift, block) => {
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
