/** Pairs of cached layer states for training: which sample of A meets which of B, epoch by epoch, by seed. */
import type { StateRows } from '../runtime/kernels/heads';
import { integer, permutation, seededRandom, type Random } from '../math/random';

/** Standardised pooled states of one modality's samples, each in one or more variants (clean, degraded, augmented). */
export interface StateSet {
  layers: number;
  width: number;
  /** How many variants of each sample there are. */
  variants: number;
  /** [samples, variants, layers, width] */
  states: Float32Array;
  /** [samples] class. */
  labels: Uint8Array;
  /** [samples] what is to be predicted where it is a number. */
  values?: Float32Array;
}

/** Pairs side by side, layer by layer, as the models take them. */
export interface PairBatch {
  n: number;
  /** [la, n, widthA] and [lb, n, widthB] */
  a: Float32Array;
  b: Float32Array;
  /** The same where they lie in their sets, as long as nobody has asked for the arrays. */
  rows?: { a: StateRows; b: StateRows };
  labels: Uint8Array;
  /** Of A's samples, where they have them. */
  values?: Float32Array;
}

export interface PairSource {
  /** Minibatches in an epoch. */
  readonly steps: number;
  readonly classes: number;
  /** The same minibatches in the same order whenever asked for the same epoch. */
  epoch(epoch: number): Iterable<PairBatch>;
}

export interface PairSourceOptions {
  paired: 'by-label' | 'truly';
  classes: number;
  batch: number;
  seed: number;
  /** Pairs in an epoch; left out: each sample of A once. */
  perEpoch?: number;
  /** Each class of A as often in an epoch, whatever its number of samples. */
  balanced?: boolean;
  /** Probability that a pair is as the first variant of both sides has it: undegraded. Left out: as the draw of each side's variant has it. */
  undegraded?: number;
  /** Probability that one side's states are replaced by their training means, which standardised are zero. */
  drop?: number;
  /** Share of the pairs in which a side has the states of some other sample, whatever its class. */
  exchanged?: Partial<Record<'a' | 'b', number>>;
}

/** Row of a sample's variant in `StateSet.states`. */
const rowOf = (set: StateSet, sample: number, variant: number): number => sample * set.variants + variant;

/** Copies a set's rows [layers, width] into a batch [layers, n, width]; zeros for those that are dropped. */
function gather({ layers, width }: StateSet, { states, rows, dropped }: StateRows): Float32Array {
  const n = rows.length;
  const into = new Float32Array(n * layers * width);
  for (let layer = 0; layer < layers; layer++)
    for (let s = 0; s < n; s++) {
      const from = (rows[s] * layers + layer) * width;
      if (!dropped[s]) into.set(states.subarray(from, from + width), (layer * n + s) * width);
    }
  return into;
}

/**
 * Pairs of fixed rows. Their states are copied when first asked for; whoever has them so may change them.
 * @param rowsA rows of `a.states`, sample and variant together
 * @param dropped [n] 1 where A's states are replaced by zeros, 2 where B's are
 * @param labels [n] left out: those of A's samples
 */
export function gatherPairs(
  a: StateSet,
  b: StateSet,
  rowsA: ArrayLike<number>,
  rowsB: ArrayLike<number>,
  dropped = new Uint8Array(rowsA.length),
  labels?: Uint8Array,
): PairBatch {
  const rowsOf = (set: StateSet, rows: ArrayLike<number>, side: number): StateRows => ({
    states: set.states,
    rows: Int32Array.from(rows),
    dropped: dropped.map((which) => Number(which === side)),
  });
  const rows = { a: rowsOf(a, rowsA, 1), b: rowsOf(b, rowsB, 2) };
  const copies: { a?: Float32Array; b?: Float32Array } = {};
  const ofSample = <T>(values: ArrayLike<T>) =>
    Array.from(rows.a.rows, (r) => values[Math.floor(r / a.variants)]);
  const batch: PairBatch = {
    n: rowsA.length,
    get a() {
      return (copies.a ??= gather(a, rows.a));
    },
    get b() {
      return (copies.b ??= gather(b, rows.b));
    },
    labels: labels ?? Uint8Array.from(ofSample(a.labels)),
  };
  if (a.values) batch.values = Float32Array.from(ofSample(a.values));
  // Not among what a copy of the batch takes along, and not once the states are in other hands: they may differ.
  return Object.defineProperty(batch, 'rows', { get: () => (copies.a || copies.b ? undefined : rows) });
}

