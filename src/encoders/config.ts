/** What an encoder is made of: Hugging Face's config.json, read into our words and written back. */
import { UserError } from '../math/errors';
import type { Activation } from '../runtime/ops';
import { Fields } from './fields';

export interface CoreConfig {
  layers: number;
  width: number;
  heads: number;
  intermediate: number;
  activation: Activation;
  /** Added to the variance in layer normalisation. */
  eps: number;
  /** Standard deviation of the initial weights. */
  initialDeviation: number;
}

export interface BertConfig extends CoreConfig {
  family: 'bert';
  vocabulary: number;
  positions: number;
  types: number;
  padId: number;
}

/** Audio Spectrogram Transformer (Gong et al. 2021). */
export interface AstConfig extends CoreConfig {
  family: 'ast';
  patch: number;
  mels: number;
  /** Frames of the spectrogram. */
  frames: number;
  frequencyStride: number;
  timeStride: number;
  qkvBias: boolean;
}

/** TimeSformer with divided space-time attention (Bertasius et al. 2021). */
export interface TimesformerConfig extends CoreConfig {
  family: 'timesformer';
  /** Height and width of a frame, in pixels. */
  image: number;
  patch: number;
  channels: number;
  frames: number;
  qkvBias: boolean;
}

export interface VitConfig extends CoreConfig {
  family: 'vit';
  image: number;
  patch: number;
  channels: number;
  qkvBias: boolean;
}

export interface BeitConfig extends CoreConfig {
  family: 'beit';
  image: number;
  patch: number;
  channels: number;
  /** Initial value of the layer scale; 0 for none. */
  layerScale: number;
  absolutePositions: boolean;
  relativePositions: 'none' | 'layer' | 'shared';
  /** Whether the checkpoint has a final norm (it has none where it was built for mean pooling). */
  finalNorm: boolean;
}

export interface Wav2vec2Config extends CoreConfig {
  family: 'wav2vec2';
  convWidths: number[];
  convKernels: number[];
  convStrides: number[];
  convBias: boolean;
  /** Group norm in the first convolution only (base), or layer norm in each (large). */
  convNorm: 'group' | 'layer';
  positionKernel: number;
  positionGroups: number;
  /** Norms before the sub-layers and one at the end ("stable"), or after them. */
  preNorm: boolean;
}

/** BERT over rows of numbers: sequence.ts. */
export interface SequenceConfig extends CoreConfig {
  family: 'sequence';
  /** Numbers in a row. */
  features: number;
  /** Most rows. */
  positions: number;
}

export type EncoderConfig =
  BertConfig | AstConfig | TimesformerConfig | VitConfig | BeitConfig | Wav2vec2Config | SequenceConfig;

export type Family = EncoderConfig['family'];

/** Hugging Face's names: `model_type`, the class that `transformers` builds, the prefix its task models put before the encoder's tensors. */
export const familyNames: Record<Family, { modelType: string; architecture: string; prefix: string }> = {
  bert: { modelType: 'bert', architecture: 'BertModel', prefix: 'bert.' },
  ast: {
    modelType: 'audio-spectrogram-transformer',
    architecture: 'ASTModel',
    prefix: 'audio_spectrogram_transformer.',
  },
  timesformer: { modelType: 'timesformer', architecture: 'TimesformerModel', prefix: 'timesformer.' },
  vit: { modelType: 'vit', architecture: 'ViTModel', prefix: 'vit.' },
  beit: { modelType: 'beit', architecture: 'BeitModel', prefix: 'beit.' },
  wav2vec2: { modelType: 'wav2vec2', architecture: 'Wav2Vec2Model', prefix: 'wav2vec2.' },
  // of ours; BertModel opens it too
  sequence: { modelType: 'bert-sequence', architecture: 'BertModel', prefix: 'bert.' },
};

const families = Object.keys(familyNames) as Family[];

const activations: Record<string, Activation> = {
  gelu: 'gelu',
  gelu_new: 'gelu-tanh',
  gelu_fast: 'gelu-tanh',
  gelu_pytorch_tanh: 'gelu-tanh',
  relu: 'relu',
};

/**
 * Reads a config.json; fields that it leaves out take Hugging Face's defaults for the family.
 * @throws UserError if the architecture is not one of ours, or a field is missing its meaning
 */
