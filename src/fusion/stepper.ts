/** The members' parameters on the backend, and the steps that train them there. */
import { activeKernels } from '../runtime/kernels';
import type { CriticKernel } from '../runtime/kernels/critic';
import { HeadKernel, takesHeads } from '../runtime/kernels/heads';
import { crossEntropy } from '../runtime/ops';
import type { AdamW } from '../runtime/optimiser';
import * as tf from '../runtime/tf';
import { optimiserOf, type AdamWOptions } from './adamw';
import { Opponents } from './dependency/penalty';
import type { BatchedModel, TensorBatch } from './fit';
import type { PairBatch } from './pairs';
import { initialParameters, toTensors, type Parameters, type ParameterTensors } from './parameters';

export interface StepOptions extends AdamWOptions {
  /** Share of the target that is spread over all classes. Szegedy et al. 2016, §7. */
  labelSmoothing: number;
  /** False to go through the single ops and autodiff even where heads have a kernel of their own. */
  fused?: boolean;
}

/** States of a batch on the backend. @param layers how many layers A and B have in it */
export const upload = ({ n, a, b }: PairBatch, layers: { la: number; lb: number }): TensorBatch => ({
  n,
  a: tf.tensor(a, [layers.la, n, a.length / (layers.la * n)]),
  b: tf.tensor(b, [layers.lb, n, b.length / (layers.lb * n)]),
});

/** Target distributions [n, classes]. */
function targetsOf(labels: Uint8Array, classes: number, smoothing: number): Float32Array {
  const targets = new Float32Array(labels.length * classes).fill(smoothing / classes);
  labels.forEach((label, s) => (targets[s * classes + label] += 1 - smoothing));
  return targets;
}

/** Dispose it when done. AdamW works element by element, so a member's steps never depend on the others. */
export class Stepper {
  private readonly variables: tf.Variable[];
  private readonly optimiser: AdamW;
  /** The whole step in one kernel, where the backend and the model have it. */
  private readonly kernel: HeadKernel | null;
  /** The members' statistical networks where the loss has a dependency, and their part of the kernel. */
  private readonly opponents: Opponents | null;
  private readonly critic: CriticKernel | null;

  constructor(
    private readonly model: BatchedModel,
    private readonly classes: number,
    private readonly layers: { la: number; lb: number },
    private readonly options: StepOptions,
  ) {
    const tensors = toTensors(initialParameters(model.specs, model.seeds));
    this.variables = model.specs.map(({ name }) => tf.variable(tensors[name]));
    tf.dispose(tensors);
    this.optimiser = optimiserOf(model.specs, this.variables, options);
    const host = options.fused === false ? null : activeKernels();
    const { heads, penalty } = model;
    const decays = model.specs.map(({ weight }) => weight);
    this.opponents = penalty ? new Opponents(penalty.options, penalty.heads, penalty.width) : null;
    const takes = host && heads && takesHeads(heads);
    this.critic = takes && this.opponents ? this.opponents.fused(host) : null;
    this.kernel =
      takes && (this.critic || !this.opponents)
        ? new HeadKernel(
            host,
            heads,
            this.variables,
            decays,
            { ...options, eps: options.epsilon },
            this.critic,
          )
        : null;
  }

  /** By name; they change with every step. */
  get tensors(): ParameterTensors {
    return Object.fromEntries(this.model.specs.map(({ name }, i) => [name, this.variables[i]]));
  }

  /** One step at a learning rate; the loss of each member before it, without the penalty. */
  async step(batch: PairBatch, rate: number): Promise<Float32Array> {
    const { kernel, opponents } = this;
    const shifts = opponents?.nextShifts(batch.n);
    if (kernel) {
      const { n, rows } = batch;
      const given = rows ? { n, ...rows } : upload(batch, this.layers);
      const wanted = this.targets(batch);
      const climbs = shifts && { ...opponents!.options, shifts };
      const losses = kernel.step(given, wanted, rate, climbs);
      tf.dispose([wanted, ...[given.a, given.b].filter((side) => side instanceof tf.Tensor)]);
      return losses;
    }
    const losses = tf.tidy(() => {
      const given = upload(batch, this.layers);
      const wanted = this.targets(batch);
      let losses: tf.Tensor | null = null;
      const f = (): tf.Scalar => {
        const { logits, projected } = this.model.forward(this.tensors, given);
        losses = tf.keep(tf.mean(crossEntropy(logits, wanted), 1));
        const sum = tf.sum(losses);
        return (shifts ? tf.add(sum, opponents!.penalty(...projected!(), shifts)) : sum) as tf.Scalar;
      };
      const { grads } = tf.variableGrads(f, this.variables);
      this.optimiser.learningRate = rate;
      this.optimiser.apply(grads, this.variables);
      return losses as unknown as tf.Tensor;
    });
    const values = (await losses.data<'float32'>()).slice();
    losses.dispose();
    return values;
  }

  private targets({ n, labels }: PairBatch): tf.Tensor {
    return tf.tensor(targetsOf(labels, this.classes, this.options.labelSmoothing), [1, n, this.classes]);
  }

  /** Log-probabilities [members, n, classes] as the parameters are now. @param n samples of the batch */
  async logProbabilities(batch: TensorBatch): Promise<Float32Array> {
    const members = this.model.seeds.length;
    const logp = tf.tidy(() =>
      tf.logSoftmax(
        this.kernel
          ? tf.tensor(this.kernel.logits(batch), [members, batch.n, this.classes])
          : this.model.forward(this.tensors, batch).logits,
      ),
    );
    const values = (await logp.data<'float32'>()).slice();
    logp.dispose();
    return values;
  }

  /** Samples that `logProbabilities` may take at once. */
  get rowsAtOnce(): number {
    return this.kernel ? Infinity : this.model.validationRows;
  }

  /** The parameters as they are now, as plain arrays. */
  async parameters(): Promise<Parameters> {
    const values = await Promise.all(this.variables.map((variable) => variable.data<'float32'>()));
    return Object.fromEntries(
      this.model.specs.map(({ name }, i) => [
        name,
        { shape: [...this.variables[i].shape], data: values[i].slice() },
      ]),
    );
  }

  /** Go on from these parameters; the optimiser's moments stay. */
  assign(parameters: Parameters): void {
    const tensors = toTensors(parameters);
    this.model.specs.forEach(({ name }, i) => this.variables[i].assign(tensors[name]));
    tf.dispose(tensors);
  }

  dispose(): void {
    tf.dispose(this.variables);
    this.optimiser.dispose();
    this.kernel?.dispose();
    this.critic?.dispose();
    this.opponents?.dispose();
  }
}
