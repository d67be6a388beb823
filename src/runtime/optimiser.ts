/**
 * AdamW, Adam with decoupled weight decay (Loshchilov & Hutter 2019, algorithm 2), and clipping by the global norm.
 * One fused pass a variable where our kernels run, composed tfjs ops elsewhere.
 */
import { activeKernels } from './kernels';
import * as tf from './tf';

export interface AdamWOptions {
  learningRate: number;
  beta1?: number;
  beta2?: number;
  eps?: number;
  /** Share of a weight taken away each step, times the learning rate; 0 for plain Adam. */
  weightDecay?: number;
  /** Which variables decay; by default those of rank 2 or more, so not biases and gains. */
  decays?: (variable: tf.Variable) => boolean;
  /** Gradients are scaled down together where their joint Euclidean norm is above this; none by default. */
  clipNorm?: number;
}

/** What a checkpoint keeps: steps done, and both moments of each variable by its name. */
export interface AdamWState {
  step: number;
  moments: Record<string, { first: Float32Array; second: Float32Array }>;
}

interface Moments {
  first: tf.Variable;
  second: tf.Variable;
}

export class AdamW {
  learningRate: number;
  private readonly options: Required<Omit<AdamWOptions, 'learningRate'>>;
  private readonly moments = new Map<string, Moments>();
  private steps = 0;

  constructor({ learningRate, ...options }: AdamWOptions) {
    this.learningRate = learningRate;
    this.options = {
      beta1: 0.9,
      beta2: 0.999,
      eps: 1e-8,
      weightDecay: 0,
      decays: (variable) => variable.rank >= 2,
      clipNorm: Infinity,
      ...options,
    };
  }

  /** Gradients of a scalar loss and one step; returns the loss, which the caller disposes. */
  minimize(loss: () => tf.Scalar, variables: tf.Variable[]): tf.Scalar {
    const { value, grads } = tf.variableGrads(loss, variables);
    this.apply(grads, variables);
    tf.dispose(grads);
    return value;
  }

  /** One step with gradients by variable name (a variable without one stays); they are left to the caller. */
  apply(gradients: tf.NamedTensorMap, variables: tf.Variable[]): void {
    const trained = variables.filter((variable) => gradients[variable.name]);
    this.steps++;
    const fused = trained.length > 0 && activeKernels() !== null;
    if (fused) this.applyFused(gradients, trained);
    else tf.tidy(() => this.applyComposed(gradients, trained));
  }

  private momentsOf(variable: tf.Variable): Moments {
    let moments = this.moments.get(variable.name);
    if (!moments) {
      const zeros = () => tf.tidy(() => tf.variable(tf.zerosLike(variable), false));
      moments = { first: zeros(), second: zeros() };
      this.moments.set(variable.name, moments);
    }
    return moments;
  }

  private applyFused(gradients: tf.NamedTensorMap, variables: tf.Variable[]): void {
    const host = activeKernels()!;
    const { beta1, beta2, eps, clipNorm } = this.options;
    let scale = 1;
    if (clipNorm < Infinity) {
      const square = variables.reduce((sum, { name }) => {
        const gradient = gradients[name];
        return sum + host.call.sumOfSquares(host.address(gradient), gradient.size);
      }, 0);
      scale = Math.min(1, clipNorm / (Math.sqrt(square) + 1e-12));
    }
    for (const variable of variables) {
      const { first, second } = this.momentsOf(variable);
      host.makeUnshared(variable);
      const addresses = [variable, first, second, gradients[variable.name]].map((t) => host.address(t));
      const rate = this.learningRate / (1 - beta1 ** this.steps);
      const correction = 1 / (1 - beta2 ** this.steps);
      host.run(
        'adamStep',
        [...addresses, beta1, beta2, rate, correction, eps, this.decayOf(variable), scale],
        { units: variable.size, nanoseconds: 1.3 * variable.size, align: 1024 },
      );
    }
  }

  private applyComposed(gradients: tf.NamedTensorMap, variables: tf.Variable[]): void {
    const { beta1, beta2, eps, clipNorm } = this.options;
    let scale: tf.Tensor = tf.scalar(1);
    if (clipNorm < Infinity) {
      const norm = tf.sqrt(tf.addN(variables.map(({ name }) => tf.sum(tf.square(gradients[name])))));
      scale = tf.minimum(1, tf.div(clipNorm, tf.add(norm, 1e-12)));
    }
    for (const variable of variables)
      tf.tidy(() => {
        const { first, second } = this.momentsOf(variable);
        const gradient = tf.mul(gradients[variable.name], scale);
        first.assign(tf.add(tf.mul(first, beta1), tf.mul(gradient, 1 - beta1)));
        second.assign(tf.add(tf.mul(second, beta2), tf.mul(tf.square(gradient), 1 - beta2)));
        const rate = this.learningRate / (1 - beta1 ** this.steps);
        const root = tf.sqrt(tf.mul(second, 1 / (1 - beta2 ** this.steps)));
        const step = tf.div(tf.mul(first, rate), tf.add(root, eps));
        // A new tensor, never in place: the stock matMul keeps packed weights by their data's identity.
        variable.assign(tf.sub(tf.mul(variable, 1 - this.decayOf(variable)), step));
      });
  }

  private decayOf(variable: tf.Variable): number {
    return this.options.decays(variable) ? this.learningRate * this.options.weightDecay : 0;
  }

  async exportState(): Promise<AdamWState> {
    const entries = [...this.moments].map(async ([name, { first, second }]) => {
      const [a, b] = await Promise.all([first.data<'float32'>(), second.data<'float32'>()]);
      return [name, { first: a.slice(), second: b.slice() }] as const;
    });
    return { step: this.steps, moments: Object.fromEntries(await Promise.all(entries)) };
  }

  /** Continues from a checkpoint. Throws where a moment does not fit its variable; variables not in it start afresh. */
  importState(state: AdamWState, variables: tf.Variable[]): void {
    this.steps = state.step;
    for (const variable of variables) {
      const saved = state.moments[variable.name];
      if (!saved) continue;
      if (saved.first.length !== variable.size || saved.second.length !== variable.size)
        throw new Error(
          `The checkpoint's moments of ${variable.name} do not fit its shape [${variable.shape}].`,
        );
      const { first, second } = this.momentsOf(variable);
      tf.tidy(() => {
        first.assign(tf.tensor(saved.first, variable.shape));
        second.assign(tf.tensor(saved.second, variable.shape));
      });
    }
  }

  dispose(): void {
    for (const { first, second } of this.moments.values()) tf.dispose([first, second]);
    this.moments.clear();
  }
}
