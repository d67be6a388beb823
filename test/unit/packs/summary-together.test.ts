import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { Pack } from '../../../src/packs/schema';
import { memorySource } from '../../../src/packs/source';
import { readSummary } from '../../../src/packs/summary';
import type { TogetherRow } from '../../../src/packs/together';

const bytes = (value: unknown) => new TextEncoder().encode(JSON.stringify(value));
const read = <T>(name: string): T => JSON.parse(readFileSync(`models/digits/${name}`, 'utf8')) as T;

/** The digits pack, as if its two were also a group, with these figures in its evaluation. */
async function summaryWith(together: TogetherRow[] | undefined, groups = true) {
  const pack = read<Pack>('pack.json');
  const evaluation = bytes({ ...read<object>('evaluation.test.json'), ...(together && { together }) });
  const sha256 = Buffer.from(await crypto.subtle.digest('SHA-256', evaluation)).toString('hex');
  const files = pack.files.map((file) =>
    file.role === 'evaluation' ? { ...file, bytes: evaluation.length, sha256 } : file,
  );
  const group = { id: 'both', modalities: ['video', 'audio'], layers: [12, 12] };
  const json = bytes({ ...pack, files, ...(groups && { groups: [group] }) });
  const path = pack.files.find(({ role }) => role === 'evaluation')!.path;
  return readSummary(
    memorySource(
      new Map([
        ['pack.json', json],
        [path, evaluation],
      ]),
    ),
  );
}

const row = (missing: string[], metric = 'accuracy', value = 0.5): TogetherRow => ({
  group: 'both',
  task: 'digit',
  condition: 'clean',
  metric,
  missing,
  value,
  lo: value - 0.1,
  hi: value + 0.1,
  minusWhole: missing.length ? { value: -0.1, lo: -0.2, hi: 0 } : null,
});

describe('the summary of a pack with a group of modalities', () => {
  it('has its figures by the metric that selects, with what is missing in the words of the pack', async () => {
    const measured = [row([]), row([], 'log-loss', 1.2), row(['audio'], 'accuracy', 0.4)];
    const { together } = await summaryWith(measured);
    expect(together).toEqual([
      {
        group: 'both',
        labels: ['Drawn', 'Spoken'],
        rows: [row([]), { ...row(['audio'], 'accuracy', 0.4), missing: ['Spoken'] }],
      },
    ]);
  });
  it('has none where nothing was measured, or the pack has no group', async () => {
    expect((await summaryWith(undefined)).together).toEqual([]);
    expect((await summaryWith([row([])], false)).together).toEqual([]);
  });
});
