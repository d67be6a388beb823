/**
 * Trains many small classifiers at once on pairs of cached states. Each member keeps the epoch that was best on
 * validation, and everything about it follows from its own seed: training it alone gives the same numbers.
 */
import * as tf from '../runtime/tf';
import { defaultAdamW, rateAt } from './adamw';
import type { PenaltyOptions } from './dependency/penalty';
import type { PairBatch, PairSource } from './pairs';
import type { FusedHeads } from '../runtime/kernels/heads';
import type { Parameters, ParameterSpec, ParameterTensors } from './parameters';
import { Stepper, upload, type StepOptions } from './stepper';

export interface FitOptions extends StepOptions {
  epochs: number;
  /** Highest learning rate. */
  rate: number;
  /** A member whose validation loss has not fallen for so many epochs keeps what it has. */
  patience: number;
  /** [members] the epoch that each keeps, fixed beforehand; left out: its best on validation. */
  keptEpochs?: readonly number[];
  /**
   * What is measured and kept after an epoch is the mean of the parameters after the last so many epochs (1): less
   * noise than any of them has. Izmailov et al. 2018; Kaddour 2022.
   */
  averaged?: number;
}

export const defaultFit: FitOptions = {
  ...defaultAdamW,
  epochs: 30,
  rate: 2e-3,
  labelSmoothing: 0,
  patience: 8,
};

/** States of a batch as tensors: [la, n, widthA] and [lb, n, widthB]. */
export interface TensorBatch {
  n: number;
  a: tf.Tensor;
  b: tf.Tensor;
}

/** Members that train side by side. */
export interface BatchedModel {
  specs: readonly ParameterSpec[];
  /** One a member. */
  seeds: readonly number[];
  /** logits [members, n, classes]; of heads also p(a) and p(b), see `HeadOutputs`. */
  forward(
    parameters: ParameterTensors,
    batch: TensorBatch,
  ): { logits: tf.Tensor; projected?: () => [tf.Tensor, tf.Tensor] };
  /** Samples that may be measured at once. */
  validationRows: number;
  /** Of models that are heads, where `forward` is nothing but `runHeads`: they may train in one kernel. */
  heads?: FusedHeads;
  /** Of heads: the dependency of p(a) and p(b) that is taken from the loss; which heads they are, in `headSpecs`. */
  penalty?: { options: PenaltyOptions; heads: readonly number[]; width: number };
}

/** Of each member, after an epoch: on validation, but for `trainLoss`. */
export interface EpochReport {
  epoch: number;
  trainLoss: Float32Array;
  loss: Float32Array;
  accuracy: Float32Array;
  /** Members that have kept their best and no longer change. */
  settled: number;
}

export interface Fitted {
  /** Of each member's best epoch. */
  parameters: Parameters;
  /** [members] that epoch's validation loss and accuracy, and which it was. */
  loss: Float32Array;
  accuracy: Float32Array;
  epoch: Int32Array;
}

export interface FitContext {
  signal?: AbortSignal;
  onEpoch?: (report: EpochReport) => void;
  /** Before each step: what waits its turn gets it. */
  onStep?: () => Promise<void>;
}

/**
 * @param layers how many layers A and B have in the batches
 * @throws the signal's reason when aborted, between two steps
 */
