/** Acted speech for an Audio Spectrogram Transformer: four emotions, in English, German and Polish. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { AstConfig } from '../../encoders/config';
import { logMel, writeLogMelConfig, type LogMelConfig } from '../../encoders/logmel';
import { choice, normal, seededRandom, type Random } from '../../math/random';
import { normaliseLevel, prepareSpeech, speechRate } from '../../media/audio';
import { varyLogMel } from '../../media/augment';
import { degradeSpeech, noise } from '../../media/degrade';
import { readSafetensors, toFloat32, writeSafetensors } from '../../runtime/safetensors';
import { emotions, readEmotionSpeech, readPolishSpeech, type EmotionSpeech } from '../data/emotion';
import { balanced } from './balanced';
import { writeWhole } from './checkpoint';
import { addNoise, addRoom, changeTempo } from './log-mel-sound';
import type { TaskOptions } from './messages';
import { smoothed, type EncoderTask, type Example, type Trial } from './task';

export const emotionAudioConfig: AstConfig = {
  family: 'ast',
  layers: 12,
  width: 96,
  heads: 4,
  intermediate: 384,
  activation: 'gelu',
  eps: 1e-12,
  initialDeviation: 0.04,
  patch: 16,
  // Of the band below 4 kHz, which is all that prepared speech has.
  mels: 48,
  frames: 288,
  frequencyStride: 16,
  timeStride: 14,
  qkvBias: true,
};
/** Samples a second at which the filter bank ends where prepared speech does. */
const rate = 8000;
const classes = emotions.length;
const smoothing = 0.1;
/** How often an example is Polish, a language of the training voices only. */
const polishShare = 0.3;
/** How often, and how far at most, an example is mixed with another (Zhang et al. 2018). */
const mixing = { share: 0.25, most: 0.4 };

/** Log-mel values of a recording, not normalised: its own frames only. */
interface Clip {
  values: Float32Array;
  label: number;
}

/** What is made once of the recordings and kept, so that threads need not make it again. */
interface Made {
  main: Clip[];
  polish: Clip[];
  /** Noises at the level of prepared speech, as log-mel values. */
  noises: Float32Array[];
  validationLabels: number[];
  /** By condition, the validation recordings one after the other: whole inputs, not normalised. */
  validation: Map<string, Float32Array>;
  facts: Record<string, unknown>;
}

interface Stored {
  clips: { label: number; frames: number; polish: boolean }[];
  validationLabels: number[];
  noises: number;
  facts: Record<string, unknown>;
}

const conditions: [string, number | undefined][] = [
  ['clean', undefined],
  ['20 dB', 20],
  ['10 dB', 10],
];

const { frames, mels } = emotionAudioConfig;
const seconds = frames / 100;
const raw: LogMelConfig = { mels, frames, rate, normalise: false, mean: 0, deviation: 1, padding: 0 };
const heardOf = (s: EmotionSpeech) => prepareSpeech(s.samples, s.sampleRate, seconds).samples;
const usedFrames = (samples: Float32Array) =>
  Math.min(frames, 1 + Math.floor((samples.length / speechRate - 0.025) / 0.01 + 1e-9));

function hear(samples: Float32Array): Float32Array {
  return logMel(samples, speechRate, raw).slice(0, usedFrames(samples) * mels);
}

