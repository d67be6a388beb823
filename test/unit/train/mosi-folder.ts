/** Small folders in the layout of the MOSI and MOSEI data: made-up films that people liked or did not. */
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { npy, npz } from '../study/made-files';

export const featureWidths = { text: 4, audio: 3, video: 5 };

export interface MadeUtterance {
  split: string;
  utterance: string;
  video: string;
  label: number;
  transcript: string;
}

/** Feature c of a kind of row r: no two are alike, so that a test sees which one it was given. */
export const featureAt = (split: string, kind: keyof typeof featureWidths, row: number, c: number): number =>
  1000 * split.length + 100 * featureWidths[kind] + 10 * row + c;

export interface MadeFolder {
  /** Of one feature, in place of `featureAt`. */
  feature?: (split: string, kind: keyof typeof featureWidths, row: number, c: number) => number;
  corpus?: 'mosi' | 'mosei';
  /** Into a data folder that is there. */
  data?: string;
}

/** The table in the order given, which need not be that of the film. */
export function writeUtterances(
  made: readonly MadeUtterance[],
  { feature = featureAt, corpus = 'mosi', data = mkdtempSync(join(tmpdir(), 'mosi-')) }: MadeFolder = {},
): string {
  const folder = join(data, `${corpus}_features`);
  mkdirSync(folder, { recursive: true });
  const counts: Record<string, number> = {};
  const lines = made.map(({ split, utterance, video, label, transcript }) => {
    const row = counts[split] ?? 0;
    counts[split] = row + 1;
    return [row, split, utterance, video, label, transcript].join('\t');
  });
  const header = 'row\tsplit\tutterance\tvideo\tlabel\ttranscript';
  writeFileSync(join(folder, 'utterances.tsv'), [header, ...lines].join('\n') + '\n');
  const arrays = Object.entries(counts).flatMap(([split, count]) =>
    (Object.keys(featureWidths) as (keyof typeof featureWidths)[]).map((kind) => {
      const width = featureWidths[kind];
      const values = Float32Array.from({ length: count * width }, (_, i) =>
        feature(split, kind, Math.floor(i / width), i % width),
      );
      return [`${kind}_${split}`, npy([count, width], values)] as const;
    }),
  );
  writeFileSync(join(folder, 'features.npz'), npz('features.npz', Object.fromEntries(arrays)).bytes);
  return data;
}

const words = [
  ['BORING', 'AWFUL', 'TERRIBLE'],
  ['GREAT', 'LOVELY', 'FUNNY'],
];

/** Videos v0, v1, … of so many utterances, for and against by turns, written from the last to the first. */
export const madeVideos = (count: number, each: number, split: string, name = 'v'): MadeUtterance[] =>
  Array.from({ length: count }, (_, v) =>
    Array.from({ length: each }, (_, n) => {
      const label = (v + n) % 2;
      const transcript = `THE FILM IS ${words[label][n % 3]} AND ${words[label][v % 3]}`;
      return { split, utterance: `${name}${v}_${n + 1}`, video: `${name}${v}`, label, transcript };
    }).reverse(),
  ).flat();
