/** Where T tells pairs apart and where it does not, and packs that cannot say what belongs together. */
import { beforeAll, describe, expect, it } from 'vitest';
import { measurePairing } from '../../../src/cli/dependency/measure';
import { createEngine } from '../../../src/engine/client';
import { reportPairs } from '../../../src/engine/dependency/telling';
import type { Engine } from '../../../src/engine/engine';
import type { Given } from '../../../src/engine/protocol';
import type { Session } from '../../../src/engine/session';
import { scorePairs, scorerOf } from '../../../src/fusion/dependency/score';
import type { DependencyFile } from '../../../src/packs/dependency-file';
import { startNode } from '../../../src/runtime/node';
import {
  addDependency,
  changeStates,
  madeDependency,
  tellingStates,
} from '../../fixtures/tiny-pack/dependency';
import { addVariants, madePenalty } from '../../fixtures/tiny-pack/penalty';
import { inProcessWorker } from './in-process';
import { folderlessTinyPack } from './tiny';

const pairing = 'video-audio';
const n = 320;
const stored = (id: string): Given => ({ input: { kind: 'stored', pairing, id }, degradation: {} });
const ask = { pairing, measure: 'kl' as const, a: stored('drawn-0'), b: stored('spoken-0'), seed: 0 };

let engine: Engine;
let session: Session;
let file: DependencyFile;
const open = (url: string) => engine.call('loadPack', { url: `${url}/pack.json` });

beforeAll(async () => {
  await startNode();
  const tiny = await folderlessTinyPack();
  const states = tellingStates(n);
  file = await measurePairing(
    {
      a: { name: 'A', ...states.a },
      b: { name: 'B', ...states.b },
      labels: states.labels,
      idsB: states.idsB,
      paired: 'by-label',
      classes: 4,
    },
    { rounds: 1, epochs: 40, hidden: 24, components: 6 },
  );
  const withStates = (change: Parameters<typeof changeStates>[1], made = madeDependency()) =>
    changeStates(tiny, change).then((files) => addDependency(files, made));
  const nan = tellingStates(60);
  nan.a.states[7] = NaN;
  const worker = inProcessWorker({
    'telling/': await withStates(() => states, file),
    'few/': await withStates(() => tellingStates(49)),
    'one/': await withStates(() => tellingStates(60, { classes: 1 })),
    'constant/': await withStates(() => tellingStates(60, { constant: 1 })),
    'nan/': await withStates(() => nan),
    'layers/': await addDependency(tiny, madeDependency({ la: 2 })),
    'variants/': await addVariants(tiny),
    'other-pairing/': await addVariants(tiny, madePenalty({ pairing: 'other' })),
    'not-a-number/': await addVariants(tiny, { ...madePenalty(), n: NaN }),
    'plain/': tiny,
  });
  session = worker.session;
  engine = createEngine(() => worker);
  await engine.start('wasm');
}, 240_000);

describe('T trained on states whose last layers tell the class', () => {
  beforeAll(() => open('telling'));

  it('tells there, and nowhere that holds noise', async () => {
    const last = await engine.call('explain', { ...ask, pair: { i: 3, j: 3 } });
    expect(last.telling.tells).toBe(true);
    expect(last.telling.area).toBeGreaterThan(0.8);
    expect(last.telling.p).toBeLessThan(0.01);
    const first = await engine.call('explain', { ...ask, pair: { i: 1, j: 1 } });
    expect(first.telling.tells).toBe(false);
    expect(first.telling.area).toBeLessThan(0.7);
  });

  it('counts each sample once: its own partner against another of another class', async () => {
    const { telling } = await engine.call('explain', { ...ask, pair: { i: 3, j: 3 } });
    const opened = await session.pack();
    const pairs = reportPairs(opened, pairing, file, await opened.sampleStates(pairing));
    const scorer = scorerOf(file.critics.kl, [2, 2]);
    const { matched, mismatched, partners } = await scorePairs(scorer, pairs.a, pairs.b, {
      rounds: 1,
      seed: 0,
    });
    scorer.dispose();
    let [above, all] = [0, 0];
    for (const own of matched)
      mismatched.forEach((other, s) => {
        if (pairs.labels[partners[0][s]] === pairs.labels[s]) return;
        all++;
        above += own > other ? 1 : own === other ? 0.5 : 0;
      });
    // T is kept in F16 in the pack
    expect(telling.area).toBeCloseTo(above / all, 2);
  });

  it('is offered where it tells, best first, and for each measure once', async () => {
    const done: number[] = [];
    const found = await engine.call(
      'telling',
      { pairing, seed: 0 },
      { onProgress: (p) => done.push(p.done) },
    );
    expect(found.looks).toBe(27);
    expect(done).toEqual(Array.from({ length: 27 }, (_, at) => at + 1));
    expect(found.places.length).toBeGreaterThan(0);
    expect(new Set(found.places.map(({ measure }) => measure)).size).toBe(found.places.length);
    for (const { pair, area } of found.places) {
      expect(pair).toEqual({ i: 3, j: 3 });
      expect(area).toBeGreaterThan(0.8);
    }
    const areas = found.places.map(({ area }) => area);
    expect(areas).toEqual([...areas].sort((x, y) => y - x));
  });

  it('says how like the evaluation samples each side is, and draws nothing of a stored one', async () => {
    const found = await engine.call('explain', { ...ask, pair: { i: 3, j: 3 } });
    for (const side of [found.a, found.b]) {
      expect(side.drawn).toBeNull();
      // one of them: itself, and its four nearest, so nearer than any is to five others
      expect(side.likeness.distance).toBeLessThan(side.likeness.furthest);
      expect(side.likeness.distance).toBeGreaterThan(0);
    }
  });
});

