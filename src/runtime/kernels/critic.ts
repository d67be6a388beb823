/**
 * Statistical networks T in the side module: their steps and scores of one member after another while all of it is in
 * the cache, by themselves or within the steps of heads whose loss has a dependency.
 */
import * as tf from '../tf';
import type { KernelHost } from './host';

/** Networks of one shape, as fusion's `CriticShape`, and what they climb. */
export interface FusedCritics {
  /** Of each modality, two or more. */
  widths: readonly number[];
  hidden: number;
  /** T over what its slope never exceeds, as Wasserstein needs it; else bent at the limit, and in an exponential. */
  lipschitz: boolean;
  /** T stays within ± this. */
  limit: number;
  /** Products of the Gram matrix with itself that bound T's slope. */
  gramSteps: number;
  /** Share of the newest batch in the moving average of E'[eᵗ]; 0 where it stays what it is. */
  newest: number;
}

/** How AdamW is set, as in runtime/optimiser.ts; `weightDecay` is taken of those that decay. */
export interface CriticStepOptions {
  beta1: number;
  beta2: number;
  eps: number;
  weightDecay: number;
}

/** What is climbed on a batch. */
export interface Climbs {
  /** Samples, more than there are modalities less one. */
  n: number;
  /** [climbs][shuffles][modalities] by how much a shuffle moves each modality on. */
  shifts: readonly (readonly (readonly number[])[])[];
  rate: number;
  /** Of heads: the last of `shifts` is for their gradient, which gets −λ times that of what T climbs. */
  lambda?: number;
}

/** Rows of reduced states: what networks by themselves read. */
export interface CriticRows {
  /** [rows, width] of each modality of each member, member after member. */
  views: readonly tf.Tensor[];
  /** Which rows the batch has. */
  rows: Int32Array;
}

/** The plan's words, as in assembly/critic.ts. */
const LAMBDA = 11;
const PARAMETERS = 18;
const PARAMETER_WORDS = 5;
const VALUES = ['mix', 'mixBias', 'out', 'outBias'].length;

const FLOPS_PER_NS = 30;

/** Whether the side module takes such networks: it works on whole vectors of four. */
export const takesCritics = ({ hidden }: Pick<FusedCritics, 'hidden'>): boolean => hidden % 4 === 0;

/** Dispose it when done; the variables are left to the caller. */
export class CriticKernel {
  private readonly moments: tf.Tensor[][];
  /** Memory that calls need, by what it is for; it grows. */
  private readonly memory = new Map<string, tf.TensorInfo>();
  private steps = 0;

  /**
   * @param variables the parameters in the order of fusion's `criticParameters`, each [members, ...]; steps change them
   * @param average [members] moving average of E'[eᵗ], likewise
   * @param decays which of the parameters decay
   */
  constructor(
    private readonly host: KernelHost,
    private readonly critics: FusedCritics,
    private readonly variables: readonly tf.Variable[],
    private readonly average: tf.Variable,
    private readonly decays: readonly boolean[],
    private readonly options: CriticStepOptions,
  ) {
    this.moments = variables.map(({ shape }) => [tf.keep(tf.zeros(shape)), tf.keep(tf.zeros(shape))]);
  }

  get members(): number {
    return this.average.size;
  }

  /** One step of every member for each of `shifts`, on a batch. */
  step(batch: CriticRows, climbs: Climbs): void {
    this.run('criticSteps', this.prepare(climbs, batch), climbs);
  }

  /** T of true tuples, then of shuffled ones: [members, (1 + shuffles)·n]. */
  scores(batch: CriticRows, shifts: readonly (readonly number[])[]): Float32Array {
    const n = batch.rows.length;
    const out = this.host.output([this.members, (1 + shifts.length) * n]);
    this.run('criticScores', this.prepare({ n, shifts: [shifts], rate: 0 }, batch, out), {
      n,
      shifts: [shifts],
    });
    const values = this.host.floats(out).slice();
    this.host.release(out);
    return values;
  }

