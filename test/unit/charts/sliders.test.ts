import { describe, expect, it } from 'vitest';
import fc from 'fast-check';
import { histogram, onBar, ticksThatFit } from '../../../src/charts/legend';
import { curvePath, sliderGeometry, spreadLabels, valueRange } from '../../../src/charts/sliders';

const box = { width: 500, height: 200, left: 46, right: 20, foot: 44, top: 4 };
const number = fc.double({ min: 0, max: 1, noNaN: true });

describe('a chart that is a slider', () => {
  it('puts every position where the pointer finds it again', () => {
    const g = sliderGeometry(box, -11, 11, { lo: 0.5, hi: 0.9 });
    for (let d = -11; d <= 11; d++) expect(g.invert(g.x(d))).toBe(d);
    expect(g.invert(-100)).toBe(-11);
    expect(g.invert(9999)).toBe(11);
    expect(g.y(0.9)).toBeLessThan(g.y(0.5));
    expect(g.y(0.5)).toBeLessThan(g.base);
  });
  it('has one range that holds all intervals and lines', () =>
    fc.assert(
      fc.property(fc.array(fc.tuple(number, number, number)), fc.array(number), (points, lines) => {
        const intervals = points
          .map((p) => p.slice().sort((a, b) => a - b))
          .map(([lo, value, hi]) => ({ lo, value, hi }));
        const range = valueRange(
          intervals,
          lines.map((value) => ({ value })),
          0.04,
        );
        for (const x of [...intervals.flatMap((p) => [p.lo, p.hi]), ...lines]) {
          expect(x).toBeGreaterThanOrEqual(range.lo);
          expect(x).toBeLessThanOrEqual(range.hi);
        }
        expect(range.hi - range.lo).toBeGreaterThanOrEqual(0.04 - 1e-12);
        expect(range.ticks.length).toBeGreaterThan(0);
      }),
    ));
  it('breaks its curve where a strategy has no figure', () => {
    const g = sliderGeometry(box, 1, 4, { lo: 0, hi: 1 });
    const at = (n: number, value: number) => ({ at: n, value, lo: NaN, hi: NaN });
    const path = curvePath([at(1, 0.1), at(2, 0.2), at(3, NaN), at(4, 0.4)], g);
    expect(path.match(/M/g)?.length).toBe(2);
  });
  it('spreads labels apart without changing their order', () =>
    fc.assert(
      fc.property(fc.array(fc.double({ min: 20, max: 180, noNaN: true }), { maxLength: 8 }), (at) => {
        const out = spreadLabels(at, 14, 14, 196);
        const order = at.map((_, n) => n).sort((a, b) => at[a] - at[b] || out[a] - out[b]);
        for (let k = 1; k < order.length; k++)
          expect(out[order[k]] - out[order[k - 1]]).toBeGreaterThanOrEqual(14 - 1e-9);
        for (const y of out) expect(y).toBeLessThanOrEqual(196);
      }),
    ));
});

describe('the legend', () => {
  it('has the ticks that its bar has room for, the highest always', () => {
    const ticks = [0.8, 0.9, 1, 1.1, 1.2, 1.3, 1.4, 1.5];
    expect(ticksThatFit(ticks, 300)).toEqual(ticks);
    expect(ticksThatFit(ticks, 70)).toEqual([0.9, 1.1, 1.3, 1.5]);
    expect(ticksThatFit(ticks, 20)).toEqual([1, 1.5]);
    expect(ticksThatFit([0.5], 20)).toEqual([0.5]);
    expect(ticksThatFit([], 20)).toEqual([]);
  });

  it('counts every defined value once', () =>
    fc.assert(
      fc.property(fc.array(fc.oneof(fc.double(), fc.constant(NaN))), (values) => {
        const counts = histogram(values, -1, 1, 9);
        expect(counts.reduce((a, b) => a + b, 0)).toBe(values.filter(Number.isFinite).length);
      }),
    ));
  it('keeps what lies beyond at its ends', () => {
    expect(onBar(5, 0, 1, 10, 110)).toBe(10);
    expect(onBar(-5, 0, 1, 10, 110)).toBe(110);
    expect(onBar(0.5, 0, 1, 10, 110)).toBe(60);
  });
});
