import { describe, expect, it } from 'vitest';
import { mannWhitney } from '../../../src/math/mann-whitney';
import { normal, seededRandom } from '../../../src/math/random';

/** Ways of choosing n of the indices 0..size−1. */
function* choices(size: number, n: number, from = 0): Generator<number[]> {
  if (n === 0) return yield [];
  for (let first = from; first <= size - n; first++)
    for (const rest of choices(size, n - 1, first + 1)) yield [first, ...rest];
}

const countAbove = (x: number[], y: number[]): number =>
  x.reduce((sum, a) => sum + y.reduce((own, b) => own + (a > b ? 1 : a === b ? 0.5 : 0), 0), 0);

/** The share of all relabellings whose count is at least the one seen: the exact one-sided p-value. */
function exact(x: number[], y: number[]): number {
  const all = [...x, ...y];
  const seen = countAbove(x, y);
  let [atLeast, total] = [0, 0];
  for (const chosen of choices(all.length, x.length)) {
    const inside = new Set(chosen);
    const one = chosen.map((s) => all[s]);
    const other = all.filter((_, s) => !inside.has(s));
    if (countAbove(one, other) >= seen) atLeast++;
    total++;
  }
  return atLeast / total;
}

/** Normal tail beyond z, summed over small steps. */
function tail(z: number): number {
  const step = 1e-4;
  let sum = 0;
  for (let x = z + step / 2; x < 10; x += step) sum += Math.exp((-x * x) / 2);
  return (sum * step) / Math.sqrt(2 * Math.PI);
}

describe('Mann–Whitney', () => {
  it('counts how often one is above the other, ties half', () => {
    expect(mannWhitney([3, 4], [1, 2]).area).toBe(1);
    expect(mannWhitney([1, 2], [3, 4]).area).toBe(0);
    expect(mannWhitney([1, 3, 3], [2, 3]).area).toBeCloseTo(countAbove([1, 3, 3], [2, 3]) / 6, 12);
  });
  it('has the p-value of all relabellings, nearly', () => {
    const random = seededRandom('mann-whitney');
    for (const shift of [0, 0.7, 1.5]) {
      const x = Array.from({ length: 8 }, () => normal(random) + shift);
      const y = Array.from({ length: 9 }, () => normal(random));
      expect(Math.abs(mannWhitney(x, y).p - exact(x, y))).toBeLessThan(0.012);
    }
  });
  it('takes ties into its deviation, as all relabellings have it', () => {
    const [x, y] = [
      [1, 1, 2, 2, 3, 3, 3, 4],
      [0, 1, 1, 2, 2, 2, 3],
    ];
    const all = [...x, ...y];
    const counts = [...choices(all.length, x.length)].map((chosen) => {
      const inside = new Set(chosen);
      return countAbove(
        chosen.map((s) => all[s]),
        all.filter((_, s) => !inside.has(s)),
      );
    });
    const mean = counts.reduce((sum, count) => sum + count, 0) / counts.length;
    const deviation = Math.sqrt(counts.reduce((sum, count) => sum + (count - mean) ** 2, 0) / counts.length);
    const z = (countAbove(x, y) - mean - 0.5) / deviation;
    expect(mannWhitney(x, y).p).toBeCloseTo(tail(z), 6);
  });
  it('is one-sided', () => {
    const [low, high] = [
      Array.from({ length: 20 }, (_, n) => n),
      Array.from({ length: 20 }, (_, n) => n + 30),
    ];
    expect(mannWhitney(high, low).p).toBeLessThan(1e-6);
    expect(mannWhitney(low, high).p).toBeGreaterThan(0.999);
  });
  it('tells nothing of nothing, or of what is all the same', () => {
    expect(mannWhitney([], [1, 2])).toEqual({ area: 0.5, p: 1 });
    expect(mannWhitney([5, 5, 5], [5, 5])).toEqual({ area: 0.5, p: 1 });
  });
});
