/** BERT. Devlin et al. 2019, arXiv 1810.04805; Hugging Face's BertModel. */
import * as tf from '../runtime/tf';
import { gatherRows } from '../runtime/ops';
import type { EncoderBatch, FamilyModel, TokenBatch } from './network';
import { normSpecs, plainSpec } from './params';
import { layerSpecs, normalise, postNormLayer, type LayerNames } from './transformer';

function layerNames(index: number): LayerNames {
  const layer = `encoder.layer.${index}`;
  const qkv = ['query', 'key', 'value'].map((part) => `${layer}.attention.self.${part}`);
  return {
    qkv,
    qkvBias: qkv,
    out: `${layer}.attention.output.dense`,
    norm1: `${layer}.attention.output.LayerNorm`,
    norm2: `${layer}.output.LayerNorm`,
    intermediate: `${layer}.intermediate.dense`,
    output: `${layer}.output.dense`,
  };
}

function tokensOf(batch: EncoderBatch): TokenBatch {
  if ('patches' in batch || 'wave' in batch) throw new Error('this encoder takes tokens');
  return batch;
}

export const bert: FamilyModel<'bert'> = {
  pooling: 'cls',

  specs(config) {
    const { width, layers, vocabulary, positions, types } = config;
    return [
      plainSpec('words', [vocabulary, width], 'embeddings.word_embeddings.weight'),
      plainSpec('positions', [positions, width], 'embeddings.position_embeddings.weight'),
      plainSpec('types', [types, width], 'embeddings.token_type_embeddings.weight'),
      ...normSpecs('norm', width, 'embeddings.LayerNorm'),
      ...Array.from({ length: layers }, (_, i) => layerSpecs(`layer.${i}`, config, layerNames(i))).flat(),
    ];
  },

  build(config, params) {
    const blocks = Array.from({ length: config.layers }, (_, i) => params.below(`layer.${i}`));
    return {
      mask: (batch) => tokensOf(batch).mask,
      embed(batch, drop) {
        const { ids, words: given, types } = tokensOf(batch);
        const words = given ?? gatherRows(params.get('words'), ids!);
        const length = words.shape[1]!;
        if (length > config.positions)
          throw new Error(`${length} tokens, but the encoder has positions for ${config.positions}`);
        const positions = tf.slice(params.get('positions'), [0, 0], [length, config.width]);
        const table = params.get('types');
        const segment = types ? gatherRows(table, types) : tf.slice(table, [0, 0], [1, config.width]);
        const sum = tf.add(tf.add(words, segment), positions);
        return drop(normalise(sum, params, 'norm', config.eps));
      },
      layer: (x, index, drop, options) => postNormLayer(x, blocks[index], config, drop, options),
    };
  },
};
