/**
 * From what a person or a data set gives to what an encoder takes. The page and the evaluation run the same code:
 * degrade, prepare, and say what the encoder will see.
 */
import { parseConfig, type EncoderConfig } from '../encoders/config';
import { logMel, parseLogMelConfig } from '../encoders/logmel';
import { UserError } from '../math/errors';
import { prepareSpeech, speechRate } from '../media/audio';
import { degradeDrawing, degradeSpeech } from '../media/degrade';
import { frameChannels, render } from '../media/strokes';
import type { StoredEncoder } from '../packs/open';
import type { Degradation, ModalityInput, Seen } from './protocol';

export interface Prepared {
  /** One sample as the encoder's `cutPatches` takes it. */
  values: Float32Array;
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
    const speech = prepareSpeech(samples, sampleRate);
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

/** @throws UserError if this version cannot feed the encoder */
export function createFrontEnd({ modality, config, preprocessor }: StoredEncoder): FrontEnd {
  const parsed = parseConfig(config, `${modality.encoder}/config.json`);
  if (modality.modality === 'video') return drawingFrontEnd(parsed);
  if (modality.modality === 'audio') return speechFrontEnd(parsed, preprocessor);
  throw new UserError(
    `This version of the page cannot give ${modality.modality} to an encoder: reload it for a newer one.`,
  );
}