/** A partner of the same class for each label, drawn uniformly. */
export function partnersByLabel(labels: Uint8Array, of: Uint8Array, random: Random): Int32Array {
  const byLabel = new Map<number, number[]>();
  of.forEach((label, sample) => byLabel.set(label, [...(byLabel.get(label) ?? []), sample]));
  return Int32Array.from(labels, (label) => {
    const partners = byLabel.get(label);
    if (!partners) throw new RangeError(`Class ${label} occurs in A and not in B.`);
    return partners[integer(random, partners.length)];
  });
}

/**
 * A source that pairs anew in each epoch: truly paired samples keep their partner (same index), label-paired ones get
 * one of their class; each side's variant is drawn.
 */
export function createPairSource(a: StateSet, b: StateSet, options: PairSourceOptions): PairSource {
  const { paired, classes, batch, seed, drop = 0, undegraded = 0 } = options;
  const samples = a.labels.length;
  const perEpoch = options.perEpoch ?? samples;
  const steps = Math.max(1, Math.floor(perEpoch / batch));
  if (paired === 'truly' && b.labels.length !== samples)
    throw new RangeError(`Truly paired sets differ in length: ${samples} and ${b.labels.length}.`);
  return {
    steps,
    classes,
    *epoch(epoch) {
      const random = seededRandom(seed, 'pairs', epoch);
      const order = options.balanced
        ? balancedOrder(a.labels, perEpoch, random)
        : orderOf(samples, perEpoch, random);
      const ownLabels = Uint8Array.from(order, (sample) => a.labels[sample]);
      const partners = paired === 'truly' ? order : partnersByLabel(ownLabels, b.labels, random);
      const exchange = options.exchanged && exchanger(seededRandom(seed, 'exchanged', epoch));
      for (let step = 0; step < steps; step++) {
        const n = Math.min(batch, perEpoch);
        // nothing is drawn where nobody asks: the other draws stay what they were
        const first = Array.from({ length: undegraded > 0 ? n : 0 }, () => random() < undegraded);
        const rows = (set: StateSet, of: ArrayLike<number>) =>
          Int32Array.from({ length: n }, (_, s) =>
            rowOf(set, of[step * n + s], first[s] ? 0 : integer(random, set.variants)),
          );
        const [rowsA, rowsB] = [rows(a, order), rows(b, partners)];
        const dropped = Uint8Array.from({ length: n }, () => {
          const u = random();
          return u < drop / 2 ? 1 : u < drop ? 2 : 0;
        });
        if (!exchange) yield gatherPairs(a, b, rowsA, rowsB, dropped);
        else {
          const ofA = exchange(rowsA, a, options.exchanged?.a);
          const ofB = exchange(rowsB, b, options.exchanged?.b);
          yield gatherPairs(a, b, ofA, ofB, dropped, ownLabels.slice(step * n, step * n + n));
        }
      }
    },
  };
}

/** Puts the row of any sample, in any variant, in the place of some. @returns the rows, changed */
export const exchanger =
  (random: Random) =>
  (rows: Int32Array, set: StateSet, share = 0): Int32Array =>
    share > 0
      ? rows.map((row) => (random() < share ? integer(random, set.labels.length * set.variants) : row))
      : rows;

/** Each sample once before any comes twice. */
function orderOf(samples: number, wanted: number, random: Random): Uint32Array {
  const order = new Uint32Array(wanted);
  for (let filled = 0; filled < wanted; filled += samples) {
    const round = permutation(samples, random);
    order.set(round.subarray(0, Math.min(samples, wanted - filled)), filled);
  }
  return order;
}

/** The classes in turn, each one's samples as `orderOf` has them, then shuffled. */
function balancedOrder(labels: Uint8Array, wanted: number, random: Random): Uint32Array {
  const byClass = [...new Set(labels)].map((label) =>
    Uint32Array.from(labels.keys()).filter((sample) => labels[sample] === label),
  );
  const orders = byClass.map((of) => orderOf(of.length, Math.ceil(wanted / byClass.length), random));
  const turn = (n: number) =>
    byClass[n % byClass.length][orders[n % byClass.length][Math.floor(n / byClass.length)]];
  return permutation(wanted, random).map(turn);
}
