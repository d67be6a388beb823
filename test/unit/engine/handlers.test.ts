/** All operations over the tiny pack of random weights, through client and dispatcher, on plain JavaScript. */
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { createEngine } from '../../../src/engine/client';
import type { Engine } from '../../../src/engine/engine';
import type { Session } from '../../../src/engine/session';
import { countModels } from '../../../src/engine/evaluation';
import type { GivenInput, RequestOf } from '../../../src/engine/protocol';
import { Bootstrap } from '../../../src/math/bootstrap';
import { headIndex, headSpecs } from '../../../src/math/skew';
import { runHeads } from '../../../src/fusion/head';
import { members, toTensors } from '../../../src/fusion/parameters';
import * as tf from '../../../src/runtime/tf';
import { folderlessTinyPack } from './tiny';
import { inProcessWorker } from './in-process';

const url = 'packs/tiny/';
const scope = { pairing: 'video-audio', task: 'digit', variant: 'none' };
const stroke = (wobble = 0) => [
  Array.from({ length: 30 }, (_, t) => ({ x: t, y: 10 * Math.sin(t / 4 + wobble), t: 15 * t })),
];
const drawn = (degradation: GivenInput['degradation'] = {}, wobble = 0): GivenInput => ({
  input: { kind: 'drawing', drawing: { strokes: stroke(wobble) } },
  degradation,
});
const spoken = (degradation: GivenInput['degradation'] = {}, pitch = 200): GivenInput => ({
  input: {
    kind: 'audio',
    sampleRate: 16000,
    samples: Float32Array.from({ length: 12000 }, (_, t) =>
      t < 2000 || t > 10000 ? 0 : 0.3 * Math.sin((2 * Math.PI * pitch * t) / 16000),
    ),
  },
  degradation,
});
const nothing: GivenInput = { input: null, degradation: {} };

let engine: Engine;
let session: Session;
const predict = (a: GivenInput, b: GivenInput) => engine.call('predict', { ...scope, a, b });

beforeAll(async () => {
  const worker = inProcessWorker({ [url]: await folderlessTinyPack() });
  session = worker.session;
  engine = createEngine(() => worker);
  await engine.start('cpu');
  await engine.call('loadPack', { url: `${url}pack.json` });
});

describe('loading', () => {
  it('reports bytes that only grow, to a total that does not change and is reached', async () => {
    const seen: { loaded: number; total: number }[] = [];
    const { bytes } = await engine.call('loadPack', { url }, { onProgress: (p) => seen.push(p) });
    expect(new Set(seen.map(({ total }) => total))).toEqual(new Set([bytes]));
    for (const [i, { loaded }] of seen.entries())
      expect(loaded).toBeGreaterThanOrEqual(seen[i - 1]?.loaded ?? 0);
    expect(seen.at(-1)!.loaded).toBe(bytes);
  });
  it('keeps the open pack when another one fails', async () => {
    await expect(engine.call('loadPack', { url: 'packs/none/' })).rejects.toMatchObject({
      code: 'user',
      message: expect.stringContaining('pack.json'),
    });
    expect((await predict(drawn(), spoken())).outputs.heads).toHaveLength(headSpecs(3, 3).length * 10);
  });
});

