/** From a text, a recording, a picture or a video to what an encoder takes: its preprocessor_config.json at work. */
import * as tf from '../runtime/tf';
import { UserError } from '../math/errors';
import { resample } from '../math/resample';
import type { EncoderConfig } from './config';
import type { EncoderBatch } from './encoder';
import { Fields } from './fields';
import { parseImageConfig, prepareImage, type ImageConfig, type Picture } from './image';
import { logMel, parseLogMelConfig, type LogMelConfig } from './logmel';
import { cutPatches, patchLayout } from './patches';
import { sequenceBatch, sequenceInput } from './sequence';
import { padTokens, type TextTokenizer } from './tokenizer';
import { stateCount } from './wav2vec2';

export interface Recording {
  /** Mono. */
  samples: Float32Array;
  rate: number;
}

/** How an encoder's input is made, by what it is made from. */
export type FrontEnd =
  | { kind: 'text'; tokenizer: TextTokenizer; limit: number }
  | { kind: 'spectrogram'; logMel: LogMelConfig }
  | { kind: 'wave'; rate: number; normalise: boolean }
  | { kind: 'image'; image: ImageConfig }
  | { kind: 'video'; image: ImageConfig; frames: number };

export interface FrontEndInputs {
  text: string;
  spectrogram: Recording;
  wave: Recording;
  image: Picture;
  /** Frames in their order; more than the encoder takes are thinned out evenly, fewer are repeated. */
  video: Picture[];
}

/**
 * The front end of an encoder that takes no text.
 * @param json its preprocessor_config.json
 * @throws UserError if it does not belong to the encoder
 */
export function parseFrontEnd(config: EncoderConfig, json: unknown, file: string): FrontEnd {
  switch (config.family) {
    case 'ast': {
      const features = parseLogMelConfig(json, file);
      if (features.mels !== config.mels || features.frames !== config.frames)
        throw new UserError(
          `${file} makes ${features.frames} × ${features.mels} features, but the encoder's config.json asks for ${config.frames} × ${config.mels}; use the file that belongs to this checkpoint.`,
          file,
        );
      return { kind: 'spectrogram', logMel: features };
    }
    case 'vit':
    case 'beit':
      return { kind: 'image', image: parseImageConfig(json, config.image, file) };
    case 'timesformer':
      return { kind: 'video', image: parseImageConfig(json, config.image, file), frames: config.frames };
    case 'wav2vec2': {
      const f = new Fields(json, file);
      return {
        kind: 'wave',
        rate: f.count('sampling_rate', 16000, 192000, 1000),
        normalise: f.flag('do_normalize', true),
      };
    }
    case 'sequence':
      throw new UserError(
        `The encoder of ${file} takes feature vectors, which cannot be given here; use it with the pack that it belongs to.`,
        file,
      );
    case 'bert':
      throw new Error('a text encoder has a tokenizer instead');
  }
}

/** One sample: token ids with [CLS] and [SEP], the values that `cutPatches` takes, or what `sequenceInput` gives. */
export type EncoderInput = Int32Array | Float32Array;

/** Prepared inputs as one batch, texts padded to the longest; its tensors are the caller's to dispose. */
export function batchOf(config: EncoderConfig, inputs: readonly EncoderInput[]): EncoderBatch {
  if (config.family === 'bert') {
    const { ids, mask, length } = padTokens(inputs as Int32Array[], config.padId);
    const shape: [number, number] = [inputs.length, length];
    return { ids: tf.tensor2d(ids, shape, 'int32'), mask: tf.tensor2d(mask, shape) };
  }
  if (config.family === 'sequence') return sequenceBatch(config, inputs as Float32Array[]);
  const { patches, pixels, inputs: size } = patchLayout(config);
  const values = new Float32Array(inputs.length * size);
  inputs.forEach((input, s) => values.set(input, s * size));
  return { patches: tf.tensor3d(cutPatches(config, values), [inputs.length, patches, pixels]) };
}

/** An input of nothing in particular, of a usual length, to run an encoder for the first time. */
export function blankInput(config: EncoderConfig): EncoderInput {
  if (config.family === 'bert') return new Int32Array(Math.min(32, config.positions)).fill(config.padId);
  if (config.family === 'sequence') return sequenceInput(config, new Float32Array(config.features), 0);
  return new Float32Array(patchLayout(config).inputs);
}

/**
 * One input as a batch of one, its tensors for the caller to dispose.
 * @throws UserError if the input is too short, or of a size that cannot be taken
 */
export function prepareInput<K extends FrontEnd['kind']>(
  config: EncoderConfig,
  frontEnd: FrontEnd & { kind: K },
  input: FrontEndInputs[K],
): EncoderBatch;
export function prepareInput(
  config: EncoderConfig,
  frontEnd: FrontEnd,
  input: FrontEndInputs[FrontEnd['kind']],
): EncoderBatch {
  switch (frontEnd.kind) {
    case 'text': {
      const { tokenizer, limit } = frontEnd;
      return batchOf(config, [tokenizer.encode(input as string, limit).ids]);
    }
    case 'spectrogram': {
      const { samples, rate } = input as Recording;
      return batchOf(config, [logMel(samples, rate, frontEnd.logMel)]);
    }
    case 'wave': {
      const { samples, rate } = input as Recording;
      const wave = resample(samples, rate, frontEnd.rate);
      if (config.family !== 'wav2vec2' || stateCount(wave.length, config) < 1)
        throw new UserError('The recording is too short for the encoder; record a longer one.');
      const values = frontEnd.normalise ? standardWave(wave) : wave;
      return { wave: tf.tensor2d(values, [1, values.length]) };
    }
    case 'image':
      return batchOf(config, [prepareImage(input as Picture, frontEnd.image)]);
    case 'video':
      return batchOf(config, [prepareVideo(input as Picture[], frontEnd)]);
  }
}

function prepareVideo(
  pictures: Picture[],
  { image, frames }: { image: ImageConfig; frames: number },
): Float32Array {
  if (!pictures.length) throw new UserError('The video has no frames; choose another one.');
  const chosen = Array.from({ length: frames }, (_, t) =>
    prepareImage(pictures[Math.floor(((t + 0.5) * pictures.length) / frames)], image),
  );
  const out = new Float32Array(frames * chosen[0].length);
  chosen.forEach((frame, t) => out.set(frame, t * frame.length));
  return out;
}

/** Mean 0 and deviation 1, as Wav2Vec2FeatureExtractor has it. */
export function standardWave(wave: Float32Array): Float32Array {
  let mean = 0;
  for (const x of wave) mean += x / wave.length;
  let variance = 0;
  for (const x of wave) variance += (x - mean) ** 2 / wave.length;
  const scale = 1 / Math.sqrt(variance + 1e-7);
  return wave.map((x) => (x - mean) * scale);
}
