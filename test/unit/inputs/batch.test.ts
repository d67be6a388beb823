import { describe, expect, it } from 'vitest';
import { findFile, missingFiles, mostRows, readBatch, type BatchSide } from '../../../src/app/batch/table';

const side = (id: string, kind: BatchSide['kind'], label = id): BatchSide => ({ id, kind, label });
const fashion = { a: side('text', 'text', 'Title'), b: side('image', 'image', 'Photo') };
const verses = { a: side('latin', 'text'), b: side('english', 'text') };
const read = (csv: string, sides: typeof fashion = verses) =>
  readBatch('table.csv', new TextEncoder().encode(csv), sides);

describe('the table of a batch', () => {
  it('finds the columns by the modality, its label, its kind or its side, in any case and order', () => {
    for (const header of ['Photo;Text', 'picture;TITLE', 'b;a'])
      expect(read(`${header}\nx.jpg;a red one`, fashion).rows).toEqual([
        { id: 'line 2', a: 'a red one', b: 'x.jpg', label: '' },
      ]);
  });
  it('takes quoted cells with commas, quotes and line breaks, ids and labels, a missing side', () => {
    const table = read('id,latin,label\nv1,"Et, ""ecce"",\nvenit",wisdom\n');
    expect(table.columns).toEqual({ a: 'latin', b: null, id: 'id', label: 'label' });
    expect(table.rows).toEqual([{ id: 'v1', a: 'Et, "ecce",\nvenit', b: '', label: 'wisdom' }]);
  });
  it('does not take a kind that both sides have for one of them', () => {
    expect(() => read('text,words\na,b')).toThrow(
      /^table\.csv has the columns "text", "words", and none of them is an input: name one "latin" or "a"/,
    );
  });
  it.each<[string, string, RegExp]>([
    ['no rows', 'latin,english\n', /no rows/],
    ['the same column twice', 'latin,latin\na,b', /two columns "latin"/],
    ['a row of another length', 'latin,english\na,b,c', /line 2: 3 cells where the header has 2/],
    ['a quote that is never closed', 'latin\n"a', /quote is not closed/],
    ['too many rows', `latin\n${'a\n'.repeat(mostRows + 1)}`, /5001 rows: 5000 at most/],
  ])('refuses %s', (_, csv, words) => expect(() => read(csv)).toThrow(words));
  it('refuses what is not UTF-8', () => {
    expect(() => readBatch('table.csv', Uint8Array.of(0x61, 0xff, 0x0a), verses)).toThrow(/not UTF-8/);
  });
});

describe('the files of a batch', () => {
  const files = new Map([
    ['set/one/a.jpg', 1],
    ['set/two/a.jpg', 2],
    ['set/two/B.JPG', 3],
  ]);
  it('are found by path or by the end of it', () => {
    expect(findFile('one/a.jpg', files)).toBe(1);
    expect(findFile('.\\two\\a.jpg', files)).toBe(2);
    expect(findFile('b.jpg', files)).toBe(3);
    expect(findFile('wo/a.jpg', files)).toBeUndefined();
    expect(() => findFile('a.jpg', files)).toThrow(/2 of the chosen files are called a\.jpg/);
  });
  it('that are missing are named once', () => {
    const table = read('image\nb.jpg\nc.jpg\nc.jpg\n\nd.jpg', fashion);
    expect(missingFiles(table, fashion, files)).toEqual(['c.jpg', 'd.jpg']);
    expect(missingFiles(read('text\nno file', fashion), fashion, files)).toEqual([]);
  });
});
