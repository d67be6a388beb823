/**
 * Trains models of several modalities side by side, each on its own layers. A modality is dropped now and then, so that
 * a model survives without it; each keeps the epoch that is best on validation with and without modalities, or a given one.
 */
import { integer, normal, permutation, seededRandom, type Random } from '../math/random';
import { crossEntropy } from '../runtime/ops';
import * as tf from '../runtime/tf';
import { optimiserOf, rateAt } from './adamw';
import type { FitOptions } from './fit';
import { jointParameters, runJoint, type JointShape } from './joint';
import { exchanger, type StateSet } from './pairs';
import { initialParameters, toTensors, type Parameters, type ParameterTensors } from './parameters';

export interface JointMember {
  /** Layer of each modality, from 0. */
  layers: readonly number[];
  seed: number;
}

export interface JointFitOptions extends Omit<FitOptions, 'fused'> {
  seed: number;
  batch: number;
  /** Samples in an epoch; left out: each once. */
  perEpoch?: number;
  /** Probability that a modality is dropped; one always stays. */
  drop: number;
  /** Of each modality: the deviation of the noise on its standardised states, and how often it has another sample's. */
  noise: readonly number[];
  exchanged: readonly number[];
}

export interface FittedJoint {
  /** Of each member's best epoch. */
  parameters: Parameters;
  /** [members] mean log-loss on validation over all sets of modalities that are there, and the epoch it was reached in. */
  loss: Float32Array;
  epoch: Int32Array;
}

/** Every set of modalities that may be there, but for none: whether each is. All of them first, then the larger sets. */
export const presences = (modalities: number): boolean[][] =>
  Array.from({ length: 2 ** modalities - 1 }, (_, code) =>
    Array.from({ length: modalities }, (_, m) => (code >> m) % 2 === 0),
  ).sort((x, y) => y.filter(Boolean).length - x.filter(Boolean).length);

/** Which row of each modality's states a sample has, and which of them are there: [modality][sample]. */
interface Rows {
  rows: Int32Array[];
  there: boolean[][];
  labels: Uint8Array;
}

/**
 * @param train of each modality, the same samples in the same order
 * @param validation likewise; its variants are the conditions, the same of each modality
 * @throws RangeError where the modalities differ in their samples
 */
export async function fitJoint(
  shape: JointShape,
  members: readonly JointMember[],
  train: readonly StateSet[],
  validation: readonly StateSet[],
  options: JointFitOptions,
): Promise<FittedJoint> {
  const { epochs, batch, seed, rate, patience, perEpoch = train[0].labels.length } = options;
  for (const sets of [train, validation])
    if (sets.some(({ labels }) => labels.length !== sets[0].labels.length))
      throw new RangeError('The modalities differ in their number of samples.');
  const specs = jointParameters(shape);
  const initial = initialParameters(
    specs,
    members.map((member) => member.seed),
  );
  const best: FittedJoint = {
    parameters: initial,
    loss: new Float32Array(members.length).fill(Infinity),
    epoch: new Int32Array(members.length).fill(-1),
  };
  const tensors = toTensors(initial);
  const variables = specs.map(({ name }) => tf.variable(tensors[name]));
  tf.dispose(tensors);
  const now: ParameterTensors = Object.fromEntries(specs.map(({ name }, i) => [name, variables[i]]));
  const optimiser = optimiserOf(specs, variables, options);
  const held = validationRows(validation, options);
  const steps = Math.max(1, Math.floor(perEpoch / batch));
  try {
    for (let epoch = 0; epoch < epochs; epoch++) {
      const random = seededRandom(seed, 'joint', epoch);
      const orders: Uint32Array[] = [];
      for (let count = 0; count < steps * batch; count += train[0].labels.length)
        orders.push(permutation(train[0].labels.length, random));
      const order = orders.flatMap((part) => Array.from(part));
      for (let step = 0; step < steps; step++) {
        const rows = trainingRows(order.slice(step * batch, (step + 1) * batch), train, options, random);
        optimiser.learningRate = rateAt(epoch * steps + step, epochs * steps, rate);
        tf.tidy(() => {
          const states = gatherStates(train, members, rows, { deviations: options.noise, random });
          const wanted = targets(rows.labels, shape.classes, options.labelSmoothing);
          const f = () =>
            tf.sum(tf.mean(crossEntropy(runJoint(now, states, shape).logits, wanted), 1)) as tf.Scalar;
          optimiser.apply(tf.variableGrads(f, variables).grads, variables);
        });
      }
      const losses = await lossesOf(now, shape, validation, members, held);
      const values = await Promise.all(variables.map((variable) => variable.data<'float32'>()));
      losses.forEach((loss, g) => {
        const fixed = options.keptEpochs?.[g];
        const worse = epoch - Math.max(0, best.epoch[g]) > patience || loss >= best.loss[g];
        if (fixed === undefined ? worse : epoch !== fixed) return;
        best.loss[g] = loss;
        best.epoch[g] = epoch;
        specs.forEach(({ name }, i) => {
          const { data } = best.parameters[name];
          const size = data.length / members.length;
          data.set(values[i].subarray(g * size, (g + 1) * size), g * size);
        });
      });
      const done = (at: number, g: number) =>
        options.keptEpochs ? epoch >= options.keptEpochs[g] : epoch - Math.max(0, at) > patience;
      if (best.epoch.every(done)) break;
    }
  } finally {
    tf.dispose(variables);
    optimiser.dispose();
  }
  return best;
}

