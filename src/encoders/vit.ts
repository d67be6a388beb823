/** Vision Transformer. Dosovitskiy et al. 2021, arXiv 2010.11929; Hugging Face's ViTModel. */
import type { FamilyModel } from './network';
import { patchesOf } from './network';
import { normSpecs, patchSpecs, plainSpec } from './params';
import { patchGrid } from './patches';
import { layerSpecs, normalise, preNormLayer, project, vitLayerNames, withTokens } from './transformer';

export const vit: FamilyModel<'vit'> = {
  pooling: 'cls',

  specs(config) {
    const { width, layers, patch, channels, qkvBias } = config;
    const [rows, columns] = patchGrid(config);
    return [
      ...patchSpecs(width, channels, patch),
      plainSpec('cls', [1, 1, width], 'embeddings.cls_token'),
      plainSpec('positions', [1, rows * columns + 1, width], 'embeddings.position_embeddings'),
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
        return drop(withTokens(patches, [params.get('cls')], params.get('positions')));
      },
      layer: (x, index, drop, options) => preNormLayer(x, blocks[index], config, drop, options),
      outputNorm: (state) => normalise(state, params, 'norm', config.eps),
    };
  },
};
