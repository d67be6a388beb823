/** What one model of a record did: computed here, on a few hundred samples, within a frame. */
import { calibration, confusionMatrix, type ReliabilityBin } from '../math/metrics';
import type { EvaluationRecord } from '../packs/record-types';

export interface ModelEvaluation {
  /** [classes, classes], row the true class. */
  counts: Uint32Array;
  /** Expected calibration error, 0..1. */
  error: number;
  bins: ReliabilityBin[];
}

/** Where the target is a number: what a model predicts of each sample against the truth; else null. */
export function modelNumbers(
  record: EvaluationRecord,
  model: number,
): { truth: Float32Array; said: Float32Array } | null {
  const { numbers } = record;
  const n = record.labels.length;
  return numbers ? { truth: numbers.truth, said: numbers.said.subarray(model * n, (model + 1) * n) } : null;
}

/** @param model row of the record */
export function modelEvaluation(record: EvaluationRecord, model: number): ModelEvaluation {
  const n = record.labels.length;
  const predicted = record.predicted.subarray(model * n, (model + 1) * n);
  const confidence = Float32Array.from(
    record.confidence.subarray(model * n, (model + 1) * n),
    (byte) => byte / 255,
  );
  const right = Uint8Array.from(predicted, (p, s) => Number(p === record.labels[s]));
  return {
    counts: confusionMatrix(predicted, record.labels, record.classes),
    ...calibration(confidence, right),
  };
}
