import { describe, expect, it } from 'vitest';
import {
  bestOf,
  impliedSamples,
  printedTwice,
  remarks,
  signAgreement,
  wilsonHalfWidth,
} from '../../../src/app/published/contradictions';
import { pairAt, pairMatrix, source, sweepAt, tasks } from '../../../src/app/published/results';

const task = (id: string) => tasks.find((t) => t.id === id)!;

describe('the published results', () => {
  it('name their source and hold four tasks of twelve layers', () => {
    expect(source).toContain('10.21203/rs.3.rs-5208094/v1');
    expect(tasks.map((t) => t.id)).toEqual(['text-audio', 'audio-video', 'image-text', 'text-text']);
    for (const t of tasks) {
      if (t.probes) expect([t.probes.a.length, t.probes.b.length]).toEqual([12, 12]);
      if (t.pairs) expect(t.pairs.every(([i, j]) => i === 12 || j === 12)).toBe(true);
    }
    expect(task('text-text').grid!.silhouette).toHaveLength(144);
  });
  it('are transcribed as printed: figures read off the tables', () => {
    expect(sweepAt(task('audio-video').sweeps[0], 1, 8)).toBe(81.8);
    expect(sweepAt(task('audio-video').sweeps[0], 3, -9)).toBe(67.6);
    expect(task('text-audio').sweeps[0].late).toBe(75.4);
    expect(task('image-text').probes!.b[7]).toBe(47.8);
    expect(pairMatrix(task('text-audio'))[4 * 12 + 11]).toBe(67.26);
    expect(pairMatrix(task('text-audio'))[0]).toBeNaN();
  });
  it('start a strategy at the last layers, but at the first for text × text', () => {
    expect(pairAt(2, 'last')).toEqual({ i: 12, j: 10 });
    expect(pairAt(2, 'first')).toEqual({ i: 3, j: 1 });
    expect(tasks.map((t) => t.sweeps[0].anchor)).toEqual(['last', 'last', 'last', 'first']);
  });
});

describe('contradictions', () => {
  it('are found where a pair is printed twice', () => {
    const apart = (id: string) =>
      printedTwice(task(id)).filter((x) => Math.abs(x.table - x.sweep) > 0.1 + 1e-9);
    expect(apart('audio-video')).toEqual([]);
    expect(apart('text-audio')).toContainEqual({ i: 5, j: 12, d: -7, table: 67.26, sweep: 69.1 });
    expect(apart('image-text')).toContainEqual({ i: 5, j: 12, d: -7, table: 62.4, sweep: 60 });
    expect(remarks(task('audio-video')).join(' ')).toContain('agree on all of them');
    expect(remarks(task('text-audio')).join(' ')).toMatch(/Late fusion itself stands at 76\.1 .* 75\.4/);
  });
  it('follow the data: a table that agrees has none', () => {
    const t = task('image-text');
    const same = {
      ...t,
      pairs: t.pairs!.map(([i, j]) => [i, j, sweepAt(t.sweeps[0], 1, i - j)] as [number, number, number]),
    };
    expect(remarks(same).join(' ')).not.toContain('disagree on 9');
    expect(remarks(t).join(' ')).toContain('disagree on 9');
  });
  it('include a metric that changes between tables', () => {
    expect(remarks(task('text-audio')).join(' ')).toContain('single layers are given in accuracy');
    expect(remarks(task('audio-video')).join(' ')).not.toContain('single layers are given');
  });
  it('include the two runs of text × text', () => {
    const text = remarks(task('text-text')).join(' ');
    expect(text).toContain('anchored at the first layers');
    expect(text).toContain('0.049391188');
    expect(text).toContain('By all 3 measures the best skew at η = 1/12 is 0');
    expect(signAgreement(task('text-text')).compared).toBe(15);
  });
  it('know how many test samples the decimals imply, and how wide an interval that makes', () => {
    expect(impliedSamples(task('audio-video'))).toBe(402);
    // Wilson 1927: at p = 1/2 and n = 100 the 95 % interval is 0.4038 to 0.5962.
    expect(wilsonHalfWidth(50, 100)).toBeCloseTo(9.62, 2);
  });
  it('take the least where less is better', () => {
    expect(
      bestOf(
        [
          [0, 3],
          [1, 2],
        ],
        true,
      ),
    ).toEqual({ d: 1, value: 2 });
    expect(
      bestOf([
        [0, 3],
        [1, 2],
      ]),
    ).toEqual({ d: 0, value: 3 });
  });
});
