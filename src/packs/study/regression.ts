/**
 * Trains many small models with one output side by side, as `fit` does classifiers: the loss is the squared error on
 * standardised targets, each member keeps the epoch whose squared error on validation was least, and its numbers
 * follow from its own seed alone.
 */
import { optimiserOf, rateAt } from '../../fusion/adamw';
import type { BatchedModel, FitContext, FitOptions, Fitted, TensorBatch } from '../../fusion/fit';
import type { PairBatch, PairSource } from '../../fusion/pairs';
import {
  initialParameters,
  toTensors,
  type Parameters,
  type ParameterTensors,
} from '../../fusion/parameters';
import { pearson } from '../../math/metrics';
import * as tf from '../../runtime/tf';

interface Layers {
  la: number;
  lb: number;
}

const toBatch = ({ n, a, b }: PairBatch, { la, lb }: Layers): TensorBatch => ({
  n,
  a: tf.tensor(a, [la, n, a.length / (la * n)]),
  b: tf.tensor(b, [lb, n, b.length / (lb * n)]),
});

/**
 * @param model with logits [members, n, 1]
 * @param source and `validation` with `values`
 * @returns `accuracy` holds Pearson's correlation on validation
 * @throws the signal's reason when aborted, between two steps
 */
export async function fitNumbers(
  model: BatchedModel,
  source: PairSource,
  validation: PairBatch,
  layers: Layers,
  options: FitOptions,
  { signal, onEpoch, onStep }: FitContext = {},
): Promise<Fitted> {
  const members = model.seeds.length;
  const start = initialParameters(model.specs, model.seeds);
  const started = toTensors(start);
  const variables = model.specs.map(({ name }) => tf.variable(started[name]));
  tf.dispose(started);
  const tensors: ParameterTensors = Object.fromEntries(
    model.specs.map(({ name }, i) => [name, variables[i]]),
  );
  const optimiser = optimiserOf(model.specs, variables, options);
  const best: Fitted = {
    parameters: start,
    loss: new Float32Array(members).fill(Infinity),
    accuracy: new Float32Array(members),
    epoch: new Int32Array(members).fill(-1),
  };
  const measured = toBatch(validation, layers);
  const total = options.epochs * source.steps;

  /** One step; the squared error of each member before it. */
  async function step(batch: PairBatch, rate: number): Promise<Float32Array> {
    const errors = tf.tidy(() => {
      const given = toBatch(batch, layers);
      const wanted = tf.tensor(batch.values!, [1, batch.n, 1]);
      let errors: tf.Tensor | null = null;
      const f = (): tf.Scalar => {
        const { logits } = model.forward(tensors, given);
        errors = tf.keep(tf.mean(tf.square(tf.sub(logits, wanted)), [1, 2]));
        return tf.sum(errors);
      };
      const { grads } = tf.variableGrads(f, variables);
      optimiser.learningRate = rate;
      optimiser.apply(grads, variables);
      return errors as unknown as tf.Tensor;
    });
    const values = (await errors.data<'float32'>()).slice();
    errors.dispose();
    return values;
  }

  try {
    for (let epoch = 0, at = 0; epoch < options.epochs; epoch++) {
      const trainLoss = new Float32Array(members);
      for (const batch of source.epoch(epoch)) {
        signal?.throwIfAborted();
        if (onStep) await onStep();
        const errors = await step(batch, rateAt(at++, total, options.rate));
        errors.forEach((value, g) => (trainLoss[g] += value / source.steps));
      }
      const said = await predictNumbers(model, tensors, measured);
      const scores = score(said, validation.values!, members);
      const settled = await keepBest(best, variables, model, scores, epoch, options.patience);
      onEpoch?.({ epoch, trainLoss, ...scores, settled });
      // a task, not a microtask: messages, an abort among them, get their turn
      await new Promise((resolve) => setTimeout(resolve, 0));
      if (settled === members) break;
    }
  } finally {
    tf.dispose([measured.a, measured.b]);
    tf.dispose(variables);
    optimiser.dispose();
  }
  return best;
}

/** @returns [members, n] as the model says them, standardised */
export async function predictNumbers(
  model: BatchedModel,
  parameters: ParameterTensors,
  { n, a, b }: TensorBatch,
): Promise<Float32Array> {
  const members = model.seeds.length;
  const out = new Float32Array(members * n);
  for (let from = 0; from < n; from += model.validationRows) {
    const size = Math.min(model.validationRows, n - from);
    const logits = tf.tidy(() => {
      const part = (t: tf.Tensor): tf.Tensor =>
        tf.slice(t, [0, from, 0], [t.shape[0], size, t.shape[2] as number]);
      return model.forward(parameters, { n: size, a: part(a), b: part(b) }).logits;
    });
    const values = await logits.data<'float32'>();
    logits.dispose();
    for (let g = 0; g < members; g++) out.set(values.subarray(g * size, (g + 1) * size), g * n + from);
  }
  return out;
}

function score(
  said: Float32Array,
  truth: Float32Array,
  members: number,
): { loss: Float32Array; accuracy: Float32Array } {
  const n = truth.length;
  const loss = new Float32Array(members);
  const accuracy = new Float32Array(members);
  for (let g = 0; g < members; g++) {
    const own = said.subarray(g * n, (g + 1) * n);
    for (let s = 0; s < n; s++) loss[g] += (own[s] - truth[s]) ** 2 / n;
    accuracy[g] = pearson(own, truth);
  }
  return { loss, accuracy };
}

/** @returns how many members have settled: decided by each member's own losses alone */
async function keepBest(
  best: Fitted,
  variables: tf.Variable[],
  model: BatchedModel,
  scores: { loss: Float32Array; accuracy: Float32Array },
  epoch: number,
  patience: number,
): Promise<number> {
  let settled = 0;
  const better: number[] = [];
  best.loss.forEach((lowest, g) => {
    if (epoch - Math.max(0, best.epoch[g]) > patience) settled++;
    else if (scores.loss[g] < lowest) {
      better.push(g);
      best.loss[g] = scores.loss[g];
      best.accuracy[g] = scores.accuracy[g];
      best.epoch[g] = epoch;
    }
  });
  if (better.length === 0) return settled;
  const kept: Parameters = best.parameters;
  for (const [i, { name }] of model.specs.entries()) {
    const now = await variables[i].data<'float32'>();
    const size = now.length / best.loss.length;
    for (const g of better) kept[name].data.set(now.subarray(g * size, (g + 1) * size), g * size);
  }
  return settled;
}
