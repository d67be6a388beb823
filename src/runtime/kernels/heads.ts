/**
 * Co-attention heads in one call of the side module: a training step, or the logits, of one head after another while
 * all of it is in the cache. Through single ops each head's rows go to memory and back some forty times a step.
 */
import * as tf from '../tf';
import type { Climbs, CriticKernel } from './critic';
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
  /** How many layers A and B have. */
  la: number;
  lb: number;
}

/** States of some samples where they lie among others: rows [layers, width], zeros for those that are dropped. */
export interface StateRows {
  states: Float32Array;
  rows: Int32Array;
  /** [n] */
  dropped: Uint8Array;
}

/** States of n samples of both sides, each as a tensor [layers, n, width] or as rows. */
export interface States {
  n: number;
  a: tf.Tensor | StateRows;
  b: tf.Tensor | StateRows;
}

/** Where a side's states lie, and how many floats on are those of the next sample, and of the next layer. */
interface Place {
  address: number;
  strides: [sample: number, layer: number];
}

/** Memory for one side's rows. */
interface Room {
  width: number;
  /** Which layers the heads take, first and last; the others are not copied. */
  first: number;
  last: number;
  /** How many there are in a row. */
  of: number;
  memory: tf.TensorInfo | null;
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
const STRIDES = 21;
const CRITIC = 25;
const PARAMETERS = 26;
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
  private readonly rooms: Room[];
  private steps = 0;

  /**
   * @param variables the parameters in the order of fusion's `headParameters`, each [heads, ...]; steps change them
   * @param decays which of them decay
   * @param critic the heads' statistical networks, where their loss has a dependency; it is left to the caller
   */
  constructor(
    private readonly host: KernelHost,
    private readonly heads: FusedHeads,
    private readonly variables: readonly tf.Variable[],
    private readonly decays: readonly boolean[],
    private readonly options: HeadStepOptions,
    private readonly critic: CriticKernel | null = null,
  ) {
    const keep = (tensor: tf.Tensor): tf.Tensor => {
      this.kept.push(tf.keep(tensor));
      return tensor;
    };
    this.layers = [heads.layers.a, heads.layers.b].map((of) => keep(tf.tensor1d([...of], 'int32')));
    const room = (layers: readonly number[], width: number, of: number): Room => {
      const [first, last] = [Math.min(...layers), Math.max(...layers)];
      return { width, first, last, of, memory: null };
    };
    const { la, lb, layers } = heads;
    this.rooms = [room(layers.a, heads.widthA, la), room(layers.b, heads.widthB, lb)];
    this.moments = variables.map(({ shape }) => [keep(tf.zeros(shape)), keep(tf.zeros(shape))]);
    this.plan = host.output([PARAMETERS + PARAMETER_WORDS * variables.length], 'int32');
  }

  /**
   * One step on the mean cross-entropy, less λ times the dependency where the heads have statistical networks: these
   * climb first, on the batch's projected vectors.
   * @param targets [n, classes] target distributions
   * @param climbs what the networks climb, with λ
   * @returns the cross-entropy of each head before the step
   */
  step(batch: States, targets: tf.Tensor, rate: number, climbs?: Omit<Climbs, 'n'>): Float32Array {
    const { host } = this;
    this.variables.forEach((variable) => host.makeUnshared(variable));
    this.steps++;
    const losses = host.output([this.count]);
    this.run('headSteps', batch, { targets, losses, rate, climbs });
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
    for (const { memory } of this.rooms) if (memory) this.host.release(memory);
  }

  private get count(): number {
    return this.variables[0].shape[0];
  }

  private place(states: tf.Tensor | StateRows, n: number, room: Room): Place {
    const { host } = this;
    const { width, first, last, of } = room;
    if (!('rows' in states)) return { address: host.address(states), strides: [width, n * width] };
    const size = (last + 1 - first) * width;
    if (!room.memory || room.memory.shape[0] < n) {
      if (room.memory) host.release(room.memory);
      room.memory = host.output([n, size]);
    }
    const memory = host.floats(room.memory);
    for (let s = 0; s < n; s++) {
      const from = states.rows[s] * of * width + first * width;
      if (states.dropped[s]) memory.fill(0, s * size, (s + 1) * size);
      else memory.set(states.states.subarray(from, from + size), s * size);
    }
    // as if the layers before the first were there too
    return { address: host.address(room.memory) - 4 * first * width, strides: [size, width] };
  }

  private read(output: tf.TensorInfo): Float32Array {
    const values = this.host.floats(output).slice();
    this.host.release(output);
    return values;
  }

  private run(
    kernel: 'headSteps' | 'headLogits',
    { n, a, b }: States,
    given: {
      targets?: tf.Tensor;
      losses?: tf.TensorInfo;
      logits?: tf.TensorInfo;
      rate?: number;
      climbs?: Omit<Climbs, 'n'>;
    },
  ): void {
    const { host, heads: h, options } = this;
    const { targets, losses, logits, rate = 0 } = given;
    const address = (t: tf.TensorInfo | undefined): number => host.address(t);
    const block = Math.min(n, Math.max(1, Math.round(PAIRS_AT_ONCE / h.pairs)));
    const sizes = [n, h.pairs, h.widthA, h.widthB, h.width, h.attentionHeads, h.hidden, h.classes, block];
    const sides = [a, b].map((side, i) => this.place(side, n, this.rooms[i]));
    const climbs = given.climbs && { n, ...given.climbs };
    const critic = climbs && this.critic ? this.critic.prepare(climbs) : 0;
    const plan = new DataView(host.floats(this.plan).buffer, address(this.plan), 4 * this.plan.shape[0]);
    const places = [...this.layers, targets, losses, logits].map(address);
    [...sizes, ...sides.map((side) => side.address), ...places].forEach((word, i) =>
      plan.setUint32(4 * i, word, true),
    );
    sides
      .flatMap(({ strides }) => strides)
      .forEach((stride, i) => plan.setUint32(4 * (STRIDES + i), stride, true));
    plan.setUint32(4 * CRITIC, critic, true);
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
    const climbing = climbs && this.critic ? this.critic.nanoseconds(climbs) : 0;
    host.run(kernel, [address(this.plan)], {
      units: this.count,
      nanoseconds: this.count * (((kernel === 'headSteps' ? 3 : 1) * flops) / FLOPS_PER_NS + climbing),
      scratchBytes: host.call.headScratch(address(this.plan)),
    });
  }
}
