import { beforeAll, describe, expect, it, vi } from 'vitest';
import { dependencyMeasures } from '../../../src/fusion/dependency/critic';
import type { PenaltyOptions } from '../../../src/fusion/dependency/penalty';
import { defaultFit } from '../../../src/fusion/fit';
import type { HeadShape } from '../../../src/fusion/head';
import { Stepper, type StepOptions } from '../../../src/fusion/stepper';
import { headModel, type HeadChunk } from '../../../src/fusion/train';
import { headSpecs } from '../../../src/math/skew';
import { activeKernels } from '../../../src/runtime/kernels';
import { HeadKernel } from '../../../src/runtime/kernels/heads';
import { ThreadPool } from '../../../src/runtime/kernels/threads';
import { startNode } from '../../../src/runtime/node';
import * as tf from '../../../src/runtime/tf';
import { expectClose, noise } from '../runtime/both';

const small = { width: 8, attentionHeads: 2, hidden: 12, classes: 3 };
const usual = { width: 24, attentionHeads: 2, hidden: 48, classes: 10 };
const [la, lb] = [4, 3];

beforeAll(async () => {
  await startNode({ threads: 2 });
  // share whatever is large enough, however busy the machine is
  activeKernels()!.pool!.adaptive = false;
}, 60_000);

function chunkOf(k: number, some = Infinity): HeadChunk {
  const all = headSpecs(la, lb).map((spec, head) => ({ spec, head }));
  const own = all.filter(({ spec }) => spec.k === k).slice(0, some);
  return { k, heads: own.map(({ head }) => head), specs: own.map(({ spec }) => spec) };
}

const batchOf = (shape: HeadShape, n: number, seed: number) => ({
  n,
  a: noise(la * n * shape.widthA, seed).map((x) => 2 * x),
  b: noise(lb * n * shape.widthB, seed + 1).map((x) => 2 * x),
  labels: Uint8Array.from({ length: n }, (_, s) => (s * 7) % shape.classes),
});

// With so large an epsilon a step is nearly proportional to the gradient, which this compares by: Adam's own would blow
// up the rounding of gradients that are zero.
const options: StepOptions = { ...defaultFit, epsilon: 0.1, weightDecay: 0.1, labelSmoothing: 0.1 };
const penaltyOf = (
  measure: PenaltyOptions['measure'],
  more: Partial<PenaltyOptions> = {},
): PenaltyOptions => ({
  measure,
  // large beside the task's gradient, so that an error in the penalty's would show
  lambda: 3,
  seed: 11,
  // steps that are no larger than T's own: soon after, rounding would have moved a kink past some sample
  rate: 0.02,
  epsilon: 1e-3,
  ...more,
});

type Values = Record<string, { data: Float32Array }>;

/** What a stepper's parameters are after some steps, and the losses on the way. */
async function stepped(
  shape: HeadShape,
  chunk: HeadChunk,
  penalty: PenaltyOptions | undefined,
  n: number,
  { steps = 3, fused = true }: { steps?: number; fused?: boolean } = {},
): Promise<{ before: Values; after: Values; losses: Float32Array[] }> {
  const stepper = new Stepper(headModel(shape, chunk, 3, penalty), shape.classes, shape, {
    ...options,
    fused,
  });
  const before = await stepper.parameters();
  const losses: Float32Array[] = [];
  for (let step = 0; step < steps; step++)
    losses.push(await stepper.step(batchOf(shape, n, 10 * step), 0.05));
  const after = await stepper.parameters();
  stepper.dispose();
  return { before, after, losses };
}

const moved = ({ before, after }: { before: Values; after: Values }, name: string): Float32Array =>
  after[name].data.map((value, i) => value - before[name].data[i]);

describe.each(dependencyMeasures)('a step of heads with %s in their loss', (measure) => {
  it.each([
    ['one pair, one block', small, 6, 5, 1, 30],
    ['one pair, several blocks', usual, 33, 40, 1, 300],
    ['a mask over several blocks', usual, 33, 40, 3, 101],
    ['as many samples as shuffles need', small, 6, 5, 2, 3],
  ] as const)('is that of the ops: %s', async (_, sizes, widthA, widthB, k, n) => {
    const shape = { la, lb, widthA, widthB, ...sizes };
    const chunk = chunkOf(k, 4);
    const penalty = penaltyOf(measure);
    const kernel = vi.spyOn(HeadKernel.prototype, 'step');
    const fused = await stepped(shape, chunk, penalty, n);
    expect(kernel).toHaveBeenCalledTimes(3);
    const ops = await stepped(shape, chunk, penalty, n, { fused: false });
    expect(kernel).toHaveBeenCalledTimes(3);
    kernel.mockRestore();
    fused.losses.forEach((loss, step) => expectClose(loss, ops.losses[step], 2e-5, `losses of step ${step}`));
    for (const name of Object.keys(ops.after)) expectClose(moved(fused, name), moved(ops, name), 1e-3, name);
    // and it is not the step without a penalty
    const plain = await stepped(shape, chunk, undefined, n);
    const [with_, without] = [moved(fused, 'projectA'), moved(plain, 'projectA')];
    const distance = Math.sqrt(with_.reduce((sum, v, i) => sum + (v - without[i]) ** 2, 0));
    const length = Math.sqrt(without.reduce((sum, v) => sum + v * v, 0));
    expect(distance).toBeGreaterThan(0.1 * length);
  });

  it('of a head does not depend on which heads share its chunk, nor on the threads', async () => {
    const shape = { la, lb, widthA: 12, widthB: 10, ...usual };
    const all = chunkOf(1);
    const parallel = vi.spyOn(ThreadPool.prototype, 'run');
    const together = await stepped(shape, all, penaltyOf(measure), 64);
    expect(parallel).toHaveBeenCalled();
    parallel.mockRestore();
    const at = 5;
    const alone = { k: 1, heads: [all.heads[at]], specs: [all.specs[at]] };
    const single = await stepped(shape, alone, penaltyOf(measure), 64);
    const { pool } = activeKernels()!;
    activeKernels()!.pool = null;
    const oneThread = await stepped(shape, all, penaltyOf(measure), 64);
    activeKernels()!.pool = pool;
    for (const [name, { data }] of Object.entries(together.after)) {
      const size = data.length / all.heads.length;
      expect(single.after[name].data, name).toEqual(data.slice(at * size, (at + 1) * size));
      expect(oneThread.after[name].data, name).toEqual(data);
    }
  });
});

it('leaves T whose hidden layer is no whole vectors to the ops', async () => {
  const shape = { la, lb, widthA: 6, widthB: 5, ...small };
  const kernel = vi.spyOn(HeadKernel.prototype, 'step');
  const { losses } = await stepped(shape, chunkOf(1, 2), penaltyOf('kl', { hidden: 6 }), 20, { steps: 1 });
  expect(kernel).not.toHaveBeenCalled();
  kernel.mockRestore();
  losses[0].forEach((loss) => expect(loss).toBeGreaterThan(0));
});

it('leaves no tensor behind', async () => {
  const shape = { la, lb, widthA: 6, widthB: 5, ...small };
  const before = tf.memory().numTensors;
  for (const fused of [true, false])
    await stepped(shape, chunkOf(2, 2), penaltyOf('wasserstein'), 20, { steps: 2, fused });
  expect(tf.memory().numTensors).toBe(before);
});
