/** Photographs of products for a BEiT, taught by labels, by networks on gradients and colours, and by attributes. */
import { existsSync, readFileSync } from 'node:fs';
import type { BeitConfig } from '../../encoders/config';
import {
  prepareImage,
  resizePicture,
  writeImageConfig,
  type ImageConfig,
  type Picture,
} from '../../encoders/image';
import { choice, mixSeed, seededRandom, type Random } from '../../math/random';
import { linear } from '../../runtime/ops';
import { readSafetensors, writeSafetensors } from '../../runtime/safetensors';
import * as tf from '../../runtime/tf';
import { garments, readExtraPhotographs, readFashion, readPhotograph } from '../data/fashion';
import { writeWhole } from './checkpoint';
import { attributeCodes, attributeLosses, together } from './fashion-attributes';
import { patchGradients } from './hog';
import type { TaskOptions } from './messages';
import { own } from './model';
import { pictureTeacher } from './picture-teacher';
import { smoothed, type EncoderTask, type Example, type Extra } from './task';
import { hideParts, varyLook, viewOf, type SmallPicture } from './vary-picture';

export const imageConfig: BeitConfig = {
  family: 'beit',
  layers: 12,
  width: 96,
  heads: 4,
  intermediate: 384,
  activation: 'gelu',
  eps: 1e-6,
  initialDeviation: 0.04,
  image: 64,
  patch: 8,
  channels: 3,
  layerScale: 1,
  absolutePositions: true,
  relativePositions: 'layer',
  finalNorm: true,
};

const frontEnd: ImageConfig = {
  resize: { size: { height: imageConfig.image, width: imageConfig.image }, filter: 'bilinear' },
  crop: null,
  rescale: 1 / 255,
  mean: [0.5, 0.5, 0.5],
  deviation: [0.5, 0.5, 0.5],
};

const { image: side, patch } = imageConfig;
/** Side of the training photographs, from which views are cut. */
const kept = 80;
const classes = garments.length;
const smoothing = 0.05;
/** The teacher's part of the target; the rest is the label's. */
const taughtShare = 0.5;
/** How often another photographer's picture stands in for one of the same type. */
const extraShare = 0.1;
const cutMixShare = 0.15;

interface Photographs {
  /** [pictures × kept × kept × 3]: the training items, then the extra ones. */
  train: Uint8Array;
  /** [pictures × 3 × side × side], 8 bits, as the encoder's front end resizes them. */
  validation: Uint8Array;
}

/** Decoded and made small once, by whoever comes first, and kept in a file for the threads. */
function photographsOf(train: string[], validation: string[], cache: string): Photographs {
  if (!existsSync(cache)) {
    const rgb = ({ data, width, height }: Picture): Picture => ({
      data: new Uint8Array(width * height * 3).map((_, i) => data[4 * Math.floor(i / 3) + (i % 3)]),
      width,
      height,
    });
    const small = new Uint8Array(train.length * kept * kept * 3);
    train.forEach((path, i) =>
      small.set(resizePicture(rgb(readPhotograph(path)), kept, kept, 'bilinear').data, i * kept * kept * 3),
    );
    const plain = { ...frontEnd, rescale: 1, mean: [0, 0, 0], deviation: [1, 1, 1] };
    const checked = new Uint8Array(validation.length * 3 * side * side);
    validation.forEach((path, i) =>
      checked.set(prepareImage(readPhotograph(path), plain), i * 3 * side * side),
    );
    const tensors = [
      { name: 'train', shape: [train.length, kept, kept, 3], data: small },
      { name: 'validation', shape: [validation.length, 3, side, side], data: checked },
    ];
    writeWhole(cache, writeSafetensors(tensors));
  }
  const { tensors } = readSafetensors(new Uint8Array(readFileSync(cache)), cache);
  const bytes = (name: string) => tensors.get(name)!.bytes;
  return { train: bytes('train'), validation: bytes('validation') };
}

const supervisedLayer = (layers: number): number => Math.ceil(layers / 2);

/** What each patch shows, hidden or not, from its state half way up (Wei et al. 2022, MaskFeat). */
function appearanceLoss({ width, layers }: BeitConfig, share: number): Extra {
  const values = 36;
  return {
    specs: [own('appearance.weight', [width, values], 'normal'), own('appearance.offset', [values], 0)],
    losses(_, params, states, examples) {
      const state = states[supervisedLayer(layers)];
      const patches = (state.shape[1] as number) - 1;
      const shown = tf.slice(state, [0, 1, 0], [examples.length, patches, width]);
      const goal = new Float32Array(examples.length * patches * values);
      examples.forEach(({ appearance }, b) => appearance && goal.set(appearance, b * patches * values));
      const guess = linear(
        tf.reshape(shown, [-1, width]),
        params.get('appearance.weight') as tf.Tensor,
        params.get('appearance.offset') as tf.Tensor,
      );
      const error = tf.sub(guess, tf.tensor2d(goal, [examples.length * patches, values]));
      return [tf.mul(tf.sum(tf.mul(error, error)), share / (examples.length * patches))];
    },
  };
}

