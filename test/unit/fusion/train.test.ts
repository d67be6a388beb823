import { beforeAll, describe, expect, it } from 'vitest';
import { rateAt } from '../../../src/fusion/adamw';
import { Stepper } from '../../../src/fusion/stepper';
import { defaultFit } from '../../../src/fusion/fit';
import type { HeadShape } from '../../../src/fusion/head';
import { createHeads } from '../../../src/fusion/heads';
import { createPairSource, gatherPairs, partnersByLabel, type StateSet } from '../../../src/fusion/pairs';
import {
  assembleHeads,
  headChunks,
  trainChunk,
  trainHeads,
  trainProbes,
  type TrainedChunk,
} from '../../../src/fusion/train';
import { headSpecs } from '../../../src/math/skew';
import { normal, seededRandom } from '../../../src/math/random';
import { startNode } from '../../../src/runtime/node';
import * as tf from '../../../src/runtime/tf';

const shape: HeadShape = {
  la: 3,
  lb: 2,
  widthA: 6,
  widthB: 5,
  width: 8,
  attentionHeads: 2,
  hidden: 8,
  classes: 3,
};

/** States in which the class shows more in later layers; B says only whether it is class 2. */
function made(layers: number, width: number, samples: number, seed: number, side: 'a' | 'b'): StateSet {
  const random = seededRandom(seed, side);
  const labels = Uint8Array.from({ length: samples }, (_, s) => s % 3);
  const variants = 2;
  const states = Float32Array.from({ length: samples * variants * layers * width }, (_, i) => {
    const at = i % width;
    const layer = Math.floor(i / width) % layers;
    const label = labels[Math.floor(i / (width * layers * variants))];
    const signal = side === 'a' ? (at === label ? 1 : 0) : at === 0 && label === 2 ? 1 : 0;
    return signal * (1 + layer) + normal(random);
  });
  return { layers, width, variants, states, labels };
}
const a = made(3, 6, 90, 1, 'a');
const b = made(2, 5, 60, 1, 'b');
const source = createPairSource(a, b, { paired: 'by-label', classes: 3, batch: 30, seed: 5, drop: 0.1 });
const held = { a: made(3, 6, 60, 2, 'a'), b: made(2, 5, 60, 2, 'b') };
const rows = Array.from({ length: 60 }, (_, s) => 2 * s);
const validation = gatherPairs(held.a, held.b, rows, rows);
const options = { ...defaultFit, epochs: 6, rate: 0.01, patience: 2, seed: 7 };

beforeAll(async () => {
  await startNode();
});

