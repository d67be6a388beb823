/**
 * Co-attention heads in one call of the side module: a training step, or the logits, of one head after another while
 * all of it is in the cache. Through single ops each head's rows go to memory and back some forty times a step.
 */
import * as tf from '../tf';
import type { KernelHost } from './host';

/** Heads of one shape that fuse the same number of pairs; fields as in fusion's `HeadShape`. */
export interface FusedHeads {
  widthA: number;
  widthB: number;
  width: number;
  attentionHeads: number;
  hidden: number;
  classes: number;
  pairs: number;
  /** Layer indices from 0 of each head's pairs, head after head. */
  layers: { a: readonly number[]; b: readonly number[] };
}

/** States [layers, n, width] of both sides. */
export interface States {
  n: number;
  a: tf.Tensor;
  b: tf.Tensor;
}

/** One AdamW step of every parameter, as in runtime/optimiser.ts. */
export interface HeadStepOptions {
  beta1: number;
  beta2: number;
  eps: number;
  weightDecay: number;
}

/** The plan's words, as in assembly/heads.ts. */
const SETTINGS = 16;
const PARAMETERS = 24;
const PARAMETER_WORDS = 5;

/** Pairs of a block: what their tokens need fits into a second-level cache of half a megabyte. */
const PAIRS_AT_ONCE = 128;

/** Floating-point operations in a nanosecond; only decides how work is shared over threads. */
const FLOPS_PER_NS = 40;

/** Whether the side module takes such heads: it works on whole vectors of four. */
export const takesHeads = ({ width, attentionHeads, hidden }: FusedHeads): boolean =>
  width % (4 * attentionHeads) === 0 && hidden % 4 === 0;

/** Dispose it when done. */
export class HeadKernel {
  private readonly plan: tf.TensorInfo;
  private readonly kept: tf.Tensor[] = [];
  private readonly moments: tf.Tensor[][];
  private readonly layers: tf.Tensor[];
  private steps = 0;

  /**
   * @param variables the parameters in the order of fusion's `headParameters`, each [heads, ...]; steps change them
   * @param decays which of them decay
   */
  constructor(
    private readonly host: KernelHost,
    private readonly heads: FusedHeads,
    private readonly variables: readonly tf.Variable[],
    private readonly decays: readonly boolean[],
    private readonly options: HeadStepOptions,
  ) {
    const keep = (tensor: tf.Tensor): tf.Tensor => {
      this.kept.push(tf.keep(tensor));
      return tensor;
    };
    this.layers = [heads.layers.a, heads.layers.b].map((of) => keep(tf.tensor1d([...of], 'int32')));
    this.moments = variables.map(({ shape }) => [keep(tf.zeros(shape)), keep(tf.zeros(shape))]);
    this.plan = host.output([PARAMETERS + PARAMETER_WORDS * variables.length], 'int32');
  }

  /**
   * One step on the mean cross-entropy.
   * @param targets [n, classes] target distributions
   * @returns the loss of each head before the step
   */
  step(batch: States, targets: tf.Tensor, rate: number): Float32Array {
    const { host } = this;
    this.variables.forEach((variable) => host.makeUnshared(variable));
    this.steps++;
    const losses = host.output([this.count]);
    this.run('headSteps', batch, { targets, losses, rate });
    return this.read(losses);
  }

  /** [heads, n, classes], head after head. */
  logits(batch: States): Float32Array {
    const logits = this.host.output([this.count, batch.n, this.heads.classes]);
    this.run('headLogits', batch, { logits });
    return this.read(logits);
  }

  dispose(): void {
    tf.dispose(this.kept);
    this.host.release(this.plan);
  }

  private get count(): number {
    return this.variables[0].shape[0];
  }

  private read(output: tf.TensorInfo): Float32Array {
    const values = this.host.floats(output).slice();
    this.host.release(output);
    return values;
  }

  private run(
    kernel: 'headSteps' | 'headLogits',
    { n, a, b }: States,
    given: { targets?: tf.Tensor; losses?: tf.TensorInfo; logits?: tf.TensorInfo; rate?: number },
  ): void {
    const { host, heads: h, options } = this;
    const { targets, losses, logits, rate = 0 } = given;
    const address = (t: tf.TensorInfo | undefined): number => host.address(t);
    const block = Math.min(n, Math.max(1, Math.round(PAIRS_AT_ONCE / h.pairs)));
    const plan = new DataView(host.floats(this.plan).buffer, address(this.plan), 4 * this.plan.shape[0]);
    const sizes = [n, h.pairs, h.widthA, h.widthB, h.width, h.attentionHeads, h.hidden, h.classes, block];
    const places = [a, b, ...this.layers, targets, losses, logits].map(address);
    [...sizes, ...places].forEach((word, i) => plan.setUint32(4 * i, word, true));
    const { beta1, beta2, eps, weightDecay } = options;
    const corrections = [rate / (1 - beta1 ** this.steps), 1 / (1 - beta2 ** this.steps)];
    [beta1, beta2, ...corrections, eps].forEach((value, i) =>
      plan.setFloat32(4 * (SETTINGS + i), value, true),
    );
    this.variables.forEach((variable, i) => {
      const at = 4 * (PARAMETERS + PARAMETER_WORDS * i);
      const words = [variable, ...this.moments[i]].map(address);
      [...words, variable.size / this.count].forEach((word, j) => plan.setUint32(at + 4 * j, word, true));
      plan.setFloat32(at + 16, this.decays[i] ? rate * weightDecay : 0, true);
    });
    const flops = 2 * h.width * (h.widthA + h.widthB + 8 * h.width + 4 * h.hidden) * h.pairs * n;
    host.run(kernel, [address(this.plan)], {
      units: this.count,
      nanoseconds: ((kernel === 'headSteps' ? 3 : 1) * flops * this.count) / FLOPS_PER_NS,
      scratchBytes: host.call.headScratch(address(this.plan)),
    });
  }
}
