import { beforeAll, describe, expect, it } from 'vitest';
import { parseConfig } from '../../../src/encoders/config';
import { createEncoder, loadCheckpoint } from '../../../src/encoders/encoder';
import { UserError } from '../../../src/math/errors';
import { headSpecs } from '../../../src/math/skew';
import { browserCache, type FileCache } from '../../../src/packs/cache';
import { openPack } from '../../../src/packs/open';
import { decodePairLogs, decodeRecord } from '../../../src/packs/record';
import { decodeSampleStates } from '../../../src/packs/sample-states';
import { sha256 } from '../../../src/packs/integrity';
import { fetchSource, memorySource } from '../../../src/packs/source';
import type { Pack, PackFile } from '../../../src/packs/schema';
import { startNode } from '../../../src/runtime/node';
import { tinyPack } from '../../fixtures/tiny-pack/tiny-pack';

type Files = Map<string, Uint8Array<ArrayBuffer>>;
let files: Files;
beforeAll(async () => {
  await startNode({ backend: 'cpu' });
  files = await tinyPack({ la: 3, lb: 2 });
});

const packOf = (from: Files): Pack => JSON.parse(new TextDecoder().decode(from.get('pack.json')));
const withPack = (change: (pack: Pack) => unknown): Files => {
  const pack = packOf(files);
  const changed = change(pack);
  const json = JSON.stringify(changed ?? pack);
  return new Map([...files, ['pack.json', new TextEncoder().encode(json)]]);
};
/** Another content under a path, with its right hash and size in pack.json. */
async function withFile(path: string, content: Uint8Array<ArrayBuffer>): Promise<Files> {
  const hash = await sha256(content);
  const out = withPack((pack) => {
    Object.assign(pack.files.find((file) => file.path === path) as PackFile, {
      bytes: content.length,
      sha256: hash,
    });
  });
  return out.set(path, content);
}
const opening = (from: Files) => openPack(memorySource(from, 'https://packs.test/tiny'));

describe('opening a pack', () => {
  it('gives encoders, standardisation, probes and heads that fit each other', async () => {
    const open = await opening(files);
    expect(Object.keys(open.encoders)).toEqual(['video', 'audio']);
    for (const { config, weights } of Object.values(open.encoders)) {
      const parsed = parseConfig(config);
      createEncoder(parsed, loadCheckpoint(parsed, weights)).dispose();
    }
    expect(open.standardisations.audio).toMatchObject({ layers: 2, width: 32 });
    expect(open.probes('digit', 'video').shape).toEqual({ layers: 3, width: 32, classes: 10 });
    const heads = await open.heads('video-audio', 'digit', 'none');
    const count = heads.groups.reduce((sum, { parameters }) => sum + parameters.classify.shape[0], 0);
    expect(count).toBe(headSpecs(3, 2).length);
    expect(open.bytes).toBe(
      open.pack.files.filter((f) => f.when === 'first').reduce((sum, f) => sum + f.bytes, 0),
    );
  });

  it('fetches what is lazy only when asked', async () => {
    const asked: string[] = [];
    const source = memorySource(files, 'x');
    const open = await openPack({
      name: 'x',
      read: (path, options) => (asked.push(path), source.read(path, options)),
    });
    expect(asked.some((path) => path.startsWith('record'))).toBe(false);
    const keys = {
      pairing: 'video-audio',
      task: 'digit',
      variant: 'none',
      condition: 'standard',
      split: 'test',
    } as const;
    const record = decodeRecord(await open.file('record', keys), 'record');
    const logs = decodePairLogs(await open.file('pair-logs', keys), record, 'logs');
    expect(logs.length).toBe(6 * record.labels.length * 10);
    const states = decodeSampleStates(await open.file('sample-states', {}), 'samples');
    expect(states.a.states.length).toBe(states.labels.length * 3 * 32);
    await expect(open.file('similarity', {})).rejects.toThrow(/similarity/);
  });

  it('reports progress that never falls, with one total, to its end', async () => {
    const seen: { loaded: number; total: number }[] = [];
    await openPack(slowly(files), { onProgress: ({ loaded, total }) => seen.push({ loaded, total }) });
    expect(seen.length).toBeGreaterThan(20);
    expect(new Set(seen.map(({ total }) => total)).size).toBe(1);
    seen.reduce((before, { loaded }) => {
      expect(loaded).toBeGreaterThan(before);
      return loaded;
    }, 0);
    expect(seen.at(-1)!.loaded).toBe(seen[0].total);
  });

  it('stops when aborted', async () => {
    const controller = new AbortController();
    const opened = openPack(slowly(files), {
      signal: controller.signal,
      onProgress: () => controller.abort(),
    });
    await expect(opened).rejects.toMatchObject({ name: 'AbortError' });
  });

  it('keeps files by their hash, and goes on where there is no room', async () => {
    const kept = new Map<string, Uint8Array<ArrayBuffer>>();
    const cache: FileCache = {
      get: async (url, hash) => kept.get(url + hash) ?? null,
      put: async (url, hash, bytes) => void kept.set(url + hash, bytes),
      delete: async () => 0,
    };
    const first = await openPack(memorySource(files, 'https://packs.test/tiny'), { cache });
    expect(first.cached).toBe(false);
    const onlyJson = new Map([['pack.json', files.get('pack.json')!]]);
    const second = await openPack(memorySource(onlyJson, 'https://packs.test/tiny'), { cache });
    expect(second.cached).toBe(true);
    // damaged in the cache: fetched again
    for (const key of kept.keys()) kept.set(key, new Uint8Array(3));
    expect((await openPack(memorySource(files, 'https://packs.test/tiny'), { cache })).cached).toBe(false);
    const full: FileCache = {
      get: async () => null,
      put: () => Promise.reject(new Error('quota')),
      delete: async () => 0,
    };
    const third = await openPack(memorySource(files), { cache: full });
    expect(third.notices).toHaveLength(1);
    expect(third.notices[0]).toMatch(/room/);
  });
});

