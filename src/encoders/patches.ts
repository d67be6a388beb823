/**
 * Cutting an input into patches, on plain arrays: a patch embedding is then one linear map of [B, N, pixels], and
 * the gradient with respect to the patches is the gradient with respect to the pixels.
 */
import type { AstConfig, EncoderConfig, TimesformerConfig } from './config';

export interface PatchLayout {
  /** Patches of a sample, in the order of the encoder's tokens. */
  patches: number;
  /** Values in a patch: channel, then row, then column. */
  pixels: number;
  /** Values in a sample. */
  inputs: number;
  /** Where each value of each patch lies in the sample: [patches × pixels]. */
  index: Int32Array;
}

/** Patches along the two sides: frequency and time for a spectrogram, rows and columns for an image. */
export function patchGrid(config: EncoderConfig): [number, number] {
  switch (config.family) {
    case 'ast':
      return [
        Math.floor((config.mels - config.patch) / config.frequencyStride) + 1,
        Math.floor((config.frames - config.patch) / config.timeStride) + 1,
      ];
    case 'timesformer':
    case 'vit':
    case 'beit': {
      const side = Math.floor(config.image / config.patch);
      return [side, side];
    }
    default:
      throw new Error(`${config.family} takes no patches`);
  }
}

const layouts = new WeakMap<EncoderConfig, PatchLayout>();

/** How a sample is cut: spectrograms [frames, mels], images [channels, height, width], videos [frames, channels, height, width]. */
export function patchLayout(config: EncoderConfig): PatchLayout {
  let layout = layouts.get(config);
  if (!layout) {
    layout = config.family === 'ast' ? spectrogramLayout(config) : imageLayout(config);
    layouts.set(config, layout);
  }
  return layout;
}

/** Overlapping patches, all times of the lowest band first (the convolution runs over [mel, time]). */
function spectrogramLayout(config: AstConfig): PatchLayout {
  const { patch, mels, frames, frequencyStride, timeStride } = config;
  const [bands, times] = patchGrid(config);
  const index = new Int32Array(bands * times * patch * patch);
  let i = 0;
  for (let band = 0; band < bands; band++)
    for (let time = 0; time < times; time++)
      for (let y = 0; y < patch; y++)
        for (let x = 0; x < patch; x++)
          index[i++] = (time * timeStride + x) * mels + band * frequencyStride + y;
  return { patches: bands * times, pixels: patch * patch, inputs: frames * mels, index };
}

/** Patches side by side, row by row; in a video all frames of one place come together, as TimeSformer's tokens do. */
function imageLayout(config: EncoderConfig): PatchLayout {
  const {
    image,
    patch,
    channels,
    frames = 1,
  } = config as Omit<TimesformerConfig, 'frames'> & { frames?: number };
  const [rows, columns] = patchGrid(config);
  const pixels = channels * patch * patch;
  const index = new Int32Array(rows * columns * frames * pixels);
  let i = 0;
  for (let row = 0; row < rows; row++)
    for (let column = 0; column < columns; column++)
      for (let frame = 0; frame < frames; frame++)
        for (let channel = 0; channel < channels; channel++)
          for (let y = 0; y < patch; y++)
            for (let x = 0; x < patch; x++)
              index[i++] =
                ((frame * channels + channel) * image + row * patch + y) * image + column * patch + x;
  return { patches: rows * columns * frames, pixels, inputs: frames * channels * image * image, index };
}

/**
 * Cuts samples into patches.
 * @param values [samples, inputs], inputs as `patchLayout` says
 * @param out [samples, patches, pixels], to be filled in place of a new array
 */
export function cutPatches(config: EncoderConfig, values: Float32Array, out?: Float32Array): Float32Array {
  const { inputs, index } = patchLayout(config);
  const samples = values.length / inputs;
  if (!Number.isInteger(samples))
    throw new Error(`${values.length} values are no whole number of samples of ${inputs}`);
  const cut = out ?? new Float32Array(samples * index.length);
  for (let s = 0; s < samples; s++) {
    const from = s * inputs;
    const to = s * index.length;
    for (let i = 0; i < index.length; i++) cut[to + i] = values[from + index[i]];
  }
  return cut;
}
