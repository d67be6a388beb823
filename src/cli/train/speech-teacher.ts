/**
 * Statistics of a recording's spectrum over time, and linear models of them that teach the audio encoder of `emotion`
 * (distillation, Hinton et al. 2015): on a thousand recordings such statistics are hard to beat.
 */
import { existsSync, readFileSync } from 'node:fs';
import { choice, mixSeed, seededRandom, type Random } from '../../math/random';
import { readSafetensors, toFloat32, writeSafetensors } from '../../runtime/safetensors';
import { startAdamW, stepAdamW } from './adamw';
import { unweightedRecall } from './balanced';
import { writeWhole } from './checkpoint';
import { Mlp } from './mlp';

const folds = 5;
const views = 8;
const steps = 1500;
const batch = 32;
const peak = 2e-3;
/** Share of the statistics that are left out of a step. */
const drop = 0.4;
const cosines = 13;

export const statisticsCount = (mels: number): number => 4 * mels + 3 * cosines + 3;

/**
 * Mean, deviation, mean change and loud end of each band; mean, deviation and change of 13 cepstral coefficients;
 * length, and how the level moves. The level itself is left out: a phone normalises it.
 * @param values [frames × mels] logarithms of power
 */
export function speechStatistics(values: Float32Array, mels: number): Float32Array {
  const frames = values.length / mels;
  const level = values.reduce((sum, v) => sum + v, 0) / values.length;
  const track = (size: number, at: (t: number, c: number) => number) => {
    const [mean, square, change] = [new Float64Array(size), new Float64Array(size), new Float64Array(size)];
    for (let t = 0; t < frames; t++)
      for (let c = 0; c < size; c++) {
        const v = at(t, c);
        mean[c] += v / frames;
        square[c] += (v * v) / frames;
        if (t > 0) change[c] += Math.abs(v - at(t - 1, c)) / frames;
      }
    const deviation = square.map((s, c) => Math.sqrt(Math.max(0, s - mean[c] ** 2)));
    return { mean, deviation, change };
  };
  const bands = track(mels, (t, m) => values[t * mels + m] - level);
  const cepstra = new Float64Array(frames * cosines);
  const loudness = new Float64Array(frames);
  for (let t = 0; t < frames; t++)
    for (let m = 0; m < mels; m++) {
      const v = values[t * mels + m] - level;
      loudness[t] += v / mels;
      for (let k = 0; k < cosines; k++)
        cepstra[t * cosines + k] += (v * Math.cos((Math.PI * (k + 1) * (m + 0.5)) / mels)) / mels;
    }
  const shapes = track(cosines, (t, k) => cepstra[t * cosines + k]);
  const levels = track(1, (t) => loudness[t]);
  const loudEnd = Float64Array.from({ length: mels }, (_, m) => {
    const column = Float64Array.from({ length: frames }, (_, t) => values[t * mels + m] - level).sort();
    return column[Math.floor(0.9 * (frames - 1))];
  });
  return Float32Array.from([
    ...bands.mean,
    ...bands.deviation,
    ...bands.change,
    ...loudEnd,
    ...shapes.mean,
    ...shapes.deviation,
    ...shapes.change,
    Math.log(frames),
    levels.deviation[0],
    levels.change[0],
  ]);
}

export interface TaughtSpeech {
  label: number;
  /** Who speaks: nobody is on two sides. */
  voice: string;
}

export interface SpeechTeacher {
  /** Standardised by the training recordings. */
  standardise: (statistics: Float32Array) => Float32Array;
  /** By the model that has not heard the voice. @param index of the training recording @param seen standardised */
  ofTraining: (index: number, seen: Float32Array) => Float32Array;
  /** Unweighted recall of all models together on validation. */
  recall: number;
}

const foldOf = ({ voice }: TaughtSpeech): number => Math.abs(mixSeed('fold', voice)) % folds;

/**
 * @param view statistics of a training recording, varied; the first time as it is
 * @param validation statistics and labels
 * @param cache file that keeps the models, so that threads need not train them again
 */
