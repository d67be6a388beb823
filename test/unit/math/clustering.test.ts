import { describe, expect, it } from 'vitest';
import { calinskiHarabasz, daviesBouldin, kMeans, silhouette } from '../../../src/math/clustering';
import { normal, seededRandom } from '../../../src/math/random';

// Two clusters on a line: {0, 2} and {10, 14}.
const line = [0, 2, 10, 14];
const two = [0, 0, 1, 1];

describe('indices of a clustering, hand-worked on {0, 2} and {10, 14}', () => {
  it('silhouette', () => {
    // a = 2, 2, 4, 4; b = 12, 10, 9, 13
    expect(silhouette(line, 1, two)).toBeCloseTo((10 / 12 + 8 / 10 + 5 / 9 + 9 / 13) / 4, 12);
  });
  it('Caliński–Harabasz', () => {
    // centres 1 and 12 about 6.5: between 2·5.5² + 2·5.5² = 121 over 1; within 1 + 1 + 4 + 4 = 10 over 2
    expect(calinskiHarabasz(line, 1, two)).toBeCloseTo(121 / 5, 12);
  });
  it('Davies–Bouldin', () => {
    // spreads 1 and 2, centres 11 apart
    expect(daviesBouldin(line, 1, two)).toBeCloseTo(3 / 11, 12);
  });
  it('do not depend on the names of the clusters, nor on a shift', () => {
    for (const index of [silhouette, calinskiHarabasz, daviesBouldin])
      expect(
        index(
          line.map((x) => x + 5),
          1,
          [9, 9, 2, 2],
        ),
      ).toBeCloseTo(index(line, 1, two), 12);
  });
  it('degenerate: one cluster, single points, points in one place', () => {
    for (const index of [silhouette, calinskiHarabasz, daviesBouldin])
      expect(index(line, 1, [0, 0, 0, 0])).toBeNaN();
    expect(silhouette(line, 1, [0, 1, 2, 3])).toBe(0);
    expect(calinskiHarabasz(line, 1, [0, 1, 2, 3])).toBeNaN();
    expect(daviesBouldin(line, 1, [0, 1, 2, 3])).toBe(0);
    expect(silhouette([1, 1, 1, 1], 1, two)).toBe(0);
    expect(daviesBouldin([1, 1, 1, 1], 1, two)).toBe(0);
    expect(calinskiHarabasz([0, 0, 1, 1], 1, two)).toBe(Infinity);
  });
});

describe('k-means', () => {
  it('finds the two clusters of the line, inertia 10', () => {
    const { clusters, inertia, centres } = kMeans(line, 1, 2);
    expect(clusters[0]).toBe(clusters[1]);
    expect(clusters[2]).toBe(clusters[3]);
    expect(inertia).toBeCloseTo(10, 12);
    expect([...centres].sort((a, b) => a - b)).toEqual([1, 12]);
  });
  it('finds five clouds, the same for the same seed', () => {
    const random = seededRandom(1);
    const points = Float32Array.from(
      { length: 500 },
      (_, at) => 20 * (Math.floor(at / 2) % 5) * (at % 2 ? 1 : -1) + normal(random),
    );
    const a = kMeans(points, 2, 5, { seed: 3 });
    for (let s = 0; s < 250; s++) expect(a.clusters[s]).toBe(a.clusters[s % 5]);
    expect(new Set(a.clusters).size).toBe(5);
    expect(kMeans(points, 2, 5, { seed: 3 })).toEqual(a);
    expect(silhouette(points, 2, a.clusters)).toBeGreaterThan(0.8);
  });
  it('k = 1 gives the mean, k = n gives the points, equal points end', () => {
    expect([...kMeans([0, 0, 4, 2], 2, 1).centres]).toEqual([2, 1]);
    expect(kMeans(line, 1, 4).inertia).toBe(0);
    expect(kMeans([1, 1, 1], 1, 2).inertia).toBe(0);
    expect(() => kMeans(line, 1, 5)).toThrow(RangeError);
    expect(() => kMeans(line, 1, 0)).toThrow(RangeError);
  });
});