/** Files that come in pieces. */
function slowly(from: Files) {
  const fetcher = (async (address: string, { signal }: RequestInit) => {
    const bytes = from.get(address.replace('https://packs.test/tiny/', ''));
    if (!bytes) return new Response('not here', { status: 404 });
    let at = 0;
    const body = new ReadableStream<Uint8Array>({
      async pull(controller) {
        await new Promise((resolve) => setTimeout(resolve, 0));
        if (signal?.aborted) return controller.error(signal.reason);
        if (at >= bytes.length) return controller.close();
        controller.enqueue(bytes.slice(at, (at += 8192)));
      },
    });
    return new Response(body);
  }) as unknown as typeof fetch;
  return fetchSource('https://packs.test/tiny', fetcher);
}

describe('a pack that is wrong says how', () => {
  const cases: [string, () => Promise<Files> | Files, RegExp][] = [
    [
      'an unknown version',
      () => withPack((pack) => void Object.assign(pack, { schema: 7 })),
      /schema version 7/,
    ],
    ['no version', () => withPack(() => ({ hello: 1 })), /schema version/],
    ['not JSON', () => new Map([...files, ['pack.json', new TextEncoder().encode('<html>')]]), /not JSON/],
    ['no pack.json', () => new Map(), /pack\.json .* missing/],
    ['a field that is missing', () => withPack((pack) => void delete (pack as Partial<Pack>).tasks), /tasks/],
    [
      'a field of another kind',
      () => withPack((pack) => void Object.assign(pack.modalities[1], { width: 'wide' })),
      /modalities\.1\.width/,
    ],
    [
      'a path that leaves the pack',
      () => withPack((pack) => void (pack.files[0].path = '../secrets')),
      /files\.0\.path/,
    ],
    [
      'a pairing of nothing',
      () => withPack((pack) => void (pack.pairings[0].b = 'smell')),
      /pairings\.0\.b.*smell/,
    ],
    ['an impossible skew', () => withPack((pack) => void (pack.ssfn[0].d = 9)), /ssfn\.0\.d/],
    ['two files of one path', () => withPack((pack) => void pack.files.push(pack.files[0])), /twice/],
    [
      'a file that is missing',
      () => {
        const some = new Map(files);
        some.delete('probes.safetensors');
        return some;
      },
      /probes\.safetensors .* missing/,
    ],
    [
      'a wrong hash',
      () =>
        new Map([
          ...files,
          ['probes.safetensors', files.get('probes.safetensors')!.map((v, i) => (i === 3000 ? v ^ 1 : v))],
        ]),
      /probes\.safetensors.*SHA-256/,
    ],
    [
      'truncated weights',
      () =>
        new Map([...files, ['heads.none.safetensors', files.get('heads.none.safetensors')!.slice(0, 5000)]]),
      /heads\.none\.safetensors has 5000 bytes/,
    ],
    [
      'a longer file',
      () => new Map([...files, ['probes.safetensors', new Uint8Array(1e6)]]),
      /probes\.safetensors is longer/,
    ],
    [
      'no file for a role',
      () => withPack((pack) => void (pack.files = pack.files.filter((f) => f.role !== 'standardisation'))),
      /standardisation/,
    ],
    [
      'truncated weights with their own hash',
      () =>
        withFile(
          'encoders/video/model.safetensors',
          files.get('encoders/video/model.safetensors')!.slice(0, 9000),
        ),
      /model\.safetensors/,
    ],
  ];
  it.each(cases)('%s', async (_, make, message) => {
    const error = await opening(await make()).catch((e: unknown) => e);
    expect(error).toBeInstanceOf(UserError);
    expect((error as Error).message).toMatch(message);
    expect((error as Error).message).toMatch(/[.]$/);
  });

  it('heads of another shape', async () => {
    const other = await tinyPack({ la: 3, lb: 3 });
    const open = await opening(
      await withFile('heads.none.safetensors', other.get('heads.none.safetensors')!),
    );
    await expect(open.heads('video-audio', 'digit', 'none')).rejects.toThrow(/lb = 3, the pack has 2/);
  });

  it('probes of another shape', async () => {
    const other = await tinyPack({ la: 2, lb: 2 });
    const open = await opening(await withFile('probes.safetensors', other.get('probes.safetensors')!));
    expect(() => open.probes('digit', 'video')).toThrow(/video\.classify.*\[2,32,10\].*\[3,32,10\]/);
  });

  it('an unreachable server, and one that answers everything with its page', async () => {
    const offline = fetchSource('https://packs.test/tiny', () => Promise.reject(new TypeError('failed')));
    await expect(openPack(offline)).rejects.toThrow(/network/);
    const page = fetchSource(
      'https://packs.test/tiny',
      async () => new Response('<html>', { headers: { 'content-type': 'text/html' } }),
    );
    await expect(openPack(page)).rejects.toThrow(/missing/);
    const broken = fetchSource('https://packs.test/tiny', async () => new Response('', { status: 503 }));
    await expect(openPack(broken)).rejects.toThrow(/503/);
  });
});

