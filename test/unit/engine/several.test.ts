/** A pack with several pairings, modalities that nobody can give, and a group of three, through client and dispatcher. */
import { beforeAll, describe, expect, it } from 'vitest';
import { createEngine } from '../../../src/engine/client';
import type { Engine } from '../../../src/engine/engine';
import type { Given } from '../../../src/engine/protocol';
import { runJoint } from '../../../src/fusion/joint';
import { toTensors } from '../../../src/fusion/parameters';
import { headSpecs } from '../../../src/math/skew';
import { readJoint } from '../../../src/packs/joint-file';
import * as tf from '../../../src/runtime/tf';
import { jointShape, severalPack, severalStates, togetherLayers } from '../../fixtures/tiny-pack/several';
import { width } from '../../fixtures/tiny-pack/tiny-pack';
import { inProcessWorker } from './in-process';

const url = 'packs/several/';
const scope = { task: 'digit', variant: 'none' };
const text: Given = { input: { kind: 'text', text: 'un chat noir' }, degradation: {} };
const dropped: Given = { input: null, degradation: { dropped: 'means' } };
const stored = (pairing: string, row: number): Given => ({
  input: { kind: 'stored', pairing, id: `sample-${row}` },
  degradation: {},
});

let engine: Engine;
let files: Map<string, Uint8Array<ArrayBuffer>>;
const states = severalStates();
/** [width] of a sample's layer, from 1. */
const layer = (id: keyof typeof states, layers: number, row: number, at: number) =>
  states[id].slice((row * layers + at - 1) * width, (row * layers + at) * width);

beforeAll(async () => {
  files = await severalPack();
  const worker = inProcessWorker({ [url]: files });
  engine = createEngine(() => worker);
  await engine.start('cpu');
  await engine.call('loadPack', { url: `${url}pack.json` });
});

const predict = (pairing: string, a: Given, b: Given, others?: Record<string, Given>) =>
  engine.call('predict', { ...scope, pairing, a, b, others });

describe('several pairings', () => {
  it('fetches the heads of another pairing when they are asked for, and says how far', async () => {
    const seen: { loaded?: number; total?: number }[] = [];
    const { outputs } = await engine.call(
      'predict',
      { ...scope, pairing: 'text-video', a: text, b: dropped },
      { onProgress: (p) => seen.push(p) },
    );
    const bytes = files.get('text-video.heads.none.safetensors')!.length;
    const counted = seen.filter(({ total }) => total !== undefined);
    expect(counted.at(-1)).toMatchObject({ loaded: bytes, total: bytes });
    expect(outputs.heads).toHaveLength(headSpecs(3, 3).length * 10);
    // they are there now
    const again: typeof seen = [];
    await engine.call(
      'predict',
      { ...scope, pairing: 'text-video', a: text, b: dropped },
      { onProgress: (p) => again.push(p) },
    );
    expect(again.filter(({ total }) => total !== undefined)).toEqual([]);
  });
  it('predicts from a sentence alone: the probes of what is missing say what their biases say', async () => {
    const { outputs } = await predict('text-audio', text, dropped);
    for (const p of outputs.probesB) expect(p).toBeCloseTo(0.1, 5);
    expect([...outputs.probesA].some((p) => Math.abs(p - 0.1) > 0.01)).toBe(true);
  });
  it('takes the stored states of an evaluation sample', async () => {
    const one = await predict('video-audio', stored('text-video', 3), stored('text-audio', 3));
    const same = await predict('video-audio', stored('video-audio', 3), stored('video-audio', 3));
    expect(one.outputs.heads).toEqual(same.outputs.heads);
    const other = await predict('video-audio', stored('video-audio', 4), stored('video-audio', 3));
    expect(other.outputs.heads).not.toEqual(same.outputs.heads);
    expect(one).toMatchObject({ seenA: null, seenB: null });
    const gone = await predict(
      'video-audio',
      { ...stored('video-audio', 3), degradation: { dropped: 'means' } },
      stored('video-audio', 3),
    );
    for (const p of gone.outputs.probesA) expect(p).toBeCloseTo(0.1, 5);
  });
  it('refuses a sample that the pack does not ship, and names its side', async () => {
    await expect(predict('text-audio', text, stored('text-audio', 999))).rejects.toMatchObject({
      code: 'user',
      subject: 'b',
      message: expect.stringContaining('sample-999'),
    });
  });
  it('lists the samples whose states ship', async () => {
    const { idsA, idsB, labels } = await engine.call('samples', { pairing: 'video-audio' });
    expect(idsA).toEqual(idsB);
    expect([idsA[7], labels[7], labels[17]]).toEqual(['sample-7', 7, 7]);
  });
});

