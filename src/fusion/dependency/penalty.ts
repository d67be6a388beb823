/**
 * Training with the penalty: loss = task − λ · dependency(p(a), p(b)), Colombo et al. 2021, eq. 1 and 5. Each head has
 * a statistical network of its own, which climbs before each step of the head, on the same batch.
 */
import { mixSeed, seededRandom } from '../../math/random';
import { CriticKernel, takesCritics } from '../../runtime/kernels/critic';
import type { KernelHost } from '../../runtime/kernels/host';
import { AdamW } from '../../runtime/optimiser';
import * as tf from '../../runtime/tf';
import { initialParameters, toTensors, type ParameterTensors } from '../parameters';
import { nextAverage, objective } from './bounds';
import {
  criticParameters,
  fusedCritics,
  scoreRows,
  type CriticShape,
  type DependencyMeasure,
} from './critic';
import { shiftsOf } from './shuffles';

export interface PenaltyOptions {
  measure: DependencyMeasure;
  /** How much of the dependency is taken from the loss, at least 0. */
  lambda: number;
  seed: number;
  hidden?: number;
  /** Learning rate of T, which is constant: what it measures moves on. */
  rate?: number;
  /** Of T's AdamW. */
  epsilon?: number;
  /** Shuffled tuples for each true one. */
  shuffles?: number;
  /** Steps of T before each step of the heads. */
  climbs?: number;
}

const defaults = { hidden: 32, rate: 1e-2, epsilon: 1e-8, shuffles: 2, climbs: 2 };
const adamW = { beta1: 0.9, beta2: 0.999, weightDecay: 0 };

/** T of the heads of a chunk while they train. Dispose it when done. */
export class Opponents {
  readonly options: Required<PenaltyOptions>;
  private readonly shape: CriticShape;
  private readonly names: string[];
  private readonly variables: tf.Variable[];
  private readonly optimiser: AdamW;
  /** A variable, so that what it is made of stays out of the gradient of what it is used in: KL holds it constant. */
  private readonly movingAverage: tf.Variable;
  private steps = 0;

  /**
   * @param heads which heads these are, as indices into `headSpecs`: T of each depends on its own index alone
   * @param width of p(a) and of p(b)
   */
  constructor(given: PenaltyOptions, heads: readonly number[], width: number) {
    this.options = { ...defaults, ...given };
    const { hidden, rate, epsilon, seed } = this.options;
    this.shape = { widths: [width, width], hidden };
    const specs = criticParameters(this.shape);
    const seeds = heads.map((head) => mixSeed(seed, 'penalty', head));
    const tensors = toTensors(initialParameters(specs, seeds));
    this.names = specs.map(({ name }) => name);
    this.variables = this.names.map((name) => tf.variable(tensors[name]));
    tf.dispose(tensors);
    this.movingAverage = tf.tidy(() => tf.variable(tf.ones([heads.length]), false));
    this.optimiser = new AdamW({ learningRate: rate, eps: epsilon, ...adamW });
  }

  /** T's parameters as they are now. */
  get parameters(): ParameterTensors {
    return Object.fromEntries(this.names.map((name, i) => [name, this.variables[i]]));
  }

  /** [heads] moving average of E'[eᵗ] as it is now. */
  get average(): tf.Tensor {
    return this.movingAverage;
  }

  /**
   * By how much the modalities of each shuffle are moved on in the next step of the heads: of each climb, and last for
   * the heads' own gradient. By the step alone, so that a head's training does not depend on which heads share its chunk.
   */
  nextShifts(n: number): number[][][] {
    const { seed, climbs, shuffles } = this.options;
    const random = seededRandom(seed, 'penalty shuffles', this.steps++);
    return Array.from({ length: climbs + 1 }, () => shiftsOf(n, 2, shuffles, random));
  }

  /**
   * T climbs; then what is added to the heads' loss: −λ times the dependency. Its gradient reaches the heads through
   * their vectors alone.
   * @param projectedA [G, n, width] p(a), over a mask its mean; `projectedB` likewise
   * @param shifts of `nextShifts`
   * @returns a scalar, the sum over the heads
   */
  penalty(projectedA: tf.Tensor, projectedB: tf.Tensor, shifts: readonly number[][][]): tf.Tensor {
    const { measure, lambda } = this.options;
    const { parameters, variables, movingAverage } = this;
    const views = [centred(projectedA), centred(projectedB)];
    for (const own of shifts.slice(0, -1)) {
      const seen: tf.Tensor[] = [];
      const f = (): tf.Scalar => {
        const { value, exponential } = dependencyOf(parameters, views, own, measure, movingAverage);
        if (exponential) seen.push(tf.keep(exponential));
        return tf.neg(tf.sum(value)) as tf.Scalar;
      };
      this.optimiser.apply(tf.variableGrads(f, variables).grads, variables);
      if (measure === 'kl') tf.tidy(() => movingAverage.assign(nextAverage(movingAverage, seen[0])));
      tf.dispose(seen);
    }
    const { value } = dependencyOf(parameters, views, shifts[shifts.length - 1], measure, movingAverage);
    return tf.mul(tf.sum(value), -lambda);
  }

  /** The same in the side module, within the heads' own steps; null where it does not take this T. */
  fused(host: KernelHost): CriticKernel | null {
    const critics = fusedCritics(this.shape, this.options.measure);
    if (!takesCritics(critics)) return null;
    const decays = this.variables.map(() => false);
    const options = { ...adamW, eps: this.options.epsilon };
    return new CriticKernel(host, critics, this.variables, this.movingAverage, decays, options);
  }

  dispose(): void {
    tf.dispose([...this.variables, this.movingAverage]);
    this.optimiser.dispose();
  }
}

/**
 * Projected vectors about their batch's mean, over their root mean square length by dimension. Without it a head could
 * raise the Wasserstein distance for nothing, by making its vectors longer. Differentiable.
 * @param x [G, n, width]
 */
export function centred(x: tf.Tensor): tf.Tensor {
  const about = tf.sub(x, tf.mean(x, 1, true));
  const size = tf.sqrt(tf.add(tf.mean(tf.square(about), [1, 2], true), 1e-8));
  return tf.div(about, size);
}

/**
 * What T and the heads climb on a batch, of each member: see `objective`. Differentiable by T and by the views.
 * @param views [G, n, width] of each modality
 * @param shifts by which the modalities of each shuffle are moved on, see `shiftsOf`
 */
export function dependencyOf(
  parameters: ParameterTensors,
  views: readonly tf.Tensor[],
  shifts: readonly (readonly number[])[],
  measure: DependencyMeasure,
  average: tf.Tensor | null,
): { value: tf.Tensor; exponential: tf.Tensor | null } {
  const [groups, n] = views[0].shape as number[];
  const x = tf.concat(
    views.map((view, m) => tf.concat([view, ...shifts.map((shift) => moved(view, shift[m]))], 1)),
    2,
  );
  const scores = scoreRows(parameters, x, measure);
  return objective(
    tf.slice(scores, [0, 0], [groups, n]),
    tf.slice(scores, [0, n], [groups, shifts.length * n]),
    measure,
    average,
  );
}

/** Row s gets what row s + shift had, round and round. */
function moved(view: tf.Tensor, shift: number): tf.Tensor {
  if (shift === 0) return view;
  const [groups, n, width] = view.shape as number[];
  return tf.concat(
    [
      tf.slice(view, [0, shift, 0], [groups, n - shift, width]),
      tf.slice(view, [0, 0, 0], [groups, shift, width]),
    ],
    1,
  );
}
