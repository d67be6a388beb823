/** How the comparison of packs names their pairings and tasks, and what it says of more than two modalities together. */
import { renderToStaticMarkup } from 'react-dom/server';
import { describe, expect, it } from 'vitest';
import { gainRows, rowName } from '../../../src/app/packs/model';
import { TogetherTable } from '../../../src/app/packs/TogetherTable';
import type { PackSummary, SummaryPairing, SummaryRow } from '../../../src/packs/summary';

const figure = { value: 0.7, lo: 0.6, hi: 0.8 };
const side = (label: string, kind: SummaryPairing['a']['kind']) => ({ label, kind });
const textAudio: SummaryPairing = {
  id: 'text-audio',
  a: side('Transcript', 'text'),
  b: side('Voice', 'audio'),
  paired: 'truly',
};
const textFace: SummaryPairing = { ...textAudio, id: 'text-face', b: side('Face', 'features') };
const row = (pairing: SummaryPairing, task = 'sentiment'): SummaryRow => ({
  pairing,
  task,
  condition: 'clean',
  metric: 'accuracy',
  ssfn: { ...figure, d: 2 },
  late: figure,
  pairwise: figure,
  scoreSum: figure,
  bestProbe: figure,
  ensembles: null,
  over: { late: figure, pairwise: null, scoreSum: null, bestProbe: null },
  byPairs: { ssfn: [figure], late: [figure] },
});
const pack = (rows: SummaryRow[], together: PackSummary['together'] = []): PackSummary => ({
  id: 'films',
  title: 'Films',
  n: 752,
  units: '31 videos',
  rows,
  together,
});

describe('a pack’s row among others', () => {
  it('is named by what tells it from the pack’s other rows, and by nothing where it is alone', () => {
    const name = (rows: SummaryRow[]) => rows.map((one) => rowName(pack(rows), one));
    expect(name([row(textAudio)])).toEqual(['']);
    expect(name([row(textAudio), row(textFace)])).toEqual(['transcript × voice', 'transcript × face']);
    expect(name([row(textAudio, 'a'), row(textAudio, 'b')])).toEqual(['a', 'b']);
    expect(name([row(textAudio, 'a'), row(textFace, 'b')])).toEqual([
      'transcript × voice, a',
      'transcript × face, b',
    ]);
  });
  it('stands above the published task of its own kinds of modality', () => {
    const rows = gainRows([pack([row(textAudio), row(textFace)])], 'clean');
    // the paper has a task of text and audio, and none of features
    expect(rows.map(({ label, detail }) => `${label}; ${detail}`)).toEqual([
      'Films; transcript × voice, d = +2',
      expect.stringMatching(/^published: Text × audio/),
      'Films; transcript × face, d = +2',
    ]);
    const tasks = gainRows([pack([row(textFace, 'one'), row(textFace, 'two')])], 'clean');
    expect(tasks.map(({ label, detail }) => `${label}; ${detail}`)).toEqual([
      'Films: one; SSFN d = +2, accuracy',
      'Films: two; SSFN d = +2, accuracy',
    ]);
  });
});

describe('more than two together', () => {
  const measured = (missing: string[], value: number) => ({
    group: 'all',
    task: 'sentiment',
    condition: 'clean',
    metric: 'accuracy',
    missing,
    value,
    lo: value - 0.05,
    hi: value + 0.05,
    minusWhole: missing.length ? { value: value - 0.71, lo: -0.1, hi: 0.02 } : null,
  });
  const together = [
    {
      group: 'all',
      labels: ['Transcript', 'Voice', 'Face'],
      rows: [
        measured(['Voice', 'Face'], 0.7),
        {
          ...measured([], 0.71),
          scoreSum: { value: 0.72, lo: 0.68, hi: 0.76 },
          minusScoreSum: { value: -0.01, lo: -0.02, hi: 0.01 },
        },
        measured(['Transcript'], 0.52),
      ],
    },
  ];
  const cells = (condition: string) =>
    [
      ...renderToStaticMarkup(
        <TogetherTable packs={[pack([row(textAudio)], together)]} condition={condition} />,
      ).matchAll(/<tr>(.*?)<\/tr>/g),
    ].map(([, tr]) => tr.replace(/<[^>]+>/g, '|').replace(/\|+/g, '|'));
  it('lists the whole first, then what is left as modalities go, with the difference to the whole', () => {
    const [, whole, one, two] = cells('clean');
    expect(whole).toMatch(
      /^\|all\|nothing\|71\.0 %\|66\.0 to 76\.0\|–\|72\.0 %\|−1\.0 points\|−2\.0 to \+1\.0\|$/,
    );
    expect(one).toMatch(/^\|voice and face\|transcript\|52\.0 %/);
    expect(two).toMatch(
      /^\|transcript\|voice and face\|70\.0 %\|65\.0 to 75\.0\|−1\.0 points\|−10\.0 to \+2\.0\|–\|–\|$/,
    );
  });
  it('is left out under a condition that it was not measured under', () => {
    expect(cells('standard')).toEqual([]);
  });
});
