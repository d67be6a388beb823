import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { UserError } from '../../../src/math/errors';
import { parsePack } from '../../../src/packs/parse';
import { decodePairLogs, decodeRecord } from '../../../src/packs/record';
import { decodeSampleStates } from '../../../src/packs/sample-states';
import { readHeads, readProbes, readStandardisation } from '../../../src/packs/weights';
import { tinyPack } from '../../fixtures/tiny-pack/tiny-pack';

let files: Map<string, Uint8Array<ArrayBuffer>>;
beforeAll(async () => {
  files = await tinyPack({ la: 2, lb: 2, samples: 6 });
});

/** Passes, or fails with a sentence for the person; anything else is a fault. */
function isCivil(run: () => unknown): void {
  try {
    run();
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    expect(error.message).toMatch(/[.]$/);
  }
}

type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
/** The same value with one part of it, chosen by `path`, replaced or taken away. */
function damage(value: Json, path: number[], put: Json | undefined): Json | undefined {
  if (path.length === 0 || typeof value !== 'object' || value === null) return put;
  const keys = Object.keys(value);
  if (keys.length === 0) return put;
  const key = keys[path[0] % keys.length];
  const copy = structuredClone(value) as Record<string, Json>;
  const inside = damage(copy[key], path.slice(1), put);
  if (inside === undefined) delete copy[key];
  else copy[key] = inside;
  return copy;
}

describe('fuzzing', () => {
  it('pack.json: any JSON', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => isCivil(() => parsePack(JSON.stringify(value), 'here'))),
    );
    fc.assert(fc.property(fc.string(), (text) => isCivil(() => parsePack(text, 'here'))));
  });

  it('pack.json: a real one with something replaced', () => {
    const real = JSON.parse(new TextDecoder().decode(files.get('pack.json'))) as Json;
    fc.assert(
      fc.property(
        fc.array(fc.nat(20), { minLength: 1, maxLength: 4 }),
        fc.option(fc.jsonValue(), { nil: undefined }),
        (path, put) =>
          isCivil(() => parsePack(JSON.stringify(damage(real, path, put as Json | undefined)) ?? '', 'here')),
      ),
      { numRuns: 500 },
    );
  });

  const readers: [string, string, (bytes: Uint8Array) => unknown][] = [
    ['record', 'record.standard.test.safetensors', (bytes) => decodeRecord(bytes, 'f')],
    ['sample states', 'samples.standard.safetensors', (bytes) => decodeSampleStates(bytes, 'f')],
    [
      'standardisation',
      'standardisation.safetensors',
      (bytes) => readStandardisation(bytes, { id: 'video', layers: 2, width: 32 }, 'f'),
    ],
    [
      'probes',
      'probes.safetensors',
      (bytes) => readProbes(bytes, { id: 'video', layers: 2, width: 32 }, 10, 'f'),
    ],
    [
      'heads',
      'heads.none.safetensors',
      (bytes) => readHeads(bytes, { la: 2, lb: 2, widthA: 32, widthB: 32, classes: 10 }, 'f'),
    ],
  ];
  it.each(readers)('%s: bytes changed, cut off or made up', (_, path, read) => {
    const real = files.get(path)!;
    expect(() => read(real)).not.toThrow();
    // most of the sense is at the start: the header
    const place = fc.oneof(fc.nat(Math.min(real.length, 3000) - 1), fc.nat(real.length - 1));
    fc.assert(
      fc.property(fc.array(fc.tuple(place, fc.nat(255)), { minLength: 1, maxLength: 8 }), (changes) => {
        const bytes = real.slice();
        for (const [at, value] of changes) bytes[at] = value;
        isCivil(() => read(bytes));
      }),
      { numRuns: 300 },
    );
    fc.assert(fc.property(fc.nat(real.length), (length) => isCivil(() => read(real.slice(0, length)))));
    fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => isCivil(() => read(bytes))));
  });

  it('pair logs of another record', () => {
    const record = decodeRecord(files.get('record.standard.test.safetensors')!, 'f');
    const logs = files.get('pairs.standard.test.safetensors')!;
    expect(decodePairLogs(logs, record, 'f').length).toBe(4 * 6 * 10);
    expect(() => decodePairLogs(logs, { ...record, classes: 9 }, 'f')).toThrow(/pairLogs/);
  });
});
