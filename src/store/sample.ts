/** What is said of the person's sample: the rows of the prediction table, and its own matrix. */
import type { SampleOutputs } from '../engine/protocol';
import { argmaxRows, logs, scoreSum } from '../math/probability';
import { derived } from './derived';
import { lateHead, pairwiseHead, strategyHead } from './models';
import { valueOf } from './selectors';
import type { Strategy } from './state';

export interface PredictionRow {
  id: 'strategy' | 'late' | 'pairwise' | 'score-sum' | 'a' | 'b';
  /** Layers of the probes that this row uses. */
  layerA?: number;
  layerB?: number;
  /** [classes] */
  probabilities: Float32Array;
  answer: number;
  /** Where several seeds say this together: how many, and what each of them says of the answer at least and at most. */
  seeds?: { count: number; least: number; most: number };
}

/**
 * The rows of the prediction table for one sample. A alone and B alone are the probes that are best on validation;
 * until the figures are there, those of the last layer: `layerA` and `layerB` say which, and the page shows it.
 */
export function rowsOf(
  o: SampleOutputs,
  strategy: Strategy,
  best: { a: number; b: number } | null,
): PredictionRow[] {
  const row = (table: Float32Array, index: number) => table.slice(index * o.classes, (index + 1) * o.classes);
  const layerA = best?.a ?? o.la;
  const layerB = best?.b ?? o.lb;
  const a = row(o.probesA, layerA - 1);
  const b = row(o.probesB, layerB - 1);
  const sum = Float32Array.from(scoreSum(logs(a), logs(b), o.classes), Math.exp);
  const said = (id: PredictionRow['id'], probabilities: Float32Array): PredictionRow => ({
    id,
    probabilities,
    answer: argmaxRows(probabilities, o.classes)[0],
  });
  const fused = (id: PredictionRow['id'], head: number): PredictionRow => {
    const at = o.seeds?.heads.indexOf(head) ?? -1;
    if (!o.seeds || at < 0) return said(id, row(o.heads, head));
    const together = said(id, row(o.seeds.probabilities, at));
    const of = (table: Float32Array) => table[at * o.classes + together.answer];
    const { count, least, most } = o.seeds;
    return { ...together, seeds: { count, least: of(least), most: of(most) } };
  };
  return [
    fused('strategy', strategyHead(strategy, o)),
    fused('late', lateHead(o)),
    fused('pairwise', pairwiseHead(o)),
    { ...said('score-sum', sum), layerA, layerB },
    { ...said('a', a), layerA },
    { ...said('b', b), layerB },
  ];
}

export const predictionRows = derived(
  (s) => [s.outputs, s.strategy, valueOf(s.figures)?.bestProbes ?? null] as const,
  (outputs, strategy, best): PredictionRow[] | null => {
    const o = valueOf(outputs);
    return o && rowsOf(o, strategy, best);
  },
);

export interface SampleMatrix {
  /** The class that the strategy in use predicts. */
  answer: number;
  /** [la·lb] each pair head's probability of that class. */
  values: Float32Array;
  /** [la·lb] each pair head's own answer. */
  answers: Uint8Array;
  /** [la], [lb] the probes' probability of that class. */
  marginA: Float32Array;
  marginB: Float32Array;
}

const sampleMatrixOf = (o: SampleOutputs, strategy: Strategy): SampleMatrix => {
  const answers = argmaxRows(o.heads, o.classes);
  const answer = answers[strategyHead(strategy, o)];
  const column = (table: Float32Array, rows: number) =>
    Float32Array.from({ length: rows }, (_, r) => table[r * o.classes + answer]);
  const pairs = o.la * o.lb;
  return {
    answer,
    values: column(o.heads, pairs),
    answers: answers.subarray(0, pairs),
    marginA: column(o.probesA, o.la),
    marginB: column(o.probesB, o.lb),
  };
};

/** The matrix of the person's own sample. */
export const sampleMatrix = derived(
  (s) => [s.outputs, s.strategy] as const,
  (outputs, strategy) => (outputs.state === 'ready' ? sampleMatrixOf(outputs.value, strategy) : null),
);
