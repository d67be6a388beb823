import { describe, expect, it } from 'vitest';
import {
  argmaxRows,
  ensembleMean,
  logSoftmax,
  logSumExp,
  meanAndDeviation,
  quantile,
  scoreSum,
  softmax,
} from '../../../src/math/probability';

describe('softmax', () => {
  it('gives the hand-worked distribution, whatever is added to a row', () => {
    const p = softmax([0, Math.log(3), 1000, 1000 + Math.log(3)], 2);
    expect([...p].map((v) => +v.toFixed(12))).toEqual([0.25, 0.75, 0.25, 0.75]);
  });
  it('stands −∞, and a row of nothing else', () => {
    expect([...softmax([-Infinity, 2, -Infinity, -Infinity], 2)]).toEqual([0, 1, 0.5, 0.5]);
    expect(logSumExp([])).toBe(-Infinity);
    expect(logSumExp([-1e4, -1e4])).toBeCloseTo(-1e4 + Math.log(2), 9);
  });
});

it('argmax takes the first of equals', () => {
  expect([...argmaxRows([1, 1, 0, 0, 2, 2], 3)]).toEqual([0, 1]);
});

describe('score sum and ensemble', () => {
  const a = [0.5, 0.5, 0.9, 0.1].map(Math.log);
  const b = [0.8, 0.2, 0.5, 0.5].map(Math.log);
  it('multiplies the probabilities and normalises: (.5·.8, .5·.2) → (.8, .2)', () => {
    const p = scoreSum(a, b, 2).map(Math.exp);
    [0.8, 0.2, 0.9, 0.1].forEach((v, i) => expect(p[i]).toBeCloseTo(v, 12));
    expect([...scoreSum(b, a, 2)]).toEqual([...scoreSum(a, b, 2)]);
  });
  it('an ensemble of two is the square root of that product: √.4 : √.1 = 2 : 1', () => {
    const p = ensembleMean([a, b], 2).map(Math.exp);
    expect(p[0]).toBeCloseTo(2 / 3, 12);
    expect(p[2]).toBeCloseTo(3 / 4, 12);
  });
  it('an ensemble of one model, or of its copies, is the model', () => {
    ensembleMean([a, a, a], 2).forEach((v, i) => expect(v).toBeCloseTo(a[i], 12));
    expect(() => ensembleMean([], 2)).toThrow(RangeError);
    expect(() => scoreSum(a, [0], 2)).toThrow(RangeError);
  });
  it('log-softmax leaves a distribution as it is', () => {
    logSoftmax(a, 2).forEach((v, i) => expect(v).toBeCloseTo(a[i], 12));
  });
});

it('quantiles are linear between the order statistics', () => {
  const x = [1, 2, 4, 8];
  expect(quantile(x, 0)).toBe(1);
  expect(quantile(x, 1)).toBe(8);
  expect(quantile(x, 0.5)).toBe(3);
  expect(quantile(x, 0.25)).toBe(1.75);
  expect(quantile([5], 0.025)).toBe(5);
  expect(quantile([], 0.5)).toBeNaN();
});

it('deviation has the divisor n − 1', () => {
  expect(meanAndDeviation([2, 4, 4, 4, 5, 5, 7, 9])).toEqual({ mean: 5, deviation: Math.sqrt(32 / 7) });
  expect(meanAndDeviation([3])).toEqual({ mean: 3, deviation: 0 });
});
