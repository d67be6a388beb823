/** The transformer core: one layer in its two published orders, and what every family shares. */
import * as tf from '../runtime/tf';
import { attention, layerNorm, linear, type Activation, type AttentionOptions } from '../runtime/ops';
import type { CoreConfig } from './config';
import type { Dropper } from './dropout';
import { linearSpecs, normSpecs, type ParamSpec } from './params';

/** The parameters below a prefix, by name. */
export class Params {
  constructor(
    private readonly map: ReadonlyMap<string, tf.Tensor>,
    private readonly prefix = '',
  ) {}

  get(name: string): tf.Tensor {
    const tensor = this.map.get(this.prefix + name);
    if (!tensor) throw new Error(`the parameter ${this.prefix}${name} is missing`);
    return tensor;
  }

  /** A parameter that the config may leave out. */
  find(name: string): tf.Tensor | null {
    return this.map.get(this.prefix + name) ?? null;
  }

  below(prefix: string): Params {
    return new Params(this.map, `${this.prefix}${prefix}.`);
  }
}

/** Where a layer's tensors lie in a Hugging Face checkpoint. */
export interface LayerNames {
  qkv: string[];
  qkvBias: (string | null)[];
  out: string;
  norm1: string;
  norm2: string;
  intermediate: string;
  output: string;
}

/** Parameters of one layer: attention, two norms, the feed-forward pair. */
export function layerSpecs(prefix: string, config: CoreConfig, names: LayerNames): ParamSpec[] {
  const { width, intermediate } = config;
  const output = names.qkv.length === 1 ? 3 * width : width;
  return [
    ...linearSpecs(`${prefix}.qkv`, width, output, names.qkv, names.qkvBias),
    ...linearSpecs(`${prefix}.out`, width, width, [names.out]),
    ...normSpecs(`${prefix}.norm1`, width, names.norm1),
    ...normSpecs(`${prefix}.norm2`, width, names.norm2),
    ...linearSpecs(`${prefix}.intermediate`, width, intermediate, [names.intermediate]),
    ...linearSpecs(`${prefix}.output`, intermediate, width, [names.output]),
  ];
}

/** The names of ViT, AST, BEiT and TimeSformer. */
export function vitLayerNames(index: number, qkvBias: boolean): LayerNames {
  const layer = `encoder.layer.${index}`;
  const qkv = ['query', 'key', 'value'].map((part) => `${layer}.attention.attention.${part}`);
  return {
    qkv,
    qkvBias: qkvBias ? qkv : [],
    out: `${layer}.attention.output.dense`,
    norm1: `${layer}.layernorm_before`,
    norm2: `${layer}.layernorm_after`,
    intermediate: `${layer}.intermediate.dense`,
    output: `${layer}.output.dense`,
  };
}

/** A linear map by its two parameters; the bias may be left out. */
export const project = (x: tf.Tensor, p: Params, name: string, activation?: Activation): tf.Tensor =>
  linear(x, p.get(`${name}.weight`), p.find(`${name}.bias`), activation);

export const normalise = (x: tf.Tensor, p: Params, name: string, eps: number): tf.Tensor =>
  layerNorm(x, p.get(`${name}.weight`), p.get(`${name}.bias`), eps);

/** Attention with its two linear maps. @param x [B, S, W] */
export const selfAttention = (
  x: tf.Tensor,
  p: Params,
  heads: number,
  options?: AttentionOptions,
  names = { qkv: 'qkv', out: 'out' },
): tf.Tensor => project(attention(project(x, p, names.qkv), heads, options), p, names.out);

export const feedForward = (x: tf.Tensor, p: Params, activation: Activation): tf.Tensor =>
  project(project(x, p, 'intermediate', activation), p, 'output');

/** x + Attn(LN(x)), then x + FFN(LN(x)). @param drop regularises each branch before it is added */
export function preNormLayer(
  x: tf.Tensor,
  p: Params,
  config: CoreConfig,
  drop: Dropper,
  options?: AttentionOptions,
): tf.Tensor {
  const { heads, eps, activation } = config;
  const y = tf.add(x, drop(selfAttention(normalise(x, p, 'norm1', eps), p, heads, options)));
  return tf.add(y, drop(feedForward(normalise(y, p, 'norm2', eps), p, activation)));
}

/** LN(x + Attn(x)), then LN(x + FFN(x)). */
export function postNormLayer(
  x: tf.Tensor,
  p: Params,
  config: CoreConfig,
  drop: Dropper,
  options?: AttentionOptions,
): tf.Tensor {
  const { heads, eps, activation } = config;
  const y = normalise(tf.add(x, drop(selfAttention(x, p, heads, options))), p, 'norm1', eps);
  return normalise(tf.add(y, drop(feedForward(y, p, activation))), p, 'norm2', eps);
}

/**
 * The token table of a patch encoder: learned tokens first, positions added.
 * @param tokens [1, 1, W] each
 * @param positions [1, S, W], or null
 */
export function withTokens(patches: tf.Tensor, tokens: tf.Tensor[], positions: tf.Tensor | null): tf.Tensor {
  const count = tokens.length;
  const length = patches.shape[1]!;
  const padded = tf.pad(patches, [
    [0, 0],
    [count, 0],
    [0, 0],
  ]);
  const first = count === 1 ? tokens[0] : tf.concat(tokens, 1);
  const table = tf.pad(first, [
    [0, 0],
    [0, length],
    [0, 0],
  ]);
  return tf.add(padded, positions ? tf.add(table, positions) : table);
}
