import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { evaluatePack, type Evaluation } from '../../../src/cli/evaluate/run';
import { addToPack } from '../../../src/cli/evaluate/write';
import { seededRandom } from '../../../src/math/random';
import { writeWav } from '../../../src/media/wav';
import { folderSource } from '../../../src/packs/folder';
import { openPack, type OpenPack } from '../../../src/packs/open';
import { decodeRecord } from '../../../src/packs/record';
import { metricNames } from '../../../src/packs/schema';
import type { PackContent } from '../../../src/packs/write';
import { writeTinyPack } from '../../fixtures/tiny-pack/tiny-pack';

/** A data folder with a test split alone: scribbles and tones. */
function makeData(folder: string): void {
  mkdirSync(join(folder, 'audio'), { recursive: true });
  const random = seededRandom(1);
  const drawings = Array.from({ length: 20 }, (_, n) => ({
    id: `test-${n}`,
    digit: n % 10,
    writer: `w${n % 4}`,
    sample: n,
    split: 'test',
    strokes: [Array.from({ length: 12 }, () => [Math.round(500 * random()), Math.round(500 * random())])],
  }));
  writeFileSync(
    join(folder, 'pen_strokes.jsonl'),
    drawings.map((line) => `${JSON.stringify(line)}\n`).join(''),
  );
  const rows = ['file\tdigit\tspeaker\tindex\tseconds\tfsdd_official\tspeaker_split'];
  for (let n = 0; n < 10; n++) {
    const samples = Float32Array.from(
      { length: 4000 },
      (_, t) => 0.4 * Math.sin(t * 0.1 * (1 + n)) * (0.6 + 0.4 * random()),
    );
    writeFileSync(join(folder, `audio/${n}_anna_0.wav`), writeWav({ samples, sampleRate: 8000 }));
    rows.push(`audio/${n}_anna_0.wav\t${n}\tanna\t0\t0.5\ttest\ttest`);
  }
  writeFileSync(join(folder, 'audio.tsv'), `${rows.join('\n')}\n`);
}

const folder = mkdtempSync(join(tmpdir(), 'evaluate-'));
const packDir = join(folder, 'digits');
const dataDir = join(folder, 'data');
const options = { split: 'test' as const, shifts: [], draws: 2, resamples: 50, threads: 1, report: () => {} };
let done: { evaluation: Evaluation; contents: PackContent[]; open: OpenPack };

beforeAll(async () => {
  await writeTinyPack(packDir, { id: 'digits', la: 3, lb: 2 });
  makeData(dataDir);
  done = await evaluatePack(packDir, dataDir, options);
}, 120_000);
afterAll(() => rmSync(folder, { recursive: true }));

describe('evaluating a pack on a folder that holds only the test split', () => {
  it('gives one result a condition and metric, in full', () => {
    const { evaluation } = done;
    expect(evaluation).toMatchObject({
      schema: 1,
      pack: 'digits',
      split: 'test',
      n: 20,
      backend: 'wasm',
      pairing: { seed: 0, draws: 2 },
    });
    expect(evaluation.bootstrap).toMatchObject({ unit: 'writer', units: 4 });
    const told = evaluation.results.map(({ condition, metric }) => `${condition} ${metric}`);
    expect(told.sort()).toEqual(
      ['clean', 'standard'].flatMap((c) => metricNames.map((m) => `${c} ${m}`)).sort(),
    );
    for (const result of evaluation.results) {
      expect(result).toMatchObject({
        pairing: 'video-audio',
        task: 'digit',
        variant: 'none',
        ssfn: { d: 1 },
      });
      expect([result.probes.a.length, result.probes.b.length]).toEqual([3, 2]);
      expect(result.pairs.map((row) => row.length)).toEqual([2, 2, 2]);
      expect(Object.keys(result.strategies)).toHaveLength(6);
      const all = JSON.stringify(result);
      expect(all).not.toContain('null');
      for (const { value, lo, hi } of [
        result.late,
        result.pairwise,
        result.scoreSum,
        result.ssfn,
        result.ssfnMinusLate,
      ]) {
        expect([value, lo, hi].every(Number.isFinite)).toBe(true);
        expect(lo).toBeLessThanOrEqual(hi);
      }
    }
  });

  it('is the same when run again, and differs between conditions', async () => {
    const again = await evaluatePack(packDir, dataDir, options);
    expect(again.evaluation.results).toEqual(done.evaluation.results);
    expect(again.contents).toEqual(done.contents);
    const loss = (condition: string) =>
      done.evaluation.results.find((r) => r.condition === condition && r.metric === 'log-loss')!.late.value;
    expect(loss('clean')).not.toBe(loss('standard'));
  });

  it('takes conditions and shifted voices as options', async () => {
    const { evaluation } = await evaluatePack(packDir, dataDir, {
      ...options,
      conditions: ['clean'],
      shifts: [0.8, 1.2],
    });
    expect(new Set(evaluation.results.map(({ condition }) => condition))).toEqual(new Set(['clean']));
    expect(evaluation.results).toEqual(
      done.evaluation.results.filter(({ condition }) => condition === 'clean'),
    );
    expect(evaluation.shifts!.map((s) => [s.condition, s.pitchAndFormants])).toEqual([
      ['clean', 0.8],
      ['clean', 1.2],
    ]);
    await expect(evaluatePack(packDir, dataDir, { ...options, conditions: ['foggy'] })).rejects.toThrow(
      /foggy.*clean and standard/,
    );
    await expect(evaluatePack(packDir, dataDir, { ...options, split: 'validation' })).rejects.toThrow(
      /no validation samples/,
    );
  });

  it('puts records, figures and the card into the pack, and the pack still opens', async () => {
    await addToPack(packDir, done.open.pack, done.evaluation, done.contents);
    const open = await openPack(folderSource(packDir));
    const keys = {
      pairing: 'video-audio',
      task: 'digit',
      variant: 'none',
      condition: 'standard',
      split: 'test',
    } as const;
    const record = decodeRecord(await open.file('record', keys), 'record');
    expect(record.labels.length).toBe(20);
    expect(record.idsB[3]).toBe('3_anna_0');
    const late = record.predicted.subarray((5 + 5) * 20, (5 + 6) * 20);
    const right = late.reduce((sum, answer, s) => sum + (answer === record.labels[s] ? 1 : 0), 0);
    const figure = done.evaluation.results.find(
      (r) => r.condition === 'standard' && r.metric === 'accuracy',
    )!;
    expect(right / 20).toBeCloseTo(figure.late.value, 5);
    const card = new TextDecoder().decode(await open.file('card', {}));
    expect(card).toContain(figure.late.value.toFixed(3));
    expect(open.pack.files.filter(({ role }) => role === 'evaluation')).toHaveLength(1);
  });
});