export function parseConfig(json: unknown, file = 'config.json'): EncoderConfig {
  const f = new Fields(json, file);
  const modelType = f.raw('model_type');
  const family = families.find((name) => familyNames[name].modelType === modelType);
  if (!family)
    throw new UserError(
      `The model type ${JSON.stringify(modelType) ?? 'of this checkpoint (none is given)'} in ${file} is not supported; ` +
        `use one of ${families.map((name) => familyNames[name].modelType).join(', ')}.`,
      `${file}: model_type`,
    );
  return readers[family](f, readCore(f, family));
}

function readCore(f: Fields, family: Family): CoreConfig {
  const eps = family === 'timesformer' ? 1e-6 : family === 'wav2vec2' ? 1e-5 : 1e-12;
  const core = {
    layers: f.count('num_hidden_layers', 12, 96),
    width: f.count('hidden_size', 768, 8192),
    heads: f.count('num_attention_heads', 12, 256),
    intermediate: f.count('intermediate_size', 3072, 65536),
    activation: activations[f.choice('hidden_act', 'gelu', Object.keys(activations))],
    eps: f.number('layer_norm_eps', eps, 0, 1),
    initialDeviation: f.number('initializer_range', 0.02, 0, 10),
  };
  if (core.width % core.heads)
    f.fail('num_attention_heads', `a number that divides the hidden size, ${core.width}`);
  return core;
}

/** An image's side; Hugging Face also allows [height, width], which we take where it is square. */
function side(f: Fields, key: string, fallback: number): number {
  const value = f.raw(key);
  if (!Array.isArray(value)) return f.count(key, fallback, 4096);
  if (value.length !== 2 || value[0] !== value[1]) f.fail(key, 'one number, or two equal ones');
  return f.counts(key, [], 4096)[0];
}

function imageFields(f: Fields): { image: number; patch: number; channels: number } {
  const image = side(f, 'image_size', 224);
  const patch = side(f, 'patch_size', 16);
  if (patch > image) f.fail('patch_size', `at most the image size, ${image}`);
  return { image, patch, channels: f.count('num_channels', 3, 64) };
}

const readers: { [F in Family]: (f: Fields, core: CoreConfig) => Extract<EncoderConfig, { family: F }> } = {
  bert(f, core) {
    if (f.raw('is_decoder') === true) f.fail('is_decoder', 'false: only encoders are read');
    f.choice('position_embedding_type', 'absolute', ['absolute']);
    return {
      family: 'bert',
      ...core,
      vocabulary: f.count('vocab_size', 30522, 2 ** 20),
      positions: f.count('max_position_embeddings', 512, 65536),
      types: f.count('type_vocab_size', 2, 64),
      padId: f.count('pad_token_id', 0, 2 ** 20, 0),
    };
  },
  ast(f, core) {
    const config = {
      family: 'ast' as const,
      ...core,
      patch: f.count('patch_size', 16, 4096),
      mels: f.count('num_mel_bins', 128, 4096),
      frames: f.count('max_length', 1024, 65536),
      frequencyStride: f.count('frequency_stride', 10, 4096),
      timeStride: f.count('time_stride', 10, 4096),
      qkvBias: f.flag('qkv_bias', true),
    };
    if (config.patch > Math.min(config.mels, config.frames))
      f.fail('patch_size', `at most the spectrogram's size, ${config.mels} × ${config.frames}`);
    return config;
  },
  timesformer(f, core) {
    f.choice('attention_type', 'divided_space_time', ['divided_space_time']);
    return {
      family: 'timesformer',
      ...core,
      ...imageFields(f),
      frames: f.count('num_frames', 8, 4096),
      qkvBias: f.flag('qkv_bias', true),
    };
  },
  vit: (f, core) => ({
    family: 'vit',
    ...core,
    ...imageFields(f),
    qkvBias: f.flag('qkv_bias', true),
  }),
  beit(f, core) {
    const shared = f.flag('use_shared_relative_position_bias', false);
    return {
      family: 'beit',
      ...core,
      ...imageFields(f),
      layerScale: f.number('layer_scale_init_value', 0.1, 0, 100),
      absolutePositions: f.flag('use_absolute_position_embeddings', false),
      relativePositions: shared ? 'shared' : f.flag('use_relative_position_bias', false) ? 'layer' : 'none',
      finalNorm: !f.flag('use_mean_pooling', true),
    };
  },
  wav2vec2(f, core) {
    f.choice('feat_extract_activation', 'gelu', ['gelu']);
    if (f.raw('add_adapter') === true) f.fail('add_adapter', 'false: adapters are not supported');
    if (f.has('adapter_attn_dim')) f.fail('adapter_attn_dim', 'null: adapters are not supported');
    const config = {
      family: 'wav2vec2' as const,
      ...core,
      convWidths: f.counts('conv_dim', [512, 512, 512, 512, 512, 512, 512], 8192),
      convKernels: f.counts('conv_kernel', [10, 3, 3, 3, 3, 2, 2], 4096),
      convStrides: f.counts('conv_stride', [5, 2, 2, 2, 2, 2, 2], 4096),
      convBias: f.flag('conv_bias', false),
      convNorm: f.choice('feat_extract_norm', 'group', ['group', 'layer']),
      positionKernel: f.count('num_conv_pos_embeddings', 128, 4096),
      positionGroups: f.count('num_conv_pos_embedding_groups', 16, 4096),
      preNorm: f.flag('do_stable_layer_norm', false),
    };
    const stages = config.convWidths.length;
    if (config.convKernels.length !== stages) f.fail('conv_kernel', `a list of ${stages}, as conv_dim is`);
    if (config.convStrides.length !== stages) f.fail('conv_stride', `a list of ${stages}, as conv_dim is`);
    if (core.width % config.positionGroups)
      f.fail('num_conv_pos_embedding_groups', `a number that divides the hidden size, ${core.width}`);
    return config;
  },
  sequence: (f, core) => ({
    family: 'sequence',
    ...core,
    features: f.count('feature_size', 1, 65536),
    positions: f.count('max_position_embeddings', 512, 65536),
  }),
};

