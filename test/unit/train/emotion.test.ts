import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  readEmotionSpeech,
  readEmotionTexts,
  readFineEmotions,
  readPolishSpeech,
} from '../../../src/cli/data/emotion';
import { constant, flac } from './flac-file';

function makeFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'emotion-'));
  for (const name of ['audio', 'goemotions_full']) mkdirSync(join(folder, name));
  const text = [
    'text\tlabel\tgoemotions\tid\tsplit',
    'so "glad\thappy\tjoy\tt1\ttrain',
    'alas\tsad\tgrief\tt2\ttest',
  ];
  writeFileSync(join(folder, 'text.tsv'), text.join('\n') + '\n');
  const head =
    'file\tdataset\tlabel\tsource_label\tintensity\tspeaker\tgender\tlanguage\tspoken_text\tsplit\tseconds';
  const row = (name: string, split: string) =>
    `audio/${name}.flac\travdess\tneutral\tcalm\tnormal\tp1\tm\ten\tHm.\t${split}\t0.001`;
  writeFileSync(join(folder, 'audio.tsv'), [head, row('a', 'train'), row('b', 'val')].join('\n') + '\n');
  writeFileSync(
    join(folder, 'audio', 'a.flac'),
    flac([{ size: 8, code: 0, subframes: [constant(16384)] }], 1),
  );
  writeFileSync(join(folder, 'goemotions_full', 'labels.txt'), 'joy\ngrief\nneutral');
  const fine = ['so "glad\t0\tt1', 'alas\t1\tt2', 'alas\t1\tt9', 'well\t0,2\tt3'];
  writeFileSync(join(folder, 'goemotions_full', 'train.tsv'), fine.join('\n') + '\n');
  return folder;
}

describe('the emotion reader', () => {
  const folder = makeFolder();
  it('reads the texts of a split, quotes and all', () => {
    expect(readEmotionTexts(folder, ['train'])).toEqual([
      { id: 't1', text: 'so "glad', unit: 't1', label: 1, split: 'train' },
    ]);
    expect(readEmotionTexts(folder, ['test']).map((t) => t.label)).toEqual([2]);
  });
  it('opens the sound files of a split and no others', () => {
    const [clip] = readEmotionSpeech(folder, ['train']);
    expect({ ...clip, samples: [...clip.samples] }).toEqual({
      id: 'a',
      unit: 'p1',
      corpus: 'ravdess',
      label: 3,
      split: 'train',
      samples: Array(8).fill(0.5),
      sampleRate: 16000,
    });
    expect(() => readEmotionSpeech(folder, ['validation'])).toThrow(/missing/);
    expect(readPolishSpeech(folder, ['train'])).toEqual([]);
  });
  it('keeps validation and test texts out of the pretraining texts, by id and by wording', () => {
    expect(readFineEmotions(folder)).toEqual({
      names: ['joy', 'grief', 'neutral'],
      items: [
        { text: 'so "glad', labels: [0] },
        { text: 'well', labels: [0, 2] },
      ],
    });
  });
});
