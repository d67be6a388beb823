/** Alignment matrices and the statistical network of the tiny pack, through client and dispatcher. */
import { beforeAll, describe, expect, it } from 'vitest';
import { createEngine } from '../../../src/engine/client';
import type { Engine } from '../../../src/engine/engine';
import type { GivenInput } from '../../../src/engine/protocol';
import type { Session } from '../../../src/engine/session';
import { percentile } from '../../../src/fusion/dependency/explain';
import { partInHalves } from '../../../src/fusion/dependency/views';
import { toFloat32, readSafetensors } from '../../../src/runtime/safetensors';
import { addDependency, madeDependency } from '../../fixtures/tiny-pack/dependency';
import { inProcessWorker } from './in-process';
import { folderlessTinyPack } from './tiny';

const url = 'packs/asking/';
const plain = 'packs/plain/';
const pairing = 'video-audio';
const made = madeDependency();
const a: GivenInput = {
  input: {
    kind: 'drawing',
    drawing: {
      strokes: [Array.from({ length: 30 }, (_, t) => ({ x: t, y: 10 * Math.sin(t / 4), t: 15 * t }))],
    },
  },
  degradation: {},
};
const b: GivenInput = {
  input: {
    kind: 'audio',
    sampleRate: 16000,
    samples: Float32Array.from({ length: 12000 }, (_, t) => 0.3 * Math.sin((2 * Math.PI * 200 * t) / 16000)),
  },
  degradation: {},
};
const question = { pairing, measure: 'kl' as const, pair: { i: 2, j: 3 }, a, b, seed: 0 };

let engine: Engine;
let session: Session;
let files: Map<string, Uint8Array<ArrayBuffer>>;
beforeAll(async () => {
  const tiny = await folderlessTinyPack();
  files = await addDependency(tiny, made);
  const worker = inProcessWorker({ [url]: files, [plain]: tiny });
  session = worker.session;
  engine = createEngine(() => worker);
  await engine.start('cpu');
  await engine.call('loadPack', { url: `${url}pack.json` });
});

/** T as its definition has it, number by number: tanh-limited wᵀ|Vx + c| + b of the reduced states. */
function scoreByHand(stateA: Float32Array, stateB: Float32Array, [i, j]: [number, number]): number {
  const { tensors } = readSafetensors(files.get(`dependency.${pairing}.safetensors`)!, 'made');
  const of = (name: string) => toFloat32(tensors.get(name)!);
  const reduced = [
    { side: 'a', state: stateA, layer: i },
    { side: 'b', state: stateB, layer: j },
  ].flatMap(({ side, state, layer }) => {
    const [mean, axes] = [of(`kl.${side}.mean`), of(`kl.${side}.axes`)];
    return Array.from({ length: 6 }, (_, k) =>
      state.reduce(
        (sum, value, c) => sum + (value - mean[layer * 32 + c]) * axes[(layer * 6 + k) * 32 + c],
        0,
      ),
    );
  });
  const cell = i * 3 + j;
  const [mix, bias, out, end] = ['mix', 'mixBias', 'out', 'outBias'].map((name) => of(`kl.critic.${name}`));
  let t = end[cell];
  for (let h = 0; h < 8; h++) {
    const sum = reduced.reduce(
      (total, value, k) => total + value * mix[(cell * 12 + k) * 8 + h],
      bias[cell * 8 + h],
    );
    t += Math.abs(sum) * out[cell * 8 + h];
  }
  return 10 * Math.tanh(t / 10);
}

describe('alignments', () => {
  it('come with what chance gives in each cell', async () => {
    const found = await engine.call('alignments', { pairing });
    expect(found).toMatchObject({ la: 3, lb: 3, pairs: 60, rounds: 4 });
    expect(found.ceiling).toBeCloseTo(Math.log(10), 12);
    const { values, chance } = found.metrics.wasserstein!;
    expect(values).toEqual(made.metrics.wasserstein.values);
    const nulls = [0, 1, 2, 3].map((round) => made.metrics.wasserstein.nulls[round * 9 + 5]);
    expect(chance!.mean[5]).toBeCloseTo((nulls[0] + nulls[1] + nulls[2] + nulls[3]) / 4, 6);
    expect(chance!.largest[5]).toBeCloseTo(Math.max(...nulls), 6);
    const mean = chance!.mean[5];
    const spread = Math.sqrt(nulls.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (nulls.length - 1));
    expect(chance!.deviation[5]).toBeCloseTo(spread, 5);
    expect(chance!.beaten[5]).toBe(
      nulls.filter((value) => made.metrics.wasserstein.values[5] > value).length,
    );
  });
});