function joined(parts: Float32Array[]): Float32Array {
  const out = new Float32Array(parts.reduce((sum, p) => sum + p.length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}

function makeOnce(dataDir: string, cache: string): Made {
  const [list, values] = [join(cache, 'audio.json'), join(cache, 'audio.safetensors')];
  if (!existsSync(list)) {
    const all = readEmotionSpeech(dataDir, ['train', 'validation']);
    const polish = readPolishSpeech(dataDir, ['train', 'validation']);
    const main = all.filter((s) => s.split === 'train');
    const held = all.filter((s) => s.split === 'validation');
    const train = [...main, ...polish];
    const clips = train.map((s) => hear(heardOf(s)));
    const random = seededRandom(0, 'noises');
    const noises = (['white', 'pink', 'room'] as const).flatMap((kind) =>
      Array.from({ length: 4 }, () =>
        logMel(normaliseLevel(noise(speechRate * 3, kind, random)), speechRate, raw),
      ),
    );
    const checked = held.map(heardOf);
    const tensor = (name: string, data: Float32Array) => ({ name, shape: [data.length], data });
    writeWhole(
      values,
      writeSafetensors([
        tensor('clips', joined(clips)),
        tensor('noises', joined(noises)),
        ...conditions.map(([name, snrDb]) =>
          tensor(
            name,
            joined(
              checked.map((speech, i) => logMel(degradeSpeech(speech, { snrDb, seed: i }), speechRate, raw)),
            ),
          ),
        ),
      ]),
    );
    const stored: Stored = {
      clips: train.map(({ label }, i) => ({
        label,
        frames: clips[i].length / mels,
        polish: i >= main.length,
      })),
      validationLabels: held.map((s) => s.label),
      noises: noises.length,
      facts: {
        trainedOn: main.length,
        voices: [...new Set(main.map((s) => s.unit))],
        polish: polish.length,
        polishVoices: [...new Set(polish.map((s) => s.unit))],
        validatedOn: held.length,
        validationVoices: [...new Set(held.map((s) => s.unit))],
      },
    };
    // Last, so that a list that is there has its values.
    writeWhole(list, JSON.stringify(stored));
  }
  const stored = JSON.parse(readFileSync(list, 'utf8')) as Stored;
  const { tensors } = readSafetensors(new Uint8Array(readFileSync(values)), values);
  const read = (name: string) => toFloat32(tensors.get(name)!);
  const flat = read('clips');
  let at = 0;
  const clips = stored.clips.map(({ label, frames, polish }) => ({
    label,
    polish,
    values: flat.subarray(at, (at += frames * mels)),
  }));
  const noises = read('noises');
  return {
    main: clips.filter((c) => !c.polish),
    polish: clips.filter((c) => c.polish),
    noises: Array.from({ length: stored.noises }, (_, k) =>
      noises.subarray(k * frames * mels, (k + 1) * frames * mels),
    ),
    validationLabels: stored.validationLabels,
    validation: new Map(conditions.map(([name]) => [name, read(name)])),
    facts: stored.facts,
  };
}

/** Mean and deviation of all values, rounded: they go into preprocessor_config.json. */
function statistics(clips: Clip[]): { mean: number; deviation: number } {
  let [n, sum, squares] = [0, 0, 0];
  for (const { values } of clips)
    for (const v of values) {
      n++;
      sum += v;
      squares += v * v;
    }
  const mean = sum / n;
  const round = (x: number) => Math.round(1e4 * x) / 1e4;
  return { mean: round(mean), deviation: round(Math.sqrt(squares / n - mean * mean)) };
}

export function emotionAudio({ dataDir, cache, layers = 12 }: TaskOptions): EncoderTask {
  const made = makeOnce(dataDir, cache);
  const features: LogMelConfig = { ...raw, normalise: true, ...statistics([...made.main, ...made.polish]) };
  const normalised = (v: number) => (v - features.mean) / (2 * features.deviation);
  const perDecibel = Math.LN10 / 10 / (2 * features.deviation);
  const byClass = (clips: Clip[]) =>
    emotions.map((_, c) => clips.filter(({ label }) => label === c)).filter((of) => of.length > 0);
  const [main, polish] = [byClass(made.main), byClass(made.polish)];
  const everyone = [...made.main, ...made.polish];

  /** Another pace and place, a part lost at either end, noise or other voices; then varyLogMel's throat and microphone. */
  const vary = ({ values }: Clip, random: Random): Float32Array => {
    let sound = changeTempo(values, mels, Math.exp(0.12 * normal(random)));
    let used = sound.length / mels;
    if (random() < 0.4) {
      const [start, end] = [random(), random()].map((r) => Math.floor(0.2 * r * r * used));
      sound = sound.slice(start * mels, (used - end) * mels);
      used -= start + end;
    }
    if (used > frames) {
      const start = Math.floor(random() * (used - frames + 1));
      sound = sound.slice(start * mels, (start + frames) * mels);
      used = frames;
    }
    if (random() < 0.3) addRoom(sound, mels, random);
    if (random() < 0.5) {
      const babble = random() < 0.2;
      const other = babble ? choice(everyone, random).values : choice(made.noises, random);
      addNoise(sound, other, mels, (babble ? 5 : 0) + 35 * random(), random);
    }
    const gain = 1.5 * perDecibel * normal(random);
    const out = new Float32Array(frames * mels).fill(normalised(features.padding));
    sound.forEach((v, i) => (out[i] = normalised(v) + gain));
    varyLogMel(out, { frames, bins: mels, used }, perDecibel, random);
    if (random() < 0.4) {
      const width = Math.floor(0.15 * random() * used);
      const start = Math.floor(random() * (used - width));
      out.fill(0, start * mels, (start + width) * mels);
    }
    return out;
  };
  const drawOne = (random: Random): Example => {
    const clip = choice(choice(polish.length > 0 && random() < polishShare ? polish : main, random), random);
    return { input: vary(clip, random), target: smoothed(clip.label, classes, smoothing) };
  };
  const order = balanced(made.validationLabels, classes);
  const trial = (name: string, condition: string, of: number[]): Trial => ({
    name,
    count: of.length,
    example: (k) => ({
      input: made.validation
        .get(condition)!
        .subarray(of[k] * frames * mels, (of[k] + 1) * frames * mels)
        .map(normalised),
      target: smoothed(made.validationLabels[of[k]], classes, 0),
    }),
  });
  const asTheyCome = made.validationLabels.map((_, i) => i);
  return {
    config: { ...emotionAudioConfig, layers },
    classes,
    inputShape: [frames, mels],
    draw(seed) {
      const random = seededRandom(seed);
      const example = drawOne(random);
      if (random() >= mixing.share) return example;
      const other = drawOne(random);
      const part = mixing.most * random();
      const mix = (a: Float32Array, b: Float32Array) => a.map((v, i) => (1 - part) * v + part * b[i]);
      return { input: mix(example.input, other.input), target: mix(example.target, other.target) };
    },
    trials: [
      trial('clean, each class as often', 'clean', order),
      trial('20 dB, each class as often', '20 dB', order),
      trial('clean, as they come', 'clean', asTheyCome),
      trial('10 dB, each class as often', '10 dB', order),
    ],
    regularisation: { dropout: 0.1, dropPath: 0.12 },
    files: { 'preprocessor_config.json': writeLogMelConfig(features) },
    facts: made.facts,
  };
}
