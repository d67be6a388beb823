import { beforeAll, describe, expect, test } from 'vitest';
import * as ops from '../../../src/runtime/ops';
import * as tf from '../../../src/runtime/tf';
import { compare, noise, startBoth } from './both';

beforeAll(() => startBoth(), 60_000);

const permutations = (rank: number): number[][] =>
  rank === 0
    ? [[]]
    : permutations(rank - 1).flatMap((p) =>
        Array.from({ length: rank }, (_, i) => [...p.slice(0, i), rank - 1, ...p.slice(i)]),
      );

describe('transpose', () => {
  test.each([...permutations(2), ...permutations(3), ...permutations(4)])('by %j', async (...perm) => {
    const axes = perm as number[];
    await compare((x) => tf.transpose(x, axes), [[3, 5, 2, 7].slice(0, axes.length)], { tolerance: 0 });
    await compare((x) => tf.transpose(x, axes), [[5, 1, 4, 6].slice(0, axes.length)], { tolerance: 0 });
  });
  test('a large matrix', () => compare((x) => tf.transpose(x), [[131, 70]], { tolerance: 0 }));
  test('rank 5', () => compare((x) => tf.transpose(x, [2, 0, 3, 1, 4]), [[2, 3, 4, 2, 5]], { tolerance: 0 }));
  test('whole numbers', async () => {
    await tf.setBackend('wasm');
    const y = tf.transpose(tf.tensor2d([1, 2, 3, 4, 5, 6], [2, 3], 'int32'));
    expect([y.dtype, ...y.dataSync()]).toEqual(['int32', 1, 4, 2, 5, 3, 6]);
  });
  test('nothing', () => compare((x) => tf.transpose(x), [[0, 4]], { gradient: false }));
});

describe('slices and joins', () => {
  test('slice', async () => {
    await compare((x) => tf.slice(x, [1], [3]), [[7]], { tolerance: 0 });
    await compare((x) => tf.slice(x, [1, 2], [2, -1]), [[4, 5]], { tolerance: 0 });
    await compare((x) => tf.slice(x, [0, 1, 0], [2, 2, 3]), [[2, 4, 3]], { tolerance: 0 });
    await compare((x) => tf.slice(x, [1, 0, 2, 1], [1, 2, 1, 2]), [[2, 3, 4, 5]], { tolerance: 0 });
    await compare((x) => tf.slice(x, 1), [[4, 5]], { tolerance: 0 });
    await compare((x) => tf.slice(x, [1, 0], [0, 5]), [[4, 5]], { gradient: false });
  });
  test('a slice beyond the end is an error', async () => {
    await tf.setBackend('wasm');
    expect(() => tf.slice(tf.ones([4, 5]), [3, 0], [2, 5])).toThrow();
  });
  test.each([0, 1, 2])('concat and split along axis %i', async (axis) => {
    await compare(
      (a, b) => tf.concat([a, b, a], axis),
      [
        [2, 3, 4],
        [2, 3, 4],
      ],
      { tolerance: 0 },
    );
    await compare((x) => tf.split(x, 2, axis)[1], [[4, 2, 6]], { tolerance: 0 });
    await compare((x) => tf.stack(tf.unstack(x, axis), axis), [[2, 3, 5]], { tolerance: 0 });
  });
  test('concat of unequal parts', () =>
    compare(
      (a, b) => tf.concat([a, b], -1),
      [
        [2, 3, 1],
        [2, 3, 9],
      ],
      { tolerance: 0 },
    ));
  test('pad', async () => {
    await compare(
      (x) =>
        tf.pad(x, [
          [1, 0],
          [2, 3],
        ]),
      [[3, 4]],
      { tolerance: 0 },
    );
    await compare((x) => tf.pad(x, [[1, 0]], 7), [[3]], { tolerance: 0 });
  });
});

describe('sums and means', () => {
  test.each([[[0]], [[1]], [[2]], [[0, 1]], [[1, 2]], [[0, 2]], [[0, 1, 2]], [[-1]]])(
    'over %j',
    async (axes) => {
      await compare((x) => tf.sum(x, axes), [[5, 6, 7]]);
      await compare((x) => tf.mean(x, axes, true), [[5, 6, 7]]);
    },
  );
  test('over everything', () => compare((x) => tf.mean(x), [[3, 4]]));
  test('of one number', () => compare((x) => tf.sum(x), [[]]));
  test('over nothing', () => compare((x) => tf.sum(x, 0), [[0, 4]], { gradient: false }));
  test('of whole numbers stays whole', async () => {
    await tf.setBackend('wasm');
    const y = tf.sum(tf.tensor2d([1, 2, 3, 4], [2, 2], 'int32'), 0);
    expect([y.dtype, ...y.dataSync()]).toEqual(['int32', 4, 6]);
  });
});

describe('max', () => {
  test.each([[[1]], [[2]], [[1, 2]], [[0, 1, 2]], [[0]], [[-1]]])('over %j', async (axes) => {
    await compare((x) => tf.max(x, axes), [[5, 6, 7]], { tolerance: 0 });
    await compare((x) => tf.max(x, axes, true), [[5, 6, 7]], { tolerance: 0 });
  });
  test('of NaN and infinity', async () => {
    await tf.setBackend('wasm');
    const y = tf.max(tf.tensor2d([1, NaN, 2, -Infinity, -Infinity, -Infinity, 1, Infinity, 3], [3, 3]), 1);
    expect([...y.dataSync()]).toEqual([NaN, -Infinity, Infinity]);
  });
});

test('a clone shares its data, and outlives the original', async () => {
  await tf.setBackend('wasm');
  const x = tf.tensor1d([1, 2, 3]);
  const { numDataBuffers } = tf.memory();
  const copy = tf.clone(x);
  expect(tf.memory().numDataBuffers).toBe(numDataBuffers);
  x.dispose();
  tf.ones([3]);
  expect([...copy.dataSync()]).toEqual([1, 2, 3]);
});

describe('gather', () => {
  test.each([1, 3, 64, 70])('rows of width %i, some twice', (width) => {
    const ids = tf.tensor2d([1, 4, 4, 0, 1, 1], [2, 3], 'int32');
    return compare((table) => ops.gatherRows(table, ids), [[5, width]]);
  });
  test("tfjs's own gather and its gradient", () =>
    compare((x) => tf.gather(x, tf.tensor1d([3, 0, 3], 'int32')), [[4, 3, 2]]));
  test('segment sums', async () => {
    const ids = () => tf.tensor1d([2, 0, 2, 1], 'int32');
    await compare((x) => tf.unsortedSegmentSum(x, ids(), 4), [[4, 5]], { gradient: false });
  });
  test('no ids', () =>
    compare((x) => ops.gatherRows(x, tf.tensor1d([], 'int32')), [[4, 3]], { gradient: false }));
  test('the rows are exact copies', async () => {
    await tf.setBackend('wasm');
    const table = noise(20, 3);
    const rows = ops.gatherRows(tf.tensor(table, [4, 5]), tf.tensor1d([2], 'int32'));
    expect([...rows.dataSync()]).toEqual([...table.slice(10, 15)]);
  });
});
