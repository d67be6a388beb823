/** Losses that a text encoder learns from without labels: hidden words, and the words of a translation. */
import type { BertConfig } from '../../encoders/config';
import type { ParamSpec } from '../../encoders/params';
import type { TextTokenizer } from '../../encoders/tokenizer';
import type { Random } from '../../math/random';
import { crossEntropy, gatherRows, layerNorm, linear } from '../../runtime/ops';
import * as tf from '../../runtime/tf';
import { own } from './model';
import type { Example, Extra } from './task';

/** Of the tokens, how many are hidden; of those, how many become [MASK] and how many any token (Devlin et al. 2019, §3.1). */
const hiddenShare = 0.15;
const maskShare = 0.8;
const randomShare = 0.1;

/** The BERT that the packs' texts are learned with, but for its vocabulary and its longest text. */
export const smallBert = (vocabulary: number, positions: number): BertConfig => ({
  family: 'bert',
  layers: 12,
  width: 96,
  heads: 4,
  intermediate: 384,
  activation: 'gelu',
  eps: 1e-12,
  initialDeviation: 0.03,
  vocabulary,
  positions,
  types: 2,
  padId: 0,
});

export interface Text {
  /** [CLS], pieces, [SEP]. */
  ids: Int32Array;
}

/** Token ids padded to `length`, some of them hidden. */
export function hideTokens(
  { ids }: Text,
  { special, size }: TextTokenizer,
  length: number,
  random: Random,
): Pick<Example, 'input' | 'hidden'> {
  const input = new Float32Array(length).fill(special.pad);
  input.set(ids);
  const hidden = { at: [] as number[], ids: [] as number[] };
  for (let i = 1; i < ids.length - 1; i++) {
    if (random() >= hiddenShare) continue;
    hidden.at.push(i);
    hidden.ids.push(ids[i]);
    const draw = random();
    if (draw < maskShare) input[i] = special.mask as number;
    else if (draw < maskShare + randomShare) input[i] = Math.floor(random() * size);
  }
  return { input, hidden };
}

/** How much a token says: log of the share of texts without it, zero for special tokens and those in half of the texts. */
export function tokenWeights(texts: Iterable<Iterable<number>>, size: number): Float32Array {
  const documents = new Float32Array(size);
  let count = 0;
  for (const ids of texts) {
    count++;
    for (const id of new Set(ids)) documents[id]++;
  }
  return documents.map((n) => (n > 0 && n < count / 2 ? Math.log(count / n) : 0));
}

const oneHot = (ids: number[], size: number): tf.Tensor => {
  const values = new Float32Array(ids.length * size);
  ids.forEach((id, row) => (values[row * size + id] = 1));
  return tf.tensor2d(values, [ids.length, size]);
};

/** The hidden tokens by the last layer, through BERT's transform and the word table; zero where none is hidden. */
export function hiddenLoss(
  config: BertConfig,
  of: (name: string) => tf.Tensor,
  last: tf.Tensor,
  examples: Example[],
): tf.Tensor {
  const length = last.shape[1] as number;
  const places = examples.flatMap(({ hidden }, b) => hidden?.at.map((i) => b * length + i) ?? []);
  const ids = examples.flatMap(({ hidden }) => hidden?.ids ?? []);
  // a loss that no parameter enters has no gradient, so that some token is asked about, for nothing
  const any = ids.length > 0;
  const asked = any ? { places, ids } : { places: [0], ids: [0] };
  const rows = gatherRows(tf.reshape(last, [-1, config.width]), tf.tensor1d(asked.places, 'int32'));
  const turned = linear(rows, of('mask.weight'), of('mask.bias'), 'gelu');
  const normal = layerNorm(turned, of('mask.gain'), of('mask.norm'), config.eps);
  const scores = linear(normal, tf.transpose(of('words')), of('mask.offset'));
  return tf.mul(tf.mean(crossEntropy(scores, oneHot(asked.ids, config.vocabulary))), any ? 1 : 0);
}

