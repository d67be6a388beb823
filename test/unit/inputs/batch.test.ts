import { describe, expect, it, vi } from 'vitest';
import { batch, beginAnew, run, stop, takeFiles, type Outcome } from '../../../src/app/batch/job';
import { batchTable, countRight, strategyLabels } from '../../../src/app/batch/summary';
import { findFile, missingFiles, mostRows, readBatch, type BatchSide } from '../../../src/app/batch/table';

import { createAppStore } from '../../../src/store/store';
import { madeUpEngine } from '../../demo/made-up-engine';
import { madeUpSurroundings } from '../../demo/surroundings';

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

describe('what a batch came to', () => {
  const table = read('id,latin,english,label\n1,a,b,Yes\n2,a,,no\n3,a,b,maybe\n4,a,b,no');
  const all = (answer: number) => ({ answer, probability: 0.75 });
  const said = (answer: number): NonNullable<Outcome['said']> => ({
    strategy: all(answer),
    ssfn: all(answer),
    late: all(1 - answer),
    pairwise: all(answer),
    'score-sum': all(answer),
    a: all(answer),
    b: all(answer),
  });
  const outcomes: Outcome[] = [
    { said: said(0), problem: null },
    { said: { ...said(1), 'score-sum': null, b: null }, problem: null },
    { said: said(0), problem: null },
    { said: null, problem: 'gone' },
  ];
  it('counts what is right among rows whose label is a class, by what spoke', () => {
    const { n, right, said: spoke, strange } = countRight({ table, outcomes }, ['yes', 'no']);
    expect([n, strange]).toEqual([2, ['maybe']]);
    expect([right.strategy, right.late, right.b, spoke.b, spoke.a]).toEqual([2, 0, 1, 1, 2]);
  });
  it('is a line a row, empty where nothing was said', () => {
    const { columns, rows } = batchTable({ table, outcomes }, ['yes', 'no'], strategyLabels('in use'));
    expect(columns.slice(0, 7)).toEqual(['id', 'A', 'B', 'label', 'problem', 'in use', 'p in use']);
    expect(rows.every((row) => row.length === columns.length)).toBe(true);
    expect(rows[0].slice(5, 11)).toEqual(['yes', 0.75, 'yes', 0.75, 'no', 0.75]);
    expect(rows[1].slice(-4)).toEqual(['no', 0.75, '', '']);
    expect(rows[3].slice(4)).toEqual(['gone', ...Array<string>(14).fill('')]);
  });
});

describe('a batch that runs', () => {
  const sides = { a: side('text', 'text'), b: side('audio', 'audio') };
  const clean = { a: {}, b: {} };
  const how = { degradation: 'as given', strategy: 'late' };
  const csv = (rows: string[]) =>
    new Map([['t.csv', new File([`text,audio\n${rows.join('\n')}\n`], 't.csv')]]);
  async function opened(delay?: number) {
    const store = createAppStore(madeUpEngine({ delay }), madeUpSurroundings());
    await store.getState().start();
    store.getState().choosePack('made-up-too');
    await vi.waitFor(() => expect(store.getState().pack.state).toBe('ready'));
    beginAnew('made-up-too');
    return store;
  }
  it('gives each row what all strategies say, or why not, and leaves the page as it was', async () => {
    const store = await opened();
    await takeFiles(csv(['one,', 'two,gone.wav', '"",']), sides);
    const before = store.getState().outputs;
    await run(store, sides, clean, how);
    const [one, two] = batch.getState().outcomes;
    expect(one.said).toMatchObject({ b: null, 'score-sum': null });
    expect(one.said?.late?.probability).toBeGreaterThan(0);
    expect(two.problem).toBe('gone.wav is not among the chosen files.');
    expect(store.getState().outputs).toBe(before);
  });
  it('stops on request, keeps what there is, and goes on from there', async () => {
    const store = await opened(5);
    await takeFiles(csv(Array.from({ length: 60 }, (_, n) => `word ${n},`)), sides);
    const running = run(store, sides, clean, how);
    setTimeout(stop, 30);
    await running;
    const { outcomes, stopped } = batch.getState();
    expect(stopped).toMatch(/^Stopped/);
    expect(outcomes.length).toBeLessThan(60);
    await run(store, sides, clean, how);
    expect(batch.getState().outcomes).toHaveLength(60);
    expect(batch.getState().outcomes.slice(0, outcomes.length)).toEqual(outcomes);
  });
  it('ends when another pack is chosen', async () => {
    const store = await opened(5);
    await takeFiles(csv(Array.from({ length: 60 }, (_, n) => `word ${n},`)), sides);
    const running = run(store, sides, clean, how);
    setTimeout(() => store.getState().choosePack('made-up'), 20);
    await running;
    expect(batch.getState().stopped).toMatch(/^Another pack/);
  });
  it('says that a table is missing, or that there are two', async () => {
    await opened();
    await takeFiles(new Map([['x.wav', new File(['x'], 'x.wav')]]), sides);
    expect(batch.getState().problem).toMatch(/^There is no table/);
    await takeFiles(new Map(['a.csv', 'b.csv'].map((name) => [name, new File(['text\nx'], name)])), sides);
    expect(batch.getState().problem).toMatch(/^There are 2 tables/);
  });
});
