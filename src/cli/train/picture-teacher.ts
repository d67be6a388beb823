/**
 * Small networks on gradients and colours, whose probabilities teach the image encoder (distillation, Hinton et al.
 * 2015). Each has seen only some of the training photographs; of one photograph, in any view, the network tells that
 * has not seen it.
 */
import { existsSync, readFileSync } from 'node:fs';
import { choice, mixSeed, seededRandom } from '../../math/random';
import { readSafetensors, toFloat32, writeSafetensors } from '../../runtime/safetensors';
import { startAdamW, stepAdamW } from './adamw';
import { writeWhole } from './checkpoint';
import { featureCount, pictureFeatures } from './hog';
import { Mlp } from './mlp';
import { viewOf, type SmallPicture } from './vary-picture';

const folds = 4;
const hidden = 64;
/** Views of a photograph that a network learns from; the first is the photograph as it is. */
const views = 6;
const epochs = 14;
const batch = 32;
const peak = 2e-3;
const smoothing = 0.05;
/** Share of the features that are left out of a step. */
const featureDrop = 0.3;

export interface TaughtPicture {
  picture: SmallPicture;
  label: number;
  /** Pictures of one group are never on two sides. */
  group: string;
}

export interface PictureTeacher {
  /** @param index of the training photograph @param view of it, [3, side, side] @returns probabilities */
  ofTraining: (index: number, view: Float32Array) => Float32Array;
  /** Accuracy of all networks together on validation. */
  accuracy: number;
}

const foldOf = ({ group }: TaughtPicture): number => Math.abs(mixSeed('fold', group)) % folds;

function trainNetwork(
  network: Mlp,
  features: Float32Array[][],
  labels: number[],
  classes: number,
  seed: number,
): Float32Array {
  const random = seededRandom(seed, 'picture teacher');
  const state = startAdamW(network.initialWeights(random));
  const decayed = new Uint8Array(network.total).fill(1);
  const options = { beta1: 0.9, beta2: 0.99, epsilon: 1e-8, weightDecay: 0.05, clip: 5, averageDecay: 0.995 };
  const steps = Math.ceil((epochs * labels.length) / batch);
  const order = labels.map((_, i) => i);
  const gradient = new Float32Array(network.total);
  for (let step = 0; step < steps; step++) {
    gradient.fill(0);
    for (let b = 0; b < batch; b++) {
      const i = choice(order, random);
      const shown = choice(features[i], random).map((v) =>
        random() < featureDrop ? 0 : v / (1 - featureDrop),
      );
      const target = new Float32Array(classes).fill(smoothing / classes);
      target[labels[i]] += 1 - smoothing;
      network.addGradient(state.weights, network.forward(state.weights, shown), target, 1 / batch, gradient);
    }
    const learningRate = peak * 0.5 * (1 + Math.cos((Math.PI * step) / steps));
    stepAdamW(state, [gradient], decayed, { ...options, learningRate });
  }
  return state.average;
}

/** @param validation pictures of `side` @param cache file that keeps the networks, so that threads need not train them again */
export function pictureTeacher(
  train: TaughtPicture[],
  validation: { picture: Float32Array; label: number }[],
  classes: number,
  side: number,
  cache: string,
): PictureTeacher {
  const network = new Mlp([featureCount(side), hidden, classes]);
  const say = (weights: Float32Array, features: Float32Array) =>
    network.forward(weights, features).at(-1) as Float32Array;
  if (!existsSync(cache)) {
    const random = seededRandom('views');
    const features = train.map(({ picture }) =>
      Array.from({ length: views }, (_, v) => pictureFeatures(viewOf(picture, side, random, v && 1), side)),
    );
    const members = Array.from({ length: folds }, (_, fold) => {
      const inside = train.map((_, i) => i).filter((i) => foldOf(train[i]) !== fold);
      return trainNetwork(
        network,
        inside.map((i) => features[i]),
        inside.map((i) => train[i].label),
        classes,
        fold,
      );
    });
    const right = validation.filter(({ picture, label }) => {
      const seen = pictureFeatures(picture, side);
      const all = members.map((weights) => say(weights, seen));
      const sum = all[0].map((_, c) => all.reduce((total, p) => total + Math.log(p[c] + 1e-9), 0));
      return sum.indexOf(Math.max(...sum)) === label;
    });
    const tensors = members.map((data, m) => ({ name: `member.${m}`, shape: [data.length], data }));
    writeWhole(cache, writeSafetensors(tensors, { accuracy: String(right.length / validation.length) }));
  }
  const { metadata, tensors } = readSafetensors(new Uint8Array(readFileSync(cache)), cache);
  const members = Array.from({ length: folds }, (_, m) => toFloat32(tensors.get(`member.${m}`)!));
  const memberOf = train.map(foldOf);
  return {
    ofTraining: (index, view) => say(members[memberOf[index]], pictureFeatures(view, side)),
    accuracy: Number(metadata.accuracy),
  };
}
