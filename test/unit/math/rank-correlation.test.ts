import { describe, expect, it } from 'vitest';
import { percentileInterval } from '../../../src/math/bootstrap';
import { spearman } from '../../../src/math/metrics';
import { spearmanInterval } from '../../../src/math/rank-correlation';
import { normal, seededRandom } from '../../../src/math/random';

describe('Spearman with its interval', () => {
  it('by hand: ranks 1 2 3 4 5 against 1 3 2 5 4 give 1 − 6·4 / (5·24) = 0.8', () => {
    expect(spearmanInterval([10, 20, 30, 40, 50], [0.1, 0.5, 0.3, 9, 8]).value).toBeCloseTo(0.8, 12);
  });
  it('by hand with a tie: ranks 1 2.5 2.5 4 against 1 2 3 4 give 4.5 / √(4.5 · 5)', () => {
    expect(spearmanInterval([1, 2, 2, 3], [1, 2, 3, 4]).value).toBeCloseTo(4.5 / Math.sqrt(4.5 * 5), 12);
  });
  it('ranks each resample anew, as the plain definition does', () => {
    const random = seededRandom('points');
    const x = Array.from({ length: 40 }, () => Math.round(4 * normal(random)));
    const y = x.map((value) => value + 6 * normal(random));
    const found = spearmanInterval(x, y, { resamples: 200, seed: 3 });
    const again = seededRandom(3, 'rank correlation');
    const plain = Array.from({ length: 200 }, () => {
      const drawn = Array.from({ length: 40 }, () => Math.floor(again() * 40));
      return spearman(
        drawn.map((s) => x[s]),
        drawn.map((s) => y[s]),
      );
    });
    const { lo, hi } = percentileInterval(plain);
    expect(found.lo).toBeCloseTo(lo, 10);
    expect(found.hi).toBeCloseTo(hi, 10);
    expect(found.lo).toBeLessThan(found.value);
    expect(found.hi).toBeGreaterThan(found.value);
  });
  it('is 1 without doubt where one follows the other, and −1 where it runs against it', () => {
    const x = Array.from({ length: 30 }, (_, s) => s);
    expect(
      spearmanInterval(
        x,
        x.map((v) => v ** 3),
      ),
    ).toEqual({ value: 1, lo: 1, hi: 1 });
    const against = spearmanInterval(
      x,
      x.map((v) => -v),
    );
    expect([against.lo, against.hi]).toEqual([-1, -1]);
  });
  it('is 0 where one side is constant, never NaN', () => {
    expect(spearmanInterval([1, 2, 3], [5, 5, 5])).toEqual({ value: 0, lo: 0, hi: 0 });
  });
});
