/**
 * A linear model of words and letters whose probabilities teach a text encoder (distillation, Hinton et al. 2015): on
 * a few thousand short texts it is hard to beat, and how sure it is says more than a label.
 */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { mixSeed, permutation, seededRandom } from '../../math/random';
import { readSafetensors, toFloat32, writeSafetensors } from '../../runtime/safetensors';
import { writeWhole } from './checkpoint';
import { sumRatings } from './rated-words';
import { splitWords } from './wordpiece';

const buckets = 2 ** 18;
const epochs = 10;
/** Step of the first text; it falls linearly to zero. */
const peak = 3;
/** Models that leave one part of the texts out each. */
export const teacherFolds = 5;

export interface TextTeacherOptions {
  /** File that keeps the models, so that threads need not train them again; left out: none. */
  cache?: string;
  /** Of the squared weights, per text (1.2e-5). */
  penalty?: number;
  /** Also pairs of words with one word between them (no). */
  skips?: boolean;
  /** Also what the rated words of the text say (no). */
  rated?: boolean;
  /** Each class of the same total weight (yes); no: each text. */
  balanced?: boolean;
  /** `termWeigher` of the texts, where it is there already. */
  weigh?: (text: string) => TermVector;
}

/** Hashed terms of a text (Weinberger et al. 2009), each block of norm 1. */
export interface TermVector {
  terms: Int32Array;
  values: Float32Array;
}

function hash(text: string): number {
  let h = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193);
  h ^= h >>> 15;
  return (h >>> 0) % buckets;
}

/** Terms and their counts: words and pairs of words; runs of 3 to 5 characters within words. */
function countTerms(text: string, skips: boolean): Map<number, number>[] {
  const words = splitWords(text);
  const [whole, parts] = [new Map<number, number>(), new Map<number, number>()];
  const add = (to: Map<number, number>, term: string) => {
    const h = hash(term);
    to.set(h, (to.get(h) ?? 0) + 1);
  };
  words.forEach((word, i) => {
    add(whole, `w ${word}`);
    if (i > 0) add(whole, `p ${words[i - 1]} ${word}`);
    if (skips && i > 1) add(whole, `s ${words[i - 2]} ${word}`);
    const edged = ` ${word} `;
    for (let n = 3; n <= 5; n++)
      for (let at = 0; at + n <= edged.length; at++) add(parts, `c${edged.slice(at, at + n)}`);
  });
  return [whole, parts];
}

/** Of what rated words say, beside the blocks of norm 1. */
const ratedWeight = 0.5;

/** Weighs terms by (1 + log count) · inverse document frequency, as known from `texts`. */
export function termWeigher(
  texts: string[],
  { skips = false, rated = false }: Pick<TextTeacherOptions, 'skips' | 'rated'> = {},
): (text: string) => TermVector {
  const documents = new Float32Array(buckets);
  for (const text of texts)
    for (const block of countTerms(text, skips)) for (const term of block.keys()) documents[term]++;
  return (text) => {
    const terms: number[] = [];
    const values: number[] = [];
    for (const block of countTerms(text, skips)) {
      const weighed = [...block].map(
        ([term, n]) => (1 + Math.log(n)) * Math.log((1 + texts.length) / (1 + documents[term])),
      );
      const norm = Math.sqrt(2 * weighed.reduce((sum, v) => sum + v * v, 0)) || 1;
      terms.push(...block.keys());
      values.push(...weighed.map((v) => v / norm));
    }
    if (rated)
      sumRatings(text).forEach((sum, k) => {
        terms.push(hash(`rated ${k}`));
        values.push(ratedWeight * sum);
      });
    return { terms: Int32Array.from(terms), values: Float32Array.from(values) };
  };
}

/** Multinomial logistic regression. */
interface LinearModel {
  weights: Float32Array;
  bias: Float32Array;
}

function probabilities({ weights, bias }: LinearModel, x: TermVector, scale = 1): Float32Array {
  const classes = bias.length;
  const z = new Float32Array(classes);
  for (let k = 0; k < x.terms.length; k++)
    for (let c = 0; c < classes; c++) z[c] += weights[x.terms[k] * classes + c] * x.values[k];
  for (let c = 0; c < classes; c++) z[c] = z[c] * scale + bias[c];
  const top = Math.max(...z);
  const total = z.reduce((sum, v) => sum + Math.exp(v - top), 0);
  return z.map((v) => Math.exp(v - top) / total);
}

interface FitSettings {
  seed: number;
  penalty: number;
  balanced: boolean;
}

