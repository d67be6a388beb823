/**
 * Which parts of an input carry a score: gradient × input (Shrikumar et al. 2016). Over the words of a text, the
 * patches of a spectrogram, a picture or a video, or the samples of a recording.
 */
import * as tf from '../runtime/tf';
import { gatherRows } from '../runtime/ops';
import type { Encoder, EncoderBatch } from './encoder';
import { patchLayout } from './patches';
import type { EncoderConfig } from './config';

export interface Attribution {
  /** [B, N]: a number for each word or patch (the sum over its values), or for each sample of a recording. */
  parts: Float32Array;
  shape: [number, number];
  /** [B, N, pixels]: for patches, a number for each of their values as well. */
  values?: Float32Array;
}

/**
 * @param score from the layer states 0..L to one number; differentiable
 * @returns the gradient of the score times the input, which for a score linear in the input sums to the score
 */
export async function attribute(
  encoder: Encoder,
  batch: EncoderBatch,
  score: (states: tf.Tensor[]) => tf.Scalar,
): Promise<Attribution> {
  const [parts, values] = tf.tidy(() => {
    const [input, withInput] = differentiable(encoder, batch);
    const gradient = tf.grad((x: tf.Tensor) => score(encoder.forward(withInput(x))))(input);
    const product = tf.mul(gradient, input);
    return product.rank === 2 ? [product] : [tf.sum(product, 2), product];
  });
  try {
    return {
      shape: parts.shape as [number, number],
      parts: (await parts.data()).slice() as Float32Array,
      ...(values && 'patches' in batch ? { values: (await values.data()).slice() as Float32Array } : {}),
    };
  } finally {
    tf.dispose([parts, ...(values ? [values] : [])]);
  }
}

/** The real-valued input of a batch, and the batch with another in its place. */
function differentiable(
  encoder: Encoder,
  batch: EncoderBatch,
): [tf.Tensor, (input: tf.Tensor) => EncoderBatch] {
  if ('patches' in batch) return [batch.patches, (patches) => ({ ...batch, patches })];
  if ('wave' in batch) return [batch.wave, (wave) => ({ ...batch, wave })];
  const words = batch.words ?? gatherRows(encoder.params.get('words')!, batch.ids!);
  return [words, (given) => ({ ...batch, words: given })];
}

/**
 * Puts the numbers of patches back in their places; where patches overlap, they add up.
 * @param values [samples, patches, pixels]
 * @returns [samples, inputs], laid out as `cutPatches` takes its samples
 */
export function joinPatches(config: EncoderConfig, values: Float32Array): Float32Array {
  const { inputs, index } = patchLayout(config);
  const samples = values.length / index.length;
  const joined = new Float32Array(samples * inputs);
  for (let s = 0; s < samples; s++)
    for (let i = 0; i < index.length; i++) joined[s * inputs + index[i]] += values[s * index.length + i];
  return joined;
}