/** The config.json of an encoder of ours, as `transformers` reads it. */
export function writeConfig(config: EncoderConfig): Record<string, unknown> {
  const { modelType, architecture } = familyNames[config.family];
  return {
    architectures: [architecture],
    model_type: modelType,
    num_hidden_layers: config.layers,
    hidden_size: config.width,
    num_attention_heads: config.heads,
    intermediate_size: config.intermediate,
    hidden_act: { gelu: 'gelu', 'gelu-tanh': 'gelu_new', relu: 'relu', none: 'linear' }[config.activation],
    layer_norm_eps: config.eps,
    initializer_range: config.initialDeviation,
    ...familyFields(config),
  };
}

function familyFields(config: EncoderConfig): Record<string, unknown> {
  switch (config.family) {
    case 'bert':
      return {
        vocab_size: config.vocabulary,
        max_position_embeddings: config.positions,
        type_vocab_size: config.types,
        pad_token_id: config.padId,
      };
    case 'ast':
      return {
        patch_size: config.patch,
        num_mel_bins: config.mels,
        max_length: config.frames,
        frequency_stride: config.frequencyStride,
        time_stride: config.timeStride,
        qkv_bias: config.qkvBias,
      };
    case 'timesformer':
      return {
        image_size: config.image,
        patch_size: config.patch,
        num_channels: config.channels,
        num_frames: config.frames,
        attention_type: 'divided_space_time',
        qkv_bias: config.qkvBias,
      };
    case 'vit':
      return {
        image_size: config.image,
        patch_size: config.patch,
        num_channels: config.channels,
        qkv_bias: config.qkvBias,
      };
    case 'beit':
      return {
        image_size: config.image,
        patch_size: config.patch,
        num_channels: config.channels,
        layer_scale_init_value: config.layerScale,
        use_absolute_position_embeddings: config.absolutePositions,
        use_relative_position_bias: config.relativePositions === 'layer',
        use_shared_relative_position_bias: config.relativePositions === 'shared',
        use_mean_pooling: !config.finalNorm,
        use_mask_token: false,
      };
    case 'wav2vec2':
      return {
        conv_dim: config.convWidths,
        conv_kernel: config.convKernels,
        conv_stride: config.convStrides,
        num_feat_extract_layers: config.convWidths.length,
        conv_bias: config.convBias,
        feat_extract_norm: config.convNorm,
        num_conv_pos_embeddings: config.positionKernel,
        num_conv_pos_embedding_groups: config.positionGroups,
        do_stable_layer_norm: config.preNorm,
      };
    case 'sequence':
      return {
        feature_size: config.features,
        max_position_embeddings: config.positions,
        vocab_size: 1,
        type_vocab_size: 1,
      };
  }
}