describe('do these two belong together?', () => {
  it('scores the sample as the definition does, and places it among pairs that T did not learn from', async () => {
    const stages: string[] = [];
    const found = await engine.call('explain', question, { onProgress: ({ stage }) => stages.push(stage) });
    expect(stages).toEqual(['statistical networks', 'evaluation pairs', 'gradients of A', 'gradients of B']);

    const opened = await session.pack();
    const signal = new AbortController().signal;
    const row = (values: Float32Array, layer: number) => values.slice(32 * (layer - 1), 32 * layer);
    const own = [
      await opened.modality('video').states(a, signal),
      await opened.modality('audio').states(b, signal),
    ];
    const { score, matched, mismatched } = found.placed;
    expect(score).toBeCloseTo(scoreByHand(row(own[0].values, 2), row(own[1].values, 3), [1, 2]), 3);
    expect(matched).toBeCloseTo(percentile(score, found.matched), 6);
    expect(mismatched).toBeCloseTo(percentile(score, found.mismatched), 6);

    const states = await opened.sampleStates(pairing);
    const { report } = partInHalves(60, made.seed, states.idsB);
    expect(found.matched).toHaveLength(report.length);
    const layer = (side: typeof states.a, s: number, at: number) =>
      side.states.slice((s * 3 + at) * 32, (s * 3 + at + 1) * 32);
    expect(found.matched[0]).toBeCloseTo(
      scoreByHand(layer(states.a, report[0], 1), layer(states.b, report[0], 2), [1, 2]),
      3,
    );
    // partners of the same class are no mismatch
    expect(found.otherClasses).toBe(true);
    expect(found.mismatched.length).toBeLessThan(4 * report.length);

    const sorted = [...found.matched].sort((x, y) => y - x);
    expect(found.highest.map((pair) => pair.score)).toEqual(sorted.slice(0, 5));
    const [best] = found.highest;
    const s = states.idsA.indexOf(best.idA);
    expect(best).toMatchObject({ idB: states.idsB[s], label: states.labels[s] });
    expect([...report]).toContain(s);
  });

  it('draws what carries it over both inputs, and leaves nothing behind', async () => {
    await engine.call('explain', question);
    const before = await engine.call('memory', {});
    const found = await engine.call('explain', question);
    expect(await engine.call('memory', {})).toEqual(before);
    const [drawnA, drawnB] = [found.a.drawn!, found.b.drawn!];
    expect(drawnA.map.kind).toBe('frames');
    expect(drawnA.map.values).toHaveLength(8 * 36 * 36);
    expect(drawnB.map.kind).toBe('logmel');
    expect(drawnB.map.values).toHaveLength(96 * 64);
    for (const { map } of [drawnA, drawnB]) {
      expect(map.values.every(Number.isFinite)).toBe(true);
      expect(map.values.some((value) => value !== 0)).toBe(true);
    }
    // gradient × input is nothing where there is no ink
    const { seen } = drawnA;
    if (seen.kind !== 'frames') throw new Error('no frames');
    const plane = 36 * 36;
    drawnA.map.values.forEach((value, at) => {
      const [frame, p] = [Math.floor(at / plane), at % plane];
      const ink = [0, 1, 2].some((c) => seen.frames[(frame * seen.channels + c) * plane + p] !== 0);
      if (!ink) expect(value === 0).toBe(true);
    });
  });

  it('says in one sentence what is missing', async () => {
    for (const given of [
      { input: null, degradation: {} },
      { ...b, degradation: { dropped: 'means' as const } },
    ])
      await expect(engine.call('explain', { ...question, b: given })).rejects.toMatchObject({
        code: 'user',
        message: expect.stringContaining('give both A and B'),
      });
  });

  it('stops when it is no longer wanted', async () => {
    const stop = new AbortController();
    const asked = engine.call('explain', question, { signal: stop.signal, onProgress: () => stop.abort() });
    await expect(asked).rejects.toMatchObject({ code: 'aborted' });
  });
});

it('without a dependency file there are CKA and mutual neighbours, no chance, and no answer', async () => {
  await engine.call('loadPack', { url: `${plain}pack.json` });
  const found = await engine.call('alignments', { pairing });
  expect(Object.keys(found.metrics)).toEqual(['cka', 'mutual-knn']);
  expect(found.rounds).toBe(0);
  expect(found.metrics.cka!.chance).toBeNull();
  const { values } = await engine.call('similarity', { pairing, measure: 'cka' });
  expect(found.metrics.cka!.values).toEqual(values);
  await expect(engine.call('explain', question)).rejects.toMatchObject({
    code: 'user',
    message: expect.stringContaining('no statistical network'),
  });
});
