/** What all probes and heads say about pairs of samples, and the record of it. */
import type { Heads } from '../fusion/heads';
import type { Probes } from '../fusion/probe';
import { argmaxRows, leastProbability, logs, scoreSum } from '../math/probability';
import { partnersByLabel } from '../fusion/pairs';
import { Bootstrap, type BootstrapMetric, type ModelOutputs } from '../math/bootstrap';
import { seededRandom } from '../math/random';
import { encodePairLogs, encodeRecord, modelCount } from './record';
import type { PackContent } from './write';
import type { EvaluationRecord } from './record-types';
import * as tf from '../runtime/tf';

/** Standardised states of one side's samples under one condition, and which sample each pair takes. */
export interface Side {
  layers: number;
  width: number;
  /** [samples, layers, width] */
  states: Float32Array;
  ids: string[];
  rows: ArrayLike<number>;
}

export interface PairPredictions {
  /** In the order of a record's models: probes of A, of B, heads, score sum. */
  models: number;
  n: number;
  classes: number;
  /** [models, n, classes] */
  probabilities: Float32Array;
  /** Where the target is a number: then `probabilities` are the predicted ones and `classes` is 1. */
  numbers?: NumberTarget;
}

export interface NumberTarget {
  /** [n] */
  truth: Float32Array;
  /** Between the ranges that stand for classes, ascending. */
  edges: readonly number[];
}

/** Which range a number is in, from 0; an edge belongs to the range above it. */
export const rangeOf = (value: number, edges: readonly number[]): number =>
  edges.reduce((range, edge) => range + Number(value >= edge), 0);

/** Copies the pairs' rows: [pairs, layers, width]. */
function gather({ layers, width, states, rows }: Side, from: number, to: number): tf.Tensor {
  const size = layers * width;
  const out = new Float32Array((to - from) * size);
  for (let s = from; s < to; s++)
    out.set(states.subarray(rows[s] * size, (rows[s] + 1) * size), (s - from) * size);
  return tf.tensor(out, [to - from, layers, width]);
}

/**
 * Everything but the score sum, whose place is left at zero until `addScoreSum` knows the best probes.
 * @param models probes of A and B, heads
 */
export async function predictPairs(
  { probesA, probesB, heads }: { probesA: Probes; probesB: Probes; heads: Heads },
  a: Side,
  b: Side,
): Promise<PairPredictions> {
  const n = a.rows.length;
  const { classes } = heads.shape;
  const models = modelCount(a.layers, b.layers);
  const probabilities = new Float32Array(models * n * classes);
  const block = 512;
  for (let from = 0; from < n; from += block) {
    const to = Math.min(n, from + block);
    const [x, y] = [gather(a, from, to), gather(b, from, to)];
    let model = 0;
    for (const part of [await probesA.run(x), await probesB.run(y), await heads.run(x, y)]) {
      const size = (to - from) * classes;
      for (let m = 0; m * size < part.length; m++, model++)
        probabilities.set(part.subarray(m * size, (m + 1) * size), (model * n + from) * classes);
    }
    tf.dispose([x, y]);
  }
  return { models, n, classes, probabilities };
}

/** One model's probabilities, [n, classes]. */
export const ofModel = ({ probabilities, n, classes }: PairPredictions, model: number): Float32Array =>
  probabilities.subarray(model * n * classes, (model + 1) * n * classes);

/** @param a index of A's best probe from 0 @param b of B's, from 0 within B */
export function addScoreSum(predictions: PairPredictions, la: number, a: number, b: number): void {
  const { models, classes, numbers } = predictions;
  if (numbers) {
    // no fusion of two numbers: their mean
    const other = ofModel(predictions, la + b);
    ofModel(predictions, models - 1).set(ofModel(predictions, a).map((x, s) => (x + other[s]) / 2));
    return;
  }
  const sum = scoreSum(logs(ofModel(predictions, a)), logs(ofModel(predictions, la + b)), classes);
  ofModel(predictions, models - 1).set(sum.map(Math.exp));
}

