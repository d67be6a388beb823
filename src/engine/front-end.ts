/**
 * From what a person or a data set gives to what an encoder takes. The page and the evaluation run the same code:
 * degrade, prepare, and say what the encoder will see.
 */
import { parseConfig, type EncoderConfig } from '../encoders/config';
import type { EncoderInput } from '../encoders/frontend';
import {
  parseImageConfig,
  prepareImage,
  resizePicture,
  type ImageConfig,
  type Picture,
} from '../encoders/image';
import { logMel, parseLogMelConfig } from '../encoders/logmel';
import { checkTokenizerSize, parseTokenizer } from '../encoders/tokenizer';
import { UserError } from '../math/errors';
import { prepareSpeech, speechRate } from '../media/audio';
import { cropPicture, degradeDrawing, degradeSpeech, degradeText, softenPicture } from '../media/degrade';
import { frameChannels, render } from '../media/strokes';
import type { StoredEncoder } from '../packs/open';
import type { Degradation, ModalityInput, Seen } from './protocol';

export interface Prepared {
  values: EncoderInput;
  seen: Seen;
}

/** @throws UserError if the input is of another kind, blank, silent or damaged */
export type FrontEnd = (input: ModalityInput, degradation: Degradation) => Prepared;

const words: Record<ModalityInput['kind'], string> = {
  drawing: 'a drawing',
  audio: 'a recording',
  text: 'a text',
  image: 'a picture',
};

function expect<K extends ModalityInput['kind']>(
  input: ModalityInput,
  kind: K,
): Extract<ModalityInput, { kind: K }> {
  if (input.kind !== kind)
    throw new UserError(`This side takes ${words[kind]}, not ${words[input.kind]}: give it ${words[kind]}.`);
  return input as Extract<ModalityInput, { kind: K }>;
}

function drawingFrontEnd(config: EncoderConfig): FrontEnd {
  if (config.family !== 'timesformer' || config.channels !== frameChannels)
    throw new UserError('The pack’s video encoder does not take drawings; use another pack.');
  const { frames, image: size } = config;
  return (input, degradation) => {
    const { drawing } = expect(input, 'drawing');
    const values = render(degradeDrawing(drawing, degradation), { frames, size });
    return { values, seen: { kind: 'frames', frames: values, count: frames, channels: frameChannels, size } };
  };
}

/** The sample of largest size in each part: what a waveform looks like from afar. */
function outline(samples: Float32Array, parts = 2000): Float32Array {
  if (samples.length <= parts) return samples.slice();
  return Float32Array.from({ length: parts }, (_, p) => {
    const end = Math.floor(((p + 1) * samples.length) / parts);
    let largest = 0;
    for (let i = Math.floor((p * samples.length) / parts); i < end; i++)
      if (Math.abs(samples[i]) > Math.abs(largest)) largest = samples[i];
    return largest;
  });
}

function speechFrontEnd(config: EncoderConfig, preprocessor: unknown): FrontEnd {
  const features = parseLogMelConfig(preprocessor);
  if (config.family !== 'ast' || config.mels !== features.mels || config.frames !== features.frames)
    throw new UserError('The pack’s audio encoder and its preprocessor do not agree; get the pack again.');
  return (input, degradation) => {
    const { samples, sampleRate } = expect(input, 'audio');
    const speech = prepareSpeech(samples, sampleRate, features.frames / 100);
    const heard = degradeSpeech(speech.samples, degradation);
    const values = logMel(heard, speechRate, features);
    const { frames, mels: bins } = features;
    // 25 ms windows every 10 ms, as the front end counts them.
    const used = Math.min(frames, 1 + Math.floor((heard.length / speechRate - 0.025) / 0.01 + 1e-9));
    const seconds = samples.length / sampleRate;
    const waveform = outline(samples);
    return {
      values,
      seen: { kind: 'logmel', values, frames, used, bins, waveform, seconds, trim: speech.trim },
    };
  };
}

function textFrontEnd(config: EncoderConfig, json: unknown, folder: string): FrontEnd {
  if (config.family !== 'bert' || json === null)
    throw new UserError('The pack’s text encoder has no tokenizer; get the pack again.');
  const file = `${folder}/tokenizer.json`;
  const tokenizer = parseTokenizer(json, file);
  checkTokenizerSize(tokenizer, config.vocabulary, file);
  return (input, degradation) => {
    const { text: given } = expect(input, 'text');
    if (given.trim() === '') throw new UserError('The text is empty: type or paste some words.');
    const text = degradeText(given, degradation);
    const { ids, pieces, total, cutAt } = tokenizer.encode(text, config.positions);
    const used = ids.length - 2;
    if (used === 0)
      throw new UserError(
        'The text has no words, only characters that do not print: type or paste some words.',
      );
    const unknown = ids.reduce((sum, id) => sum + (id === tokenizer.special.unknown ? 1 : 0), 0);
    if (unknown === used)
      throw new UserError(
        'The encoder knows no part of this text: give it words in the language and script it was trained on.',
      );
    const cut = total - ids.length;
    return { values: ids, seen: { kind: 'tokens', tokens: pieces, used, cut, unknown, text, cutAt } };
  };
}

/** Pixels along a side; below it a picture shows nothing. */
const smallestSide = 8;

function imageFrontEnd(config: EncoderConfig, preprocessor: unknown, folder: string): FrontEnd {
  if (config.family !== 'vit' && config.family !== 'beit')
    throw new UserError('The pack’s image encoder does not take pictures; use another pack.');
  const size = config.image;
  const how = parseImageConfig(preprocessor, size, `${folder}/preprocessor_config.json`);
  return (input, degradation) => {
    const { pixels: data, width, height } = expect(input, 'image');
    if (Math.min(width, height) < smallestSide)
      throw new UserError(
        `The picture has ${width} × ${height} pixels: choose one of at least ${smallestSide} × ${smallestSide}.`,
      );
    const values = prepareImage(degradedPicture({ data, width, height }, degradation, how, size), how);
    const [mean, deviation] = [how.mean, how.deviation].map((list) =>
      list.map((v) => v / (255 * how.rescale)),
    );
    return { values, seen: { kind: 'pixels', values, size, mean, deviation } };
  };
}

/** Noise and blur are as strong for a large picture as for a small one: they come at the encoder's own resolution. */
function degradedPicture(
  picture: Picture,
  degradation: Degradation,
  { resize }: ImageConfig,
  size: number,
): Picture {
  const cropped = cropPicture(picture, degradation);
  if (!degradation.blur && !degradation.noise) return cropped;
  const scale = size / Math.min(cropped.width, cropped.height);
  const [width, height] = [cropped.width, cropped.height].map((side) => Math.round(side * scale));
  return softenPicture(resizePicture(cropped, width, height, resize?.filter ?? 'bilinear'), degradation);
}

/** @throws UserError if this version cannot feed the encoder */
export function createFrontEnd({ modality, config, preprocessor, tokenizer }: StoredEncoder): FrontEnd {
  const { encoder } = modality;
  const parsed = parseConfig(config, `${encoder}/config.json`);
  if (modality.modality === 'video') return drawingFrontEnd(parsed);
  if (modality.modality === 'audio') return speechFrontEnd(parsed, preprocessor);
  if (modality.modality === 'text') return textFrontEnd(parsed, tokenizer, encoder);
  if (modality.modality === 'image') return imageFrontEnd(parsed, preprocessor, encoder);
  throw new UserError(
    `This version of the page cannot give ${modality.modality} to an encoder: reload it for a newer one.`,
  );
}