it('the browser cache keeps, finds and deletes by URL', async () => {
  const entries = new Map<string, Response>();
  const store = {
    match: async (key: string | { url: string }) =>
      entries.get(typeof key === 'string' ? key : key.url)?.clone(),
    put: async (key: string, response: Response) => void entries.set(key, response),
    keys: async () => [...entries.keys()].map((url) => ({ url })),
    delete: async ({ url }: { url: string }) => entries.delete(url),
  };
  const cache = browserCache({ open: async () => store } as unknown as CacheStorage)!;
  await cache.put('https://h.test/models/a/x', 'aa', Uint8Array.of(1, 2, 3));
  await cache.put('https://h.test/models/b/x', 'bb', Uint8Array.of(4));
  expect(await cache.get('https://h.test/models/a/x', 'aa')).toEqual(Uint8Array.of(1, 2, 3));
  expect(await cache.get('https://h.test/models/a/x', 'ab')).toBeNull();
  expect(await cache.delete('https://h.test/models/a/')).toBe(3);
  expect(await cache.get('https://h.test/models/a/x', 'aa')).toBeNull();
  expect(await cache.get('https://h.test/models/b/x', 'bb')).toEqual(Uint8Array.of(4));
  expect(browserCache(undefined)).toBe(globalThis.caches ? expect.anything() : null);
});