function trainingRows(
  samples: readonly number[],
  sets: readonly StateSet[],
  { drop, exchanged }: JointFitOptions,
  random: Random,
): Rows {
  const exchange = exchanger(random);
  const there = sets.map(() => samples.map(() => random() >= drop));
  samples.forEach((_, s) => {
    if (there.every((of) => !of[s])) there[integer(random, sets.length)][s] = true;
  });
  return {
    rows: sets.map((set, m) =>
      exchange(
        Int32Array.from(samples, (sample) => sample * set.variants + integer(random, set.variants)),
        set,
        exchanged[m],
      ),
    ),
    there,
    labels: Uint8Array.from(samples, (sample) => sets[0].labels[sample]),
  };
}

/** Every sample under every condition with every set of modalities. */
function validationRows(sets: readonly StateSet[], { seed, exchanged }: JointFitOptions): Rows {
  const [{ labels, variants }] = sets;
  const all = presences(sets.length);
  const count = labels.length * variants * all.length;
  const exchange = exchanger(seededRandom(seed, 'exchanged validation'));
  const of = <T>(value: (sample: number, variant: number, presence: boolean[]) => T): T[] =>
    Array.from({ length: count }, (_, r) => {
      const at = Math.floor(r / all.length);
      return value(Math.floor(at / variants), at % variants, all[r % all.length]);
    });
  return {
    rows: sets.map((set, m) =>
      exchange(Int32Array.from(of((sample, variant) => sample * variants + variant)), set, exchanged[m]),
    ),
    there: sets.map((_, m) => of((_, __, presence) => presence[m])),
    labels: Uint8Array.from(of((sample) => labels[sample])),
  };
}

/** [members, rows, width] of each modality; zeros where it is not there, which are the training means. */
function gatherStates(
  sets: readonly StateSet[],
  members: readonly JointMember[],
  { rows, there }: Rows,
  noise?: { deviations: readonly number[]; random: Random },
  [from, to]: [number, number] = [0, rows[0].length],
): tf.Tensor[] {
  const n = to - from;
  return sets.map(({ states, layers, width }, m) => {
    const deviation = noise?.deviations[m] ?? 0;
    // of a sample the same for all members, whatever their layers
    const moved = new Float32Array(deviation > 0 ? n * width : 0);
    if (noise && deviation > 0) moved.forEach((_, i) => (moved[i] = deviation * normal(noise.random)));
    const out = new Float32Array(members.length * n * width);
    members.forEach(({ layers: taken }, g) => {
      for (let s = 0; s < n; s++) {
        if (!there[m][from + s]) continue;
        const at = (rows[m][from + s] * layers + taken[m]) * width;
        const to = (g * n + s) * width;
        for (let c = 0; c < width; c++)
          out[to + c] = states[at + c] + (deviation > 0 ? moved[s * width + c] : 0);
      }
    });
    return tf.tensor(out, [members.length, n, width]);
  });
}

function targets(labels: Uint8Array, classes: number, smoothing: number): tf.Tensor {
  const values = new Float32Array(labels.length * classes).fill(smoothing / classes);
  labels.forEach((label, s) => (values[s * classes + label] += 1 - smoothing));
  return tf.tensor(values, [1, labels.length, classes]);
}

const rowsAtOnce = 1024;

/** [members] mean log-loss of the rows. */
async function lossesOf(
  parameters: ParameterTensors,
  shape: JointShape,
  sets: readonly StateSet[],
  members: readonly JointMember[],
  rows: Rows,
): Promise<Float64Array> {
  const count = rows.labels.length;
  const out = new Float64Array(members.length);
  for (let from = 0; from < count; from += rowsAtOnce) {
    const to = Math.min(count, from + rowsAtOnce);
    const losses = tf.tidy(() => {
      const states = gatherStates(sets, members, rows, undefined, [from, to]);
      const { logits } = runJoint(parameters, states, shape);
      return tf.sum(crossEntropy(logits, targets(rows.labels.subarray(from, to), shape.classes, 0)), 1);
    });
    const values = await losses.data<'float32'>();
    losses.dispose();
    values.forEach((value, g) => (out[g] += value / count));
  }
  return out;
}