describe('three together', () => {
  /** Softmax of the joint model, run here on states picked by hand; a missing one is zero. */
  const byHand = (rows: (Float32Array | null)[]): Float32Array => {
    const tensors = rows.map((row) => tf.tensor(row ?? new Float32Array(width), [1, 1, width]));
    const { shape, parameters } = readJoint(files.get('joint.all.safetensors')!, jointShape, 'joint');
    const { logits } = runJoint(toTensors(parameters), tensors, shape);
    return tf.softmax(logits).dataSync<'float32'>().slice();
  };
  const close = (x: Float32Array | undefined, y: Float32Array) =>
    y.forEach((p, c) => expect(x![c]).toBeCloseTo(p, 5));

  it('runs on the layers that the pack names, the missing one at its mean', async () => {
    const { outputs } = await predict('video-audio', stored('video-audio', 5), stored('video-audio', 5));
    const [together] = outputs.together!;
    expect(together).toMatchObject({ group: 'all', missing: ['text'] });
    close(
      together.probabilities,
      byHand([null, layer('audio', 2, 5, togetherLayers[1]), layer('video', 3, 5, togetherLayers[2])]),
    );
  });
  it('hears what was given in another pairing', async () => {
    const { outputs } = await predict('text-audio', stored('text-audio', 5), stored('text-audio', 5), {
      video: stored('text-video', 5),
    });
    expect(outputs.together).toMatchObject([{ missing: [] }]);
    close(
      outputs.together![0].probabilities,
      byHand([
        layer('text', 3, 5, togetherLayers[0]),
        layer('audio', 2, 5, togetherLayers[1]),
        layer('video', 3, 5, togetherLayers[2]),
      ]),
    );
  });
  it('names all that a sentence alone leaves out, and says nothing where nothing is given', async () => {
    expect((await predict('text-audio', text, dropped)).outputs.together).toMatchObject([
      { missing: ['audio', 'video'] },
    ]);
    expect((await predict('text-audio', dropped, dropped)).outputs.together).toEqual([]);
  });
  it('follows a drop to noise', async () => {
    const noise = { ...dropped, degradation: { dropped: 'noise' as const, seed: 1 } };
    const { outputs } = await predict('text-audio', text, noise);
    const means = await predict('text-audio', text, dropped);
    expect(outputs.together![0].missing).toEqual(['audio', 'video']);
    expect(outputs.together![0].probabilities).not.toEqual(means.outputs.together![0].probabilities);
  });
  it('says what is wrong where its model cannot be had, and the pairing answers all the same', async () => {
    const broken = new Map(files);
    broken.delete('joint.all.safetensors');
    const worker = inProcessWorker({ [url]: broken });
    const other = createEngine(() => worker);
    await other.start('cpu');
    await other.call('loadPack', { url: `${url}pack.json` });
    const { outputs } = await other.call('predict', { ...scope, pairing: 'text-audio', a: text, b: dropped });
    expect(outputs.together![0].probabilities).toBeUndefined();
    expect(outputs.together![0].problem).toContain('joint.all.safetensors');
    expect(outputs.heads.length).toBeGreaterThan(0);
  });
});
