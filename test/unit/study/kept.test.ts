/** A tab that is closed while a study trains: what was finished is there when its files come again. */
import { describe, expect, it } from 'vitest';
import { createEngine } from '../../../src/engine/client';
import type { StudyProgress } from '../../../src/engine/study/operations';
import { headSpecs } from '../../../src/math/skew';
import type { FileCache } from '../../../src/packs/cache';
import { inProcessWorker } from '../engine/in-process';
import { filesOf, madeStudy } from './made-files';

const files = filesOf(madeStudy(90, 2, 3, 5));
const blobs = [files.a, files.b, files.labels].map(({ name, bytes }) => ({ name, blob: new Blob([bytes]) }));
const settings = { epochs: 3, batch: 32, validation: 0.25, test: 0.25, resamples: 50 };
const request = { files: blobs, a: { file: 0 }, b: { file: 1 }, table: 2, settings };
const heads = headSpecs(2, 3).length;

/** The browser's cache, which outlives the worker. @param room for so many files */
function storage(room = Infinity): FileCache & { held: Map<string, Uint8Array<ArrayBuffer>> } {
  const held = new Map<string, Uint8Array<ArrayBuffer>>();
  return {
    held,
    get: async (url, sha256) => held.get(`${url} ${sha256}`) ?? null,
    put: async (url, sha256, bytes) => {
      if (held.size >= room) throw new Error('QuotaExceededError');
      held.set(`${url} ${sha256}`, bytes.slice());
    },
    delete: async (prefix) => {
      let bytes = 0;
      for (const [key, content] of held)
        if (key.startsWith(prefix)) {
          bytes += content.length;
          held.delete(key);
        }
      return bytes;
    },
  };
}

/** A tab with this storage: every one has a worker of its own. */
async function openTab(cache: FileCache | null) {
  const engine = createEngine(() => inProcessWorker({}, {}, cache));
  await engine.start('wasm');
  return engine;
}

/** Trains until the first chunk of heads is done; the tab is then closed. @returns how many heads were done */
async function interrupt(cache: FileCache | null, asked = request): Promise<StudyProgress> {
  const tab = await openTab(cache);
  await tab.call('studyRead', asked);
  const stop = new AbortController();
  let last: StudyProgress | null = null;
  const training = tab.call(
    'studyTrain',
    {},
    {
      signal: stop.signal,
      onProgress: (progress) => {
        last = progress;
        if (progress.done > 0) stop.abort();
      },
    },
  );
  await expect(training).rejects.toMatchObject({ code: 'aborted' });
  return last!;
}

describe('a study after its tab was closed', () => {
  it('goes on from the heads that were done, to the very same study', async () => {
    const whole = await openTab(null);
    await whole.call('studyRead', request);
    await whole.call('studyTrain', {});
    const expected = await whole.call('studySave', { withHeads: true });

    const cache = storage();
    const { done, keeps } = await interrupt(cache);
    expect(keeps).toBe(true);
    const tab = await openTab(cache);
    const { kept } = await tab.call('studyRead', request);
    expect(kept).toBe(done);
    const seen: StudyProgress[] = [];
    await tab.call('studyTrain', {}, { onProgress: (progress) => seen.push(progress) });
    expect(seen.every((progress) => progress.done >= done && progress.stage !== 'probes')).toBe(true);
    expect(await tab.call('studySave', { withHeads: true })).toEqual(expected);
    // all of it is there for the next visit
    const next = await openTab(cache);
    expect((await next.call('studyRead', request)).kept).toBe(heads);
    expect((await next.call('studyForget', {})).bytes).toBeGreaterThan(1000);
    expect((await next.call('studyRead', request)).kept).toBe(0);
  });

  it('is not mistaken for another one, and gives up its place to it', async () => {
    const cache = storage();
    await interrupt(cache);
    const other = { ...request, settings: { ...settings, seed: 1 } };
    const tab = await openTab(cache);
    expect((await tab.call('studyRead', other)).kept).toBe(0);
    await interrupt(cache, other);
    const later = await openTab(cache);
    expect((await later.call('studyRead', other)).kept).toBeGreaterThan(0);
    expect((await later.call('studyRead', request)).kept).toBe(0);
  });

  it('trains again what was damaged in the storage', async () => {
    const cache = storage();
    await interrupt(cache);
    for (const [key, bytes] of cache.held) if (key.includes('/heads-')) bytes[bytes.length - 1] ^= 1;
    const tab = await openTab(cache);
    expect((await tab.call('studyRead', request)).kept).toBe(0);
  });

  it('says so where there is no room, and trains all the same', async () => {
    expect((await interrupt(storage(1))).keeps).toBe(false);
    expect((await interrupt(null)).keeps).toBe(false);
  });
});
