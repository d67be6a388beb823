/** An encoder with the linear classifiers that train it, its parameters in one flat array. */
import {
  createEncoder,
  paramSpecs,
  type Encoder,
  type EncoderBatch,
  type Training,
} from '../../encoders/encoder';
import type { EncoderConfig } from '../../encoders/config';
import { initialValues, type ParamSpec } from '../../encoders/params';
import { cutPatches, patchLayout } from '../../encoders/patches';
import { sequenceBatch } from '../../encoders/sequence';
import { crossEntropy, layerNorm, linear } from '../../runtime/ops';
import * as tf from '../../runtime/tf';
import type { Example, Extra } from './task';

/** A classifier on the pooled state of a layer, and the weight of its loss; deep supervision (Lee et al. 2015). */
export interface Supervision {
  layer: number;
  weight: number;
}

interface Place {
  spec: ParamSpec;
  offset: number;
  size: number;
}

export interface ParamLayout {
  places: Place[];
  total: number;
  /** 1 where weight decay applies: matrices, not biases, gains, tokens or positions. */
  decayed: Uint8Array;
}

export const own = (name: string, shape: number[], init: ParamSpec['init']): ParamSpec => ({
  name,
  shape,
  init,
  parts: [name],
  partShape: shape,
});

function classifierSpecs(config: EncoderConfig, classes: number, supervised: Supervision[]): ParamSpec[] {
  return supervised.flatMap(({ layer }) => [
    own(`classifier.${layer}.gain`, [config.width], 1),
    own(`classifier.${layer}.bias`, [config.width], 0),
    own(`classifier.${layer}.weight`, [config.width, classes], 'normal'),
    own(`classifier.${layer}.offset`, [classes], 0),
  ]);
}

/** Where each parameter lies: the encoder's first, so that the same head of the array is the encoder alone. */
export function paramLayout(
  config: EncoderConfig,
  classes: number,
  supervised: Supervision[],
  extra?: Extra,
): ParamLayout {
  let total = 0;
  const specs = [
    ...paramSpecs(config),
    ...classifierSpecs(config, classes, supervised),
    ...(extra?.specs ?? []),
  ];
  const places = specs.map((spec) => {
    const size = spec.shape.reduce((a, b) => a * b, 1);
    const place = { spec, offset: total, size };
    total += size;
    return place;
  });
  const decayed = new Uint8Array(total);
  for (const { spec, offset, size } of places)
    if (spec.name.endsWith('.weight') && spec.shape.length === 2) decayed.fill(1, offset, offset + size);
  return { places, total, decayed };
}

export function initialWeights(
  { places, total }: ParamLayout,
  deviation: number,
  seed: number,
): Float32Array {
  const out = new Float32Array(total);
  for (const { spec, offset } of places) out.set(initialValues(spec, deviation, seed), offset);
  return out;
}

/** The weights as tensors, by name. The caller disposes them. */
export const toTensors = ({ places }: ParamLayout, weights: Float32Array): Map<string, tf.Tensor> =>
  new Map(
    places.map(({ spec, offset, size }) => [
      spec.name,
      tf.tensor(weights.slice(offset, offset + size), spec.shape),
    ]),
  );

/** Examples as the encoder takes them. Token ids are cut to the longest of the batch. */
export function toBatch(config: EncoderConfig, examples: Example[]): EncoderBatch {
  const count = examples.length;
  if (config.family === 'bert') {
    const used = examples.map(({ input }) => input.findLastIndex((id) => id !== config.padId) + 1);
    const length = Math.max(...used);
    const ids = Int32Array.from(
      { length: count * length },
      (_, i) => examples[Math.floor(i / length)].input[i % length],
    );
    const mask = Float32Array.from(ids, (_, i) => (i % length < used[Math.floor(i / length)] ? 1 : 0));
    return { ids: tf.tensor2d(ids, [count, length], 'int32'), mask: tf.tensor2d(mask, [count, length]) };
  }
  if (config.family === 'sequence')
    return sequenceBatch(
      config,
      examples.map(({ input }) => input),
    );
  const { patches, pixels, inputs } = patchLayout(config);
  const values = new Float32Array(count * inputs);
  examples.forEach(({ input }, i) => values.set(input, i * inputs));
  return { patches: tf.tensor(cutPatches(config, values), [count, patches, pixels]) };
}

