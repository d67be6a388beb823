/** Audio Spectrogram Transformer. Gong, Chung & Glass 2021, arXiv 2104.01778; Hugging Face's ASTModel. */
import type { FamilyModel } from './network';
import { patchesOf } from './network';
import { normSpecs, patchSpecs, plainSpec } from './params';
import { patchGrid } from './patches';
import { layerSpecs, normalise, preNormLayer, project, vitLayerNames, withTokens } from './transformer';

export const ast: FamilyModel<'ast'> = {
  pooling: 'cls-distillation',

  specs(config) {
    const { width, layers, patch, qkvBias } = config;
    const [bands, times] = patchGrid(config);
    return [
      ...patchSpecs(width, 1, patch),
      plainSpec('cls', [1, 1, width], 'embeddings.cls_token'),
      plainSpec('distillation', [1, 1, width], 'embeddings.distillation_token'),
      plainSpec('positions', [1, bands * times + 2, width], 'embeddings.position_embeddings'),
      ...Array.from({ length: layers }, (_, i) =>
        layerSpecs(`layer.${i}`, config, vitLayerNames(i, qkvBias)),
      ).flat(),
      ...normSpecs('norm', width, 'layernorm'),
    ];
  },

  build(config, params) {
    const blocks = Array.from({ length: config.layers }, (_, i) => params.below(`layer.${i}`));
    return {
      embed(batch, drop) {
        const patches = project(patchesOf(batch), params, 'patch');
        const tokens = [params.get('cls'), params.get('distillation')];
        return drop(withTokens(patches, tokens, params.get('positions')));
      },
      layer: (x, index, drop, options) => preNormLayer(x, blocks[index], config, drop, options),
      outputNorm: (state) => normalise(state, params, 'norm', config.eps),
    };
  },
};
