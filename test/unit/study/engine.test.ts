import { beforeAll, describe, expect, it } from 'vitest';
import { createEngine } from '../../../src/engine/client';
import type { Engine } from '../../../src/engine/engine';
import type { StudyEntry, StudyProgress } from '../../../src/engine/study/operations';
import { unzipSync } from 'fflate';
import { openPack } from '../../../src/packs/open';
import { memorySource } from '../../../src/packs/source';
import { headSpecs } from '../../../src/math/skew';
import { inProcessWorker } from '../engine/in-process';
import { filesOf, madeStudy } from './made-files';

const made = madeStudy(90, 2, 3, 5);
const files = filesOf(made);
const blobs = [files.a, files.b, files.labels].map(({ name, bytes }) => ({ name, blob: new Blob([bytes]) }));
const settings = { epochs: 3, batch: 32, validation: 0.25, test: 0.25, resamples: 50 };
const request = { files: blobs, a: { file: 0 }, b: { file: 1 }, table: 2, settings };
const heads = headSpecs(2, 3).length;
const scope = { pairing: 'a-b', task: 'label', variant: 'none' };

describe('a study in the worker', () => {
  let engine: Engine;
  let entry: StudyEntry;
  beforeAll(async () => {
    engine = createEngine(() => inProcessWorker({}));
    await engine.start('wasm');
  });

  it('says what it would be, and refuses files that are wrong with a sentence that names them', async () => {
    const { preview, seconds, la, lb } = await engine.call('studyRead', request);
    expect([la, lb, preview.samples, preview.heads, preview.groupName]).toEqual([2, 3, 90, heads, 'speaker']);
    expect(seconds).toBeGreaterThan(0);
    const wrong = { ...request, table: null };
    await expect(engine.call('studyRead', wrong)).rejects.toMatchObject({
      code: 'user',
      message: /No labels/,
    });
    await expect(engine.call('studySave', { withHeads: false })).rejects.toThrow(/not trained yet/);
  });

  it('is paused, cancelled, resumed with what was done, and comes to the same', async () => {
    const alone = createEngine(() => inProcessWorker({}));
    await alone.start('wasm');
    await alone.call('studyRead', request);
    await alone.call('studyTrain', {});
    const expected = await alone.call('studySave', { withHeads: false });

    await engine.call('studyRead', request);
    const stop = new AbortController();
    const seen: StudyProgress[] = [];
    const first = engine.call(
      'studyTrain',
      {},
      {
        signal: stop.signal,
        onProgress: (progress) => {
          seen.push(progress);
          if (progress.done > 0) stop.abort();
        },
      },
    );
    await expect(first).rejects.toMatchObject({ code: 'aborted' });
    expect(seen.map(({ stage }) => stage)).toContain('probes');
    await engine.call('studyPause', { paused: true });
    let ended = false;
    const again: StudyProgress[] = [];
    const second = engine.call('studyTrain', {}, { onProgress: (progress) => again.push(progress) });
    void second.then(() => (ended = true));
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(ended).toBe(false);
    await engine.call('studyPause', { paused: false });
    entry = await second;
    expect(again[0].done).toBeGreaterThan(0);
    expect(again.at(-1)!.done).toBe(heads);
    // every pair head reported an accuracy on the way
    const reported = new Set([...seen, ...again].flatMap((progress) => progress.heads));
    for (let head = 0; head < 6; head++) expect(reported).toContain(head);
    const saved = await engine.call('studySave', { withHeads: false });
    expect(saved).toEqual(expected);
    expect(saved.name).toBe('text-audio.study.json');
  });

  it('fills every view that packs have', async () => {
    const { pack } = await engine.call('loadPack', { url: entry.url });
    expect(pack.modalities.map(({ layers }) => layers)).toEqual([2, 3]);
    await engine.call('warm', scope);
    const evaluation = { ...scope, condition: 'clean', metric: 'accuracy', resamples: 50, seed: 0 } as const;
    const record = await engine.call('record', { ...scope, condition: 'clean', split: 'test' });
    const { value } = await engine.call('intervals', { ...evaluation, split: 'test', differences: [] });
    expect(value).toHaveLength(2 + 3 + heads + 1);
    expect(record.labels.length).toBeGreaterThan(10);
    const { frequency } = await engine.call('bootstrap', { ...evaluation, k: 3 });
    expect(frequency.reduce((sum, f) => sum + f, 0)).toBeCloseTo(3, 3);
    const pairs = [{ i: 2, j: 3 }];
    const byLoss = { ...evaluation, metric: 'log-loss' } as const;
    const ensemble = await engine.call('ensemble', { ...byLoss, pairs });
    const loss = await engine.call('intervals', { ...byLoss, split: 'test', differences: [] });
    // both are kept in sixteenths
    expect(Math.abs(ensemble.value - loss.value[2 + 3 + 5])).toBeLessThan(1 / 16);
    expect((await engine.call('similarity', { pairing: 'a-b', measure: 'cka' })).values).toHaveLength(6);
    const space = { side: 'fused', head: 2 } as const;
    const map = await engine.call('projection', { ...scope, space, method: 'pca', seed: 0 });
    expect(map.points.every(Number.isFinite)).toBe(true);
  });

  it('opens again from its file with the same figures, and says what it was saved without', async () => {
    const { name, bytes } = await engine.call('studySave', { withHeads: false });
    const other = createEngine(() => inProcessWorker({}));
    await other.start('wasm');
    const opened = await other.call('studyOpen', { name, blob: new Blob([bytes]) });
    expect(opened).toMatchObject({ title: 'text × audio', subtitle: 'text × audio' });
    await other.call('loadPack', { url: opened.url });
    const asked = {
      ...scope,
      condition: 'clean',
      split: 'test' as const,
      metric: 'accuracy' as const,
      resamples: 50,
      seed: 0,
      differences: [] as [number, number][],
    };
    const there = await other.call('intervals', asked);
    await engine.call('loadPack', { url: entry.url });
    expect(there).toEqual(await engine.call('intervals', asked));
    await expect(other.call('similarity', { pairing: 'a-b', measure: 'cka' })).rejects.toThrow(
      /saved without its sample-states/,
    );
    await expect(other.call('studyOpen', { name: 'x.json', blob: new Blob(['{']) })).rejects.toThrow(
      /x\.json/,
    );
    // as a pack folder, which opens as any pack does
    const zipped = await engine.call('studySave', { withHeads: true, pack: true });
    expect(zipped.name).toBe('text-audio.pack.zip');
    const folder = Object.entries(unzipSync(zipped.bytes)).map(([path, content]) => {
      expect(path.startsWith('text-audio/')).toBe(true);
      return [path.slice('text-audio/'.length), content] as const;
    });
    const pack = await openPack(memorySource(new Map(folder)));
    expect(pack.pack.modalities.map(({ pooling }) => pooling)).toEqual(['given', 'given']);
    expect((await pack.heads('a-b', 'label', 'none')).shape).toMatchObject({ la: 2, lb: 3 });
    const head = await engine.call('studyHead', { head: 'ssfn' });
    expect(JSON.parse(new TextDecoder().decode(head.description))).toMatchObject({
      kind: 'skewscope-head',
      k: 1,
    });
  });
});
