import { expect, it } from 'vitest';
import { neighbourDistance, usualDistances } from '../../../src/math/novelty';
import { normal, seededRandom } from '../../../src/math/random';

const width = 3;
const random = seededRandom('novelty');
const rows = Float32Array.from({ length: 40 * width }, () => normal(random));
const rowOf = (r: number): number[] => Array.from(rows.subarray(r * width, (r + 1) * width));

/** All distances, sorted, and the mean of the first k. */
function byHand(point: number[], k: number, except = -1): number {
  const all = Array.from({ length: 40 }, (_, r) => r)
    .filter((r) => r !== except)
    .map((r) => Math.hypot(...rowOf(r).map((value, c) => value - point[c])))
    .sort((x, y) => x - y);
  return all.slice(0, k).reduce((sum, d) => sum + d, 0) / k;
}

it('is the mean distance to the k nearest', () => {
  for (const k of [1, 5]) {
    expect(neighbourDistance([0.3, -1, 2], rows, width, k)).toBeCloseTo(byHand([0.3, -1, 2], k), 6);
    const usual = usualDistances(rows, width, k);
    usual.forEach((distance, r) => expect(distance).toBeCloseTo(byHand(rowOf(r), k, r), 6));
  }
});

it('is larger than any usual one for what lies far from all', () => {
  const furthest = Math.max(...usualDistances(rows, width, 5));
  expect(neighbourDistance([30, 0, 0], rows, width, 5)).toBeGreaterThan(furthest);
  expect(neighbourDistance(rowOf(7), rows, width, 5)).toBeLessThan(furthest);
});

it('takes all there are where there are fewer', () => {
  expect(neighbourDistance([0], Float32Array.of(3, -4), 1, 5)).toBeCloseTo(3.5, 12);
});
