import { describe, expect, it } from 'vitest';
import { createEngine } from '../../../src/engine/client';
import type { NamedBlob } from '../../../src/engine/study/operations';
import { createCheckpointStore } from '../../../src/store/checkpoint';
import { checkColumn, fileFinder, likelyColumn, type SampleTable } from '../../../src/store/checkpoint/table';
import type { Context } from '../../../src/store/context';
import { initialState } from '../../../src/store/defaults';
import type { App } from '../../../src/store/state';
import { inProcessWorker, type InProcess } from '../engine/in-process';
import { bertFolder, named, vitFolder } from './folders';
import { Disk } from './private-root';

const table: SampleTable = {
  file: named('samples.csv', ''),
  header: ['id', 'sentence', 'clip', 'label'],
  rows: [
    ['u1', 'a longer text of some words', 'a/one.wav', 'yes'],
    ['u2', 'another text', 'b/one.wav', 'no'],
    ['u3', '', 'two.wav', 'no'],
  ],
};

describe('a table of samples', () => {
  it('has a likely column for each kind of encoder', () => {
    expect(likelyColumn(table, 'text', null)).toBe(1);
    expect(likelyColumn(table, 'audio', null)).toBe(2);
    expect(likelyColumn({ ...table, header: ['id', 'label'], rows: [['1', 'x']] }, 'text', null)).toBeNull();
    // with two columns of files, the second encoder is given the other one
    const two = { ...table, header: ['x', 'y', 'label'], rows: [['a.png', 'b.png', '0']] };
    expect(likelyColumn(two, 'image', 0)).toBe(1);
  });

  it('finds files by the end of their path, never one of another folder', () => {
    const files = ['set/a/one.wav', 'set/b/one.wav', 'set/a/two.wav'].map((name) => named(name, name));
    const find = fileFinder(files);
    expect(find('a/one.wav')).toBe(files[0]);
    expect(find(' ./b\\one.wav ')).toBe(files[1]);
    expect(find('two.wav')).toBe(files[2]);
    expect(find('one.wav')).toBeUndefined();
    expect(find('c/two.wav')).toBeUndefined();
    const bare = fileFinder([named('two.wav', '')]);
    expect(bare('elsewhere/two.wav')?.name).toBe('two.wav');
    expect(checkColumn(table, 2, 'audio', files.slice(1))).toEqual({
      empty: 0,
      missing: ['a/one.wav'],
      missingCount: 1,
    });
    expect(checkColumn(table, 1, 'text', []).empty).toBe(1);
  });
});

async function made(disk = new Disk()) {
  const workers: InProcess[] = [];
  const engine = createEngine(() => {
    const worker = inProcessWorker({});
    worker.session.privateRoot = disk.root;
    workers.push(worker);
    return worker;
  });
  await engine.start('wasm');
  const given: NamedBlob[][] = [];
  const app = { ...initialState(), giveStudyFiles: (files: NamedBlob[]) => given.push(files) };
  const context = { engine, get: () => app as unknown as App } as Context;
  const store = createCheckpointStore(context);
  const until = (holds: () => boolean): Promise<void> =>
    new Promise((resolve, reject) => {
      const begin = Date.now();
      const look = () => {
        if (holds()) resolve();
        else if (Date.now() - begin > 20_000) reject(new Error(JSON.stringify(store.getState().problem)));
        else setTimeout(look, 5);
      };
      look();
    });
  return { store, given, until, workers, engine };
}

const csv = named(
  'samples.csv',
  ['text,label', ...Array.from({ length: 20 }, (_, n) => `w${n + 7} w${60 - n},${n % 2 ? 'a' : 'b'}`)].join(
    '\n',
  ),
);

describe('the page’s checkpoints', () => {
  it('give the states of a table to the study, under names that differ', async () => {
    const { store, given, until } = await made();
    const { openFolder, giveSamples, extract } = store.getState();
    giveSamples([csv]);
    openFolder('a', bertFolder('mine').files);
    openFolder('b', bertFolder('mine').files);
    await until(() => store.getState().columns.b === 0);
    store.getState().setPooling('b', 'mean');
    extract();
    await until(() => given.length > 0);
    expect(given[0].map(({ name }) => name)).toEqual([
      'mine, text (A).safetensors',
      'mine, text (B).safetensors',
      'samples.csv',
    ]);
    const [a, b] = await Promise.all(given[0].map(({ blob }) => blob.arrayBuffer()));
    expect(a.byteLength).toBeGreaterThan(20 * 3 * 32 * 4);
    expect(new Uint8Array(a)).not.toEqual(new Uint8Array(b));
    await until(() => store.getState().extraction === null && store.getState().kept?.rows.length === 2);
  });

  it('are cancelled, and go on with the rows that are missing', async () => {
    const disk = new Disk();
    const { store, given, until } = await made(disk);
    const { openFolder, giveSamples, extract, cancelExtraction } = store.getState();
    openFolder('a', bertFolder('one').files);
    openFolder('b', bertFolder('two').files);
    giveSamples([csv]);
    await until(() => store.getState().columns.a === 0 && store.getState().columns.b === 0);
    let most = 0;
    const stop = store.subscribe(({ extraction }) => {
      most = Math.max(most, extraction?.done ?? 0);
      if (most === 5) cancelExtraction();
    });
    extract();
    await until(() => most === 5 && store.getState().extraction === null);
    stop();
    expect([given.length, store.getState().problem]).toEqual([0, null]);
    const found: number[] = [];
    store.subscribe(({ extraction }) => extraction?.side === 'a' && found.push(extraction.found));
    extract();
    await until(() => given.length > 0);
    expect(Math.max(...found)).toBeGreaterThanOrEqual(5);
  });

  it('name the row whose file is missing before anything is computed', async () => {
    const { store, until } = await made();
    const { openFolder, giveSamples, extract } = store.getState();
    openFolder('a', bertFolder().files);
    openFolder('b', vitFolder());
    giveSamples([named('t.csv', 'text,picture,label\nw7,a.png,x\nw8,b.png,y'), named('a.png', 'no picture')]);
    await until(() => store.getState().columns.b === 1 && store.getState().columns.a === 0);
    extract();
    await until(() => store.getState().problem !== null);
    expect(store.getState().problem).toMatch(/^Row 2 of t\.csv names the file b\.png, which was not given/);
  });

  it('are opened again when the worker was replaced', async () => {
    const { store, until, workers } = await made();
    const { openFolder, computeStates } = store.getState();
    openFolder('a', bertFolder().files);
    await until(() => store.getState().a.encoder.state === 'ready');
    const before = store.getState().a.encoder;
    workers[0].crash('gone');
    await until(() => store.getState().a.encoder !== before && store.getState().a.encoder.state === 'ready');
    computeStates('a', { kind: 'text', text: 'w7 w8 w9' }, 'your text');
    await until(() => store.getState().states.state === 'ready');
    openFolder('a', []);
    await until(() => store.getState().a.encoder.state === 'failed');
    expect(store.getState().a.encoder).toMatchObject({
      message: expect.stringContaining('config.json') as string,
    });
  });
});
