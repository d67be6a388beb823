import { describe, expect, it } from 'vitest';
import fc from 'fast-check';
import { classCentres, dotsPath, fitPoints, placeLabels } from '../../../src/charts/projection';

const box = { width: 200, height: 120, pad: 9 };
const coordinate = fc.integer({ min: -1000, max: 1000 });

describe('a projection', () => {
  it('lies in its box, the sample too, with one scale for both axes', () =>
    fc.assert(
      fc.property(
        fc.array(coordinate, { minLength: 4, maxLength: 60 }),
        coordinate,
        coordinate,
        (raw, sx, sy) => {
          const points = raw.slice(0, raw.length - (raw.length % 2));
          const fit = fitPoints(points, [sx, sy], box);
          for (let n = 0; n <= points.length; n += 2) {
            const [x, y] = n < points.length ? fit(points[n], points[n + 1]) : fit(sx, sy);
            expect(x).toBeGreaterThanOrEqual(9 - 1e-6);
            expect(x).toBeLessThanOrEqual(191 + 1e-6);
            expect(y).toBeGreaterThanOrEqual(9 - 1e-6);
            expect(y).toBeLessThanOrEqual(111 + 1e-6);
          }
          const [o, u, v] = [fit(0, 0), fit(1, 0), fit(0, 1)];
          expect(u[0] - o[0]).toBeCloseTo(o[1] - v[1], 9);
        },
      ),
    ));
  it('centres a class on its median and leaves out a class without points', () => {
    const at: [number, number][] = [
      [0, 0],
      [1, 10],
      [100, 5],
    ];
    expect(classCentres(at, [0, 0, 0], 2)).toEqual([[1, 5], null]);
  });
  it('moves labels off one another and off the sample', () => {
    const centre: [number, number] = [100, 60];
    const size: [number, number] = [10, 13];
    const placed = placeLabels([centre, centre, centre, null], [size, size, size, size], centre, box);
    expect(placed[3]).toBeNull();
    const boxes = [{ at: centre, size: [18, 18] }, ...placed.slice(0, 3).map((at) => ({ at: at!, size }))];
    for (let a = 0; a < boxes.length; a++)
      for (let b = 0; b < a; b++) {
        const apart = (k: 0 | 1) =>
          Math.abs(boxes[a].at[k] - boxes[b].at[k]) >= (boxes[a].size[k] + boxes[b].size[k]) / 2;
        expect(apart(0) || apart(1)).toBe(true);
      }
  });
  it('draws a dot a point', () => {
    expect(
      dotsPath([
        [1, 2],
        [3.25, 4],
      ]),
    ).toBe('M1.0 2.0h0M3.3 4.0h0');
  });
});
