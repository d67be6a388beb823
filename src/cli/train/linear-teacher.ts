/**
 * Multinomial logistic regression on n-grams, whose probabilities teach a text encoder (distillation, Hinton et al.
 * 2015). What it says of a training text comes from a model that has not seen it, or any text that reads the same.
 */
import { existsSync, readFileSync } from 'node:fs';
import { UserError } from '../../math/errors';
import { mixSeed } from '../../math/random';
import { readSafetensors, toFloat32, writeSafetensors } from '../../runtime/safetensors';
import { startAdamW, stepAdamW } from './adamw';
import { writeWhole } from './checkpoint';
import { splitWords } from './wordpiece';

/** The entries of a row that are not zero. */
export interface SparseRow {
  at: Int32Array;
  values: Float32Array;
}

/** Words, pairs of words, and runs of 2 to 5 characters of a word with its edges. */
function gramsOf(text: string): string[] {
  const words = splitWords(text);
  const pairs = words.slice(1).map((word, i) => `${words[i]} ${word}`);
  const runs = words.flatMap((word) => {
    const edged = `<${word}>`;
    return [2, 3, 4, 5].flatMap((n) =>
      Array.from({ length: Math.max(0, edged.length - n + 1) }, (_, i) => `#${edged.slice(i, i + n)}`),
    );
  });
  return [...words, ...pairs, ...runs];
}

export interface NgramTable {
  size: number;
  row: (text: string) => SparseRow;
}

/** TF-IDF rows of length 1, over the n-grams that at least two of the texts have; (1 + log count) · (1 + log((1 + N)/(1 + n))). */
export function ngramTable(texts: readonly string[]): NgramTable {
  const documents = new Map<string, number>();
  for (const text of texts)
    for (const gram of new Set(gramsOf(text))) documents.set(gram, (documents.get(gram) ?? 0) + 1);
  const kept = [...documents].filter(([, n]) => n > 1);
  const places = new Map(kept.map(([gram], i) => [gram, i]));
  const rarity = kept.map(([, n]) => 1 + Math.log((1 + texts.length) / (1 + n)));
  return {
    size: kept.length,
    row(text) {
      const counts = new Map<number, number>();
      for (const gram of gramsOf(text)) {
        const at = places.get(gram);
        if (at !== undefined) counts.set(at, (counts.get(at) ?? 0) + 1);
      }
      const at = Int32Array.from(counts.keys()).sort();
      const values = Float32Array.from(at, (i) => (1 + Math.log(counts.get(i) as number)) * rarity[i]);
      const norm = Math.hypot(...values);
      return { at, values: norm > 0 ? values.map((v) => v / norm) : values };
    },
  };
}

export interface LinearModel {
  classes: number;
  /** [features + 1, classes], the last row the offsets. */
  weights: Float32Array;
}

/** Probabilities of the classes, [classes]. */
export function linearProbabilities(
  { classes, weights }: LinearModel,
  { at, values }: SparseRow,
): Float32Array {
  const z = weights.slice(weights.length - classes);
  for (let k = 0; k < at.length; k++)
    for (let c = 0, from = at[k] * classes; c < classes; c++) z[c] += values[k] * weights[from + c];
  const top = Math.max(...z);
  let total = 0;
  for (let c = 0; c < classes; c++) total += z[c] = Math.exp(z[c] - top);
  for (let c = 0; c < classes; c++) z[c] /= total;
  return z;
}

const steps = 120;
const peak = 0.1;

/**
 * Minimises the mean of −log p(label) + ‖W‖²/(2·C·N) by full-batch Adam.
 * @param size features of a row @param strength C: the greater, the closer it follows the rows
 */
export function trainLinear(
  rows: readonly SparseRow[],
  labels: readonly number[],
  size: number,
  classes: number,
  strength: number,
): LinearModel {
  const state = startAdamW(new Float32Array((size + 1) * classes));
  const { weights } = state;
  const gradient = new Float32Array(weights.length);
  const decayed = new Uint8Array(weights.length);
  const options = { beta1: 0.9, beta2: 0.99, epsilon: 1e-8, weightDecay: 0, clip: Infinity, averageDecay: 0 };
  const shrink = 1 / (strength * rows.length);
  for (let step = 0; step < steps; step++) {
    for (let i = 0; i < gradient.length; i++) gradient[i] = i < size * classes ? shrink * weights[i] : 0;
    for (let r = 0; r < rows.length; r++) {
      const { at, values } = rows[r];
      const error = linearProbabilities({ classes, weights }, rows[r]);
      error[labels[r]] -= 1;
      for (let c = 0; c < classes; c++) error[c] /= rows.length;
      for (let k = 0; k < at.length; k++)
        for (let c = 0, to = at[k] * classes; c < classes; c++) gradient[to + c] += values[k] * error[c];
      for (let c = 0; c < classes; c++) gradient[size * classes + c] += error[c];
    }
    const learningRate = peak * 0.5 * (1 + Math.cos((Math.PI * step) / steps));
    stepAdamW(state, [gradient], decayed, { ...options, learningRate });
  }
  return { classes, weights };
}

export interface LinearTeacher {
  /** What a model says of a text that was trained without the training text of this index. */
  ofTraining: (index: number, text: string) => Float32Array;
  /** What the model of all training texts says. */
  of: (text: string) => Float32Array;
}

const folds = 5;

/**
 * @param texts the training texts; what an n-gram weighs is known from all of them @param strength C of `trainLinear`
 * @param cache file that keeps the models, so that threads need not train them again
 */
export function linearTeacher(
  texts: readonly string[],
  labels: readonly number[],
  classes: number,
  strength: number,
  cache: string,
): LinearTeacher {
  const foldOf = texts.map((text) => Math.abs(mixSeed('fold', text.toLowerCase())) % folds);
  const table = ngramTable(texts);
  if (!existsSync(cache)) {
    const rows = texts.map((text) => table.row(text));
    const fit = (left: number | null) => {
      const chosen = texts.map((_, i) => i).filter((i) => foldOf[i] !== left);
      const [some, said] = [chosen.map((i) => rows[i]), chosen.map((i) => labels[i])];
      return trainLinear(some, said, table.size, classes, strength).weights;
    };
    const made = [...Array.from({ length: folds }, (_, f) => fit(f)), fit(null)].map((data, m) => ({
      name: `model.${m}`,
      shape: [table.size + 1, classes],
      data,
    }));
    writeWhole(cache, writeSafetensors(made));
  }
  const { tensors } = readSafetensors(new Uint8Array(readFileSync(cache)), cache);
  const models = Array.from({ length: folds + 1 }, (_, m) => ({
    classes,
    weights: toFloat32(tensors.get(`model.${m}`)!),
  }));
  if (models.some(({ weights }) => weights.length !== (table.size + 1) * classes))
    throw new UserError(`${cache} was made from other texts: remove it.`);
  return {
    ofTraining: (index, text) => linearProbabilities(models[foldOf[index]], table.row(text)),
    of: (text) => linearProbabilities(models[folds], table.row(text)),
  };
}
