/**
 * Statistical networks T while they learn, many members side by side: in the side module one member after another while
 * all of it is in the cache, elsewhere op by op. What is learned is the same.
 */
import { mixSeed } from '../../math/random';
import { activeKernels } from '../../runtime/kernels';
import { takesCritics } from '../../runtime/kernels/critic';
import type { KernelHost } from '../../runtime/kernels/host';
import * as tf from '../../runtime/tf';
import { initialParameters, toTensors, type Parameters } from '../parameters';
import { boundOf } from './bounds';
import { criticParameters, fusedCritics, inputWidth, type CriticShape } from './critic';
import {
  KernelEngine,
  OpsEngine,
  type Engine,
  type LearnerOptions,
  type TupleBatch,
  type TupleData,
} from './engines';

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
