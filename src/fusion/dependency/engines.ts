/** The two ways in which statistical networks T make their steps and scores: in the side module, and op by op. */
import { CriticKernel } from '../../runtime/kernels/critic';
import type { KernelHost } from '../../runtime/kernels/host';
import { AdamW } from '../../runtime/optimiser';
import * as tf from '../../runtime/tf';
import type { ParameterTensors } from '../parameters';
import { nextAverage, objective } from './bounds';
import { fusedCritics, inputWidth, scoreRows, type CriticShape, type DependencyMeasure } from './critic';

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
export interface Engine {
  step(batch: TupleBatch, rate: number): void;
  /** [members, (1 + shuffles)·n] with the parameters as they are now: true tuples first. */
  scores(batch: TupleBatch): Promise<Float32Array>;
  dispose(): void;
}

const adamW = ({ weightDecay, epsilon = 1e-8 }: LearnerOptions) => ({
  beta1: 0.9,
  beta2: 0.999,
  eps: epsilon,
  weightDecay,
});

export class KernelEngine implements Engine {
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

export class OpsEngine implements Engine {
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