export async function fit(
  model: BatchedModel,
  source: PairSource,
  validation: PairBatch,
  layers: { la: number; lb: number },
  options: FitOptions,
  { signal, onEpoch, onStep }: FitContext = {},
): Promise<Fitted> {
  const members = model.seeds.length;
  const stepper = new Stepper(model, source.classes, layers, options);
  const best: Fitted = {
    parameters: await stepper.parameters(),
    loss: new Float32Array(members).fill(Infinity),
    accuracy: new Float32Array(members),
    epoch: new Int32Array(members).fill(-1),
  };
  const total = options.epochs * source.steps;
  const recent: Parameters[] = [];
  const measured = upload(validation, layers);
  try {
    for (let epoch = 0, step = 0; epoch < options.epochs; epoch++) {
      const trainLoss = new Float32Array(members);
      for (const batch of source.epoch(epoch)) {
        signal?.throwIfAborted();
        if (onStep) await onStep();
        const loss = await stepper.step(batch, rateAt(step++, total, options.rate));
        loss.forEach((value, g) => (trainLoss[g] += value / source.steps));
      }
      const latest = await stepper.parameters();
      recent.splice(0, recent.length + 1 - (options.averaged ?? 1));
      recent.push(latest);
      const kept = recent.length > 1 ? meanOf(recent) : latest;
      if (kept !== latest) stepper.assign(kept);
      const scores = await measure(stepper, members, measured, validation.labels, source.classes);
      if (kept !== latest) stepper.assign(latest);
      const settled = keepBest(best, kept, scores, epoch, options);
      onEpoch?.({ epoch, trainLoss, ...scores, settled });
      // a task, not a microtask: messages, an abort among them, get their turn
      await new Promise((resolve) => setTimeout(resolve, 0));
      if (settled === members) break;
    }
  } finally {
    tf.dispose([measured.a, measured.b]);
    stepper.dispose();
  }
  return best;
}

function meanOf(all: readonly Parameters[]): Parameters {
  const of = (name: string) => {
    const { shape, data } = all[0][name];
    const mean = new Float32Array(data.length);
    for (const parameters of all) parameters[name].data.forEach((x, i) => (mean[i] += x / all.length));
    return { shape, data: mean };
  };
  return Object.fromEntries(Object.keys(all[0]).map((name) => [name, of(name)]));
}

async function measure(
  stepper: Stepper,
  members: number,
  validation: TensorBatch,
  labels: Uint8Array,
  classes: number,
): Promise<{ loss: Float32Array; accuracy: Float32Array }> {
  const [loss, accuracy] = [new Float32Array(members), new Float32Array(members)];
  const { n } = validation;
  for (let from = 0; from < n; from += stepper.rowsAtOnce) {
    const size = Math.min(stepper.rowsAtOnce, n - from);
    const part = (t: tf.Tensor): tf.Tensor =>
      tf.slice(t, [0, from, 0], [t.shape[0], size, t.shape[2] as number]);
    const given = size === n ? validation : { n: size, a: part(validation.a), b: part(validation.b) };
    const values = await stepper.logProbabilities(given);
    if (given !== validation) tf.dispose([given.a, given.b]);
    for (let g = 0; g < members; g++)
      for (let s = 0; s < size; s++) {
        const row = (g * size + s) * classes;
        const label = labels[from + s];
        loss[g] -= values[row + label] / n;
        let answer = 0;
        for (let c = 1; c < classes; c++) if (values[row + c] > values[row + answer]) answer = c;
        if (answer === label) accuracy[g] += 1 / n;
      }
  }
  return { loss, accuracy };
}

/** @returns how many members have settled: decided by each member's own losses alone */
function keepBest(
  best: Fitted,
  parameters: Parameters,
  scores: { loss: Float32Array; accuracy: Float32Array },
  epoch: number,
  { patience, keptEpochs }: FitOptions,
): number {
  let settled = 0;
  best.loss.forEach((lowest, g) => {
    const fixed = keptEpochs?.[g];
    if (fixed === undefined ? epoch - Math.max(0, best.epoch[g]) > patience : epoch > fixed) settled++;
    else if (fixed === undefined ? scores.loss[g] < lowest : epoch === fixed) {
      best.loss[g] = scores.loss[g];
      best.accuracy[g] = scores.accuracy[g];
      best.epoch[g] = epoch;
      for (const [name, { data }] of Object.entries(parameters)) {
        const size = data.length / best.loss.length;
        best.parameters[name].data.set(data.subarray(g * size, (g + 1) * size), g * size);
      }
    }
  });
  return settled;
}
