import { describe, expect, it } from 'vitest';
import {
  accuracy,
  binOf,
  calibration,
  classScores,
  confusionMatrix,
  logLoss,
  macroF1,
  meanAbsoluteError,
  pearson,
  ranks,
  spearman,
  unweightedAverageRecall,
} from '../../../src/math/metrics';

// Six samples of three classes: class 0 right 2 of 3, class 1 right 1 of 2, class 2 right 0 of 1.
const labels = [0, 0, 0, 1, 1, 2];
const predicted = [0, 0, 1, 1, 0, 0];

describe('classification', () => {
  it('counts confusion by true row and predicted column', () => {
    expect([...confusionMatrix(predicted, labels, 3)]).toEqual([2, 1, 0, 1, 1, 0, 1, 0, 0]);
  });
  it('accuracy 3/6; recalls 2/3, 1/2, 0; F1s 4/7, 1/2, 0', () => {
    expect(accuracy(predicted, labels)).toBe(0.5);
    expect(unweightedAverageRecall(predicted, labels, 3)).toBeCloseTo((2 / 3 + 1 / 2) / 3, 12);
    expect(macroF1(predicted, labels, 3)).toBeCloseTo((4 / 7 + 1 / 2) / 3, 12);
  });
  it('scores of classes: precision 2/4 of class 0, none of class 2', () => {
    const scores = classScores(confusionMatrix(predicted, labels, 3), 3);
    expect(scores[0].precision).toBe(0.5);
    expect(scores[2]).toMatchObject({ support: 1, predicted: 0, recall: 0, f1: 0 });
    expect(scores[2].precision).toBeNaN();
  });
  it('leaves out classes that do not occur', () => {
    expect(unweightedAverageRecall(predicted, labels, 10)).toBe(
      unweightedAverageRecall(predicted, labels, 3),
    );
    expect(macroF1(predicted, labels, 10)).toBe(macroF1(predicted, labels, 3));
    // predicted but never true: F1 = 0 counts, recall does not exist
    expect(macroF1([0, 1], [0, 0], 2)).toBeCloseTo(1 / 3, 12);
    expect(unweightedAverageRecall([0, 1], [0, 0], 2)).toBe(0.5);
  });
  it('does not depend on the names of the classes', () => {
    const rename = (x: number[]) => x.map((c) => [2, 0, 1][c]);
    expect(unweightedAverageRecall(rename(predicted), rename(labels), 3)).toBeCloseTo(
      unweightedAverageRecall(predicted, labels, 3),
      12,
    );
    expect(macroF1(rename(predicted), rename(labels), 3)).toBeCloseTo(macroF1(predicted, labels, 3), 12);
  });
  it('macro-F1 and accuracy are symmetric in truth and prediction', () => {
    expect(macroF1(labels, predicted, 3)).toBeCloseTo(macroF1(predicted, labels, 3), 12);
    expect(accuracy(labels, predicted)).toBe(accuracy(predicted, labels));
  });
  it('is NaN over nothing, and refuses different lengths', () => {
    for (const v of [
      accuracy([], []),
      unweightedAverageRecall([], [], 2),
      macroF1([], [], 2),
      logLoss([], [], 2),
    ])
      expect(v).toBeNaN();
    expect(() => accuracy([0], [0, 1])).toThrow(RangeError);
    expect(() => logLoss([0], [0, 1], 2)).toThrow(RangeError);
  });
});

it('log-loss of (1/2, 1/4) is 1.5 log 2, and ∞ for an impossible truth', () => {
  expect(logLoss([0.5, 0.5, 0.75, 0.25].map(Math.log), [0, 1], 2)).toBeCloseTo(1.5 * Math.LN2, 12);
  expect(logLoss([0, -Infinity], [1], 2)).toBe(Infinity);
});

describe('calibration error', () => {
  it('hand-worked: two bins of four', () => {
    // bin (.5, .75]: confidences .6, .7, one of two right: |1 − 1.3|; bin (.75, 1]: .9, .9, both right: |2 − 1.8|
    const { error, bins } = calibration([0.6, 0.7, 0.9, 0.9], [1, 0, 1, 1], 4);
    expect(error).toBeCloseTo((0.3 + 0.2) / 4, 12);
    expect(bins.map((b) => b.count)).toEqual([0, 0, 2, 2]);
    expect(bins[2].accuracy).toBe(0.5);
    expect(bins[3].confidence).toBeCloseTo(0.9, 12);
    expect(bins[0].accuracy).toBeNaN();
  });
  it('bins are open below and closed above', () => {
    expect([0, 1 / 15, 1 / 15 + 1e-6, 1].map((c) => binOf(c))).toEqual([0, 0, 1, 14]);
    for (let b = 1; b <= 15; b++) expect(binOf(b / 15)).toBe(b - 1);
  });
  it('is zero where confidence is right and one where it is all wrong', () => {
    expect(calibration([1, 1], [1, 1]).error).toBe(0);
    expect(calibration([1, 1], [0, 0]).error).toBe(1);
    expect(calibration([], []).error).toBeNaN();
  });
});

describe('regression and correlation', () => {
  it('mean absolute error', () => {
    expect(meanAbsoluteError([1, -2, 3], [2, -2, 1])).toBe(1);
  });
  it('Pearson of (1, 2, 3) and (1, 2, 4) is 3/√(28/3)', () => {
    // Σxy = 3, Σxx = 2, Σyy = 14/3 about the means: 3/√(28/3)
    expect(pearson([1, 2, 3], [1, 2, 4])).toBeCloseTo(3 / Math.sqrt(28 / 3), 12);
    expect(pearson([1, 2, 3], [3, 2, 1])).toBe(-1);
  });
  it('is 0 for a constant side, and symmetric', () => {
    expect(pearson([1, 1, 1], [1, 2, 3])).toBe(0);
    expect(pearson([0.1, 0.1, 0.1], [1, 2, 3])).toBe(0);
    expect(pearson([1, 5, 2], [0, 4, 4])).toBe(pearson([0, 4, 4], [1, 5, 2]));
  });
  it('Spearman ranks with ties: (10, 20, 20) → (1, 2.5, 2.5)', () => {
    expect([...ranks([10, 20, 20])]).toEqual([1, 2.5, 2.5]);
    expect([...ranks([3, 1, 2])]).toEqual([3, 1, 2]);
    expect(spearman([1, 2, 3, 4], [1, 8, 27, 1000])).toBeCloseTo(1, 12);
    // without ties: 1 − 6 Σd²/(n(n² − 1)), d = (0, 1, −1): 1 − 12/24
    expect(spearman([1, 2, 3], [1, 3, 2])).toBeCloseTo(0.5, 12);
  });
});
