/**
 * The co-attention head: one definition for training, evaluation and the page, for a group of G heads that each
 * fuse k layer pairs.
 *
 * Per pair: a = p_A(state) + layer bias, b likewise; x = LN(a + Attn(a; {a, b})), x = LN(x + FFN(x)), y the same
 * with a and b exchanged and the weights shared; f = (x + y) / 2, over a mask its mean. So a pair is two tokens
 * through one transformer block. Keys and values carry a learned modality embedding, queries do not.
 * After Hu et al. 2024, §2.2, with the attention inside the sample.
 */
import { attention, layerNorm, linear } from '../runtime/ops';
import * as tf from '../runtime/tf';
import type { ParameterSpec, ParameterTensors } from './parameters';

export interface HeadShape {
  /** Layers of A and of B, and the widths of their states. */
  la: number;
  lb: number;
  widthA: number;
  widthB: number;
  /** The head's own width, its attention heads, its feed-forward width. */
  width: number;
  attentionHeads: number;
  hidden: number;
  classes: number;
}

/** The part of a head's shape that is free to choose. */
export type HeadSize = Pick<HeadShape, 'width' | 'attentionHeads' | 'hidden'>;

/** What the heads of our packs have: 265 of them take 2.6 MB as int8. */
export const defaultHead = { width: 24, attentionHeads: 2, hidden: 48 } as const satisfies HeadSize;
const eps = 1e-5;

const weight = (name: string, from: number, to: number, scale = 1): ParameterSpec => ({
  name,
  shape: [from, to],
  init: { deviation: scale / Math.sqrt(from) },
  weight: true,
});

const vector = (name: string, shape: number[], constant = 0): ParameterSpec => ({
  name,
  shape,
  init: { constant },
  weight: false,
});

/** What every projection p(·) of `from` dimensions to a head's width starts as. */
export const projection = (name: string, from: number, width: number): ParameterSpec =>
  weight(name, from, width);

/** A bias that is learned for each of k layers. */
export const layerBias = (name: string, shape: number[]): ParameterSpec => vector(name, shape);

/** The shared block over `modalities` tokens, and the classifier: all of a head but its projections. */
export const blockParameters = (
  { width: w, hidden, classes }: Pick<HeadShape, 'width' | 'hidden' | 'classes'>,
  modalities: number,
): ParameterSpec[] => [
  { name: 'modality', shape: [modalities, w], init: { deviation: 0.5 }, weight: false },
  weight('qkv', w, 3 * w),
  vector('qkvBias', [3 * w]),
  weight('attend', w, w),
  vector('attendBias', [w]),
  vector('norm1Gain', [w], 1),
  vector('norm1Bias', [w]),
  weight('widen', w, hidden, Math.SQRT2),
  vector('widenBias', [hidden]),
  weight('narrow', hidden, w),
  vector('narrowBias', [w]),
  vector('norm2Gain', [w], 1),
  vector('norm2Bias', [w]),
  weight('classify', w, classes, 0.5),
  vector('classifyBias', [classes]),
];

/** The parameters of one head that fuses k pairs. */
export const headParameters = (s: HeadShape, k: number): ParameterSpec[] => [
  projection('projectA', s.widthA, s.width),
  projection('projectB', s.widthB, s.width),
  layerBias('layerA', [k, s.width]),
  layerBias('layerB', [k, s.width]),
  ...blockParameters(s, 2),
];

/** p(·) of k layers each for G heads. @param states [G·k, N, in] @returns [G, k·N, width] */
function project(states: tf.Tensor, weight: tf.Tensor, layerBias: tf.Tensor): tf.Tensor {
  const [groups, k, width] = layerBias.shape as number[];
  const rows = states.shape[1] as number;
  const x = tf.reshape(states, [groups, k * rows, states.shape[2] as number]);
  if (k === 1) return linear(x, weight, tf.reshape(layerBias, [groups, width]));
  const y = tf.reshape(linear(x, weight, null), [groups * k, rows, width]);
  return tf.reshape(tf.add(y, tf.reshape(layerBias, [groups * k, 1, width])), [groups, k * rows, width]);
}

/** Mean over a mask. @param x [G, k·N, W] @returns [G, N, W] */
function meanOverMask(x: tf.Tensor, k: number): tf.Tensor {
  const [groups, rows, width] = x.shape as number[];
  return k === 1 ? x : tf.mean(tf.reshape(x, [groups, k, rows / k, width]), 1);
}

export interface HeadOutputs {
  /** [G, N, classes] */
  logits: tf.Tensor;
  /** [G, N, width] the fused vector f. */
  fused: tf.Tensor;
  /** [G, N, width] p(a) and p(b), over a mask their means: what a dependency penalty reads. */
  projectedA: () => tf.Tensor;
  projectedB: () => tf.Tensor;
}

/**
 * The shared block over one token of each modality: attention among them, feed-forward, then the mean f.
 * @param p parameters with the group axis, see `blockParameters`
 * @param projected [G, rows, width] of each modality
 * @returns [G, rows, width]
 */
export function fuseTokens(
  p: ParameterTensors,
  projected: readonly tf.Tensor[],
  attentionHeads: number,
): tf.Tensor {
  const [groups, rows, w] = projected[0].shape as number[];
  const m = projected.length;
  // a row's tokens side by side: [G, M, rows, w] → [G, rows·M, w]
  const tokens = tf.reshape(tf.transpose(tf.stack([...projected], 1), [0, 2, 1, 3]), [groups, rows * m, w]);
  // (x + e) W = x W + e W, for keys and values only: the embedding becomes a bias per modality
  const onKeysAndValues = tf.tensor1d([...Array(w).fill(0), ...Array(2 * w).fill(1)]);
  const bias = tf.add(tf.mul(tf.matMul(p.modality, p.qkv), onKeysAndValues), tf.expandDims(p.qkvBias, 1));
  const qkv = tf.add(
    tf.reshape(linear(tokens, p.qkv, null), [groups, rows, m * 3 * w]),
    tf.reshape(bias, [groups, 1, m * 3 * w]),
  );
  const context = attention(tf.reshape(qkv, [groups * rows, m, 3 * w]), attentionHeads);
  const attended = linear(tf.reshape(context, [groups, rows * m, w]), p.attend, p.attendBias);
  const x = layerNorm(tf.add(tokens, attended), p.norm1Gain, p.norm1Bias, eps);
  const inner = linear(linear(x, p.widen, p.widenBias, 'relu'), p.narrow, p.narrowBias);
  const y = layerNorm(tf.add(x, inner), p.norm2Gain, p.norm2Bias, eps);
  return tf.mean(tf.reshape(y, [groups, rows, m, w]), 2);
}

/**
 * Runs G heads of k pairs each.
 * @param p parameters with the group axis, see `headParameters`
 * @param a [G·k, N, widthA] standardised states of the layer that each pair takes from A
 * @param b [G·k, N, widthB] likewise
 */
export function runHeads(p: ParameterTensors, a: tf.Tensor, b: tf.Tensor, shape: HeadShape): HeadOutputs {
  const { attentionHeads } = shape;
  const k = p.layerA.shape[1] as number;
  const projectedA = project(a, p.projectA, p.layerA);
  const projectedB = project(b, p.projectB, p.layerB);
  const fused = meanOverMask(fuseTokens(p, [projectedA, projectedB], attentionHeads), k);
  return {
    logits: linear(fused, p.classify, p.classifyBias),
    fused,
    projectedA: () => meanOverMask(projectedA, k),
    projectedB: () => meanOverMask(projectedB, k),
  };
}
