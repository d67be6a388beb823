/**
 * wav2vec 2.0. Baevski et al. 2020, arXiv 2006.11477; Hugging Face's Wav2Vec2Model in both layouts: base (group norm in
 * the first convolution, norms after the sub-layers) and large (layer norm in every convolution, norms before).
 */
import * as tf from '../runtime/tf';
import { gelu, layerNorm } from '../runtime/ops';
import type { Wav2vec2Config } from './config';
import type { EncoderBatch, FamilyModel, WaveBatch } from './network';
import { linearSpecs, normSpecs, plainSpec, type ParamSpec } from './params';
import {
  layerSpecs,
  normalise,
  postNormLayer,
  preNormLayer,
  project,
  type LayerNames,
  type Params,
} from './transformer';

/** PyTorch's default, which the convolutions' norms use whatever the config says. */
const convolutionEps = 1e-5;

function layerNames(index: number): LayerNames {
  const layer = `encoder.layers.${index}`;
  const qkv = ['q_proj', 'k_proj', 'v_proj'].map((part) => `${layer}.attention.${part}`);
  return {
    qkv,
    qkvBias: qkv,
    out: `${layer}.attention.out_proj`,
    norm1: `${layer}.layer_norm`,
    norm2: `${layer}.final_layer_norm`,
    intermediate: `${layer}.feed_forward.intermediate_dense`,
    output: `${layer}.feed_forward.output_dense`,
  };
}

/** [a, b, c] → [c, b, a]: PyTorch's filters [out, in, kernel] and tfjs's [kernel, in, out]. */
function reverseAxes(values: Float32Array, [a, b, c]: number[]): Float32Array {
  const out = new Float32Array(values.length);
  for (let i = 0; i < a; i++)
    for (let j = 0; j < b; j++)
      for (let k = 0; k < c; k++) out[(k * b + j) * a + i] = values[(i * b + j) * c + k];
  return out;
}

function filterSpec(name: string, part: string, [out, input, kernel]: number[]): ParamSpec {
  const [partShape, shape] = [
    [out, input, kernel],
    [kernel, input, out],
  ];
  return {
    name,
    shape,
    init: 'normal',
    parts: [part],
    partShape,
    derived: {
      load: ([values]) => reverseAxes(values, partShape),
      save: (values) => [{ name: part, shape: partShape, data: reverseAxes(values, shape) }],
    },
  };
}

/** The positional convolution's filters are stored weight-normed (Salimans & Kingma 2016): w[·, ·, k] = g[k] v[·, ·, k] / ‖v[·, ·, k]‖. */
function weightNormedSpec(name: string, part: string, [out, input, kernel]: number[]): ParamSpec {
  const partShape = [out, input, kernel];
  const shape = [kernel, input, out];
  const slice = out * input;
  const norm = (filters: Float32Array, k: number): number =>
    Math.sqrt(filters.subarray(k * slice, (k + 1) * slice).reduce((sum, x) => sum + x * x, 0));
  return {
    name,
    shape,
    init: 'normal',
    parts: [`${part}.parametrizations.weight.original0`, `${part}.parametrizations.weight.original1`],
    partShape,
    partShapes: [[1, 1, kernel], partShape],
    derived: {
      load: ([gains, directions]) => {
        const filters = reverseAxes(directions, partShape);
        for (let k = 0; k < kernel; k++) {
          const scale = gains[k] / norm(filters, k);
          for (let i = k * slice; i < (k + 1) * slice; i++) filters[i] *= scale;
        }
        return filters;
      },
      save: (filters) => [
        {
          name: `${part}.parametrizations.weight.original0`,
          shape: [1, 1, kernel],
          data: Float32Array.from({ length: kernel }, (_, k) => norm(filters, k)),
        },
        {
          name: `${part}.parametrizations.weight.original1`,
          shape: partShape,
          data: reverseAxes(filters, shape),
        },
      ],
    },
  };
}

/** How many states a recording of so many samples gives. */
export const stateCount = (samples: number, { convKernels, convStrides }: Wav2vec2Config): number =>
  convKernels.reduce((length, kernel, i) => Math.floor((length - kernel) / convStrides[i]) + 1, samples);

const waveOf = (batch: EncoderBatch): WaveBatch => {
  if (!('wave' in batch)) throw new Error('this encoder takes a waveform');
  return batch;
};

/** Group norm with a group a channel: each channel over its whole time. Wu & He 2018. @param x [B, T, C] */
function normOverTime(x: tf.Tensor, p: Params): tf.Tensor {
  const centred = tf.sub(x, tf.mean(x, 1, true));
  const deviation = tf.sqrt(tf.add(tf.mean(tf.square(centred), 1, true), convolutionEps));
  return tf.add(tf.mul(tf.div(centred, deviation), p.get('norm.weight')), p.get('norm.bias'));
}

