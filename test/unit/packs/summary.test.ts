import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { folderSource } from '../../../src/packs/folder';
import type { Evaluation } from '../../../src/cli/evaluate/run';
import { memorySource } from '../../../src/packs/source';
import { readSummary } from '../../../src/packs/summary';

const folder = 'models/digits';
const printed = JSON.parse(readFileSync(`${folder}/evaluation.test.json`, 'utf8')) as Evaluation;

describe('the summary of a pack', () => {
  it('says of each condition what evaluate printed', async () => {
    const summary = await readSummary(folderSource(folder));
    expect(summary.rows.map(({ condition }) => condition)).toEqual(['clean', 'standard']);
    for (const row of summary.rows) {
      const result = printed.results.find((r) => r.condition === row.condition && r.metric === row.metric)!;
      const { better } = result.bestProbes;
      expect(row.metric).toBe('accuracy');
      expect(row.ssfn).toMatchObject({ d: result.ssfn.d, value: result.ssfn.value });
      expect(row.over.scoreSum?.value).toBe(result.ssfnMinusScoreSum.value);
      expect(row.bestProbe.value).toBe(result.probes[better][result.bestProbes[better] - 1].value);
      expect(row.byPairs.late).toHaveLength(12);
      expect(row.byPairs.late[11].value).toBe(result.pairwise.value);
      expect(row.byPairs.ssfn).toHaveLength(12 - Math.abs(result.ssfn.d));
      expect(row.byPairs.ssfn[0].value).toBe(result.ssfn.value);
    }
  });

  it('refuses an evaluation that is not the one the pack lists, and a pack without one', async () => {
    const pack = JSON.parse(readFileSync(`${folder}/pack.json`, 'utf8')) as { files: { role: string }[] };
    const bytes = (value: unknown) => new TextEncoder().encode(JSON.stringify(value));
    const changed = memorySource(
      new Map([
        ['pack.json', bytes(pack)],
        ['evaluation.test.json', bytes({})],
      ]),
    );
    await expect(readSummary(changed)).rejects.toThrow(/evaluation\.test\.json/);
    const without = { ...pack, files: pack.files.filter(({ role }) => role !== 'evaluation') };
    await expect(readSummary(memorySource(new Map([['pack.json', bytes(without)]])))).rejects.toThrow(
      /not evaluated/,
    );
  });
});
