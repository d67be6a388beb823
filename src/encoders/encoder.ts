/** An encoder: parameters, and a forward pass that gives the state after every layer. */
import * as tf from '../runtime/tf';
import { writeSafetensors, type StoredTensor } from '../runtime/safetensors';
import type { EncoderConfig, Family } from './config';
import { droppers, type Training } from './dropout';
import { ast } from './ast';
import { beit } from './beit';
import { bert } from './bert';
import { sequence } from './sequence';
import type { EncoderBatch, FamilyModel, Network, Pooling } from './network';
import {
  assemble,
  checkedValues,
  checkpointNames,
  disassemble,
  initialValues,
  type ParamSpec,
} from './params';
import { timesformer } from './timesformer';
import { vit } from './vit';
import { wav2vec2 } from './wav2vec2';
import { Params } from './transformer';

export type { EncoderBatch, PatchBatch, Pooling, TokenBatch, WaveBatch } from './network';
export type { Training } from './dropout';

export interface Encoder {
  readonly family: Family;
  readonly config: EncoderConfig;
  readonly layers: number;
  readonly width: number;
  readonly pooling: Pooling;
  readonly params: Map<string, tf.Tensor>;
  /**
   * The states 0 (the embedding) to L, each [B, S, W], before any final norm. Differentiable with respect to the
   * parameters and to the batch's `patches` or `words`.
   * @param options.training regularise; left out: predict
   */
  forward(batch: EncoderBatch, options?: { training?: Training }): tf.Tensor[];
  /** One vector a sample for each state, [B, W]. @param batch the same as for `forward`: it knows which positions are valid */
  pool(states: tf.Tensor[], batch: EncoderBatch): tf.Tensor[];
  /** A state through the model's final norm, if it has one: Hugging Face's last_hidden_state, of the last layer. */
  outputNorm(state: tf.Tensor): tf.Tensor;
  dispose(): void;
}

const models: { [F in Family]: FamilyModel<F> } = {
  bert,
  ast,
  timesformer,
  vit,
  beit,
  wav2vec2,
  sequence,
};

const modelOf = (config: EncoderConfig): FamilyModel<Family> => models[config.family] as FamilyModel<Family>;

/** The parameters that a config asks for. */
export const paramSpecs = (config: EncoderConfig): ParamSpec[] => modelOf(config).specs(config as never);

/** @param params as `initialise` or `loadCheckpoint` gives them; the encoder owns them */
export function createEncoder(
  config: EncoderConfig,
  params: Map<string, tf.Tensor>,
  pooling: Pooling = modelOf(config).pooling,
): Encoder {
  const network: Network = modelOf(config).build(config as never, new Params(params));
  const { layers, width, family } = config;
  return {
    family,
    config,
    layers,
    width,
    pooling,
    params,
    forward: (batch, options) =>
      tf.tidy(() => {
        const drop = droppers(layers, options?.training);
        const keyMask = network.mask?.(batch);
        const states = [tf.tidy(() => network.embed(batch, drop(-1), keyMask))];
        for (let i = 0; i < layers; i++)
          states.push(tf.tidy(() => network.layer(states[i], i, drop(i), keyMask ? { keyMask } : {})));
        return states;
      }),
    pool: (states, batch) =>
      tf.tidy(() => {
        const mask = network.poolMask?.(batch) ?? network.mask?.(batch);
        return states.map((state) => pooled(state, pooling, mask));
      }),
    outputNorm: (state) => network.outputNorm?.(state) ?? tf.clone(state),
    dispose: () => params.forEach((tensor) => tensor.dispose()),
  };
}

function pooled(state: tf.Tensor, pooling: Pooling, mask: tf.Tensor | undefined): tf.Tensor {
  const [batch, length, width] = state.shape as [number, number, number];
  if (pooling === 'mean') {
    if (!mask) return tf.mean(state, 1);
    const sum = tf.sum(tf.mul(state, tf.expandDims(mask, 2)), 1);
    return tf.div(sum, tf.maximum(tf.sum(mask, 1, true), 1));
  }
  const count = pooling === 'cls' ? 1 : 2;
  if (length < count) throw new Error(`a state of ${length} positions has no ${pooling}`);
  const tokens = tf.slice(state, [0, 0, 0], [batch, count, width]);
  return count === 1 ? tf.reshape(tokens, [batch, width]) : tf.mean(tokens, 1);
}

/**
 * Fresh parameters: weights of a truncated normal, biases 0, gains 1.
 * @param seed the same seed gives the same values on every machine and backend
 * @param options.trainable tf.Variables, for an optimiser
 */
export function initialise(
  config: EncoderConfig,
  seed: number,
  options: { trainable?: boolean } = {},
): Map<string, tf.Tensor> {
  return new Map(
    paramSpecs(config).map((spec) => {
      const values = tf.tensor(initialValues(spec, config.initialDeviation, seed), spec.shape);
      return [spec.name, options.trainable ? owned(values) : values];
    }),
  );
}

function owned(values: tf.Tensor): tf.Variable {
  const variable = tf.variable(values);
  values.dispose();
  return variable;
}

/**
 * The parameters of a Hugging Face checkpoint.
 * @param tensors as read from its model.safetensors; what the encoder does not need (poolers, heads) is passed over
 * @throws UserError naming a tensor that is missing or of another shape
 */
export function loadCheckpoint(
  config: EncoderConfig,
  tensors: ReadonlyMap<string, StoredTensor>,
  options: { trainable?: boolean } = {},
): Map<string, tf.Tensor> {
  const params = new Map<string, tf.Tensor>();
  try {
    for (const spec of paramSpecs(config)) {
      const parts = spec.parts.map((name, p) =>
        name === null
          ? null
          : checkedValues(findTensor(config, tensors, name), name, spec.partShapes?.[p] ?? spec.partShape),
      );
      const values = tf.tensor(assemble(spec, parts), spec.shape);
      params.set(spec.name, options.trainable ? owned(values) : values);
    }
  } catch (error) {
    params.forEach((tensor) => tensor.dispose());
    throw error;
  }
  return params;
}

function findTensor(
  config: EncoderConfig,
  tensors: ReadonlyMap<string, StoredTensor>,
  name: string,
): StoredTensor | undefined {
  for (const form of checkpointNames(config, name)) {
    const tensor = tensors.get(form);
    if (tensor) return tensor;
  }
  return undefined;
}

/** The encoder as a model.safetensors that `transformers` loads (with `writeConfig` beside it as config.json). */
export async function exportCheckpoint(
  encoder: Encoder,
  dtype: 'F32' | 'F16' = 'F32',
): Promise<Uint8Array<ArrayBuffer>> {
  const tensors = [];
  for (const spec of paramSpecs(encoder.config)) {
    const values = (await encoder.params.get(spec.name)!.data()) as Float32Array;
    tensors.push(...disassemble(spec, values).map((tensor) => ({ ...tensor, dtype })));
  }
  return writeSafetensors(tensors, { format: 'pt' });
}
