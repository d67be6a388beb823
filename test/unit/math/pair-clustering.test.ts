import { describe, expect, it } from 'vitest';
import { calinskiHarabasz, daviesBouldin, kMeans, silhouette } from '../../../src/math/clustering';
import { pairClusteringChunks } from '../../../src/math/pair-clustering';
import { normal, seededRandom } from '../../../src/math/random';

const n = 60;
/** Points about two centres `gap` apart, or about one. */
function layer(width: number, gap: number, name: string) {
  const random = seededRandom('pair clustering', name);
  const values = Float32Array.from(
    { length: n * width },
    (_, at) => normal(random) + (Math.floor(at / width) % 2) * gap,
  );
  return { values, width };
}
const a = [layer(3, 0, 'a1'), layer(3, 8, 'a2')];
const b = [layer(2, 0, 'b1'), layer(2, 0, 'b2'), layer(2, 8, 'b3')];

function run(from = a, to = b) {
  const steps = pairClusteringChunks(from, to, n, { clusters: 2, seed: 1 });
  const seen: number[] = [];
  for (;;) {
    const step = steps.next();
    if (step.done) return { found: step.value, seen };
    seen.push(step.value.done);
  }
}

describe('clusters by pair of layers', () => {
  const { found, seen } = run();

  it('reports every pair once, the pair of last layers first', () => {
    expect(seen).toEqual([1, 2, 3, 4, 5, 6]);
    const first = pairClusteringChunks(a, b, n, { clusters: 2, seed: 1 }).next().value as {
      soFar: { silhouette: Float32Array };
    };
    expect(Array.from(first.soFar.silhouette, Number.isFinite)).toEqual([
      false,
      false,
      false,
      false,
      false,
      true,
    ]);
  });

  it('is best where both layers separate', () => {
    expect(found.silhouette.indexOf(Math.max(...found.silhouette))).toBe(5);
    expect(found.calinskiHarabasz.indexOf(Math.max(...found.calinskiHarabasz))).toBe(5);
    expect(found.daviesBouldin.indexOf(Math.min(...found.daviesBouldin))).toBe(5);
  });

  it('is k-means on the two states side by side', () => {
    const points = new Float32Array(n * 5);
    for (let s = 0; s < n; s++) {
      points.set(a[1].values.subarray(3 * s, 3 * s + 3), 5 * s);
      points.set(b[0].values.subarray(2 * s, 2 * s + 2), 5 * s + 3);
    }
    const { clusters } = kMeans(points, 5, 2, { seed: 1, restarts: 4 });
    expect(found.silhouette[3]).toBeCloseTo(silhouette(points, 5, clusters), 5);
    expect(found.calinskiHarabasz[3] / calinskiHarabasz(points, 5, clusters)).toBeCloseTo(1, 5);
    expect(found.daviesBouldin[3]).toBeCloseTo(daviesBouldin(points, 5, clusters), 5);
  });

  it('is transposed by exchanging A and B', () => {
    const other = run(b, a).found;
    for (let i = 0; i < 2; i++)
      for (let j = 0; j < 3; j++)
        expect(other.silhouette[j * 2 + i]).toBeCloseTo(found.silhouette[i * 3 + j], 1);
  });
});
