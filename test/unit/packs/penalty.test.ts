import { describe, expect, it } from 'vitest';
import type { DependencyEvaluation } from '../../../src/cli/evaluate/dependency';
import { UserError } from '../../../src/math/errors';
import {
  decodePenaltyEvaluation,
  type PenaltyEvaluation,
  type PenaltyRow,
} from '../../../src/packs/dependency-evaluation';
import {
  dropSentence,
  goneRows,
  penaltySentence,
  standing,
  tallyPenalty,
  verdictOf,
  wholeRows,
} from '../../../src/packs/penalty';
import { madePenalty } from '../../fixtures/tiny-pack/penalty';

const encode = (value: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(value));
const scope = { pairing: 'video-audio', task: 'digit', metric: 'accuracy' } as const;

describe('the file', () => {
  const made: DependencyEvaluation = madePenalty();
  it('is what the evaluation writes', () => {
    const read: PenaltyEvaluation = decodePenaltyEvaluation(encode(made), 'made');
    expect(read).toEqual(JSON.parse(JSON.stringify(made)));
  });
  it.each([
    ['not JSON', new TextEncoder().encode('{'), 'its JSON'],
    ['another version', encode({ ...made, schema: 2 }), 'schema'],
    // JSON has no NaN: it writes null
    [
      'a figure that is no number',
      encode({ ...made, rows: [{ ...made.rows[0], value: NaN }] }),
      'rows.0.value',
    ],
    ['no rows', encode({ ...made, rows: [] }), 'rows'],
    [
      'a share above 1',
      encode({ ...made, rows: [{ ...made.rows[0], drop: { modality: 'a', by: 'noise', share: 2 } }] }),
      'rows.0.drop.share',
    ],
  ])('says what is wrong: %s', (_, bytes, field) => {
    const read = () => decodePenaltyEvaluation(bytes, 'dependency-evaluation');
    expect(read).toThrow(UserError);
    expect(read).toThrow(`${field} is missing or wrong`);
  });
});

/** A row whose difference to none is given. */
const row = (value: number, half: number, change: Partial<PenaltyRow> = {}): PenaltyRow => ({
  ...scope,
  condition: 'clean',
  drop: null,
  strategy: 'late',
  d: 0,
  k: 1,
  variant: 'kl',
  value: 0.9,
  lo: 0.8,
  hi: 0.95,
  seeds: [0.9],
  ensemble: { value: 0.92, lo: 0.85, hi: 0.96 },
  minusNone: { value, lo: value - half, hi: value + half },
  ...change,
});

describe('counting', () => {
  it('goes by the interval, and by what is better', () => {
    expect(standing(row(0.02, 0.01))).toBe('for');
    expect(standing(row(-0.02, 0.01))).toBe('against');
    expect(standing(row(0.02, 0.03))).toBe('open');
    // less is better
    expect(standing(row(0.02, 0.01, { metric: 'log-loss' }))).toBe('against');
    expect(standing(row(-0.02, 0.01, { metric: 'log-loss' }))).toBe('for');
    expect(standing(row(0, 0, { minusNone: null }))).toBeNull();
  });
  it('takes an SSFN that is late fusion once', () => {
    const rows = [
      row(0.01, 0.02),
      row(0.01, 0.02, { strategy: 'ssfn' }),
      row(0.03, 0.02, { strategy: 'ssfn', d: 2 }),
      row(-0.04, 0.02, { strategy: 'pairwise' }),
      row(0, 0, { variant: 'none', minusNone: null }),
    ];
    const tally = tallyPenalty(rows);
    expect(tally).toMatchObject({ count: 3, for: 1, against: 1 });
    expect(tally.best).toBe(rows[2]);
    expect(tally.worst).toBe(rows[3]);
    expect(tallyPenalty([]).best).toBeNull();
  });
  it('finds the best where less is better', () => {
    const rows = [row(0.1, 0.2, { metric: 'log-loss' }), row(-0.3, 0.2, { metric: 'log-loss' })];
    expect(tallyPenalty(rows).best).toBe(rows[1]);
  });
  it('comes to a verdict by its stated rule', () => {
    const of = (better: number, against: number, count = 18) =>
      verdictOf({ count, for: better, against, best: null, worst: null });
    expect(of(10, 0)).toBe('holds');
    expect(of(9, 0)).toBe('in part');
    expect(of(2, 0)).toBe('in part');
    // one of 18 is about what chance gives
    expect(of(1, 0)).toBe('does not hold');
    expect(of(3, 3)).toBe('does not hold');
    expect(of(0, 0)).toBe('does not hold');
  });
  it('keeps whole inputs and what is gone apart', () => {
    const made = madePenalty();
    // 2 conditions × 3 strategies × 4 variants; with A or B by means or noise alone four times as many
    expect(wholeRows(made, scope)).toHaveLength(24);
    expect(goneRows(made, scope)).toHaveLength(96);
    expect(wholeRows(made, { ...scope, condition: 'clean' })).toHaveLength(12);
    expect(wholeRows(made, { ...scope, pairing: 'other' })).toHaveLength(0);
  });
});

describe('the sentences', () => {
  it('say that a claim does not hold, with the figures', () => {
    const made = madePenalty({ whole: { kl: 0.0004, f: 0, wasserstein: -0.0004 } });
    expect(penaltySentence(made, scope)).toMatch(
      /^That a penalty helps does not hold on this pack\. Of 18 differences in accuracy .* 0 are for the penalty and 0 against it .* chance alone would give about 0\.5 each way\. Most for it: 0\.0 points \(95 % −0\.\d to \+0\.\d; KL, .*\); most against: .*\. The paper reports gains of up to 4\.3 points of accuracy\.$/,
    );
  });
  it('say that it holds where it does', () => {
    const made = madePenalty({
      whole: { kl: 0.05, f: 0.05, wasserstein: 0.05 },
      gone: { kl: -0.05, f: -0.05, wasserstein: -0.05 },
    });
    expect(penaltySentence(made, scope)).toContain('That a penalty helps holds on this pack. Of 18');
    expect(penaltySentence(made, scope)).toContain('18 are for the penalty and 0 against');
    expect(dropSentence(made, scope)).toContain('robust to a missing modality does not hold on this pack');
    expect(dropSentence(made, scope)).toContain('of 72 differences');
    expect(dropSentence(made, scope)).toContain('0 are for the penalty and 72 against');
  });
  it('name the extremes in the unit of the metric', () => {
    const made = madePenalty({ whole: { kl: 0.05, f: 0, wasserstein: -0.05 } });
    expect(penaltySentence(made, scope)).toContain('Most for it: +5.0 points');
    const loss = penaltySentence(made, { ...scope, metric: 'log-loss' });
    expect(loss).toContain('Most for it: −0.110 nats');
    expect(loss).not.toContain('4.3 points');
  });
  it('say so where nothing was compared', () => {
    expect(penaltySentence(madePenalty(), { ...scope, task: 'other' })).toContain('Nothing was compared');
  });
});
