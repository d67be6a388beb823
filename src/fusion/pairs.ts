/** Pairs of cached layer states for training: which sample of A meets which of B, epoch by epoch, by seed. */
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
  /** Probability that one side's states are replaced by their training means, which standardised are zero. */
  drop?: number;
}

/** Row of a sample's variant in `StateSet.states`. */
const rowOf = (set: StateSet, sample: number, variant: number): number => sample * set.variants + variant;

/** Copies rows [layers, width] of a set into a batch [layers, n, width] at column `at`. */
function put(set: StateSet, row: number, into: Float32Array, n: number, at: number): void {
  const { layers, width, states } = set;
  for (let layer = 0; layer < layers; layer++) {
    const from = (row * layers + layer) * width;
    into.set(states.subarray(from, from + width), (layer * n + at) * width);
  }
}

/** Pairs of fixed rows, for validation. @param rowsA rows of `a.states`, sample and variant together */
export function gatherPairs(
  a: StateSet,
  b: StateSet,
  rowsA: ArrayLike<number>,
  rowsB: ArrayLike<number>,
): PairBatch {
  const n = rowsA.length;
  const batch: PairBatch = {
    n,
    a: new Float32Array(n * a.layers * a.width),
    b: new Float32Array(n * b.layers * b.width),
    labels: Uint8Array.from({ length: n }, (_, s) => a.labels[Math.floor(rowsA[s] / a.variants)]),
  };
  const { values } = a;
  if (values)
    batch.values = Float32Array.from({ length: n }, (_, s) => values[Math.floor(rowsA[s] / a.variants)]);
  for (let s = 0; s < n; s++) {
    put(a, rowsA[s], batch.a, n, s);
    put(b, rowsB[s], batch.b, n, s);
  }
  return batch;
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
  const { paired, classes, batch, seed, drop = 0 } = options;
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
      const order = orderOf(samples, perEpoch, random);
      const ownLabels = Uint8Array.from(order, (sample) => a.labels[sample]);
      const partners = paired === 'truly' ? order : partnersByLabel(ownLabels, b.labels, random);
      for (let step = 0; step < steps; step++) {
        const n = Math.min(batch, perEpoch);
        const rows = (set: StateSet, of: ArrayLike<number>) =>
          Int32Array.from({ length: n }, (_, s) =>
            rowOf(set, of[step * n + s], integer(random, set.variants)),
          );
        const pairs = gatherPairs(a, b, rows(a, order), rows(b, partners));
        for (let s = 0; s < n; s++) {
          const u = random();
          if (u < drop / 2) clear(pairs.a, a, n, s);
          else if (u < drop) clear(pairs.b, b, n, s);
        }
        yield pairs;
      }
    },
  };
}

function clear(into: Float32Array, { layers, width }: StateSet, n: number, at: number): void {
  for (let layer = 0; layer < layers; layer++)
    into.fill(0, (layer * n + at) * width, (layer * n + at + 1) * width);
}

/** Each sample once before any comes twice. */
function orderOf(samples: number, wanted: number, random: Random): Uint32Array {
  const order = new Uint32Array(wanted);
  for (let filled = 0; filled < wanted; filled += samples) {
    const round = permutation(samples, random);
    order.set(round.subarray(0, Math.min(samples, wanted - filled)), filled);
  }
  return order;
}
