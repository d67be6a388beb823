import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readVerses } from '../../../src/cli/data/latin';
import { toBatch } from '../../../src/cli/train/model';
import { textConfig } from '../../../src/cli/train/latin';
import { hideTokens, tokenWeights } from '../../../src/cli/train/text';
import { tokenizerJson, trainWordPieces } from '../../../src/cli/train/wordpiece';
import { parseTokenizer } from '../../../src/encoders/tokenizer';
import { seededRandom } from '../../../src/math/random';
import '@tensorflow/tfjs-backend-cpu';

const tokenizer = parseTokenizer(
  JSON.parse(
    JSON.stringify(tokenizerJson(trainWordPieces(['in principio creavit deus caelum et terram'], 60))),
  ),
);
const { mask, pad, cls, sep } = tokenizer.special;

describe('hideTokens', () => {
  const { ids } = tokenizer.encode('in principio creavit deus caelum et terram', 64);
  it('hides about 15 % of the tokens, most by [MASK], never [CLS] or [SEP], and says what was there', () => {
    let [hiddenCount, masked, kept] = [0, 0, 0];
    const rounds = 2000;
    for (let seed = 0; seed < rounds; seed++) {
      const { input, hidden } = hideTokens({ ids }, tokenizer, 64, seededRandom(seed));
      expect(input).toHaveLength(64);
      expect([input[0], input[ids.length - 1], input[ids.length]]).toEqual([cls, sep, pad]);
      hidden?.at.forEach((at, i) => {
        expect(hidden.ids[i]).toBe(ids[at]);
        hiddenCount++;
        if (input[at] === mask) masked++;
        if (input[at] === ids[at]) kept++;
      });
      for (let t = 1; t < ids.length - 1; t++) if (!hidden?.at.includes(t)) expect(input[t]).toBe(ids[t]);
    }
    expect(hiddenCount / rounds / (ids.length - 2)).toBeCloseTo(0.15, 1);
    expect(masked / hiddenCount).toBeCloseTo(0.8, 1);
    expect(kept / hiddenCount).toBeGreaterThan(0.08);
  });
});

describe('tokenWeights', () => {
  it('is the log of the inverse share of texts, zero for what is everywhere and for what never comes', () => {
    const weights = tokenWeights(
      [
        [0, 1],
        [0, 2, 2],
        [0, 3],
        [0, 3],
      ],
      5,
    );
    expect(weights[0]).toBe(0);
    expect(weights[1]).toBeCloseTo(Math.log(4), 5);
    expect(weights[2]).toBeCloseTo(Math.log(4), 5);
    expect([weights[3], weights[4]]).toEqual([0, 0]);
  });
});

describe('toBatch of token ids', () => {
  it('cuts to the longest of the batch and masks the padding', () => {
    const example = (...ids: number[]) => ({
      input: Float32Array.from([...ids, ...Array(10 - ids.length).fill(0)]),
      target: new Float32Array(2),
    });
    const batch = toBatch(textConfig, [example(2, 7, 3), example(2, 7, 8, 9, 3)]);
    if (!('ids' in batch) || !batch.ids || !batch.mask) throw new Error('no ids');
    expect(batch.ids.shape).toEqual([2, 5]);
    expect([...batch.ids.dataSync()]).toEqual([2, 7, 3, 0, 0, 2, 7, 8, 9, 3]);
    expect([...batch.mask.dataSync()]).toEqual([1, 1, 1, 0, 0, 1, 1, 1, 1, 1]);
  });
});

describe('readVerses', () => {
  const header = 'id\tbook\tchapter\tverse\tgenre6\ttopic4\tsplit\tlatin\tenglish';
  const folder = (...rows: string[]) => {
    const dir = mkdtempSync(join(tmpdir(), 'verses-'));
    writeFileSync(join(dir, 'verses.tsv'), [header, ...rows].join('\n') + '\n');
    return dir;
  };
  it('reads a split, its labels as indices, its chapter as the unit', () => {
    const dir = folder(
      'a\tGen\t1\t1\tlaw\tnarrative_law\ttrain\tIn "principio\tIn the beginning',
      'b\tGen\t2\t1\tlaw\tnarrative_law\ttest\tIgitur\tAnd so',
    );
    expect(readVerses(dir, ['train'])).toEqual([
      {
        id: 'a',
        latin: 'In "principio',
        english: 'In the beginning',
        topic: 0,
        genre: 2,
        book: 'Gen',
        unit: 'Gen 1',
        split: 'train',
      },
    ]);
    expect(readVerses(dir, ['test']).map((v) => v.id)).toEqual(['b']);
  });
  it('names the verse or the line that is wrong', () => {
    expect(() => readVerses(folder('a\tGen\t1\t1\tpoetry\twisdom\ttrain\tx\ty'), ['train'])).toThrow(/a has/);
    expect(() => readVerses(folder('a\tGen'), ['train'])).toThrow(/line 2/);
  });
});