/** Which words the translation has, each by its weight, from the CLS state. */
function translationLoss(
  { width, vocabulary }: BertConfig,
  of: (name: string) => tf.Tensor,
  last: tf.Tensor,
  examples: Example[],
  weights: Float32Array,
): tf.Tensor {
  const goal = new Float32Array(examples.length * vocabulary);
  examples.forEach(({ translation = [] }, b) => {
    const words = [...new Set(translation)];
    const total = words.reduce((sum, id) => sum + weights[id], 0);
    for (const id of words) if (total > 0) goal[b * vocabulary + id] = weights[id] / total;
  });
  const cls = tf.reshape(tf.slice(last, [0, 0, 0], [examples.length, 1, width]), [examples.length, width]);
  const scores = linear(cls, of('translation.weight'), of('translation.bias'));
  return tf.mean(crossEntropy(scores, tf.tensor2d(goal, [examples.length, vocabulary])));
}

/** Parameters of `fineLoss`. */
export const fineSpecs = ({ width }: BertConfig, count: number): ParamSpec[] => [
  own('fine.weight', [width, count], 'normal'),
  own('fine.bias', [count], 0),
];

/** Finer classes than the task's from the CLS state; texts of which they are not known count for nothing. */
export function fineLoss(
  { width }: BertConfig,
  count: number,
  of: (name: string) => tf.Tensor,
  last: tf.Tensor,
  examples: Example[],
): tf.Tensor {
  const n = examples.length;
  const cls = tf.reshape(tf.slice(last, [0, 0, 0], [n, 1, width]), [n, width]);
  const goal = new Float32Array(n * count).fill(1 / count);
  examples.forEach(({ fine }, b) => fine && goal.set(fine, b * count));
  const each = crossEntropy(linear(cls, of('fine.weight'), of('fine.bias')), tf.tensor2d(goal, [n, count]));
  return tf.mean(tf.mul(each, tf.tensor1d(examples.map(({ fine }) => (fine ? 1 : 0)))));
}

/** Hidden tokens alone, where there is no translation. */
export const hiddenLosses = (config: BertConfig, share: number): Extra => ({
  specs: hiddenSpecs(config),
  losses(_, params, states, examples) {
    const loss = hiddenLoss(
      config,
      (name) => params.get(name) as tf.Tensor,
      states[states.length - 1],
      examples,
    );
    return [tf.mul(loss, share)];
  },
});

/** Parameters of `hiddenLoss`. */
export const hiddenSpecs = ({ width, vocabulary }: BertConfig): ParamSpec[] => [
  own('mask.weight', [width, width], 'normal'),
  own('mask.bias', [width], 0),
  own('mask.gain', [width], 1),
  own('mask.norm', [width], 0),
  own('mask.offset', [vocabulary], 0),
];

/** @param weights of `tokenWeights`, over the translations @param fineCount finer classes that each text has */
export function textLosses(
  config: BertConfig,
  weights: Float32Array,
  fineCount: number,
  share: { hidden: number; translation: number; fine: number },
): Extra {
  const { width, vocabulary } = config;
  return {
    specs: [
      ...hiddenSpecs(config),
      own('translation.weight', [width, vocabulary], 'normal'),
      own('translation.bias', [vocabulary], 0),
      ...fineSpecs(config, fineCount),
    ],
    losses(_, params, states, examples) {
      const of = (name: string) => params.get(name) as tf.Tensor;
      const last = states[states.length - 1];
      const hidden = hiddenLoss(config, of, last, examples);
      const translation = translationLoss(config, of, last, examples, weights);
      const fine = fineLoss(config, fineCount, of, last, examples);
      return [tf.mul(translation, share.translation), tf.mul(fine, share.fine), tf.mul(hidden, share.hidden)];
    },
  };
}