describe('packs that cannot say what belongs together', () => {
  it.each([
    ['few', 'This pack keeps 49 evaluation pairs, and at least 50 are needed'],
    ['one', 'All evaluation pairs of this pack are of one class'],
    ['constant', 'Layer 2 of Spoken is the same for every evaluation sample'],
    ['nan', 'The file sample-states cannot be used: a is missing or wrong'],
    ['layers', 'dependency file is for 2 × 3 layers, and its encoders have 3 × 3'],
    ['plain', 'ships no statistical network'],
  ])('%s: a sentence', async (url, message) => {
    await open(url);
    await expect(engine.call('explain', { ...ask, pair: { i: 2, j: 2 } })).rejects.toMatchObject({
      code: 'user',
      message: expect.stringContaining(message),
    });
  });
  it('one side dropped: a sentence', async () => {
    await open('telling');
    const b: Given = { ...ask.b, degradation: { dropped: 'means' } };
    await expect(engine.call('explain', { ...ask, b, pair: { i: 2, j: 2 } })).rejects.toMatchObject({
      code: 'user',
      message: expect.stringContaining('drop neither'),
    });
  });
  it('a constant layer leaves the other pairs of layers alone', async () => {
    await open('constant');
    const { placed } = await engine.call('explain', { ...ask, pair: { i: 1, j: 1 } });
    expect(Number.isFinite(placed.score)).toBe(true);
  });
  it('a dependency file of other layers is no matrix', async () => {
    await open('layers');
    await expect(engine.call('alignments', { pairing })).rejects.toMatchObject({ code: 'user' });
  });
});

describe('what the penalties brought', () => {
  it('comes with its bytes counted, of the pairing asked for', async () => {
    await open('variants');
    const seen: number[] = [];
    const found = await engine.call('penalty', { pairing }, { onProgress: ({ done }) => seen.push(done) });
    expect(seen.at(-1)).toBeGreaterThan(0);
    expect(found.rows).toEqual(JSON.parse(JSON.stringify(madePenalty().rows)));
  });
  it.each([
    ['other-pairing', 'says nothing of this pairing'],
    ['not-a-number', 'n is missing or wrong'],
    ['plain', 'lists no file for its dependency-evaluation'],
  ])('%s: a sentence', async (url, message) => {
    await open(url);
    await expect(engine.call('penalty', { pairing })).rejects.toMatchObject({
      code: 'user',
      message: expect.stringContaining(message),
    });
  });
  it('fetches the heads of a variant, which then are there', async () => {
    await open('variants');
    const scope = { pairing, task: 'digit', variant: 'kl' };
    const seen: { done: number; total: number }[] = [];
    await engine.call('variant', scope, { onProgress: (p) => seen.push(p) });
    expect(seen.at(-1)!.done).toBe(seen.at(-1)!.total);
    const again: unknown[] = [];
    await engine.call('variant', scope, { onProgress: (p) => again.push(p) });
    expect(again).toHaveLength(0);
    await expect(engine.call('variant', { ...scope, variant: 'no-such' })).rejects.toMatchObject({
      code: 'user',
    });
  });
});
