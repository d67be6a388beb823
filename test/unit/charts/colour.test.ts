import { describe, expect, it } from 'vitest';
import fc from 'fast-check';
import {
  contrast,
  divergingScale,
  frequencyColour,
  inkOn,
  luminance,
  probabilityScale,
  sequentialScale,
} from '../../../src/charts/colour';

const values = fc.array(fc.double({ min: -5, max: 5, noNaN: true }), { minLength: 1, maxLength: 40 });

describe('colour scales', () => {
  it('know black and white', () => {
    expect(luminance('#ffffff')).toBeCloseTo(1, 12);
    expect(contrast('#000', '#fff')).toBeCloseTo(21, 10);
  });
  it('hold every value between their ends, at least the asked span apart', () =>
    fc.assert(
      fc.property(values, fc.double({ min: 0.01, max: 2, noNaN: true }), (all, span) => {
        const s = sequentialScale([...all, NaN], span);
        expect(s.lo).toBeLessThanOrEqual(Math.min(...all) + 1e-9);
        expect(s.hi).toBeGreaterThanOrEqual(Math.max(...all) - 1e-9);
        expect(s.hi - s.lo).toBeGreaterThanOrEqual(span - 1e-9);
      }),
    ));
  it('are brighter where the value is better', () => {
    const up = sequentialScale([0, 1], 0.1);
    const down = sequentialScale([0, 1], 0.1, true);
    expect(luminance(up.colour(1))).toBeGreaterThan(luminance(up.colour(0)));
    expect(luminance(down.colour(0))).toBeGreaterThan(luminance(down.colour(1)));
  });
  it('are symmetric around zero when they diverge, and say which values lie beyond', () => {
    const many = [...Array<number>(99).fill(0.1), 5];
    const s = divergingScale(many, 0.02, false);
    expect(s.lo).toBe(-s.hi);
    expect(s.beyondHi).toBe(true);
    expect(s.beyondLo).toBe(false);
    expect(s.colour(5)).toBe(s.colour(s.hi));
    expect(divergingScale(many, 0.02, false, true).colour(-1)).toBe(s.colour(1));
    expect(s.ticks.some((t) => Math.abs(t) < 1e-12)).toBe(true);
  });
  it('have no gain at the panel’s lightness, in both themes', () => {
    expect(luminance(divergingScale([1, -1], 0.1, false).colour(0))).toBeGreaterThan(0.85);
    expect(luminance(divergingScale([1, -1], 0.1, true).colour(0))).toBeLessThan(0.05);
  });
  it('leave an ink of at least 4.5 : 1 on every cell', () => {
    for (let t = 0; t <= 1; t += 1 / 64)
      for (const colour of [
        probabilityScale().colour(t),
        frequencyColour(t, false),
        frequencyColour(t, true),
        divergingScale([1, -1], 0.1, true).colour(2 * t - 1),
        divergingScale([1, -1], 0.1, false).colour(2 * t - 1),
      ])
        expect(contrast(colour, inkOn(colour))).toBeGreaterThanOrEqual(4.5);
  });
  it('survive having nothing to show', () => {
    expect(sequentialScale([NaN], 0.1).ticks.length).toBeGreaterThan(1);
  });
});
