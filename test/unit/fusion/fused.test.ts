import { beforeAll, describe, expect, it } from 'vitest';
import { defaultFit } from '../../../src/fusion/fit';
import type { HeadShape } from '../../../src/fusion/head';
import { createPairSource, type StateSet } from '../../../src/fusion/pairs';
import { upload, Stepper, type StepOptions } from '../../../src/fusion/stepper';
import { headModel, type HeadChunk } from '../../../src/fusion/train';
import { headSpecs } from '../../../src/math/skew';
import { activeKernels } from '../../../src/runtime/kernels';
import { takesHeads } from '../../../src/runtime/kernels/heads';
import { startNode } from '../../../src/runtime/node';
import * as tf from '../../../src/runtime/tf';
import { expectClose, noise } from '../runtime/both';

const small = { width: 8, attentionHeads: 2, hidden: 12, classes: 3 };
const usual = { width: 24, attentionHeads: 2, hidden: 48, classes: 10 };
const one = { width: 32, attentionHeads: 1, hidden: 8, classes: 17 };
const [la, lb] = [4, 3];

beforeAll(async () => {
  await startNode({ threads: 2 });
  // share whatever is large enough, however busy the machine is
  activeKernels()!.pool!.adaptive = false;
});

/** Heads of k pairs. */
function chunkOf(k: number): HeadChunk {
  const all = headSpecs(la, lb).map((spec, head) => ({ spec, head }));
  const own = all.filter(({ spec }) => spec.k === k);
  return { k, heads: own.map(({ head }) => head), specs: own.map(({ spec }) => spec) };
}

function batchOf(shape: HeadShape, n: number, seed: number) {
  return {
    n,
    a: noise(la * n * shape.widthA, seed).map((x) => 2 * x),
    b: noise(lb * n * shape.widthB, seed + 1).map((x) => 2 * x),
    labels: Uint8Array.from({ length: n }, (_, s) => (s * 7) % shape.classes),
  };
}

// With so large an epsilon a step is nearly proportional to the gradient: so this compares gradients too, where
// Adam's own would blow up the rounding of those that are zero (the keys' bias).
const options: StepOptions = { ...defaultFit, epsilon: 0.1, weightDecay: 0.1, labelSmoothing: 0.1 };

describe('a step of heads in one kernel', () => {
  it.each([
    ['one pair', small, 6, 5, 1, 30],
    ['two pairs, one sample', small, 9, 7, 2, 1],
    ['more samples than a block', usual, 96, 40, 1, 300],
    ['a mask over several blocks', usual, 33, 96, 3, 101],
    ['one wide attention head', one, 768, 20, 2, 70],
  ] as const)('is that of the ops: %s', async (_, sizes, widthA, widthB, k, n) => {
    const shape = { la, lb, widthA, widthB, ...sizes };
    const model = headModel(shape, chunkOf(k), 3);
    const steppers = [true, false].map(
      (fused) => new Stepper(model, sizes.classes, shape, { ...options, fused }),
    );
    for (let step = 0; step < 3; step++) {
      const batch = batchOf(shape, n, 10 * step);
      const [fused, ops] = [await steppers[0].step(batch, 0.1), await steppers[1].step(batch, 0.1)];
      expectClose(fused, ops, 2e-5, 'losses');
    }
    const [fused, ops] = await Promise.all(steppers.map((stepper) => stepper.parameters()));
    const start = new Stepper(model, sizes.classes, shape, options);
    const before = await start.parameters();
    for (const name of Object.keys(ops)) {
      const moved = (p: typeof ops) => p[name].data.map((value, i) => value - before[name].data[i]);
      expectClose(moved(fused), moved(ops), 1e-3, name);
    }
    const held = upload(batchOf(shape, n, 99), shape);
    const [said, wanted] = await Promise.all(steppers.map((stepper) => stepper.logProbabilities(held)));
    expectClose(said, wanted, 1e-4, 'log-probabilities');
    tf.dispose([held.a, held.b]);
    [...steppers, start].forEach((stepper) => stepper.dispose());
  });

  it('copies states from their sets as it takes them from arrays', async () => {
    const shape = { la, lb, widthA: 10, widthB: 8, ...small };
    const set = (layers: number, width: number, seed: number): StateSet => ({
      layers,
      width,
      variants: 2,
      states: noise(50 * 2 * layers * width, seed),
      labels: Uint8Array.from({ length: 50 }, (_, s) => s % 3),
    });
    const source = createPairSource(set(la, 10, 1), set(lb, 8, 2), {
      paired: 'by-label',
      classes: 3,
      batch: 25,
      seed: 1,
      drop: 0.5,
    });
    // some heads only: not every layer is among theirs
    const { k, heads, specs } = chunkOf(2);
    const model = headModel(shape, { k, heads: heads.slice(0, 2), specs: specs.slice(0, 2) }, 3);
    const [direct, copied] = [0, 1].map(() => new Stepper(model, 3, shape, options));
    for (const batch of source.epoch(0)) {
      const again = { ...batch };
      expect(again.rows).toBeUndefined();
      expect(batch.rows).toBeUndefined();
      await copied.step(again, 0.1);
    }
    for (const batch of source.epoch(0)) {
      expect(batch.rows).toBeDefined();
      await direct.step(batch, 0.1);
    }
    expect(await direct.parameters()).toEqual(await copied.parameters());
    [direct, copied].forEach((stepper) => stepper.dispose());
  });

  it('leaves other heads to the ops', async () => {
    const shape = { la, lb, widthA: 5, widthB: 5, ...small, attentionHeads: 4 };
    const model = headModel(shape, chunkOf(1), 3);
    expect(takesHeads(model.heads!)).toBe(false);
    const stepper = new Stepper(model, shape.classes, shape, options);
    const losses = await stepper.step(batchOf(shape, 20, 1), 0.1);
    losses.forEach((loss) => expect(loss).toBeGreaterThan(0));
    stepper.dispose();
  });

  it('does not change parameters that were taken before', async () => {
    const shape = { la, lb, widthA: 6, widthB: 5, ...small };
    const stepper = new Stepper(headModel(shape, chunkOf(1), 3), shape.classes, shape, options);
    const kept = stepper.tensors.qkv.clone();
    const values = (await kept.data()).slice();
    await stepper.step(batchOf(shape, 20, 1), 0.1);
    expect(await kept.data()).toEqual(values);
    expect(await stepper.tensors.qkv.data()).not.toEqual(values);
    kept.dispose();
    stepper.dispose();
  });
});