const encoderInput = (picture: Float32Array): Float32Array =>
  picture.map((v) => (v - frontEnd.mean[0]) / frontEnd.deviation[0]);

/** A rectangle of `b` is put over `a` (Yun et al. 2019, CutMix), targets mixed by area. In whole patches. */
function cutMix(a: Example, b: Example, random: Random): Example {
  const across = side / patch;
  const [width, height] = [0, 1].map(() => 1 + Math.floor(random() * (across - 2)));
  const [left, top] = [width, height].map((n) => Math.floor(random() * (across - n + 1)));
  const input = a.input.slice();
  const appearance = (a.appearance as Float32Array).slice();
  const values = appearance.length / (across * across);
  for (let row = top * patch; row < (top + height) * patch; row++)
    for (let c = 0; c < 3; c++) {
      const from = (c * side + row) * side + left * patch;
      input.set(b.input.subarray(from, from + width * patch), from);
    }
  for (let row = top; row < top + height; row++) {
    const from = (row * across + left) * values;
    appearance.set((b.appearance as Float32Array).subarray(from, from + width * values), from);
  }
  const share = (width * height) / across ** 2;
  return { input, appearance, target: a.target.map((t, c) => (1 - share) * t + share * b.target[c]) };
}

export function fashionImage({ dataDir, cache, layers = 12 }: TaskOptions): EncoderTask {
  const items = readFashion(dataDir, ['train', 'validation']);
  const train = items.filter((item) => item.split === 'train');
  const validation = items.filter((item) => item.split === 'validation');
  const extra = readExtraPhotographs(dataDir);
  const photographs = photographsOf(
    [...train, ...extra].map(({ image }) => image),
    validation.map(({ image }) => image),
    `${cache}/photographs.safetensors`,
  );
  const size = kept * kept * 3;
  const picture = (i: number): SmallPicture => ({
    data: photographs.train.subarray(i * size, (i + 1) * size),
    side: kept,
  });
  const area = 3 * side * side;
  const checked = (i: number) =>
    Float32Array.from(photographs.validation.subarray(i * area, (i + 1) * area), (v) => v / 255);
  const teacher = pictureTeacher(
    train.map(({ label, text }, i) => ({ picture: picture(i), label, group: text.toLowerCase() })),
    validation.map(({ label }, i) => ({ picture: checked(i), label })),
    classes,
    side,
    `${cache}/image-teacher.safetensors`,
  );
  const codes = attributeCodes(train.map(({ attributes }) => attributes));
  const attributes = train.map((item) => codes.encode(item.attributes));
  const ofType = garments.map((_, c) => extra.flatMap(({ labels }, i) => (labels.includes(c) ? [i] : [])));
  const order = train.map((_, i) => i);
  const config: BeitConfig = { ...imageConfig, layers };

  function one(random: Random): Example {
    const i = choice(order, random);
    const { label } = train[i];
    // of the same type, so that how often each type comes does not change
    const other = ofType[label].length > 0 && random() < extraShare ? choice(ofType[label], random) : null;
    const view = viewOf(picture(other === null ? i : train.length + other), side, random, random());
    const target = smoothed(label, classes, smoothing);
    if (other === null) {
      const taught = teacher.ofTraining(i, view);
      target.forEach((t, c) => (target[c] = (1 - taughtShare) * t + taughtShare * taught[c]));
    } else {
      // it may be of any of these types
      const { labels } = extra[other];
      target.fill(smoothing / classes);
      labels.forEach((c) => (target[c] += (1 - smoothing) / labels.length));
    }
    const shown = varyLook(view, side, random);
    const appearance = patchGradients(shown, side, patch);
    hideParts(shown, side, patch, random);
    return {
      input: encoderInput(shown),
      target,
      appearance,
      attributes: other === null ? attributes[i] : undefined,
    };
  }

  return {
    config,
    classes,
    inputShape: [3, side, side],
    draw(seed) {
      const random = seededRandom(mixSeed(seed));
      const first = one(random);
      return random() < cutMixShare ? cutMix(first, one(random), random) : first;
    },
    trials: [
      {
        name: 'type',
        count: validation.length,
        example: (i) => ({
          input: encoderInput(checked(i)),
          target: smoothed(validation[i].label, classes, 0),
        }),
      },
    ],
    extra: together(appearanceLoss(config, 0.5), attributeLosses(config.width, codes, 0.05)),
    regularisation: { dropout: 0, dropPath: 0.05 },
    files: { 'preprocessor_config.json': writeImageConfig(frontEnd, 'BeitImageProcessor') },
    facts: {
      trainedOn: train.length,
      extraPhotographs: extra.length,
      validatedOn: validation.length,
      teacher: { validationAccuracy: teacher.accuracy },
    },
  };
}
