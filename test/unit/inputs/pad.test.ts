import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import * as pad from '../../../src/app/inputs/pad';

const stroke = (...points: [number, number, number][]) => points.map(([x, y, t]) => ({ x, y, t }));

describe('where a pointer is on the pad', () => {
  it('puts a square of 100 into the middle of any box', () => {
    const wide = { left: 10, top: 20, width: 400, height: 200 };
    expect(pad.toPad(210, 120, wide)).toEqual({ x: 50, y: 50 });
    expect(pad.toPad(110, 20, wide)).toEqual({ x: 0, y: 0 });
    expect(pad.toPad(10, 220, wide)).toEqual({ x: -50, y: 100 });
  });
});

describe('time', () => {
  it('begins at 0 with the first stroke', () => {
    expect(1000 - pad.strokeOrigin(pad.blank, 1000, null)).toBe(0);
  });
  it('goes on after the pause that was made, but not after a long thought', () => {
    const drawing = { strokes: [stroke([0, 0, 0], [1, 1, 80])] };
    expect(2000 - pad.strokeOrigin(drawing, 2000, 1900)).toBe(180);
    expect(90000 - pad.strokeOrigin(drawing, 90000, 1900)).toBe(680);
    // An example, or what came back by undo, was not drawn on this clock.
    expect(5 - pad.strokeOrigin(drawing, 5, null)).toBe(680);
  });
  it('never goes back within a stroke, and leaves out a point that does not move', () => {
    const points = pad.extendStroke(stroke([0, 0, 10]), stroke([0, 0, 12], [2, 0, 8], [3, 0, 20]));
    expect(points.map(({ t }) => t)).toEqual([10, 10, 20]);
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(9), fc.nat(9), fc.nat(50))), (list) => {
        const times = pad.extendStroke([], stroke(...(list as [number, number, number][]))).map(({ t }) => t);
        return times.every((t, n) => n === 0 || t >= times[n - 1]);
      }),
    );
  });
});

describe('strokes', () => {
  it('adds and takes back one', () => {
    const one = pad.withStroke(pad.blank, stroke([1, 1, 0]));
    const two = pad.withStroke(one, stroke([2, 2, 50]));
    expect(pad.withoutLastStroke(two)).toEqual(one);
    expect([pad.pointCount(two), pad.lastTime(two), pad.isBlank(two)]).toEqual([2, 50, false]);
    expect(pad.isBlank({ strokes: [[]] })).toBe(true);
  });
  it('are paths, a single point a dot', () => {
    expect(pad.strokePath(stroke([1, 2, 0], [3.456, 4, 1]))).toBe('M1 2L3.46 4');
    expect(pad.strokePath(stroke([1, 2, 0]))).toBe('M1 2h.01');
  });
});

describe('the pen of the keyboard', () => {
  it('moves in steps and stays on the pad', () => {
    const at = { x: 98, y: 50, down: true };
    expect(pad.moveKeyPen(at, 'ArrowRight', false)).toEqual({ x: 100, y: 50, down: true });
    expect(pad.moveKeyPen(at, 'ArrowUp', true)).toEqual({ x: 98, y: 49, down: true });
    expect(pad.moveKeyPen(at, 'Tab', false)).toBeNull();
  });
  it('draws a point a unit, each later than the one before, to where it went', () => {
    const points = pad.keyPoints({ x: 0, y: 0, down: true }, { x: 5, y: 0, down: true }, 100);
    expect(points).toHaveLength(5);
    expect(points.at(-1)).toEqual({ x: 5, y: 0, t: 160 });
    expect(points.every(({ t }, n) => t > (n ? points[n - 1].t : 100))).toBe(true);
  });
});