/** What metrics need of each model: class, confidence in it, −log p of the truth; or the numbers and their ranges. */
export function outcomes(
  { models, n, classes, probabilities, numbers }: PairPredictions,
  labels: Uint8Array,
): Pick<ModelOutputs, 'classes' | 'numbers'> & {
  predicted: Uint8Array;
  confidence: Float64Array;
  losses: Float64Array;
} {
  if (numbers)
    return {
      classes: numbers.edges.length + 1,
      predicted: Uint8Array.from(probabilities, (x) => rangeOf(x, numbers.edges)),
      confidence: new Float64Array(models * n),
      losses: new Float64Array(models * n),
      numbers: { truth: numbers.truth, said: probabilities },
    };
  const predicted = argmaxRows(probabilities, classes);
  const confidence = new Float64Array(models * n);
  const losses = new Float64Array(models * n);
  for (let row = 0; row < models * n; row++) {
    confidence[row] = probabilities[row * classes + predicted[row]];
    losses[row] = -Math.log(Math.max(leastProbability, probabilities[row * classes + labels[row % n]]));
  }
  return { classes, predicted, confidence, losses };
}

/** −log p in sixteenths of a nat, capped. */
const sixteenths = (loss: number): number => Math.min(255, Math.round(16 * loss));

/** The record of these predictions; the units' names become numbers in order of first appearance. */
export function makeRecord(
  predictions: PairPredictions,
  about: Pick<
    EvaluationRecord,
    | 'pairing'
    | 'task'
    | 'variant'
    | 'condition'
    | 'split'
    | 'la'
    | 'lb'
    | 'idsA'
    | 'idsB'
    | 'labels'
    | 'unitName'
  >,
  units: readonly string[],
): EvaluationRecord {
  const { classes, predicted, confidence, losses } = outcomes(predictions, about.labels);
  const { numbers, probabilities } = predictions;
  const names = [...new Set(units)];
  return {
    ...about,
    classes,
    ...(numbers ? { numbers: { truth: numbers.truth, said: probabilities } } : {}),
    units: Uint16Array.from(units, (unit) => names.indexOf(unit)),
    predicted,
    confidence: Uint8Array.from(confidence, (p) => Math.round(255 * p)),
    trueLoss: Uint8Array.from(losses, sixteenths),
  };
}

/** −log p of every class by the pair heads, [la·lb, n, classes] in sixteenths. */
export function pairLogsOf(predictions: PairPredictions, la: number, lb: number): Uint8Array {
  const { n, classes, probabilities } = predictions;
  const from = (la + lb) * n * classes;
  const pairs = probabilities.subarray(from, from + la * lb * n * classes);
  return Uint8Array.from(pairs, (p) => sixteenths(-Math.log(Math.max(leastProbability, p))));
}

/** Each sample of A with a partner of its class, by the pairing's seed: the pairing of an evaluation. */
export const evaluationPartners = (labelsA: Uint8Array, labelsB: Uint8Array, seed: number): Int32Array =>
  partnersByLabel(labelsA, labelsB, seededRandom(seed, 'evaluation'));

/** A metric of every model, [models]. */
export function metricOfAll(
  predictions: PairPredictions,
  labels: Uint8Array,
  metric: BootstrapMetric,
): Float64Array {
  const units = Uint32Array.from(labels, (_, s) => s);
  const { models } = predictions;
  return new Bootstrap({ models, labels, units, ...outcomes(predictions, labels) }, metric, 0).value;
}

/** The files of a record. @param withPairs with the pair heads' probabilities of every class beside it */
export function recordContents(
  predictions: PairPredictions,
  record: EvaluationRecord,
  withPairs: boolean,
): PackContent[] {
  const { pairing, task, variant, condition, split, la, lb } = record;
  const keys = { pairing, task, variant, condition, split, when: 'lazy' } as const;
  const name = `${condition}.${split}.safetensors`;
  const files: PackContent[] = [
    { ...keys, path: `record.${name}`, role: 'record', content: encodeRecord(record) },
  ];
  if (withPairs) {
    const content = encodePairLogs(record, pairLogsOf(predictions, la, lb));
    files.push({ ...keys, path: `pairs.${name}`, role: 'pair-logs', content });
  }
  return files;
}
