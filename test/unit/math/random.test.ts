import { describe, expect, it } from 'vitest';
import {
  choice,
  integer,
  mixSeed,
  normal,
  permutation,
  seededRandom,
  shuffle,
} from '../../../src/math/random';

const draws = (random: () => number, n: number) => Array.from({ length: n }, random);

describe('seededRandom', () => {
  it('repeats for a seed and differs for its neighbours and streams', () => {
    expect(draws(seededRandom(7), 20)).toEqual(draws(seededRandom(7), 20));
    const firsts = [
      seededRandom(0),
      seededRandom(1),
      seededRandom(0, 'a'),
      seededRandom(0, 'b'),
      seededRandom('a', 0),
    ];
    expect(new Set(firsts.map((random) => random())).size).toBe(firsts.length);
  });

  it('is uniform: mean, variance, and the ten bins by chi-squared', () => {
    const n = 100_000;
    const x = draws(seededRandom('uniform'), n);
    const mean = x.reduce((s, v) => s + v, 0) / n;
    const variance = x.reduce((s, v) => s + (v - mean) ** 2, 0) / n;
    // Five standard errors: √(1/12/n) of the mean, √(1/180/n) of the variance.
    expect(Math.abs(mean - 1 / 2)).toBeLessThan(5 * Math.sqrt(1 / 12 / n));
    expect(Math.abs(variance - 1 / 12)).toBeLessThan(5 * Math.sqrt(1 / 180 / n));
    const bins = new Array<number>(10).fill(0);
    for (const v of x) bins[Math.floor(v * 10)]++;
    const chi2 = bins.reduce((s, b) => s + (b - n / 10) ** 2 / (n / 10), 0);
    expect(chi2).toBeLessThan(33.7); // the 1 − 10⁻⁴ quantile at 9 degrees of freedom
    expect(Math.min(...x)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...x)).toBeLessThan(1);
  });

  it('has no correlation between streams of neighbouring seeds', () => {
    const n = 50_000;
    const a = draws(seededRandom(1), n);
    const b = draws(seededRandom(2), n);
    const r = a.reduce((s, v, i) => s + (v - 0.5) * (b[i] - 0.5), 0) / n / (1 / 12);
    expect(Math.abs(r)).toBeLessThan(5 / Math.sqrt(n));
  });
});

describe('mixSeed', () => {
  it('depends on the order and on where words end', () => {
    expect(mixSeed(1, 2)).not.toBe(mixSeed(2, 1));
    expect(mixSeed('ab', 'c')).not.toBe(mixSeed('a', 'bc'));
    expect(mixSeed(3, 'x')).toBe(mixSeed(3, 'x'));
  });
});

it('normal has the first four moments of N(0, 1)', () => {
  const random = seededRandom(3);
  const n = 200_000;
  const x = draws(() => normal(random), n);
  const moment = (p: number) => x.reduce((s, v) => s + v ** p, 0) / n;
  expect(moment(1)).toBeCloseTo(0, 1);
  expect(moment(2)).toBeCloseTo(1, 1);
  expect(moment(3)).toBeCloseTo(0, 1);
  expect(Math.abs(moment(4) - 3)).toBeLessThan(0.1);
});

it('shuffle, permutation and choice reach every outcome about as often', () => {
  const random = seededRandom(4);
  const seen = new Map<string, number>();
  for (let r = 0; r < 6000; r++) {
    const key = [...shuffle(['a', 'b', 'c'], random)].join('');
    seen.set(key, (seen.get(key) ?? 0) + 1);
  }
  expect(seen.size).toBe(6);
  for (const count of seen.values()) expect(Math.abs(count - 1000)).toBeLessThan(150);
  expect([...permutation(50, random)].sort((a, b) => a - b)).toEqual(Array.from({ length: 50 }, (_, i) => i));
  expect(permutation(0, random).length).toBe(0);
  expect(new Set(draws(() => choice([1, 2, 3], random), 100))).toEqual(new Set([1, 2, 3]));
  expect(new Set(draws(() => integer(random, 2), 50))).toEqual(new Set([0, 1]));
  expect(() => choice([], random)).toThrow(RangeError);
});
