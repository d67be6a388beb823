/** Gradient × input laid out as what the encoder saw, for the page to draw over it. */
import { joinPatches, type Attribution } from '../../encoders/attribution';
import type { EncoderConfig } from '../../encoders/config';
import { UserError } from '../../math/errors';
import type { AttributionMap } from './operations';

/** Each patch's number, in equal parts over its cells: one cell's gradient alone is noise to the eye. */
function overPatches(config: EncoderConfig, parts: Float32Array, cells: number): Float32Array {
  const spread = new Float32Array(parts.length * cells);
  parts.forEach((value, patch) => spread.fill(value / cells, patch * cells, (patch + 1) * cells));
  return joinPatches(config, spread);
}

/** [images, channels, plane] summed over the channels. */
function overChannels(values: Float32Array, channels: number, plane: number): Float32Array {
  const out = new Float32Array(values.length / channels);
  for (let at = 0; at < out.length; at++) {
    const [image, cell] = [Math.floor(at / plane), at % plane];
    for (let c = 0; c < channels; c++) out[at] += values[(image * channels + c) * plane + cell];
  }
  return out;
}

/** @param found of one sample */
export function attributionMap(config: EncoderConfig, { parts, values }: Attribution): AttributionMap {
  switch (config.family) {
    case 'bert':
      return { kind: 'tokens', values: parts };
    case 'ast':
      return { kind: 'logmel', values: overPatches(config, parts, config.patch ** 2) };
    case 'vit':
    case 'beit': {
      const { channels, image, patch } = config;
      const spread = overPatches(config, parts, channels * patch ** 2);
      return { kind: 'pixels', values: overChannels(spread, channels, image ** 2) };
    }
    case 'timesformer':
      if (values)
        return {
          kind: 'frames',
          values: overChannels(joinPatches(config, values), config.channels, config.image ** 2),
        };
  }
  throw new UserError(`What carries a score cannot be drawn over the input of ${config.family} here.`);
}
