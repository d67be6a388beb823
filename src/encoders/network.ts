/** What a family gives the encoder: its parameters, and a network over them. */
import type * as tf from '../runtime/tf';
import type { AttentionOptions } from '../runtime/ops';
import type { EncoderConfig, Family } from './config';
import type { Dropper } from './dropout';
import type { ParamSpec } from './params';
import type { Params } from './transformer';

/** How a layer state becomes one vector (DESIGN, "layer state"). */
export type Pooling = 'cls' | 'cls-distillation' | 'mean';

/** Patches [B, N, pixels], as `cutPatches` gives them; or the rows [B, S, features] of `sequenceBatch`. */
export interface PatchBatch {
  patches: tf.Tensor;
  /** Of rows: 1 for a row, 0 for padding, [B, S]; left out: all rows. */
  mask?: tf.Tensor;
  /** Of rows: 1 for those that are asked about, [B, S]; left out: all that are no padding. */
  asked?: tf.Tensor;
}

/** Token ids [B, S] int32; or `words`, rows of the word table [B, S, W], to take gradients of. */
export interface TokenBatch {
  ids?: tf.Tensor;
  words?: tf.Tensor;
  /** 1 for a token, 0 for padding, [B, S] float32; left out: all tokens. */
  mask?: tf.Tensor;
  /** Segment ids [B, S] int32; left out: all 0. */
  types?: tf.Tensor;
}

/** Samples [B, T] at the checkpoint's rate. */
export interface WaveBatch {
  wave: tf.Tensor;
  /** Valid samples of each row; left out: all. */
  lengths?: number[];
}

export type EncoderBatch = PatchBatch | TokenBatch | WaveBatch;

export interface Network {
  /** State 0, [B, S, W]. */
  embed(batch: EncoderBatch, drop: Dropper, mask: tf.Tensor | undefined): tf.Tensor;
  layer(x: tf.Tensor, index: number, drop: Dropper, options: AttentionOptions): tf.Tensor;
  /** The valid positions [B, S]; undefined: all. */
  mask?(batch: EncoderBatch): tf.Tensor | undefined;
  /** The positions that a pooled state is the mean of [B, S]; undefined: the valid ones. */
  poolMask?(batch: EncoderBatch): tf.Tensor | undefined;
  /** The model's last norm, where it has one after the last layer. */
  outputNorm?(state: tf.Tensor): tf.Tensor;
}

export interface FamilyModel<F extends Family> {
  pooling: Pooling;
  specs(config: Extract<EncoderConfig, { family: F }>): ParamSpec[];
  build(config: Extract<EncoderConfig, { family: F }>, params: Params): Network;
}

export function patchesOf(batch: EncoderBatch): tf.Tensor {
  if (!('patches' in batch)) throw new Error('this encoder takes patches');
  return batch.patches;
}
