import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readUtterances, videosOf } from '../../../src/cli/data/mosi';
import { featureAt, featureWidths, madeVideos, writeUtterances } from './mosi-folder';

const given = [...madeVideos(14, 12, 'train'), ...madeVideos(2, 3, 'test', 'unseen')];
const dataDir = writeUtterances(given);

describe('the reader of MOSI', () => {
  it('gives a video’s utterances in the order of their numbers, not of the table or the alphabet', () => {
    const [video] = videosOf(readUtterances(dataDir, ['test']));
    expect(video.map(({ id }) => id)).toEqual(['unseen0_1', 'unseen0_2', 'unseen0_3']);
    const train = videosOf(readUtterances(dataDir, ['train']));
    for (const of of train) expect(of.map(({ order }) => order)).toEqual(of.map((_, i) => i + 1));
  });

  it('gives each utterance its own row of features, whatever the order', () => {
    const utterances = readUtterances(dataDir, ['train', 'validation', 'test']);
    expect(utterances).toHaveLength(given.length);
    for (const { id, split, label, text, unit, features } of utterances) {
      const table = split === 'test' ? 'test' : 'train';
      const row = given.filter((u) => u.split === table).findIndex((u) => u.utterance === id);
      const at = given.find((u) => u.utterance === id)!;
      expect([label, text, unit]).toEqual([at.label, at.transcript, at.video]);
      for (const kind of ['text', 'audio', 'video'] as const)
        expect([...features[kind]]).toEqual(
          Array.from({ length: featureWidths[kind] }, (_, c) => featureAt(table, kind, row, c)),
        );
    }
  });

  it('validates on ten of the training videos, whole, by seed alone', () => {
    const videos = (data: string, seed?: number) =>
      videosOf(readUtterances(data, ['validation'], { seed })).map(([{ unit }]) => unit);
    const chosen = videos(dataDir);
    expect(chosen).toHaveLength(10);
    const shuffled = writeUtterances([...given].reverse());
    expect(videos(shuffled).sort()).toEqual([...chosen].sort());
    expect(videos(dataDir, 1).sort()).not.toEqual([...chosen].sort());
    const rest = videosOf(readUtterances(dataDir, ['train'])).map(([{ unit }]) => unit);
    expect([...rest, ...chosen].sort()).toEqual(Array.from({ length: 14 }, (_, v) => `v${v}`).sort());
  });

  it('needs nothing but the test split to read the test split', () => {
    const alone = writeUtterances(madeVideos(2, 3, 'test'));
    expect(readUtterances(alone, ['test'])).toHaveLength(6);
    expect(() => readUtterances(alone, ['train'])).toThrow('10 are needed to validate');
  });

  it('reads MOSEI with the validation split that it has, and its own way to write ids', () => {
    const mosei = [
      ...madeVideos(2, 3, 'train'),
      ...madeVideos(1, 11, 'val', '-x_'),
      ...madeVideos(1, 2, 'test', 'q'),
    ].map((u) => ({ ...u, utterance: u.utterance.replace(/_(\d+)$/, '[$1]') }));
    const data = writeUtterances(mosei, { corpus: 'mosei' });
    const read = (split: 'train' | 'validation' | 'test') =>
      readUtterances(data, [split], { corpus: 'mosei' });
    expect(read('train')).toHaveLength(6);
    expect(read('test').map(({ id }) => id)).toEqual(['q0[1]', 'q0[2]']);
    const held = read('validation');
    expect(held.map(({ order }) => order)).toEqual(Array.from({ length: 11 }, (_, i) => i + 1));
    expect(held[9].features.audio[0]).toBe(featureAt('val', 'audio', 1, 0));
  });

  it('says in a sentence what is wrong with a folder', () => {
    const changed = (change: Partial<(typeof given)[number]>, options = {}) =>
      writeUtterances([{ ...given[0], ...change }, ...given.slice(1)], options);
    const read = (data: string) => () => readUtterances(data, ['train', 'validation']);
    expect(read(changed({ label: 2 }))).toThrow('labels 0 (negative) and 1 (positive)');
    expect(read(changed({ split: 'dev' }))).toThrow('the split "dev"');
    expect(read(changed({ utterance: 'v0_twelve' }))).toThrow('not named after v0');
    expect(read(changed({ utterance: 'v0_3' }))).toThrow('two utterances have the id v0_3');
    const holes = { feature: (_: string, __: string, row: number) => (row === 5 ? NaN : 0) };
    expect(read(changed({}, holes))).toThrow('row 5 of text_train holds something that is not a number');
    const lacking = changed({});
    rmSync(join(lacking, 'mosi_features', 'features.npz'));
    expect(read(lacking)).toThrow('features.npz cannot be read');
    expect(read(mkdtempSync(join(tmpdir(), 'empty-')))).toThrow('give the data folder with --data');
  });

  it('refuses a table that has more utterances than there are features', () => {
    const data = writeUtterances(given);
    const fewer = writeUtterances(given.filter((_, i) => i % 20));
    const file = (folder: string) => join(folder, 'mosi_features', 'features.npz');
    copyFileSync(file(fewer), file(data));
    expect(() => readUtterances(data, ['train', 'validation'])).toThrow('none of which is row');
  });
});