export function speechTeacher(
  train: TaughtSpeech[],
  view: (index: number, random: Random | null) => Float32Array,
  validation: { statistics: Float32Array; label: number }[],
  classes: number,
  cache: string,
): SpeechTeacher {
  const size = validation[0].statistics.length;
  const network = new Mlp([size, classes]);
  const scaled = (x: Float32Array, mean: Float32Array, deviation: Float32Array) =>
    x.map((v, c) => Math.max(-4, Math.min(4, (v - mean[c]) / deviation[c])));
  if (!existsSync(cache)) {
    const random = seededRandom('speech views');
    const seen = train.map((_, i) =>
      Array.from({ length: views }, (_, v) => view(i, v === 0 ? null : random)),
    );
    const mean = new Float32Array(size);
    const square = new Float32Array(size);
    for (const [first] of seen)
      first.forEach((v, c) => {
        mean[c] += v / seen.length;
        square[c] += (v * v) / seen.length;
      });
    const deviation = square.map((s, c) => Math.sqrt(Math.max(1e-6, s - mean[c] ** 2)));
    const features = seen.map((list) => list.map((x) => scaled(x, mean, deviation)));
    const members = Array.from({ length: folds }, (_, fold) =>
      trainNetwork(network, train, features, fold, classes),
    );
    const answers = validation.map(({ statistics }) => {
      const x = scaled(statistics, mean, deviation);
      const all = members.map((weights) => network.forward(weights, x).at(-1) as Float32Array);
      return all[0].map((_, c) => all.reduce((sum, p) => sum + Math.log(p[c] + 1e-9), 0));
    });
    const recall = unweightedRecall(
      validation.map(({ label }) => label),
      answers,
      classes,
    );
    const tensors = [mean, deviation, ...members].map((data, m) => ({
      name: ['mean', 'deviation'][m] ?? `member.${m - 2}`,
      shape: [data.length],
      data,
    }));
    writeWhole(cache, writeSafetensors(tensors, { recall: String(recall) }));
  }
  const { metadata, tensors } = readSafetensors(new Uint8Array(readFileSync(cache)), cache);
  const of = (name: string) => toFloat32(tensors.get(name)!);
  const [mean, deviation] = [of('mean'), of('deviation')];
  const members = Array.from({ length: folds }, (_, m) => of(`member.${m}`));
  return {
    standardise: (x) => scaled(x, mean, deviation),
    ofTraining: (index, x) => network.forward(members[foldOf(train[index])], x).at(-1) as Float32Array,
    recall: Number(metadata.recall),
  };
}

function trainNetwork(
  network: Mlp,
  train: TaughtSpeech[],
  features: Float32Array[][],
  fold: number,
  classes: number,
): Float32Array {
  const random = seededRandom(fold, 'speech teacher');
  const state = startAdamW(network.initialWeights(random));
  const decayed = new Uint8Array(network.total).fill(1);
  const options = { beta1: 0.9, beta2: 0.99, epsilon: 1e-8, weightDecay: 0.1, clip: 5, averageDecay: 0.99 };
  const all = train.map((_, i) => i);
  const others = all.filter((i) => foldOf(train[i]) !== fold);
  // Where nobody else speaks, there is nobody to leave out.
  const inside = others.length > 0 ? others : all;
  const byClass = Array.from({ length: classes }, (_, c) =>
    inside.filter((i) => train[i].label === c),
  ).filter((of) => of.length > 0);
  const gradient = new Float32Array(network.total);
  for (let step = 0; step < steps; step++) {
    gradient.fill(0);
    for (let b = 0; b < batch; b++) {
      const i = choice(byClass[b % byClass.length], random);
      const shown = choice(features[i], random).map((v) => (random() < drop ? 0 : v / (1 - drop)));
      const target = new Float32Array(classes).fill(0.1 / classes);
      target[train[i].label] += 0.9;
      network.addGradient(state.weights, network.forward(state.weights, shown), target, 1 / batch, gradient);
    }
    const learningRate = peak * 0.5 * (1 + Math.cos((Math.PI * step) / steps));
    stepAdamW(state, [gradient], decayed, { ...options, learningRate });
  }
  return state.average;
}
