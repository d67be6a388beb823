import { describe, expect, it } from 'vitest';
import { fullAt, lowers, overlay, raises } from '../../../src/charts/overlay';
import { scatterGeometry } from '../../../src/charts/scatter';

const box = { width: 220, height: 120, left: 20, right: 0, top: 10, foot: 10 };

describe('scatter', () => {
  it('puts the ends of both axes at the edges of the box, up being more', () => {
    const { points } = scatterGeometry([0, 10], [0, 1], box);
    expect(points.map(({ at }) => at)).toEqual([
      [20, 110],
      [220, 10],
    ]);
  });
  it('leaves out what has no value, and keeps who is who', () => {
    const { points } = scatterGeometry([1, NaN, 3], [1, 2, 3], box);
    expect(points.map(({ index }) => index)).toEqual([0, 2]);
  });
  it('has an axis for one value, and for none', () => {
    const one = scatterGeometry([2], [5], box).points[0].at;
    expect(one.every(Number.isFinite)).toBe(true);
    expect(scatterGeometry([], [], box).x.ticks.length).toBeGreaterThan(1);
  });
});

describe('a map over a picture', () => {
  it('leaves the picture where there is nothing, and is teal or brown by the sign', () => {
    const rgb = [200, 200, 200, 200, 200, 200, 200, 200, 200];
    const out = overlay(rgb, [0, 5, -5], 5);
    expect([...out.subarray(0, 4)]).toEqual([200, 200, 200, 255]);
    expect([...out.subarray(4, 7)]).toEqual(raises.map((c) => Math.round(0.2 * 200 + 0.8 * c)));
    expect([...out.subarray(8, 11)]).toEqual(lowers.map((c) => Math.round(0.2 * 200 + 0.8 * c)));
  });
  it('is full at the 99th percentile, and of nothing at nothing', () => {
    expect(fullAt([0, 0, -3])).toBe(3);
    expect(fullAt([0, 0])).toBe(0);
    expect([...overlay([9, 9, 9], [0], 0)]).toEqual([9, 9, 9, 255]);
  });
});