describe('predict', () => {
  it('gives distributions for every probe and head', async () => {
    const { outputs, seenA, seenB } = await predict(drawn(), spoken());
    for (const table of [outputs.probesA, outputs.probesB, outputs.heads])
      for (let r = 0; r < table.length; r += 10) {
        const row = table.subarray(r, r + 10);
        expect(row.reduce((sum, p) => sum + p, 0)).toBeCloseTo(1, 4);
        expect(Math.min(...row)).toBeGreaterThanOrEqual(0);
      }
    expect(seenA).toMatchObject({ kind: 'frames', count: 8, size: 36 });
    expect(seenB).toMatchObject({ kind: 'logmel', frames: 96, bins: 64, seconds: 0.75 });
  });
  it('is the same however much ran before', async () => {
    const first = await predict(drawn(), spoken());
    await predict(drawn({ keep: 0.4 }, 1), spoken({ snrDb: 0 }, 400));
    const again = await predict(drawn(), spoken());
    expect(again.outputs.heads).toEqual(first.outputs.heads);
  });
  it('runs only the encoder whose input changed', async () => {
    await predict(drawn({}, 2), spoken({}, 310));
    const onlyA = (await predict(drawn({}, 3), spoken({}, 310))).outputs.timing;
    expect(onlyA.a).toBeGreaterThan(0);
    expect(onlyA.b).toBe(0);
    const onlyB = (await predict(drawn({}, 3), spoken({ snrDb: 3 }, 310))).outputs.timing;
    expect(onlyB.a).toBe(0);
    expect(onlyB.b).toBeGreaterThan(0);
  });
  it('puts the training means in place of a dropped modality, and its input then means nothing', async () => {
    const dropped = await predict(drawn({ dropped: 'means' }), spoken());
    const other = await predict(drawn({ dropped: 'means' }, 1), spoken());
    const none = await predict(nothing, spoken());
    expect(other.outputs.heads).toEqual(dropped.outputs.heads);
    expect(none.outputs.heads).toEqual(dropped.outputs.heads);
    expect(dropped.seenA).toBeNull();
    // Standardised training means are zero: the probe's answer is the softmax of its bias alone, which is zero here.
    for (const p of dropped.outputs.probesA) expect(p).toBeCloseTo(0.1, 5);
  });
  it('puts seeded noise there on request', async () => {
    const one = await predict(drawn({ dropped: 'noise', seed: 1 }), spoken());
    const same = await predict(drawn({ dropped: 'noise', seed: 1 }), spoken());
    const two = await predict(drawn({ dropped: 'noise', seed: 2 }), spoken());
    expect(same.outputs.heads).toEqual(one.outputs.heads);
    expect(two.outputs.heads).not.toEqual(one.outputs.heads);
  });
  it('gives each head what it gives when it is run alone', async () => {
    const { outputs } = await predict(drawn(), spoken());
    const opened = await session.pack();
    const { a, b } = opened.last!;
    const weights = await opened.files.heads('video-audio', 'digit', 'none');
    const layer = (states: Float32Array, at: number) =>
      tf.tensor(states.slice(32 * (at - 1), 32 * at), [1, 1, 32]);
    const pairHeads = weights.groups[0].parameters;
    for (const [h, { pairs }] of headSpecs(3, 3).slice(0, 9).entries()) {
      const logits = runHeads(
        toTensors(members(pairHeads, h, h + 1)),
        layer(a, pairs[0].i),
        layer(b, pairs[0].j),
        weights.shape,
      ).logits;
      const alone = tf.softmax(logits).dataSync();
      alone.forEach((p, c) => expect(outputs.heads[10 * h + c]).toBeCloseTo(p, 5));
    }
  });
  it('names the side of an input that cannot be used', async () => {
    const silence: GivenInput = {
      input: { kind: 'audio', samples: new Float32Array(16000), sampleRate: 16000 },
      degradation: {},
    };
    const blank: GivenInput = { input: { kind: 'drawing', drawing: { strokes: [] } }, degradation: {} };
    await expect(predict(drawn(), silence)).rejects.toMatchObject({
      code: 'user',
      subject: 'b',
      message: expect.stringContaining('silent'),
    });
    await expect(predict(blank, spoken())).rejects.toMatchObject({ code: 'user', subject: 'a' });
    await expect(predict(spoken(), spoken())).rejects.toMatchObject({ code: 'user', subject: 'a' });
  });
  it('leaks no tensor over many samples, degradations, drops and refusals', async () => {
    await predict(drawn(), spoken());
    await engine.call('projection', { ...scope, space: { side: 'fused', head: 1 }, method: 'pca', seed: 0 });
    const before = await engine.call('memory', {});
    for (let s = 0; s < 12; s++) {
      await predict(drawn({ keep: 0.3 + s / 20 }, s), spoken({ snrDb: s }, 200 + 10 * s));
      await predict(drawn({ dropped: 'noise' }), spoken());
      await predict(nothing, nothing);
      await predict(drawn(), { input: { kind: 'text', text: '' }, degradation: {} }).catch(() => undefined);
      const space = { side: 'fused' as const, head: s };
      await engine.call('projection', { ...scope, space, method: 'pca', seed: 0 });
    }
    expect((await engine.call('memory', {})).tensors).toBe(before.tensors);
  }, 120_000);
  it('leaves nothing of a pack behind when it is opened again', async () => {
    await engine.call('loadPack', { url });
    await predict(drawn(), spoken());
    const before = await engine.call('memory', {});
    await engine.call('loadPack', { url });
    await predict(drawn(), spoken());
    expect((await engine.call('memory', {})).tensors).toBe(before.tensors);
  });
});