/** Logits of each supervised layer, [B, classes], in the order of `supervised`. */
function logits(
  encoder: Encoder,
  params: Map<string, tf.Tensor>,
  batch: EncoderBatch,
  states: tf.Tensor[],
  supervised: Supervision[],
): tf.Tensor[] {
  return supervised.map(({ layer }) => {
    const of = (part: string) => params.get(`classifier.${layer}.${part}`) as tf.Tensor;
    const state = layer === encoder.layers ? encoder.outputNorm(states[layer]) : states[layer];
    const [pooled] = encoder.pool([state], batch);
    return linear(layerNorm(pooled, of('gain'), of('bias'), 1e-6), of('weight'), of('offset'));
  });
}

export interface LossAndGradient {
  /** Mean over the batch of the weighted losses of all supervised layers. */
  loss: number;
  /** Of the last layer alone. */
  lastLoss: number;
  /** How often the last layer's answer has the greatest target. */
  correct: number;
}

/** Writes the gradient of the mean loss of a batch into `gradient`, times `share`. */
export function lossAndGradient(
  config: EncoderConfig,
  layout: ParamLayout,
  params: Map<string, tf.Tensor>,
  supervised: Supervision[],
  examples: Example[],
  training: Training,
  gradient: Float32Array,
  share: number,
  extra?: Extra,
): LossAndGradient {
  return tf.tidy(() => {
    const batch = toBatch(config, examples);
    const count = examples.length;
    const classes = examples[0].target.length;
    const targets = Float32Array.from(
      { length: count * classes },
      (_, i) => examples[Math.floor(i / classes)].target[i % classes],
    );
    const goal = tf.tensor2d(targets, [count, classes]);
    let last: { loss: tf.Tensor; answers: tf.Tensor } | null = null;
    const f = (...tensors: tf.Tensor[]): tf.Scalar => {
      const named = new Map(layout.places.map(({ spec }, i) => [spec.name, tensors[i]]));
      const encoder = createEncoder(config, named);
      const states = encoder.forward(batch, { training });
      const all = logits(encoder, named, batch, states, supervised);
      const losses = all.map((z) => tf.mean(crossEntropy(z, goal)));
      last = { loss: tf.keep(losses[losses.length - 1]), answers: tf.keep(all[all.length - 1]) };
      const weighted = losses.map((loss, i) => tf.mul(loss, supervised[i].weight));
      return tf.addN([...weighted, ...(extra?.losses(encoder, named, states, examples) ?? [])]) as tf.Scalar;
    };
    const tensors = layout.places.map(({ spec }) => params.get(spec.name) as tf.Tensor);
    const { value, grads } = tf.valueAndGrads(f)(tensors);
    layout.places.forEach(({ offset }, i) => {
      const g = grads[i].dataSync();
      for (let k = 0; k < g.length; k++) gradient[offset + k] = g[k] * share;
    });
    const { loss, answers } = last as unknown as { loss: tf.Tensor; answers: tf.Tensor };
    const answer = answers.dataSync();
    let correct = 0;
    for (let b = 0; b < count; b++)
      if (greatest(answer, b * classes, classes) === greatest(targets, b * classes, classes)) correct++;
    const result = { loss: value.dataSync()[0], lastLoss: loss.dataSync()[0], correct };
    tf.dispose([loss, answers]);
    return result;
  });
}

/** Logits of every supervised layer for a batch, as plain arrays [B, classes]. */
export function predictLogits(
  config: EncoderConfig,
  params: Map<string, tf.Tensor>,
  supervised: Supervision[],
  examples: Example[],
): Float32Array[] {
  return tf.tidy(() => {
    const encoder = createEncoder(config, params);
    const batch = toBatch(config, examples);
    const all = logits(encoder, params, batch, encoder.forward(batch), supervised);
    return all.map((z) => z.dataSync() as Float32Array);
  });
}

/** Index within a row of its greatest value. */
export function greatest(values: ArrayLike<number>, offset: number, count: number): number {
  let best = 0;
  for (let c = 1; c < count; c++) if (values[offset + c] > values[offset + best]) best = c;
  return best;
}
