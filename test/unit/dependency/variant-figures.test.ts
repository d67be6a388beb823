import { expect, it } from 'vitest';
import { createPenaltyFigures, type Said, type Strategy } from '../../../src/cli/evaluate/dependency-figures';

const late: Strategy = { strategy: 'late', d: 0, k: 1, head: 8 };
/** Six pairs of two classes, two to a unit. */
const labels = Uint8Array.of(0, 1, 0, 1, 0, 1);
const units = Uint16Array.of(0, 0, 1, 1, 2, 2);
/** Sure of these answers. */
const answers = (...classes: number[]): Float32Array =>
  Float32Array.from(classes.flatMap((c) => (c === 0 ? [0.9, 0.1] : [0.1, 0.9])));
const right = answers(0, 1, 0, 1, 0, 1);
const wrong = answers(1, 0, 1, 0, 1, 0);
/** One of each unit's two. */
const half = answers(0, 0, 0, 0, 0, 0);

const figures = (variants: Record<string, Float32Array[]>) => {
  const said: Said[] = Object.entries(variants).map(([variant, probabilities]) => ({
    variant,
    strategy: 0,
    probabilities,
  }));
  return createPenaltyFigures(said, [late], { labels, units, classes: 2, resamples: 400, seed: 1 });
};

it('takes the mean over seeds, and draws seeds where all units agree', () => {
  const [row] = figures({ none: [right, wrong] })('accuracy');
  expect(row).toMatchObject({ strategy: 'late', d: 0, k: 1, variant: 'none', value: 0.5, seeds: [1, 0] });
  // two draws out of two seeds: both the right one, a quarter of the time
  expect([row.lo, row.hi]).toEqual([0, 1]);
  expect(row.minusNone).toBeNull();
});

it('draws units where all seeds agree: a unit that is half right has no spread, one that is wrong has', () => {
  const [even, uneven] = [half, answers(0, 1, 0, 1, 1, 0)].map(
    (own) => figures({ none: [own, own] })('accuracy')[0],
  );
  expect([even.value, even.lo, even.hi]).toEqual([0.5, 0.5, 0.5]);
  expect(uneven.value).toBeCloseTo(2 / 3, 4);
  expect(uneven.lo).toBeLessThan(uneven.hi);
});

it('pairs a variant with none, seed by seed: the same answers differ by nothing, however the seeds spread', () => {
  const rows = figures({ none: [right, wrong], kl: [right, wrong], f: [right, right] })('accuracy');
  expect(rows.map(({ variant }) => variant)).toEqual(['none', 'kl', 'f']);
  expect(rows[1].minusNone).toEqual({ value: 0, lo: 0, hi: 0 });
  expect(rows[2].minusNone).toMatchObject({ value: 0.5, lo: 0, hi: 1 });
});

it('gives all seeds ensemble: two that are a little wrong about a pair are outvoted by one that is sure', () => {
  const unsure = Float32Array.from([...right.subarray(0, 10), 0.55, 0.45]);
  const [row] = figures({ none: [unsure, unsure, right] })('accuracy');
  expect(row.seeds).toEqual([0.83333, 0.83333, 1]);
  // .55 · .55 · .1 for the wrong class, .45 · .45 · .9 for the right one
  expect(row.ensemble).toEqual({ value: 1, lo: 1, hi: 1 });
  const [{ ensemble }] = figures({ none: [unsure, unsure, right] })('log-loss');
  const last = (0.45 ** 2 * 0.9) ** (1 / 3) / ((0.45 ** 2 * 0.9) ** (1 / 3) + (0.55 ** 2 * 0.1) ** (1 / 3));
  expect(ensemble.value).toBeCloseTo(-(5 * Math.log(0.9) + Math.log(last)) / 6, 4);
});

it('gives log-loss too, and refuses variants of unlike numbers of seeds', () => {
  const [row] = figures({ none: [right] })('log-loss');
  expect(row.value).toBeCloseTo(-Math.log(0.9), 4);
  expect(() => figures({ none: [right], kl: [right, wrong] })).toThrow(/seeds/);
});