describe('training heads', () => {
  let together: TrainedChunk[];

  it('gives each head, trained among others, the losses it has alone', async () => {
    const losses = new Map<number, number[]>();
    together = await trainHeads(shape, source, validation, options, {
      onProgress: ({ heads, report }) =>
        heads.forEach((head, g) =>
          losses.set(head, [...(losses.get(head) ?? []), report.trainLoss[g], report.loss[g]]),
        ),
    });
    expect([...losses.keys()].sort((x, y) => x - y)).toEqual(headSpecs(3, 2).map((_, head) => head));
    for (const chunk of headChunks(3, 2, 1)) {
      expect(chunk.heads).toHaveLength(1);
      const [head] = chunk.heads;
      const alone: number[] = [];
      await trainChunk(shape, chunk, source, validation, options, {
        onEpoch: ({ trainLoss, loss }) => alone.push(trainLoss[0], loss[0]),
      });
      // alone, training ends when this head has settled; among others it goes on for them
      alone.forEach((loss, i) => expect(Math.abs(loss - losses.get(head)![i])).toBeLessThan(1e-5));
    }
  });

  it('keeps the weights of the best epoch', async () => {
    const heads = createHeads(assembleHeads(shape, together));
    const { n } = validation;
    const probabilities = await heads.run(
      tf.transpose(tf.tensor(validation.a, [3, n, 6]), [1, 0, 2]),
      tf.transpose(tf.tensor(validation.b, [2, n, 5]), [1, 0, 2]),
    );
    for (const chunk of together)
      chunk.heads.forEach((head, g) => {
        let loss = 0;
        for (let s = 0; s < n; s++)
          loss -= Math.log(probabilities[(head * n + s) * 3 + validation.labels[s]]) / n;
        expect(loss).toBeCloseTo(chunk.loss[g], 4);
        expect(chunk.epoch[g]).toBeGreaterThanOrEqual(0);
      });
  });

  it('learns: the last pair beats chance by far', () => {
    const last = together.find(({ k, heads }) => k === 1 && heads.includes(5))!;
    expect(last.accuracy[last.heads.indexOf(5)]).toBeGreaterThan(0.75);
  });

  it('stops when told to, and goes on from what was done', async () => {
    const controller = new AbortController();
    const finished: TrainedChunk[] = [];
    const run = trainHeads(shape, source, validation, options, {
      signal: controller.signal,
      onChunk: (chunk) => {
        finished.push(chunk);
        controller.abort(new Error('stopped'));
      },
    });
    await expect(run).rejects.toThrow('stopped');
    expect(finished).toHaveLength(1);
    const reported = new Set<number>();
    const resumed = await trainHeads(shape, source, validation, options, {
      finished,
      onProgress: ({ heads }) => heads.forEach((head) => reported.add(head)),
    });
    expect(finished[0].heads.some((head) => reported.has(head))).toBe(false);
    expect(assembleHeads(shape, resumed)).toEqual(assembleHeads(shape, together));
  });

  it('leaves no tensor behind', async () => {
    const before = tf.memory().numTensors;
    await trainChunk(shape, headChunks(3, 2)[0], source, validation, { ...options, epochs: 1 });
    expect(tf.memory().numTensors).toBe(before);
  });
});

it('probes find the class in A and only class 2 in B', async () => {
  const train = (side: 'a' | 'b', layers: number, width: number) =>
    trainProbes(side, { layers, width, classes: 3 }, shape, source, validation, {
      ...options,
      epochs: 20,
      rate: 0.03,
      patience: 20,
    });
  const [one, two] = [await train('a', 3, 6), await train('b', 2, 5)];
  expect(one.fitted.accuracy[2]).toBeGreaterThan(0.85);
  expect(one.fitted.accuracy[2]).toBeGreaterThan(one.fitted.accuracy[0]);
  expect(two.fitted.accuracy[1]).toBeGreaterThan(0.45);
  expect(two.fitted.accuracy[1]).toBeLessThan(0.8);
});