function convolution(x: tf.Tensor, index: number, p: Params, config: Wav2vec2Config): tf.Tensor {
  let y: tf.Tensor = tf.conv1d(
    x as tf.Tensor3D,
    p.get('weight') as tf.Tensor3D,
    config.convStrides[index],
    'valid',
  );
  const bias = p.find('bias');
  if (bias) y = tf.add(y, bias);
  if (config.convNorm === 'layer') y = layerNorm(y, p.get('norm.weight'), p.get('norm.bias'), convolutionEps);
  else if (index === 0) y = normOverTime(y, p);
  return gelu(y);
}

/** Relative positions by a wide grouped convolution. @param x [B, T, W] */
function positions(x: tf.Tensor, p: Params, config: Wav2vec2Config): tf.Tensor {
  const { positionKernel: kernel, positionGroups: groups } = config;
  const before = Math.floor(kernel / 2);
  const padded = tf.pad(x, [
    [0, 0],
    [before, kernel - 1 - before],
    [0, 0],
  ]);
  const inputs = tf.split<tf.Tensor3D>(padded as tf.Tensor3D, groups, 2);
  const filters = tf.split<tf.Tensor3D>(p.get('weight') as tf.Tensor3D, groups, 2);
  const answers = inputs.map((input, g) => tf.conv1d(input, filters[g], 1, 'valid'));
  return gelu(tf.add(tf.concat(answers, 2), p.get('bias')));
}

export const wav2vec2: FamilyModel<'wav2vec2'> = {
  pooling: 'mean',

  specs(config) {
    const { width, layers, convWidths, convKernels, convBias, convNorm } = config;
    const convolutions = convWidths.flatMap((out, i) => {
      const part = `feature_extractor.conv_layers.${i}`;
      const normed = convNorm === 'layer' || i === 0;
      return [
        filterSpec(`conv.${i}.weight`, `${part}.conv.weight`, [
          out,
          i ? convWidths[i - 1] : 1,
          convKernels[i],
        ]),
        ...(convBias ? [plainSpec(`conv.${i}.bias`, [out], `${part}.conv.bias`, 0)] : []),
        ...(normed ? normSpecs(`conv.${i}.norm`, out, `${part}.layer_norm`) : []),
      ];
    });
    const last = convWidths[convWidths.length - 1];
    const filters = [width, width / config.positionGroups, config.positionKernel];
    return [
      ...convolutions,
      ...normSpecs('projection.norm', last, 'feature_projection.layer_norm'),
      ...linearSpecs('projection', last, width, ['feature_projection.projection']),
      weightNormedSpec('position.weight', 'encoder.pos_conv_embed.conv', filters),
      plainSpec('position.bias', [width], 'encoder.pos_conv_embed.conv.bias', 0),
      ...normSpecs('norm', width, 'encoder.layer_norm'),
      ...Array.from({ length: layers }, (_, i) => layerSpecs(`layer.${i}`, config, layerNames(i))).flat(),
    ];
  },

  build(config, params) {
    const blocks = Array.from({ length: config.layers }, (_, i) => params.below(`layer.${i}`));
    const norm = (x: tf.Tensor) => normalise(x, params, 'norm', config.eps);
    return {
      mask(batch) {
        const { wave, lengths } = waveOf(batch);
        if (!lengths) return undefined;
        const count = stateCount(wave.shape[1]!, config);
        const valid = lengths.map((samples) => stateCount(samples, config));
        const values = Float32Array.from({ length: valid.length * count }, (_, i) =>
          i % count < valid[Math.floor(i / count)] ? 1 : 0,
        );
        return tf.tensor2d(values, [valid.length, count]);
      },
      embed(batch, drop, mask) {
        const { wave } = waveOf(batch);
        if (stateCount(wave.shape[1]!, config) < 1) throw new Error('the waveform is shorter than one state');
        let x: tf.Tensor = tf.expandDims(wave, 2);
        config.convWidths.forEach((_, i) => {
          x = tf.tidy(() => convolution(x, i, params.below(`conv.${i}`), config));
        });
        const features = normalise(x, params, 'projection.norm', config.eps);
        let y = project(features, params, 'projection');
        if (mask) y = tf.mul(y, tf.expandDims(mask, 2));
        y = tf.add(y, positions(y, params.below('position'), config));
        return drop(config.preNorm ? y : norm(y));
      },
      layer: (x, index, drop, options) =>
        (config.preNorm ? preNormLayer : postNormLayer)(x, blocks[index], config, drop, options),
      ...(config.preNorm ? { outputNorm: norm } : {}),
    };
  },
};
