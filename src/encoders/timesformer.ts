/**
 * TimeSformer with divided space-time attention. Bertasius, Wang & Torresani 2021, arXiv 2102.05095, sec. 3;
 * Hugging Face's TimesformerModel. Tokens: CLS, then for each place of the grid all its frames.
 */
import * as tf from '../runtime/tf';
import type { TimesformerConfig } from './config';
import type { Dropper } from './dropout';
import type { FamilyModel } from './network';
import { patchesOf } from './network';
import { linearSpecs, normSpecs, patchSpecs, plainSpec, type ParamSpec } from './params';
import { patchGrid } from './patches';
import {
  feedForward,
  layerSpecs,
  normalise,
  project,
  selfAttention,
  vitLayerNames,
  withTokens,
  type Params,
} from './transformer';

function temporalSpecs(config: TimesformerConfig, index: number): ParamSpec[] {
  const { width, qkvBias } = config;
  const layer = `encoder.layer.${index}`;
  const qkv = `${layer}.temporal_attention.attention.qkv`;
  return [
    ...linearSpecs(`layer.${index}.temporal.qkv`, width, 3 * width, [qkv], qkvBias ? [qkv] : []),
    ...linearSpecs(`layer.${index}.temporal.out`, width, width, [`${layer}.temporal_attention.output.dense`]),
    ...linearSpecs(`layer.${index}.temporal.dense`, width, width, [`${layer}.temporal_dense`]),
    ...normSpecs(`layer.${index}.temporal.norm`, width, `${layer}.temporal_layernorm`),
  ];
}

/** [B, 1, W] → [B, T, 1, W]: the CLS token joins every frame. (tfjs's own gradient of tile adds slice by slice.) */
const toEveryFrame = (cls: tf.Tensor, frames: number): tf.Tensor =>
  tf.customGrad((x) => {
    const [batch, , width] = (x as tf.Tensor).shape;
    return {
      value: tf.tile(tf.reshape(x as tf.Tensor, [batch, 1, 1, width]), [1, frames, 1, 1]),
      gradFunc: (dy: tf.Tensor) => tf.sum(dy, 1),
    };
  })(cls);

/** [B, X, Y, W] ↔ [B, Y, X, W] */
const exchange = (x: tf.Tensor): tf.Tensor => tf.transpose(x, [0, 2, 1, 3]);

function dividedLayer(x: tf.Tensor, p: Params, config: TimesformerConfig, drop: Dropper): tf.Tensor {
  const { heads, eps, activation, frames, width } = config;
  const [batch, length] = x.shape as [number, number];
  const count = length - 1;
  const places = count / frames;
  const [cls, tokens] = tf.split(x, [1, count], 1);

  // time: each place attends over its frames
  const temporal = p.below('temporal');
  const tracks = normalise(tf.reshape(tokens, [batch * places, frames, width]), temporal, 'norm', eps);
  const inTime = project(selfAttention(tracks, temporal, heads), temporal, 'dense');
  const timed = tf.add(tokens, drop(tf.reshape(inTime, [batch, count, width])));

  // space: each frame attends over its places and the CLS token, whose answers are averaged over the frames
  const images = exchange(tf.reshape(timed, [batch, places, frames, width]));
  const withCls = tf.reshape(tf.concat([toEveryFrame(cls, frames), images], 2), [
    batch * frames,
    places + 1,
    width,
  ]);
  const inSpace = selfAttention(normalise(withCls, p, 'norm1', eps), p, heads);
  const [clsInSpace, tokensInSpace] = tf.split(inSpace, [1, places], 1);
  const clsMean = tf.mean(tf.reshape(clsInSpace, [batch, frames, width]), 1, true);
  const places2 = exchange(tf.reshape(tokensInSpace, [batch, frames, places, width]));
  const attended = tf.concat([clsMean, tf.reshape(places2, [batch, count, width])], 1);
  const y = tf.add(tf.concat([cls, timed], 1), drop(attended));

  return tf.add(y, drop(feedForward(normalise(y, p, 'norm2', eps), p, activation)));
}

/** What is added to the patches: the position of their place and the time of their frame; to CLS, its position. */
function positionTable(params: Params, places: number, frames: number, width: number): tf.Tensor {
  const [first, rest] = tf.split(params.get('positions'), [1, places], 1);
  const space = tf.reshape(rest, [1, places, 1, width]);
  const time = tf.reshape(params.get('times'), [1, 1, frames, width]);
  return tf.concat([first, tf.reshape(tf.add(space, time), [1, places * frames, width])], 1);
}

export const timesformer: FamilyModel<'timesformer'> = {
  pooling: 'cls',

  specs(config) {
    const { width, layers, patch, channels, frames, qkvBias } = config;
    const [rows, columns] = patchGrid(config);
    const layer = (i: number): ParamSpec[] => {
      const names = vitLayerNames(i, qkvBias);
      const qkv = [`encoder.layer.${i}.attention.attention.qkv`];
      return [
        ...temporalSpecs(config, i),
        ...layerSpecs(`layer.${i}`, config, { ...names, qkv, qkvBias: qkvBias ? qkv : [] }),
      ];
    };
    return [
      ...patchSpecs(width, channels, patch),
      plainSpec('cls', [1, 1, width], 'embeddings.cls_token'),
      plainSpec('positions', [1, rows * columns + 1, width], 'embeddings.position_embeddings'),
      plainSpec('times', [1, frames, width], 'embeddings.time_embeddings'),
      ...Array.from({ length: layers }, (_, i) => layer(i)).flat(),
      ...normSpecs('norm', width, 'layernorm'),
    ];
  },

  build(config, params) {
    const blocks = Array.from({ length: config.layers }, (_, i) => params.below(`layer.${i}`));
    const [rows, columns] = patchGrid(config);
    return {
      embed(batch, drop) {
        const patches = project(patchesOf(batch), params, 'patch');
        const positions = positionTable(params, rows * columns, config.frames, config.width);
        return drop(withTokens(patches, [params.get('cls')], positions));
      },
      layer: (x, index, drop) => dividedLayer(x, blocks[index], config, drop),
      outputNorm: (state) => normalise(state, params, 'norm', config.eps),
    };
  },
};
