/** Spoken digits for an Audio Spectrogram Transformer. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { AstConfig } from '../../encoders/config';
import { logMel, writeLogMelConfig, type LogMelConfig } from '../../encoders/logmel';
import { choice, seededRandom, type Random } from '../../math/random';
import { normaliseLevel, prepareSpeech, speechRate } from '../../media/audio';
import { addRandomNoise, varyLogMel, varySpeech } from '../../media/augment';
import { degradeSpeech } from '../../media/degrade';
import { parseWav, type Sound } from '../../media/wav';
import { digitsFolder, readSpeech, validationVoice } from '../data/digits';
import { readTable } from '../data/table';
import type { TaskOptions } from './messages';
import { smoothed, type EncoderTask, type Example, type Trial } from './task';

export const audioConfig: AstConfig = {
  family: 'ast',
  layers: 12,
  width: 96,
  heads: 4,
  intermediate: 384,
  activation: 'gelu',
  eps: 1e-12,
  initialDeviation: 0.04,
  patch: 16,
  mels: 64,
  frames: 96,
  frequencyStride: 12,
  timeStride: 8,
  qkvBias: true,
};

const classes = 10;
const smoothing = 0.06;
/** How often a training example is synthesised, where there are such recordings. */
const syntheticShare = 0.5;
/** How often, and how far at most, an example is mixed with another (Zhang et al. 2018). */
const mixing = { share: 0.2, most: 0.35 };

interface Recording extends Sound {
  label: number;
}

function readSynthetic(folder: string): Recording[] {
  return readTable(join(folder, 'audio.tsv'), ['file', 'digit']).map(({ file, digit }) => ({
    label: Number(digit),
    ...parseWav(readFileSync(join(folder, file))),
  }));
}

/** Mean and deviation of the log-mel values of some recordings, padding left out. */
function featureStatistics(speech: Float32Array[]): { mean: number; deviation: number } {
  const raw: LogMelConfig = {
    mels: audioConfig.mels,
    frames: audioConfig.frames,
    rate: speechRate,
    normalise: false,
    mean: 0,
    deviation: 1,
    padding: NaN,
  };
  let [n, sum, squares] = [0, 0, 0];
  for (const samples of speech)
    for (const value of logMel(samples, speechRate, raw)) {
      if (Number.isNaN(value)) continue;
      n++;
      sum += value;
      squares += value * value;
    }
  const mean = sum / n;
  const round = (x: number) => Math.round(1e4 * x) / 1e4;
  return { mean: round(mean), deviation: round(Math.sqrt(squares / n - mean * mean)) };
}

export function digitsAudio({
  dataDir,
  heldOut = validationVoice,
  synthetic,
  layers = audioConfig.layers,
}: TaskOptions): EncoderTask {
  const items = readSpeech(digitsFolder(dataDir), ['train', 'validation'], heldOut);
  const train = items.filter((s) => s.split === 'train');
  const validation = items.filter((s) => s.split === 'validation');
  const extra: Recording[] = synthetic && existsSync(synthetic) ? readSynthetic(synthetic) : [];
  const prepared = train.map((s) => prepareSpeech(s.samples, s.sampleRate).samples);
  const features: LogMelConfig = {
    mels: audioConfig.mels,
    frames: audioConfig.frames,
    rate: speechRate,
    normalise: true,
    ...featureStatistics(prepared),
    padding: 0,
  };
  const perDecibel = Math.LN10 / 10 / (2 * features.deviation);

  const vary = (recording: Recording, random: Random): Float32Array => {
    const { samples, sampleRate } = random() < 0.05 ? recording : varySpeech(recording, random);
    const speech = prepareSpeech(samples, sampleRate).samples;
    const others = Array.from({ length: 3 }, () => choice(prepared, random));
    const heard = normaliseLevel(addRandomNoise(speech, others, random));
    const values = logMel(heard, speechRate, features);
    const used = Math.min(features.frames, 1 + Math.floor((heard.length - 400) / 160));
    varyLogMel(values, { frames: features.frames, bins: features.mels, used }, perDecibel, random);
    return values;
  };
  const drawOne = (random: Random, refining: boolean): Example => {
    const real: Recording[] = refining ? items : train;
    const recording = choice(extra.length > 0 && random() < syntheticShare ? extra : real, random);
    return { input: vary(recording, random), target: smoothed(recording.label, classes, smoothing) };
  };
  const trial = (name: string, snrDb?: number): Trial => ({
    name,
    count: validation.length,
    example(i) {
      const { samples } = prepareSpeech(validation[i].samples, validation[i].sampleRate);
      const heard = degradeSpeech(samples, { snrDb, seed: i });
      return {
        input: logMel(heard, speechRate, features),
        target: smoothed(validation[i].label, classes, 0),
      };
    },
  });
  return {
    config: { ...audioConfig, layers },
    classes,
    inputShape: [features.frames, features.mels],
    draw(seed, refining) {
      const random = seededRandom(seed);
      const example = drawOne(random, refining);
      if (random() >= mixing.share) return example;
      const other = drawOne(random, refining);
      const part = mixing.most * random();
      const mix = (a: Float32Array, b: Float32Array) => a.map((v, i) => (1 - part) * v + part * b[i]);
      return { input: mix(example.input, other.input), target: mix(example.target, other.target) };
    },
    trials: [trial('clean'), trial('5 dB', 5), trial('20 dB', 20), trial('10 dB', 10), trial('0 dB', 0)],
    regularisation: { dropout: 0, dropPath: 0.12 },
    refit: true,
    files: { 'preprocessor_config.json': writeLogMelConfig(features) },
    facts: {
      trainedOn: train.length,
      voices: [...new Set(train.map((s) => s.unit))],
      validationVoice: heldOut,
      validatedOn: validation.length,
      synthesised: extra.length,
    },
  };
}
