import { beforeAll, describe, expect, test, vi } from 'vitest';
import { activeKernels } from '../../../src/runtime/kernels';
import { ThreadPool } from '../../../src/runtime/kernels/threads';
import { AdamW } from '../../../src/runtime/optimiser';
import * as ops from '../../../src/runtime/ops';
import * as tf from '../../../src/runtime/tf';
import { withSharedMemory } from '../../../src/runtime/wasm';
import { compare, type Comparison, expectClose, noise, type Op, startBoth } from './both';

beforeAll(async () => {
  await startBoth(3);
  activeKernels()!.pool!.adaptive = false;
}, 60_000);

/** Compares, and demands that some of the work was shared: else this file would test one thread again. */
async function compareShared(op: Op, shapes: number[][], options?: Comparison): Promise<void> {
  await tf.setBackend('wasm');
  const parallel = vi.spyOn(ThreadPool.prototype, 'run');
  await compare(op, shapes, options);
  expect(parallel).toHaveBeenCalled();
  parallel.mockRestore();
}

describe('on three threads', () => {
  test.each([
    [64, 128, 200],
    [130, 70, 515],
    [501, 96, 30],
    [2, 700, 1500],
    [1, 800, 2000],
  ])('matMul %i x %i x %i', (M, K, N) =>
    compareShared(
      (a, b) => tf.matMul(a, b),
      [
        [M, K],
        [K, N],
      ],
    ),
  );

  test.each([
    [true, false],
    [false, true],
    [true, true],
  ])('matMul, transposed A %s, B %s', (tA, tB) =>
    compareShared(
      (a, b) => tf.matMul(a, b, tA, tB),
      [tA ? [300, 90] : [90, 300], tB ? [110, 300] : [300, 110]],
    ),
  );

  test('a batch of products', () =>
    compareShared(
      (x, w, b) => ops.linear(x, w, b, 'gelu'),
      [
        [20, 50, 24],
        [20, 24, 72],
        [20, 72],
      ],
    ));

  test('a layer with bias and activation, weights packed', async () => {
    const shapes = [[2, 60, 96], [96, 384], [384]];
    await compareShared((x, w, b) => ops.linear(x, w, b, 'gelu'), shapes, { gradient: false });
    await compareShared((x, w, b) => ops.linear(x, w, b, 'gelu-tanh'), shapes);
  });

  test('attention', () => compareShared((x) => ops.attention(x, 3), [[3, 40, 144]]));
  test('attention with a bias', () =>
    compareShared(
      (x, bias) => ops.attention(x, 3, { bias }),
      [
        [3, 40, 144],
        [3, 40, 40],
      ],
    ));
  test('layer norm', () =>
    compareShared((x, g, b) => ops.layerNorm(x, g, b, 1e-5), [[9, 101, 96], [96], [96]]));
  test('layer norm of groups', () =>
    compareShared(
      (x, g, b) => ops.layerNorm(x, g, b, 1e-5),
      [
        [40, 90, 24],
        [40, 24],
        [40, 24],
      ],
    ));
  test('activations', () => compareShared((x) => ops.gelu(x), [[50, 1001]]));
  test('softmax', () => compareShared((x) => tf.softmax(x), [[700, 65]]));
  test('sums over rows', () => compareShared((x) => tf.sum(x, 0), [[1500, 213]]));

  test('an AdamW step', async () => {
    const [weights, gradient] = [noise(90_001, 1), noise(90_001, 2)];
    const results: ArrayLike<number>[] = [];
    for (const backend of ['cpu', 'wasm']) {
      await tf.setBackend(backend);
      const w = tf.variable(tf.tensor(weights));
      const optimiser = new AdamW({ learningRate: 0.1, weightDecay: 0.1, decays: () => true });
      for (let step = 0; step < 2; step++) optimiser.apply({ [w.name]: tf.tensor(gradient) }, [w]);
      results.push(w.dataSync());
    }
    expectClose(results[1], results[0], 1e-5);
  });

  test('small work stays on one thread', async () => {
    await tf.setBackend('wasm');
    const parallel = vi.spyOn(ThreadPool.prototype, 'run');
    tf.matMul(tf.ones([16, 16]), tf.ones([16, 16]));
    expect(parallel).not.toHaveBeenCalled();
    parallel.mockRestore();
  });

  test('memory that grows is seen by the helpers', async () => {
    await tf.setBackend('wasm');
    const { wasm } = tf.backend() as unknown as { wasm: { HEAPU8: Uint8Array } };
    const before = wasm.HEAPU8.length;
    const kept: tf.Tensor[] = [];
    while (wasm.HEAPU8.length === before) kept.push(tf.zeros([1 << 20]));
    const y = tf.matMul(tf.ones([1200, 300]), tf.ones([300, 400]));
    kept.push(y);
    expect(new Set(y.dataSync())).toEqual(new Set([300]));
    tf.dispose(kept);
  });
});

describe('sharing adapts', () => {
  const pool = () => new ThreadPool({} as never, {} as never, 0, 4);
  const [units, estimate] = [8, 1e6];

  test('small work is never shared', () => expect(pool().shares(8, 1000, 0)).toBe(false));

  test('it pauses where it is slower than working alone, in proportion to the loss, and is tried again', () => {
    const p = pool();
    expect(p.shares(units, estimate, 0)).toBe(true);
    p.learn(true, 0, 5, estimate); // 5 ms for what takes 1: 4 lost
    expect(p.shares(units, estimate, 84)).toBe(false);
    expect(p.shares(units, estimate, 86)).toBe(true);
    p.learn(true, 86, 86.5, estimate);
    expect(p.shares(units, estimate, 87)).toBe(true);
  });

  test('on a slow machine the comparison is with its own pace', () => {
    const p = pool();
    for (let i = 0; i < 40; i++) p.learn(false, i, i + 4, estimate); // alone it takes four times the estimate
    p.learn(true, 100, 102, estimate);
    expect(p.shares(units, estimate, 103)).toBe(true);
  });
});

test('a binary whose memory is not as expected is left alone', () => {
  const header = [0, 97, 115, 109, 1, 0, 0, 0];
  expect(withSharedMemory(Uint8Array.from([...header, 5, 3, 1, 0, 1]))).toBeNull();
  expect(withSharedMemory(Uint8Array.from(header))).toBeNull();
  expect([...withSharedMemory(Uint8Array.from([...header, 5, 4, 1, 1, 1, 9]))!].slice(8)).toEqual([
    5, 4, 1, 3, 1, 9,
  ]);
});
