/** A small transformer in the runtime's ops, for tests of gradients and of training. */
import * as ops from '../../../src/runtime/ops';
import * as tf from '../../../src/runtime/tf';
import { noise, sizeOf } from './both';

export type Parameters = Record<string, tf.Variable>;

export interface Size {
  layers: number;
  width: number;
  heads: number;
  length: number;
  vocabulary: number;
  classes: number;
}

export function parameters(size: Size): Parameters {
  const { layers, width, length, vocabulary, classes } = size;
  const out: Parameters = {};
  let seed = 1;
  const add = (name: string, shape: number[], scale: number, shift = 0) => {
    const values = noise(sizeOf(shape), seed++).map((v) => v * scale + shift);
    out[name] = tf.tidy(() => tf.variable(tf.tensor(values, shape)));
  };
  add('tokens', [vocabulary, width], 0.3);
  add('positions', [length, width], 0.3);
  for (let layer = 1; layer <= layers; layer++)
    for (const [name, shape, scale, shift] of [
      ['gain1', [width], 0.1, 1],
      ['bias1', [width], 0.1, 0],
      ['qkv', [width, 3 * width], 0.3, 0],
      ['qkvBias', [3 * width], 0.1, 0],
      ['out', [width, width], 0.3, 0],
      ['outBias', [width], 0.1, 0],
      ['gain2', [width], 0.1, 1],
      ['bias2', [width], 0.1, 0],
      ['up', [width, 4 * width], 0.3, 0],
      ['upBias', [4 * width], 0.1, 0],
      ['down', [4 * width, width], 0.3, 0],
      ['downBias', [width], 0.1, 0],
    ] as [string, number[], number, number][])
      add(`${name}.${layer}`, shape, scale, shift);
  add('classify', [width, classes], 0.3);
  add('classifyBias', [classes], 0.1);
  return out;
}

/** Logits [B, classes] of token ids [B, S]. */
export function forward(p: Record<string, tf.Tensor>, ids: tf.Tensor, { layers, heads }: Size): tf.Tensor {
  let x: tf.Tensor = tf.add(ops.gatherRows(p.tokens, ids), p.positions);
  for (let l = 1; l <= layers; l++) {
    const normal = ops.layerNorm(x, p[`gain1.${l}`], p[`bias1.${l}`], 1e-5);
    const context = ops.attention(ops.linear(normal, p[`qkv.${l}`], p[`qkvBias.${l}`]), heads);
    x = tf.add(x, ops.linear(context, p[`out.${l}`], p[`outBias.${l}`]));
    const second = ops.layerNorm(x, p[`gain2.${l}`], p[`bias2.${l}`], 1e-5);
    const up = ops.linear(second, p[`up.${l}`], p[`upBias.${l}`], 'gelu');
    x = tf.add(x, ops.linear(up, p[`down.${l}`], p[`downBias.${l}`]));
  }
  return ops.linear(tf.mean(x, 1), p.classify, p.classifyBias);
}

export interface Batch {
  ids: tf.Tensor;
  targets: tf.Tensor;
}

/** Ids by a fixed rule; the class is the sum of a row's ids modulo the classes. */
export function batch(step: number, rows: number, { length, vocabulary, classes }: Size): Batch {
  const ids = Int32Array.from({ length: rows * length }, (_, i) => ((i + step * 31) * 7919) % vocabulary);
  const labels = Int32Array.from(
    { length: rows },
    (_, r) => ids.slice(r * length, (r + 1) * length).reduce((a, b) => a + b, 0) % classes,
  );
  return tf.tidy(() => ({
    ids: tf.tensor(ids, [rows, length], 'int32'),
    targets: tf.cast(tf.oneHot(tf.tensor1d(labels, 'int32'), classes), 'float32'),
  }));
}

export const lossOf = (p: Record<string, tf.Tensor>, { ids, targets }: Batch, size: Size): tf.Scalar =>
  tf.mean(ops.crossEntropy(forward(p, ids, size), targets)) as tf.Scalar;