  /**
   * Writes the plan of the next call, which counts as so many steps of T as there are climbs.
   * @returns its address, for a kernel that climbs within its own step
   */
  prepare({ n, shifts, rate, lambda }: Climbs, batch?: CriticRows, scores?: tf.TensorInfo): number {
    const { host, critics: c, options } = this;
    const { widths } = c;
    const climbs = scores ? 0 : shifts.length - (lambda === undefined ? 0 : 1);
    const flat = Int32Array.from(shifts.flat(2));
    const shiftsAt = this.keep('shifts', flat);
    const rowsAt = batch ? this.keep('rows', batch.rows) : 0;
    const viewsAt = batch
      ? this.keep(
          'views',
          Int32Array.from(batch.views, (v) => host.address(v)),
        )
      : 0;
    const words = PARAMETERS + PARAMETER_WORDS * VALUES + widths.length + 2 * climbs;
    const at = this.keep('plan', new Int32Array(words));
    if (climbs > 0) [...this.variables, this.average].forEach((variable) => host.makeUnshared(variable));
    const plan = new DataView(host.floats(this.memory.get('plan')!).buffer, at, 4 * words);
    const { beta1, beta2, eps, weightDecay } = options;
    const sizes = [n, widths.length, c.hidden, Number(c.lipschitz), shifts[0].length, climbs];
    const places = [shiftsAt, host.address(this.average), viewsAt, rowsAt, host.address(scores)];
    [...sizes, ...places].forEach((word, i) => plan.setUint32(4 * i, word, true));
    [lambda ?? 0, c.limit, c.newest, beta1, beta2, eps].forEach((value, i) =>
      plan.setFloat32(4 * (LAMBDA + i), value, true),
    );
    plan.setUint32(4 * (PARAMETERS - 1), c.gramSteps, true);
    this.variables.forEach((variable, i) => {
      const own = 4 * (PARAMETERS + PARAMETER_WORDS * i);
      const places = [variable, ...this.moments[i]].map((tensor) => host.address(tensor));
      [...places, variable.size / this.members].forEach((word, j) => plan.setUint32(own + 4 * j, word, true));
      plan.setFloat32(own + 16, this.decays[i] ? rate * weightDecay : 0, true);
    });
    const rest = PARAMETERS + PARAMETER_WORDS * VALUES;
    widths.forEach((width, m) => plan.setUint32(4 * (rest + m), width, true));
    for (let climb = 0; climb < climbs; climb++) {
      this.steps++;
      const own = 4 * (rest + widths.length + 2 * climb);
      plan.setFloat32(own, rate / (1 - beta1 ** this.steps), true);
      plan.setFloat32(own + 4, 1 / (1 - beta2 ** this.steps), true);
    }
    return at;
  }

  /** Roughly how long the climbs of one member take on one thread. */
  nanoseconds({ n, shifts }: Pick<Climbs, 'n' | 'shifts'>): number {
    const { widths, hidden, lipschitz, gramSteps } = this.critics;
    const width = widths.reduce((sum, w) => sum + w, 0);
    const side = Math.min(width, hidden);
    const tuples = n * (1 + shifts[0].length);
    const gram = lipschitz ? 4 * gramSteps * side ** 3 : 0;
    return (shifts.length * (4 * n * width * hidden + 12 * tuples * hidden + gram)) / FLOPS_PER_NS;
  }

  dispose(): void {
    tf.dispose(this.moments);
    for (const info of this.memory.values()) this.host.release(info);
    this.memory.clear();
  }

  private run(
    kernel: 'criticSteps' | 'criticScores',
    plan: number,
    work: Pick<Climbs, 'n' | 'shifts'>,
  ): void {
    const { host, members } = this;
    host.run(kernel, [plan], {
      units: members,
      nanoseconds: members * this.nanoseconds(work),
      scratchBytes: host.call.criticScratch(plan),
    });
  }

  /** Puts words where the kernel finds them until the next call. @returns their address */
  private keep(name: string, words: Int32Array): number {
    const { host } = this;
    let info = this.memory.get(name);
    if (!info || info.shape[0] < words.length) {
      if (info) host.release(info);
      info = host.output([Math.max(1, words.length)], 'int32');
      this.memory.set(name, info);
    }
    const address = host.address(info);
    new Int32Array(host.floats(info).buffer, address, words.length).set(words);
    return address;
  }
}
