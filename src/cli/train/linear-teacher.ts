/**
 * Multinomial logistic regression on n-grams, whose probabilities teach a text encoder (distillation, Hinton et al.
 * 2015). What it says of a training text comes from a model that has not seen it, or any text that reads the same.
 */
import { mixSeed } from '../../math/random';
import { splitWords } from './wordpiece';
import { startAdamW, stepAdamW } from './adamw';

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
  /** For each training text, what a model says that was trained without it: [texts][classes]. */
  taught: Float32Array[];
  /** The model of all training texts, for others. */
  say: (text: string) => Float32Array;
}

/** @param classes how many @param strength C of `trainLinear` @param folds parts of the training texts */
export function linearTeacher(
  texts: readonly string[],
  labels: readonly number[],
  classes: number,
  strength: number,
  folds = 5,
): LinearTeacher {
  const foldOf = texts.map((text) => Math.abs(mixSeed('fold', text.toLowerCase())) % folds);
  const fit = (keep: (i: number) => boolean) => {
    const chosen = texts.map((_, i) => i).filter(keep);
    const table = ngramTable(chosen.map((i) => texts[i]));
    const rows = chosen.map((i) => table.row(texts[i]));
    const model = trainLinear(
      rows,
      chosen.map((i) => labels[i]),
      table.size,
      classes,
      strength,
    );
    return (text: string) => linearProbabilities(model, table.row(text));
  };
  const taught: Float32Array[] = [];
  for (let fold = 0; fold < folds; fold++) {
    const without = fit((i) => foldOf[i] !== fold);
    texts.forEach((text, i) => {
      if (foldOf[i] === fold) taught[i] = without(text);
    });
  }
  return { taught, say: fit(() => true) };
}
