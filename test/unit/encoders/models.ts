/** Small encoders of every family, and batches for them. */
import * as tf from '../../../src/runtime/tf';
import { parseConfig, type EncoderConfig } from '../../../src/encoders/config';
import type { EncoderBatch } from '../../../src/encoders/encoder';
import { patchLayout } from '../../../src/encoders/patches';

const small = { hidden_size: 8, num_hidden_layers: 2, num_attention_heads: 2, intermediate_size: 12 };
const image = { image_size: 8, patch_size: 4, num_channels: 2 };
export const models: Record<string, Record<string, unknown>> = {
  timesformer: { model_type: 'timesformer', ...small, ...image, num_frames: 3 },
  ast: {
    model_type: 'audio-spectrogram-transformer',
    ...small,
    num_mel_bins: 8,
    max_length: 12,
    patch_size: 4,
    frequency_stride: 3,
    time_stride: 4,
  },
  vit: { model_type: 'vit', ...small, ...image },
  beit: { model_type: 'beit', ...small, ...image, use_relative_position_bias: true },
  'beit, shared bias': {
    model_type: 'beit',
    ...small,
    ...image,
    use_shared_relative_position_bias: true,
    use_absolute_position_embeddings: true,
    use_mean_pooling: false,
    layer_scale_init_value: 0,
  },
  bert: { model_type: 'bert', ...small, vocab_size: 20, max_position_embeddings: 10 },
  wav2vec2: {
    model_type: 'wav2vec2',
    ...small,
    conv_dim: [4, 4],
    conv_kernel: [5, 3],
    conv_stride: [3, 2],
    num_conv_pos_embeddings: 4,
    num_conv_pos_embedding_groups: 2,
  },
};
export const configs = Object.entries(models).map(([name, json]) => [name, parseConfig(json)] as const);

export function batchFor(config: EncoderConfig, samples = 2): EncoderBatch {
  if (config.family === 'bert') {
    const ids = Array.from({ length: samples * 6 }, (_, i) => (i * 7) % config.vocabulary);
    const mask = Array.from({ length: samples * 6 }, (_, i) => (i % 6 < 6 - Math.floor(i / 6) ? 1 : 0));
    return { ids: tf.tensor2d(ids, [samples, 6], 'int32'), mask: tf.tensor2d(mask, [samples, 6]) };
  }
  if (config.family === 'wav2vec2')
    return { wave: tf.randomNormal([samples, 60], 0, 1, 'float32', 3) as tf.Tensor2D };
  const { patches, pixels } = patchLayout(config);
  return { patches: tf.randomNormal([samples, patches, pixels], 0, 1, 'float32', 3) };
}
