import { describe, expect, it } from 'vitest';
import { strongest } from '../../../src/app/explain/AttributionView';
import { ordinal, unlikeSides, verdictKind, verdictText } from '../../../src/app/explain/verdict';
import type { ExplainedSide } from '../../../src/engine/dependency/operations';
import { percentile } from '../../../src/fusion/dependency/explain';

const side = (distance = 1, furthest = 2): ExplainedSide => ({
  likeness: { distance, furthest },
  drawn: null,
});
/** In eighths, which are exact: matched pairs score from 6.25 to 18.625, mismatched ones from 0 to 12.375. */
const matched = Float32Array.from({ length: 100 }, (_, n) => 6.25 + n / 8);
const mismatched = Float32Array.from({ length: 100 }, (_, n) => n / 8);

const found = (score: number, change: { p?: number; a?: ExplainedSide; b?: ExplainedSide } = {}) => ({
  placed: { score, matched: percentile(score, matched), mismatched: percentile(score, mismatched) },
  matched,
  mismatched,
  telling: { area: 0.87, p: change.p ?? 1e-9, level: 0.01, tells: (change.p ?? 1e-9) < 0.01 },
  a: change.a ?? side(),
  b: change.b ?? side(),
});

describe('the verdict', () => {
  it('is that they belong together above 95 % of the mismatched pairs', () => {
    expect(verdictKind(found(11.7))).toBe('either');
    expect(verdictKind(found(11.8))).toBe('together');
    const { verdict, because } = verdictText(found(17.7));
    expect(verdict).toBe('These two belong together: 92nd percentile of matched pairs');
    expect(because).toContain('above 92 % of matched pairs and 100 % of mismatched ones');
    expect(because).toContain('one-sided p < .001, level .01');
  });
  it('is that they do not below 5 % of the matched ones', () => {
    expect(verdictKind(found(6.8))).toBe('either');
    expect(verdictKind(found(6.7))).toBe('apart');
    expect(verdictText(found(2)).verdict).toBe(
      'These two do not belong together: 0th percentile of matched pairs',
    );
  });
  it('is open where a score is both, as in the gap of two groups far apart', () => {
    const far = { ...found(13), matched: matched.map((score) => score + 20) };
    far.placed = { score: 13, matched: percentile(13, far.matched), mismatched: 100 };
    expect(verdictKind(far)).toBe('either');
  });
  it('is none where T tells nothing, however the score falls', () => {
    const { kind, verdict, because } = verdictText(found(18.6, { p: 0.3 }));
    expect(kind).toBe('silent');
    expect(verdict).toContain('No verdict: T does not tell');
    expect(because).toContain('p = .300, level .01');
    expect(because).toContain('which says nothing');
  });
  it('is none where a side is unlike any evaluation sample', () => {
    const unlike = found(18.6, { b: side(2.1, 2) });
    expect(unlikeSides(unlike)).toEqual(['B']);
    const { kind, verdict, because } = verdictText(unlike);
    expect(kind).toBe('unlike');
    expect(verdict).toBe('No verdict: B is unlike any evaluation sample');
    expect(because).toContain(
      'lies 2.1 from its five nearest evaluation samples; none of those lies more than 2.0',
    );
    expect(verdictText(found(9, { a: side(3), b: side(3) })).verdict).toContain('A and B are unlike any');
    expect(verdictKind(found(18.6, { b: side(2, 2) }))).toBe('together');
  });
  it('is none where the score is beyond those of all evaluation pairs', () => {
    expect(verdictText(found(-0.1)).verdict).toContain('the score is below that of every evaluation pair');
    expect(verdictText(found(18.7)).verdict).toContain('the score is above that of every evaluation pair');
    expect(verdictKind(found(18.6))).toBe('together');
  });
});

it('counts in English', () => {
  expect([1, 2, 3, 4, 11, 12, 13, 21, 22, 91, 100].map(ordinal)).toEqual([
    '1st',
    '2nd',
    '3rd',
    '4th',
    '11th',
    '12th',
    '13th',
    '21st',
    '22nd',
    '91st',
    '100th',
  ]);
});

it('names the pieces that carry most, of one sign', () => {
  const [tokens, values] = [
    ['a', 'b', 'c', 'd', 'e'],
    [0.1, -0.2, 0.5, 0, 0.3],
  ];
  expect(strongest(tokens, values, 1)).toBe('c +0.50, e +0.30, a +0.10');
  expect(strongest(tokens, values, -1)).toBe('b −0.20');
  expect(strongest(['x'], [0], 1)).toBe('');
});
