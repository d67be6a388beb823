import { describe, expect, it } from 'vitest';
import fc from 'fast-check';
import { argmax, corner, diagonalStitches, moveCell, outline, sparseTicks } from '../../../src/charts/grid';

const size = fc.integer({ min: 1, max: 15 });
const keys = ['ArrowUp', 'ArrowDown', 'ArrowLeft', 'ArrowRight', 'Home', 'End', 'PageUp', 'PageDown'];

describe('the grid of layer pairs', () => {
  it('has late fusion at the top right', () => {
    expect(corner({ i: 12, j: 12 }, 12)).toEqual({ x: 11, y: 0 });
    expect(corner({ i: 1, j: 1 }, 12)).toEqual({ x: 0, y: 11 });
  });
  it('is never left by a key, and other keys are not its own', () => {
    fc.assert(
      fc.property(size, size, fc.array(fc.constantFrom(...keys)), (la, lb, pressed) => {
        let at = { i: 1, j: 1 };
        for (const key of pressed) at = moveCell(at, key, la, lb)!;
        expect(at.i >= 1 && at.i <= la && at.j >= 1 && at.j <= lb).toBe(true);
      }),
    );
    expect(moveCell({ i: 1, j: 1 }, 'a', 12, 12)).toBeNull();
    expect(moveCell({ i: 3, j: 4 }, 'ArrowUp', 12, 12)).toEqual({ i: 4, j: 4 });
    expect(moveCell({ i: 3, j: 4 }, 'PageDown', 12, 12)).toEqual({ i: 1, j: 4 });
  });
  it('stitches a diagonal where its cells meet: one stitch fewer than cells', () =>
    fc.assert(
      fc.property(size, size, fc.nat(), fc.nat(), (la, lb, a, b) => {
        const cell = { i: 1 + (a % la), j: 1 + (b % lb) };
        const cells = Math.min(cell.i, cell.j) + Math.min(la - cell.i, lb - cell.j);
        const starts = [...diagonalStitches(cell, la, lb).matchAll(/M([\d.-]+) ([\d.-]+)/g)];
        expect(starts.length).toBe(cells - 1);
        for (const [, x, y] of starts) {
          const [cx, cy] = [Number(x) + 0.2, Number(y) - 0.2];
          expect(cx).toBeCloseTo(Math.round(cx), 9);
          expect(Math.round(cx) + Math.round(cy)).toBe(la + cell.j - cell.i);
        }
      }),
    ));
  it('outlines a set by 4 edges a cell less 2 for each pair of neighbours', () =>
    fc.assert(
      fc.property(size, size, fc.infiniteStream(fc.boolean()), (la, lb, bits) => {
        const inside = Array.from({ length: la * lb }, () => bits.next().value as boolean);
        let touching = 0;
        inside.forEach((is, n) => {
          if (is && (n + 1) % lb !== 0 && inside[n + 1]) touching++;
          if (is && inside[n + lb]) touching++;
        });
        const edges = outline(inside, la, lb).match(/M/g)?.length ?? 0;
        expect(edges).toBe(4 * inside.filter(Boolean).length - 2 * touching);
      }),
    ));
  it('takes the first of the largest, and no NaN', () => {
    expect(argmax([NaN, 1, 3, 3])).toBe(2);
    expect(argmax([NaN])).toBe(-1);
  });
  it('ticks the ends of any depth', () => {
    expect(sparseTicks(12)).toEqual([1, 4, 8, 12]);
    for (let l = 1; l < 49; l++) {
      const ticks = sparseTicks(l);
      expect([ticks[0], ticks[ticks.length - 1]]).toEqual([1, l]);
      expect(new Set(ticks).size).toBe(ticks.length);
    }
  });
});