const evaluation = { ...scope, condition: 'standard', metric: 'accuracy', resamples: 200, seed: 3 } as const;

describe('evaluation', () => {
  it('bootstraps the pair heads on validation, streams, and hands out K each time', async () => {
    const seen: number[] = [];
    const body: RequestOf<'bootstrap'> = { ...evaluation, k: 3 };
    const done = await engine.call('bootstrap', body, { onProgress: (p) => seen.push(p.done) });
    expect(seen).toEqual([50, 100, 150, 200]);
    expect(done.frequency.reduce((sum, f) => sum + f, 0)).toBeCloseTo(3, 4);
    expect((await engine.call('bootstrap', body)).frequency).toEqual(done.frequency);
  });
  it('stops a bootstrap that is aborted', async () => {
    const abort = new AbortController();
    const seen: number[] = [];
    const asked = engine.call(
      'bootstrap',
      { ...evaluation, k: 3, resamples: 1_000_000 },
      {
        signal: abort.signal,
        onProgress: (p) => {
          seen.push(p.done);
          abort.abort();
        },
      },
    );
    await expect(asked).rejects.toMatchObject({ code: 'aborted' });
    expect(seen).toHaveLength(1);
  });
  it('gives every model of the test record its accuracy and an interval around it', async () => {
    const record = await engine.call('record', { ...scope, condition: 'standard', split: 'test' });
    const models = countModels(record);
    const late = models.probes + headIndex({ d: 0, k: 1 }, 3, 3);
    const { value, lo, hi, differences, gain, overLate, bestProbes } = await engine.call('intervals', {
      ...evaluation,
      split: 'test',
      differences: [[models.probes, late]],
    });
    const n = record.labels.length;
    for (let m = 0; m < models.all; m++) {
      let right = 0;
      for (let s = 0; s < n; s++) if (record.predicted[m * n + s] === record.labels[s]) right++;
      expect(value[m]).toBeCloseTo(right / n, 6);
      expect(lo[m]).toBeLessThanOrEqual(value[m] + 1e-6);
      expect(hi[m]).toBeGreaterThanOrEqual(value[m] - 1e-6);
    }
    expect(differences[0].value).toBeCloseTo(value[models.probes] - value[late], 6);
    expect(overLate!.value[0]).toBeCloseTo(differences[0].value, 6);
    expect(overLate!.lo[0]).toBeCloseTo(differences[0].lo, 6);
    const best = bestProbes.better === 'a' ? bestProbes.a - 1 : 3 + bestProbes.b - 1;
    expect(gain!.value[2]).toBeCloseTo(value[models.probes + 2] - value[best], 6);
  });
  it('chooses the best probes on validation', async () => {
    const record = await engine.call('record', { ...scope, condition: 'standard', split: 'validation' });
    const n = record.labels.length;
    const right = (m: number) =>
      [...record.labels].filter((label, s) => record.predicted[m * n + s] === label).length;
    const { bestProbes } = await engine.call('intervals', {
      ...evaluation,
      split: 'test',
      differences: [],
      onlyDifferences: true,
    });
    for (let layer = 1; layer <= 3; layer++) {
      expect(right(bestProbes.a - 1)).toBeGreaterThanOrEqual(right(layer - 1));
      expect(right(3 + bestProbes.b - 1)).toBeGreaterThanOrEqual(right(3 + layer - 1));
    }
  });
  it('of one pair head, the ensemble is that head', async () => {
    const record = await engine.call('record', { ...scope, condition: 'standard', split: 'test' });
    const models = countModels(record);
    const value = new Bootstrap(
      {
        models: models.all,
        classes: 10,
        labels: record.labels,
        units: record.units,
        predicted: record.predicted,
      },
      'accuracy',
      0,
    ).value;
    const one = await engine.call('ensemble', { ...evaluation, pairs: [{ i: 2, j: 3 }] });
    expect(one.value).toBeCloseTo(value[models.probes + 5], 6);
    expect(one.lo).toBeLessThanOrEqual(one.value);
  });
  it('says that the ensemble is not known where the pack keeps no probabilities', async () => {
    await expect(
      engine.call('ensemble', { ...evaluation, condition: 'clean', pairs: [{ i: 1, j: 1 }] }),
    ).rejects.toMatchObject({ code: 'user' });
  });
  it('lets a prediction go first while it runs', async () => {
    const order: string[] = [];
    const abort = new AbortController();
    const long = engine
      .call('bootstrap', { ...evaluation, k: 3, resamples: 100_000 }, { signal: abort.signal })
      .then(() => order.push('bootstrap'))
      .catch(() => undefined);
    await predict(drawn({}, 9), spoken({}, 777)).then(() => order.push('predict'));
    expect(order).toEqual(['predict']);
    abort.abort();
    await long;
  });
});