/** Stochastic gradient descent; the penalty as one factor of all weights. */
function fit(
  texts: TermVector[],
  labels: number[],
  classes: number,
  { seed, penalty, balanced }: FitSettings,
): LinearModel {
  const model = { weights: new Float32Array(buckets * classes), bias: new Float32Array(classes) };
  const counts = Array.from({ length: classes }, (_, c) => labels.filter((l) => l === c).length);
  let scale = 1;
  for (let epoch = 0, step = 0; epoch < epochs; epoch++) {
    for (const i of permutation(texts.length, seededRandom(seed, 'text teacher', epoch))) {
      const rate = peak * (1 - step++ / (epochs * texts.length));
      const x = texts[i];
      const p = probabilities(model, x, scale);
      scale *= 1 - rate * penalty;
      const weight = balanced ? labels.length / (classes * counts[labels[i]]) : 1;
      for (let c = 0; c < classes; c++) {
        const move = rate * weight * ((c === labels[i] ? 1 : 0) - p[c]);
        model.bias[c] += 0.01 * move;
        for (let k = 0; k < x.terms.length; k++)
          model.weights[x.terms[k] * classes + c] += (move * x.values[k]) / scale;
      }
    }
  }
  model.weights.forEach((w, i) => (model.weights[i] = w * scale));
  return model;
}

export interface TextTeacher {
  /** The fold of each training text: the model of a fold has seen none of its texts. */
  fold: number[];
  /** Probabilities of any text by the model of a fold. */
  unseen: (fold: number, text: string) => Float32Array;
  /** Probabilities of each training text by a model that has not seen it: cross-fitted in five folds. */
  ofTraining: Float32Array[];
  /** Probabilities of any other text, by the model of all training texts. */
  of: (text: string) => Float32Array;
}

/**
 * @param items training texts, and no others; those of one `group` are in one fold, left out: those that read the same
 */
export function textTeacher(
  items: { text: string; label: number; group?: string }[],
  classes: number,
  seed: number,
  { cache, penalty = 1.2e-5, skips, rated, balanced = true, weigh: given }: TextTeacherOptions = {},
): TextTeacher {
  const texts = items.map((t) => t.text);
  const weigh = given ?? termWeigher(texts, { skips, rated });
  const fold = items.map(
    (t) => (mixSeed(seed, t.group ?? splitWords(t.text).join(' ')) >>> 0) % teacherFolds,
  );
  let vectors: TermVector[] | null = null;
  const vectorsOf = (): TermVector[] => (vectors ??= texts.map(weigh));
  const fitted = (left: number | null): LinearModel => {
    const inside = items.map((_, i) => i).filter((i) => fold[i] !== left);
    const own = inside.map((i) => vectorsOf()[i]);
    return fit(
      own,
      inside.map((i) => items[i].label),
      classes,
      { seed, penalty, balanced },
    );
  };
  const made = (): LinearModel[] => [
    ...Array.from({ length: teacherFolds }, (_, f) => fitted(f)),
    fitted(null),
  ];
  const models = cache
    ? kept(cache, fingerprint([items, classes, seed, penalty, skips, rated, balanced]), made)
    : made();
  let said: Float32Array[] | null = null;
  return {
    fold,
    unseen: (f, text) => probabilities(models[f], weigh(text)),
    get ofTraining() {
      return (said ??= vectorsOf().map((x, i) => probabilities(models[fold[i]], x)));
    },
    of: (text) => probabilities(models[teacherFolds], weigh(text)),
  };
}

const fingerprint = (of: unknown[]): string => createHash('sha256').update(JSON.stringify(of)).digest('hex');

/** The models from their file, made first where it is not there or of something else. @param of what they follow from */
function kept(cache: string, of: string, make: () => LinearModel[]): LinearModel[] {
  const read = () => readSafetensors(new Uint8Array(readFileSync(cache)), cache);
  let file = existsSync(cache) ? read() : null;
  if (file?.metadata.of !== of) {
    writeWhole(
      cache,
      writeSafetensors(
        make().flatMap(({ weights, bias }, m) => [
          { name: `${m}.weights`, shape: [buckets, bias.length], data: weights },
          { name: `${m}.bias`, shape: [bias.length], data: bias },
        ]),
        { of },
      ),
    );
    file = read();
  }
  const { tensors } = file!;
  return Array.from({ length: teacherFolds + 1 }, (_, m) => ({
    weights: toFloat32(tensors.get(`${m}.weights`)!),
    bias: toFloat32(tensors.get(`${m}.bias`)!),
  }));
}
