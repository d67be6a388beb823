/** BEiT. Bao, Dong, Piao & Wei 2022, arXiv 2106.08254; Hugging Face's BeitModel: relative position bias, layer scale. */
import * as tf from '../runtime/tf';
import { gatherRows, type AttentionOptions } from '../runtime/ops';
import type { BeitConfig } from './config';
import type { Dropper } from './dropout';
import type { FamilyModel } from './network';
import { patchesOf } from './network';
import { normSpecs, patchSpecs, plainSpec, type ParamSpec } from './params';
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

/** Rows of a bias table: every offset of two places, then CLS to place, place to CLS, CLS to CLS. */
const biasRows = (rows: number, columns: number): number => (2 * rows - 1) * (2 * columns - 1) + 3;

/** Which row of the bias table belongs to each pair of tokens (query, key): [S × S], S = rows × columns + 1. */
export function relativePositions(rows: number, columns: number): Int32Array {
  const places = rows * columns;
  const last = biasRows(rows, columns) - 1;
  const index = new Int32Array((places + 1) ** 2);
  for (let q = 0; q <= places; q++)
    for (let k = 0; k <= places; k++) {
      const at = q * (places + 1) + k;
      if (q === 0) index[at] = k === 0 ? last : last - 2;
      else if (k === 0) index[at] = last - 1;
      else {
        const down = Math.floor((q - 1) / columns) - Math.floor((k - 1) / columns);
        const right = ((q - 1) % columns) - ((k - 1) % columns);
        index[at] = (down + rows - 1) * (2 * columns - 1) + right + columns - 1;
      }
    }
  return index;
}

function biasSpec(config: BeitConfig, name: string, part: string): ParamSpec {
  const [rows, columns] = patchGrid(config);
  const table = `${part}.relative_position_bias_table`;
  return plainSpec(name, [biasRows(rows, columns), config.heads], table, 0);
}

/** The bias of a table, [heads, S, S]. */
function biasOf(table: tf.Tensor, config: BeitConfig): tf.Tensor {
  const [rows, columns] = patchGrid(config);
  const length = rows * columns + 1;
  const index = tf.tensor1d(relativePositions(rows, columns), 'int32');
  const perPair = gatherRows(table, index);
  return tf.reshape(tf.transpose(perPair), [config.heads, length, length]);
}

function scaledLayer(
  x: tf.Tensor,
  p: Params,
  config: BeitConfig,
  drop: Dropper,
  options: AttentionOptions,
): tf.Tensor {
  const { heads, eps, activation } = config;
  const scaled = (branch: tf.Tensor, name: string): tf.Tensor => {
    const scale = p.find(name);
    return drop(scale ? tf.mul(branch, scale) : branch);
  };
  const y = tf.add(x, scaled(selfAttention(normalise(x, p, 'norm1', eps), p, heads, options), 'scale1'));
  return tf.add(y, scaled(feedForward(normalise(y, p, 'norm2', eps), p, activation), 'scale2'));
}

export const beit: FamilyModel<'beit'> = {
  pooling: 'cls',

  specs(config) {
    const { width, layers, patch, channels, layerScale, relativePositions } = config;
    const [rows, columns] = patchGrid(config);
    const layer = (i: number): ParamSpec[] => {
      const names = vitLayerNames(i, true);
      const at = `encoder.layer.${i}`;
      const bias = `${at}.attention.attention.relative_position_bias`;
      // keys have no bias: it would add the same to all scores of a query
      const qkvBias = names.qkv.map((part, n) => (n === 1 ? null : part));
      return [
        ...layerSpecs(`layer.${i}`, config, { ...names, qkvBias }),
        ...(layerScale > 0
          ? [1, 2].map((n) => plainSpec(`layer.${i}.scale${n}`, [width], `${at}.lambda_${n}`, layerScale))
          : []),
        ...(relativePositions === 'layer' ? [biasSpec(config, `layer.${i}.bias`, bias)] : []),
      ];
    };
    const positions = plainSpec(
      'positions',
      [1, rows * columns + 1, width],
      'embeddings.position_embeddings',
    );
    return [
      ...patchSpecs(width, channels, patch),
      plainSpec('cls', [1, 1, width], 'embeddings.cls_token'),
      ...(config.absolutePositions ? [positions] : []),
      ...(relativePositions === 'shared' ? [biasSpec(config, 'bias', 'encoder.relative_position_bias')] : []),
      ...Array.from({ length: layers }, (_, i) => layer(i)).flat(),
      ...(config.finalNorm ? normSpecs('norm', width, 'layernorm') : []),
    ];
  },

  build(config, params) {
    const blocks = Array.from({ length: config.layers }, (_, i) => params.below(`layer.${i}`));
    return {
      embed(batch, drop) {
        const patches = project(patchesOf(batch), params, 'patch');
        return drop(withTokens(patches, [params.get('cls')], params.find('positions')));
      },
      layer(x, index, drop, options) {
        const table = blocks[index].find('bias') ?? params.find('bias');
        const bias = table ? { bias: biasOf(table, config) } : {};
        return scaledLayer(x, blocks[index], config, drop, { ...options, ...bias });
      },
      ...(config.finalNorm
        ? { outputNorm: (state: tf.Tensor) => normalise(state, params, 'norm', config.eps) }
        : {}),
    };
  },
};
