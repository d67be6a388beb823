import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  exchanged,
  frequencyMask,
  lateStrategy,
  maskFigures,
  maskOf,
  maskOverlap,
  pairsOf,
  pairwiseStrategy,
  strategyMask,
} from '../../../src/math/masks';
import {
  allStrategies,
  diagonalLength,
  headIndex,
  headSpecs,
  pairIndex,
  skewOf,
  strategyPairs,
} from '../../../src/math/skew';

const depth = fc.integer({ min: 1, max: 14 });

describe('strategies', () => {
  it('late is {(12, 12)}, pairwise {(ℓ, ℓ)}', () => {
    expect(pairsOf(strategyMask(lateStrategy, 12, 12), 12)).toEqual([{ i: 12, j: 12 }]);
    expect(pairsOf(strategyMask(pairwiseStrategy(12, 12), 12, 12), 12)).toEqual(
      Array.from({ length: 12 }, (_, l) => ({ i: l + 1, j: l + 1 })),
    );
  });
  it('skew-pair (3, 3/12) is {(12, 9), (11, 8), (10, 7)}, and (−3, 1/12) is {(9, 12)}', () => {
    expect(strategyPairs({ d: 3, k: 3 }, 12, 12)).toEqual([
      { i: 12, j: 9 },
      { i: 11, j: 8 },
      { i: 10, j: 7 },
    ]);
    expect(strategyPairs({ d: -3, k: 1 }, 12, 12)).toEqual([{ i: 9, j: 12 }]);
  });
  it('has 144 strategies and 265 heads for 12 × 12, each indexed by its place', () => {
    expect(allStrategies(12, 12).length).toBe(144);
    const heads = headSpecs(12, 12);
    expect(heads.length).toBe(265);
    for (const s of allStrategies(12, 12)) {
      expect(heads[headIndex(s, 12, 12)]).toMatchObject(s);
      expect(heads[headIndex(s, 12, 12)].pairs).toEqual(strategyPairs(s, 12, 12));
    }
  });
  it('for any depths: heads are distinct, indices are places, every pair has the skew of its strategy', () => {
    fc.assert(
      fc.property(depth, depth, (la, lb) => {
        const heads = headSpecs(la, lb);
        expect(new Set(heads.map((h) => JSON.stringify(h.pairs))).size).toBe(heads.length);
        for (const s of allStrategies(la, lb)) expect(heads[headIndex(s, la, lb)]).toMatchObject(s);
        for (const h of heads) for (const p of h.pairs) expect(skewOf(p, la, lb)).toBe(h.d);
        heads.slice(0, la * lb).forEach((h, at) => expect(pairIndex(h.pairs[0], lb)).toBe(at));
      }),
      { numRuns: 40 },
    );
  });
  it('refuses a k that the diagonal does not have', () => {
    expect(() => strategyPairs({ d: 11, k: 2 }, 12, 12)).toThrow(RangeError);
    expect(() => strategyPairs({ d: 0, k: 0 }, 12, 12)).toThrow(RangeError);
    expect(diagonalLength(12, 12, 12)).toBe(0);
  });
});

describe('masks', () => {
  it('exchanging A and B transposes the mask and negates the skew', () => {
    fc.assert(
      fc.property(depth, depth, fc.nat(), (la, lb, pick) => {
        const strategies = allStrategies(la, lb);
        const { d, k } = strategies[pick % strategies.length];
        const mask = strategyMask({ d, k }, la, lb);
        const other = strategyMask({ d: -d, k }, lb, la);
        expect([...exchanged(mask, la, lb)]).toEqual([...other]);
        const figures = maskFigures(mask, la, lb);
        const turned = maskFigures(other, lb, la);
        expect(turned.meanSkew).toBeCloseTo(-figures.meanSkew, 12);
        expect([turned.pairs, turned.eta]).toEqual([figures.pairs, figures.eta]);
        expect([...exchanged(exchanged(mask, la, lb), lb, la)]).toEqual([...mask]);
      }),
    );
  });
  it('figures: η of pairwise is 1, of late 1/12; a hand-worked mean skew', () => {
    expect(maskFigures(strategyMask(pairwiseStrategy(12, 12), 12, 12), 12, 12)).toEqual({
      pairs: 12,
      eta: 1,
      meanSkew: 0,
      minSkew: 0,
      maxSkew: 0,
    });
    expect(maskFigures(strategyMask(lateStrategy, 12, 12), 12, 12).eta).toBe(1 / 12);
    const mask = maskOf([{ i: 12, j: 9 }, { i: 1, j: 2 }], 12, 12); // prettier-ignore
    expect(maskFigures(mask, 12, 12)).toMatchObject({ pairs: 2, meanSkew: 1, minSkew: -1, maxSkew: 3 });
    expect(maskFigures(new Uint8Array(144), 12, 12).meanSkew).toBeNaN();
  });
  it('takes frequencies at τ and above, and pairs and masks are each other', () => {
    expect([...frequencyMask([0.5, 0.49, 1, 0], 0.5)]).toEqual([1, 0, 1, 0]);
    const mask = frequencyMask([1, 0, 0, 1, 1, 0], 0.5);
    expect([...maskOf(pairsOf(mask, 3), 2, 3)]).toEqual([...mask]);
    expect(() => maskOf([{ i: 0, j: 1 }], 12, 12)).toThrow(RangeError);
    expect(() => maskOf([{ i: 1, j: 13 }], 12, 12)).toThrow(RangeError);
  });
  it('overlap is shared over either', () => {
    expect(maskOverlap([1, 1, 0], [0, 1, 1])).toBeCloseTo(1 / 3, 12);
    expect(maskOverlap([0, 0], [0, 0])).toBe(1);
    expect(maskOverlap([1, 0], [0, 1])).toBe(0);
  });
});