describe('pairs', () => {
  it('are of one class, each sample of A once an epoch, and the same when asked again', () => {
    const marked: StateSet = { ...a, states: a.states.map((_, i) => Math.floor(i / (3 * 6 * 2))) };
    const plain = createPairSource(marked, b, { paired: 'by-label', classes: 3, batch: 30, seed: 5 });
    const epoch = [...plain.epoch(3)];
    expect(epoch).toEqual([...plain.epoch(3)]);
    expect(epoch).not.toEqual([...plain.epoch(4)]);
    const used = epoch.flatMap((batch) => Array.from({ length: batch.n }, (_, s) => batch.a[s * 6]));
    expect(used.sort((x, y) => x - y)).toEqual(Array.from({ length: 90 }, (_, s) => s));
    epoch.forEach((batch) =>
      batch.labels.forEach((label, s) => expect(label).toBe(a.labels[batch.a[s * 6]])),
    );
  });

  it('draw partners of the same class, all of them in time', () => {
    const labels = new Uint8Array(400).fill(1);
    const partners = partnersByLabel(labels, b.labels, seededRandom(1));
    expect(new Set(partners).size).toBe(20);
    partners.forEach((partner) => expect(b.labels[partner]).toBe(1));
  });

  it('keep truly paired samples together', () => {
    const index = (set: StateSet): StateSet => ({
      ...set,
      labels: a.labels,
      states: Float32Array.from({ length: 90 * 2 * set.layers * set.width }, (_, i) =>
        Math.floor(i / (set.layers * set.width * 2)),
      ),
    });
    const truly = createPairSource(index(a), index(b), { paired: 'truly', classes: 3, batch: 45, seed: 1 });
    for (const batch of truly.epoch(0))
      for (let s = 0; s < batch.n; s++) expect(batch.a[s * 6]).toBe(batch.b[s * 5]);
  });

  it('drop one side of some pairs, all of its layers at once', () => {
    const always = createPairSource(a, b, { paired: 'by-label', classes: 3, batch: 90, seed: 5, drop: 1 });
    const [batch] = always.epoch(0);
    const isClear = (values: Float32Array, layers: number, width: number, s: number) =>
      Array.from({ length: layers }, (_, l) =>
        values.subarray((l * 90 + s) * width, (l * 90 + s + 1) * width),
      ).every((v) => v.every((x) => x === 0));
    let cleared = 0;
    for (let s = 0; s < 90; s++) {
      const [noA, noB] = [isClear(batch.a, 3, 6, s), isClear(batch.b, 2, 5, s)];
      expect(noA !== noB).toBe(true);
      if (noA) cleared++;
    }
    expect(cleared).toBeGreaterThan(20);
    expect(cleared).toBeLessThan(70);
  });
});

describe('Stepper', () => {
  it('takes the steps of algorithm 2, decaying weights only', async () => {
    // A model whose logits are w·[1, 0] + c: with both classes as often, the gradient of w and c is known.
    const specs = [
      { name: 'w', shape: [1, 2], init: { constant: 2 }, weight: true },
      { name: 'c', shape: [2], init: { constant: 2 }, weight: false },
    ];
    const model = {
      specs,
      seeds: [0],
      validationRows: 1,
      forward: ({ w, c }: Record<string, tf.Tensor>) => ({
        logits: tf.mul(tf.ones([1, 1, 2]), tf.add(tf.mul(w, [1, 0]), c)),
      }),
    };
    const settings = { ...defaultFit, beta1: 0.9, beta2: 0.99, weightDecay: 0.1 };
    const stepper = new Stepper(model, 2, { la: 1, lb: 1 }, settings);
    const batch = { n: 1, a: Float32Array.of(0), b: Float32Array.of(0), labels: Uint8Array.of(1) };
    let [w, c, d, m, v] = [2, 2, 2, 0, 0];
    for (let t = 1; t <= 3; t++) {
      const loss = await stepper.step(batch, 0.01);
      const p = 1 / (1 + Math.exp(d - w - c)); // of the wrong class
      expect(loss[0]).toBeCloseTo(-Math.log(1 - p), 4);
      m = 0.9 * m + 0.1 * p;
      v = 0.99 * v + 0.01 * p * p;
      const move = (0.01 * (m / (1 - 0.9 ** t))) / (Math.sqrt(v / (1 - 0.99 ** t)) + 1e-8);
      w = w - move - 0.01 * 0.1 * w;
      c -= move;
      d += move;
    }
    const after = await stepper.parameters();
    expect(after.w.data[0]).toBeCloseTo(w, 4);
    expect([...after.c.data].map((x) => x.toFixed(4))).toEqual([c.toFixed(4), d.toFixed(4)]);
    stepper.dispose();
  });

  it('rises, then falls to zero', () => {
    expect(rateAt(0, 1000, 1)).toBeCloseTo(0.02);
    expect(rateAt(50, 1000, 1)).toBe(1);
    expect(rateAt(525, 1000, 1)).toBeCloseTo(0.5, 5);
    expect(rateAt(1000, 1000, 1)).toBeCloseTo(0, 5);
  });
});
