import { beforeAll, describe, expect, test } from 'vitest';
import * as ops from '../../../src/runtime/ops';
import * as tf from '../../../src/runtime/tf';
import { compare, startBoth } from './both';

beforeAll(() => startBoth(), 60_000);

/** Rows, depth, columns: ones, odd sizes, both sides of the tile (6 x 8, 4 x 8, 2 x 8) and of the depth block (384). */
const sizes = [
  [1, 1, 1],
  [1, 7, 1],
  [2, 24, 8],
  [3, 5, 9],
  [5, 2, 17],
  [6, 16, 8],
  [7, 13, 7],
  [13, 384, 15],
  [25, 385, 8],
  [48, 31, 24],
  [67, 1000, 10],
  [1300, 130, 33],
];

describe.each([
  [false, false],
  [false, true],
  [true, false],
  [true, true],
])('matMul, transposed A %s, B %s', (tA, tB) => {
  test.each(sizes)('%i x %i x %i', async (M, K, N) => {
    const shapes = [tA ? [K, M] : [M, K], tB ? [N, K] : [K, N]];
    await compare((a, b) => tf.matMul(a, b, tA, tB), shapes, { gradient: M < 1000 });
  });

  test('batches', () =>
    compare((a, b) => tf.matMul(a, b, tA, tB), [tA ? [3, 9, 10] : [3, 10, 9], tB ? [3, 11, 9] : [3, 9, 11]]));
  test('rank 4', () =>
    compare(
      (a, b) => tf.matMul(a, b, tA, tB),
      [tA ? [2, 2, 5, 6] : [2, 2, 6, 5], tB ? [2, 2, 9, 5] : [2, 2, 5, 9]],
    ));
  test('one matrix for all batches', async () => {
    // Values only: tfjs itself gets the gradient of a broadcast matMul wrong on every backend.
    const op = (a: tf.Tensor, b: tf.Tensor) => tf.matMul(a, b, tA, tB);
    await compare(op, [tA ? [3, 9, 10] : [3, 10, 9], tB ? [1, 11, 9] : [1, 9, 11]], { gradient: false });
    await compare(op, [tA ? [1, 9, 10] : [1, 10, 9], tB ? [3, 11, 9] : [3, 9, 11]], { gradient: false });
  });
});

test('broadcast over crossed batches is left right', () =>
  compare(
    (a, b) => tf.matMul(a, b),
    [
      [2, 1, 3, 4],
      [1, 5, 4, 6],
    ],
    { gradient: false },
  ));

test.each([
  [
    [0, 7],
    [7, 3],
  ],
  [
    [4, 0],
    [0, 3],
  ],
  [
    [4, 7],
    [7, 0],
  ],
  [
    [0, 4, 7],
    [0, 7, 3],
  ],
])('empty: %j x %j', (a, b) => compare((x, y) => tf.matMul(x, y), [a, b], { gradient: false }));

test('NaN and infinity stay in their rows and columns', async () => {
  const a = new Float32Array(13 * 9).fill(0.5);
  const b = new Float32Array(9 * 11).fill(0.25);
  a[3 * 9 + 2] = NaN;
  a[7 * 9 + 1] = Infinity;
  b[4 * 11 + 6] = -Infinity;
  await compare(
    (x, y) => tf.matMul(x, y),
    [
      [13, 9],
      [9, 11],
    ],
    { values: [a, b], gradient: false },
  );
});

describe('fused.matMul', () => {
  test.each(['linear', 'relu', 'sigmoid'] as const)('%s', (activation) =>
    compare(
      (a, b, bias) => tf.fused.matMul({ a: a as tf.Tensor2D, b: b as tf.Tensor2D, bias, activation }),
      [[10, 9], [9, 11], [11]],
      { gradient: activation !== 'sigmoid' },
    ),
  );
});

describe('linear', () => {
  test.each(['none', 'gelu', 'gelu-tanh', 'relu'] as const)('%s', async (activation) => {
    const op = (x: tf.Tensor, w: tf.Tensor, b: tf.Tensor) => ops.linear(x, w, b, activation);
    await compare(op, [[2, 5, 7], [7, 11], [11]]);
    await compare(op, [
      [4, 6, 24],
      [4, 24, 30],
      [4, 30],
    ]);
  });
  test('without bias', () =>
    compare(
      (x, w) => ops.linear(x, w, null),
      [
        [3, 4, 20],
        [20, 16],
      ],
    ));
  test('one row', () => compare((x, w, b) => ops.linear(x, w, b), [[1, 33], [33, 5], [5]]));
  test('no rows', () =>
    compare((x, w, b) => ops.linear(x, w, b), [[0, 33], [33, 5], [5]], { gradient: false }));

  test('weights kept packed for inference are forgotten with them, and when they are assigned', async () => {
    await tf.setBackend('wasm');
    const w = tf.variable(tf.ones([3, 9]));
    const x = tf.ones([2, 3]);
    const first = ops.linear(x, w, null);
    w.assign(tf.fill([3, 9], 2));
    const second = ops.linear(x, w, null);
    expect([...first.dataSync(), ...second.dataSync()]).toEqual([...Array(18).fill(3), ...Array(18).fill(6)]);
    w.dispose();
    // New weights of the same size are likely to be given the same memory.
    const again = ops.linear(x, tf.fill([3, 9], -1), null);
    expect([...again.dataSync()]).toEqual(Array(18).fill(-3));
  });
});
