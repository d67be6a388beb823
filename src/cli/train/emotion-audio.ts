/** Acted speech for an Audio Spectrogram Transformer: four emotions, in English, German and Polish. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { AstConfig } from '../../encoders/config';
import { logMel, writeLogMelConfig, type LogMelConfig } from '../../encoders/logmel';
import { choice, normal, seededRandom, type Random } from '../../math/random';
import { normaliseLevel, prepareSpeech, speechRate } from '../../media/audio';
import { varyLogMel } from '../../media/augment';
import { degradeSpeech, noise } from '../../media/degrade';
import { linear } from '../../runtime/ops';
import { readSafetensors, toFloat32, writeSafetensors } from '../../runtime/safetensors';
import * as tf from '../../runtime/tf';
import { emotions, readEmotionSpeech, readPolishSpeech, type EmotionSpeech } from '../data/emotion';
import { balanced } from './balanced';
import { writeWhole } from './checkpoint';
import { audioConfig } from './digits-audio';
import { addNoise, addRoom, changeTempo } from './log-mel-sound';
import type { TaskOptions } from './messages';
import { own } from './model';
import { speechStatistics, speechTeacher, statisticsCount } from './speech-teacher';
import { smoothed, type EncoderTask, type Example, type Extra, type Trial } from './task';

export const emotionAudioConfig: AstConfig = {
  ...audioConfig,
  // Of the band below 4 kHz, which is all that prepared speech has.
  mels: 48,
  frames: 288,
  frequencyStride: 16,
  timeStride: 14,
};
/** Samples a second at which the filter bank ends where prepared speech does. */
const rate = 8000;
const classes = emotions.length;
const smoothing = 0.1;
/** How often an example is Polish, a language of the training voices only. */
const polishShare = 0.3;
/** Weight of the teacher's word in a target; the rest is the label's. */
const taught = 0.5;
/** Weight of the squared error of the statistics that the last state is asked for. */
const statisticsWeight = 0.5;

/** Log-mel values of a recording, not normalised: its own frames only. */
interface Clip {
  values: Float32Array;
  label: number;
  voice: string;
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
  clips: { label: number; frames: number; polish: boolean; voice: string }[];
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
      clips: train.map(({ label, unit }, i) => ({
        label,
        voice: unit,
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
  const clips = stored.clips.map(({ label, frames, polish, voice }) => ({
    label,
    polish,
    voice,
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
  const statisticsOfValidation = (i: number) => {
    const whole = made.validation.get('clean')!.subarray(i * frames * mels, (i + 1) * frames * mels);
    const end = whole.findLastIndex((v) => v !== raw.padding) + 1;
    return speechStatistics(whole.subarray(0, mels * Math.ceil(end / mels)), mels);
  };

  /** Another pace and place, a part lost at either end, noise or other voices. */
  const vary = ({ values }: Clip, random: Random): Float32Array => {
    let sound = changeTempo(values, mels, Math.exp(0.1 * normal(random)));
    let used = sound.length / mels;
    if (random() < 0.3) {
      const [start, end] = [random(), random()].map((r) => Math.floor(0.2 * r * r * used));
      sound = sound.slice(start * mels, (used - end) * mels);
      used -= start + end;
    }
    if (used > frames) {
      const start = Math.floor(random() * (used - frames + 1));
      sound = sound.slice(start * mels, (start + frames) * mels);
    }
    if (random() < 0.2) addRoom(sound, mels, random);
    if (random() < 0.35) {
      const babble = random() < 0.2;
      const other = babble ? choice(everyone, random).values : choice(made.noises, random);
      addNoise(sound, other, mels, 8 + 30 * random(), random);
    }
    return sound;
  };
  const teacher = speechTeacher(
    everyone,
    (i, random) => speechStatistics(random ? vary(everyone[i], random) : everyone[i].values, mels),
    made.validationLabels.map((label, i) => ({ label, statistics: statisticsOfValidation(i) })),
    classes,
    join(cache, 'audio-teacher.safetensors'),
  );
  const draw = (random: Random): Example => {
    const clip = choice(choice(polish.length > 0 && random() < polishShare ? polish : main, random), random);
    const sound = vary(clip, random);
    const statistics = teacher.standardise(speechStatistics(sound, mels));
    const told = teacher.ofTraining(everyone.indexOf(clip), statistics);
    const target = smoothed(clip.label, classes, smoothing).map(
      (label, c) => taught * told[c] + (1 - taught) * label,
    );
    const used = sound.length / mels;
    const gain = perDecibel * normal(random);
    const input = new Float32Array(frames * mels).fill(normalised(features.padding));
    sound.forEach((v, i) => (input[i] = normalised(v) + gain));
    if (random() < 0.6) varyLogMel(input, { frames, bins: mels, used }, perDecibel, random);
    return { input, target, statistics };
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
    draw: (seed) => draw(seededRandom(seed)),
    trials: [
      trial('clean, each class as often', 'clean', order),
      trial('20 dB, each class as often', '20 dB', order),
      trial('clean, as they come', 'clean', asTheyCome),
      trial('10 dB, each class as often', '10 dB', order),
    ],
    extra: statisticsLoss(emotionAudioConfig.width),
    regularisation: { dropout: 0.05, dropPath: 0.06 },
    files: { 'preprocessor_config.json': writeLogMelConfig(features) },
    facts: { ...made.facts, teacherRecall: teacher.recall },
  };
}

/** The statistics of what is heard, from the last layer's two first tokens: what they say of an emotion is then there. */
const statisticsLoss = (width: number): Extra => ({
  specs: [
    own('statistics.weight', [width, statisticsCount(mels)], 'normal'),
    own('statistics.offset', [statisticsCount(mels)], 0),
  ],
  losses(_, params, states, examples) {
    const count = examples.length;
    const last = states[states.length - 1];
    const pooled = tf.mean(tf.slice(last, [0, 0, 0], [count, 2, width]), 1);
    const told = linear(pooled, params.get('statistics.weight')!, params.get('statistics.offset')!);
    const goal = new Float32Array(count * statisticsCount(mels));
    examples.forEach(({ statistics }, b) => goal.set(statistics!, b * statisticsCount(mels)));
    const error = tf.sub(told, tf.tensor2d(goal, [count, statisticsCount(mels)]));
    return [tf.mul(tf.mean(tf.square(error)), statisticsWeight)];
  },
});
