import { beforeAll, describe, expect, it, vi } from 'vitest';
import { dependencyMeasures } from '../../../src/fusion/dependency/critic';
import type { TupleBatch, TupleData } from '../../../src/fusion/dependency/engines';
import { Learner, membersAtOnce } from '../../../src/fusion/dependency/learner';
import { shiftsOf } from '../../../src/fusion/dependency/shuffles';
import { permutation, seededRandom } from '../../../src/math/random';
import { activeKernels } from '../../../src/runtime/kernels';
import { CriticKernel } from '../../../src/runtime/kernels/critic';
import { ThreadPool } from '../../../src/runtime/kernels/threads';
import { startNode } from '../../../src/runtime/node';
import * as tf from '../../../src/runtime/tf';
import { expectClose, noise } from '../runtime/both';

beforeAll(async () => {
  await startNode({ threads: 2 });
  activeKernels()!.pool!.adaptive = false;
}, 60_000);

const samples = 90;

/** Layers of so many modalities of these widths that share some of a source. */
function made(widths: readonly number[], members: number[][], hidden: number): TupleData {
  const source = noise(samples * 2, 1);
  const reduced = widths.map((width, m) =>
    Array.from({ length: 3 }, (_, layer) =>
      noise(samples * width, 10 * m + layer + 2).map(
        (x, at) => 2 * x + (at % width < 2 ? 2 * source[2 * Math.floor(at / width) + (at % width)] : 0),
      ),
    ),
  );
  return { reduced, members, shape: { widths, hidden } };
}

function batchOf(n: number, modalities: number, shuffles: number, seed: number): TupleBatch {
  const random = seededRandom('learner test', seed);
  return {
    samples: Int32Array.from(permutation(samples, random).subarray(0, n)),
    shifts: shiftsOf(n, modalities, shuffles, random),
  };
}

/**
 * Learns for some steps, by an epsilon that keeps AdamW from blowing up the rounding of gradients that are zero.
 * @returns the best parameters, and the bounds by them on other samples
 */
async function learned(data: TupleData, measure: (typeof dependencyMeasures)[number], fused: boolean) {
  const modalities = data.shape.widths.length;
  const learner = new Learner(data, { measure, seed: 3, weightDecay: 0.1, epsilon: 1e-3, fused });
  for (let step = 0; step < 6; step++) learner.step(batchOf(50, modalities, 2, step), 0.01);
  await learner.keepBest(batchOf(70, modalities, 5, 100));
  const bounds = await learner.report(batchOf(61, modalities, 3, 101));
  learner.dispose();
  return { bounds, best: learner.best };
}

describe.each(dependencyMeasures)('T that learns %s in the side module', (measure) => {
  const pairs = [
    [0, 0],
    [2, 1],
    [2, 2],
    [0, 1],
  ];
  it.each([
    ['two modalities, wider than T', [13, 10], pairs, 12],
    ['narrower than T', [3, 1], pairs, 16],
    ['three modalities', [5, 7, 4], pairs.map(([i, j]) => [i, j, 2]), 8],
    ['four modalities', [4, 4, 2, 6], pairs.map(([i, j]) => [i, j, j, i]), 20],
  ] as const)('is that of the ops: %s', async (_, widths, members, hidden) => {
    const data = made(widths, members as unknown as number[][], hidden);
    const steps = vi.spyOn(CriticKernel.prototype, 'step');
    const fused = await learned(data, measure, true);
    expect(steps).toHaveBeenCalledTimes(6);
    const ops = await learned(data, measure, false);
    expect(steps).toHaveBeenCalledTimes(6);
    steps.mockRestore();
    expectClose(fused.bounds, ops.bounds, 1e-3, 'bounds');
    // Wasserstein's difference does not see the last bias, whose gradient is rounding alone
    for (const name of ['mix', 'mixBias', 'out', ...(measure === 'wasserstein' ? [] : ['outBias'])])
      expectClose(fused.best[name].data, ops.best[name].data, 1e-3, name);
    expect(Math.max(...fused.bounds)).toBeGreaterThan(0);
  });

  it('does not depend on who is measured with it, nor on the threads', async () => {
    const data = made([13, 10], [...pairs, [1, 1], [1, 2], [1, 0], [2, 0]], 24);
    const parallel = vi.spyOn(ThreadPool.prototype, 'run');
    const together = await learned(data, measure, true);
    expect(parallel).toHaveBeenCalled();
    parallel.mockRestore();
    const { pool } = activeKernels()!;
    activeKernels()!.pool = null;
    const oneThread = await learned(data, measure, true);
    activeKernels()!.pool = pool;
    expect(oneThread).toEqual(together);
    const alone = await learned({ ...data, members: [data.members[3]] }, measure, true);
    expect(alone.bounds[0]).toBe(together.bounds[3]);
  });
});

it('takes all members at once where T has a kernel, and leaves other sizes to the ops', () => {
  const options = { measure: 'kl', seed: 0, weightDecay: 0 } as const;
  expect(membersAtOnce({ widths: [3, 3], hidden: 8 }, options)).toBe(Infinity);
  for (const few of [
    membersAtOnce({ widths: [3, 3], hidden: 7 }, options),
    membersAtOnce({ widths: [3, 3], hidden: 8 }, { ...options, fused: false }),
  ])
    expect(few).toBeLessThan(100);
});

it('leaves no tensor behind', async () => {
  const before = tf.memory().numTensors;
  for (const fused of [true, false]) await learned(made([5, 4], [[0, 2]], 8), 'kl', fused);
  expect(tf.memory().numTensors).toBe(before);
});