describe('similarity and projection', () => {
  it('compares every layer of A with every layer of B', async () => {
    const { values, n } = await engine.call('similarity', { pairing: 'video-audio', measure: 'cka' });
    expect(values).toHaveLength(9);
    expect(n).toBe(60);
    // Unrelated random states: debiased CKA is near zero.
    for (const v of values) expect(Math.abs(v)).toBeLessThan(0.2);
    const mutual = await engine.call('similarity', { pairing: 'video-audio', measure: 'mutual-knn' });
    for (const v of mutual.values) expect(v).toBeGreaterThanOrEqual(0);
  });
  it('maps the evaluation samples and the person’s own', async () => {
    await predict(drawn(), spoken());
    for (const space of [
      { side: 'a', layer: 2 },
      { side: 'b', layer: 3 },
      { side: 'fused', head: 4 },
    ] as const) {
      const map = await engine.call('projection', { ...scope, space, method: 'pca', seed: 0 });
      expect(map.points).toHaveLength(120);
      expect(Math.max(...map.points.map(Math.abs))).toBeCloseTo(1, 5);
      expect(map.sample!.every(Number.isFinite)).toBe(true);
      expect(map.explained![0]).toBeGreaterThanOrEqual(map.explained![1]);
    }
  });
  it('has no place for a side that was not given', async () => {
    await predict(nothing, spoken());
    const at = (space: RequestOf<'projection'>['space']) =>
      engine.call('projection', { ...scope, space, method: 'pca', seed: 0 });
    expect((await at({ side: 'a', layer: 1 })).sample).toBeNull();
    expect((await at({ side: 'b', layer: 1 })).sample).not.toBeNull();
  });
  it('runs UMAP by seed, with progress, in the background', async () => {
    const seen = vi.fn();
    const body = { ...scope, space: { side: 'a', layer: 1 }, method: 'umap', seed: 5 } as const;
    const map = await engine.call('projection', body, { onProgress: seen });
    expect(seen).toHaveBeenCalled();
    expect(map.points.every(Number.isFinite)).toBe(true);
    await engine.call('loadPack', { url });
    expect((await engine.call('projection', body)).points).toEqual(map.points);
  }, 60_000);
});
