import { describe, expect, it } from 'vitest';
import { principalComponents, project, symmetricEigen } from '../../../src/math/projection';
import { normal, seededRandom } from '../../../src/math/random';

describe('principal components', () => {
  it('of points on the line y = 2x: one axis (1, 2)/√5 with all the variance', () => {
    const fit = principalComponents([-1, -2, 0, 0, 1, 2], 2);
    expect(fit.axes[0]).toBeCloseTo(1 / Math.sqrt(5), 12);
    expect(fit.axes[1]).toBeCloseTo(2 / Math.sqrt(5), 12);
    expect(fit.variances[0]).toBeCloseTo(5, 12); // (5 + 0 + 5)/2
    expect(fit.explained[0]).toBeCloseTo(1, 12);
    expect(fit.explained[1]).toBe(0);
    expect([...fit.axes.subarray(2)]).toEqual([0, 0]);
    const at = project(fit, [3, 6, 2, -1]);
    expect(at[0]).toBeCloseTo(3 * Math.sqrt(5), 5);
    expect(at[2]).toBeCloseTo(0, 5);
  });

  it('agrees with the eigenvectors of the whole covariance, orthonormal, and with the projections’ variance', () => {
    const [n, width] = [300, 20];
    const random = seededRandom(2);
    const points = Float32Array.from(
      { length: n * width },
      (_, at) => normal(random) * (1 + (at % width)) + 4,
    );
    const fit = principalComponents(points, width, 3);
    const covariance = new Float64Array(width * width);
    for (let s = 0; s < n; s++)
      for (let i = 0; i < width; i++)
        for (let j = 0; j < width; j++)
          covariance[i * width + j] +=
            ((points[s * width + i] - fit.mean[i]) * (points[s * width + j] - fit.mean[j])) / (n - 1);
    let total = 0;
    for (let i = 0; i < width; i++) total += covariance[i * width + i];
    const { values, vectors } = symmetricEigen(covariance, width);
    const at = project(fit, points);
    for (let k = 0; k < 3; k++) {
      expect(fit.variances[k] / values[k]).toBeCloseTo(1, 8);
      expect(fit.explained[k]).toBeCloseTo(values[k] / total, 8);
      let same = 0;
      let variance = 0;
      for (let c = 0; c < width; c++) same += fit.axes[k * width + c] * vectors[k * width + c];
      for (let s = 0; s < n; s++) variance += at[s * 3 + k] ** 2 / (n - 1);
      expect(Math.abs(same)).toBeCloseTo(1, 4);
      expect(variance / values[k]).toBeCloseTo(1, 4);
      for (let o = 0; o < 3; o++) {
        let dot = 0;
        for (let c = 0; c < width; c++) dot += fit.axes[k * width + c] * fit.axes[o * width + c];
        expect(dot).toBeCloseTo(k === o ? 1 : 0, 10);
      }
    }
  });

  it('does not depend on the order of the samples, and mirrored points keep the axes', () => {
    const random = seededRandom(3);
    const points = Array.from({ length: 60 }, (_, at) => normal(random) * (1 + (at % 3)));
    const fit = principalComponents(points, 3);
    const turned = [...Array(20).keys()].reverse().flatMap((s) => points.slice(3 * s, 3 * s + 3));
    const mirrored = points.map((x) => -x);
    for (const other of [principalComponents(turned, 3), principalComponents(mirrored, 3)])
      other.axes.forEach((v, at) => expect(v).toBeCloseTo(fit.axes[at], 6));
  });

  it('of equal points, or one point: no variance, no NaN', () => {
    for (const points of [
      [0.1, 0.2, 0.1, 0.2, 0.1, 0.2],
      [1, 2],
      [0, 0, 0, 0],
    ]) {
      // prettier-ignore
      const fit = principalComponents(points, 2);
      expect([...fit.explained]).toEqual([0, 0]);
      expect([...project(fit, [5, 5])]).toEqual([0, 0]);
    }
    expect(() => principalComponents([1, 2], 2, 3)).toThrow(RangeError);
  });
});

it('eigenvalues of [[2, 1], [1, 2]] are 3 and 1', () => {
  const { values, vectors } = symmetricEigen(Float64Array.from([2, 1, 1, 2]), 2);
  expect(values[0]).toBeCloseTo(3, 12);
  expect(values[1]).toBeCloseTo(1, 12);
  expect(vectors[0]).toBeCloseTo(vectors[1], 12);
});
