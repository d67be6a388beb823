import { beforeAll, describe, expect, test } from 'vitest';
import * as ops from '../../../src/runtime/ops';
import * as tf from '../../../src/runtime/tf';
import { compare, expectClose, noise, startBoth } from './both';

beforeAll(() => startBoth(), 60_000);

describe('layerNorm', () => {
  const op = (x: tf.Tensor, g: tf.Tensor, b: tf.Tensor) => ops.layerNorm(x, g, b, 1e-5);
  // Rows of two or three numbers cancel almost wholly in the gradient: float32 keeps fewer digits there.
  test.each([1, 2, 3, 4, 13, 24, 130])('width %i', (width) =>
    compare(op, [[2, 3, width], [width], [width]], { tolerance: width < 4 ? 5e-5 : 5e-6 }),
  );
  test('a gain for each group', () =>
    compare(op, [
      [3, 5, 22],
      [3, 22],
      [3, 22],
    ]));
  test('no rows', () => compare(op, [[0, 8], [8], [8]], { gradient: false }));
  test('a constant row is all bias', async () => {
    await tf.setBackend('wasm');
    const y = op(tf.fill([2, 7], 3), tf.ones([7]), tf.fill([7], 0.5));
    expect([...y.dataSync()]).toEqual(Array(14).fill(0.5));
  });
  test('NaN stays in its row', async () => {
    const x = noise(30, 1);
    x[7] = NaN;
    x[25] = Infinity;
    await compare(op, [[5, 6], [6], [6]], { values: [x, noise(6, 2), noise(6, 3)], gradient: false });
  });
});

describe('activations', () => {
  const wide = Float32Array.from({ length: 1003 }, (_, i) => (i - 501) / 40);
  test.each([
    ['gelu', ops.gelu],
    ['gelu-tanh', ops.geluTanh],
    ['tanh', tf.tanh],
    ['erf', tf.erf],
  ] as const)('%s from −12.5 to 12.5', (_, op) => compare((x) => op(x), [[1003]], { values: [wide] }));

  test('gelu against the normal distribution by integration', async () => {
    await tf.setBackend('wasm');
    const points = [-4, -2.5, -1, -0.3, 0, 0.1, 0.7, 1.9, 3.3];
    const cdf = (x: number) => {
      let sum = 0;
      const n = 20000;
      for (let i = 0; i < n; i++) sum += Math.exp(-0.5 * (((i + 0.5) / n) * x) ** 2) * (x / n);
      return 0.5 + sum / Math.sqrt(2 * Math.PI);
    };
    expectClose(
      ops.gelu(tf.tensor(points)).dataSync(),
      points.map((x) => x * cdf(x)),
      3e-7,
    );
  });

  test.each([
    ['gelu', ops.gelu],
    ['gelu-tanh', ops.geluTanh],
    ['tanh', tf.tanh],
    ['erf', tf.erf],
    ['relu', (x: tf.Tensor) => ops.activate(x, 'relu')],
  ] as const)('%s of NaN and infinity', (_, op) =>
    compare((x) => op(x), [[5]], {
      values: [Float32Array.of(NaN, Infinity, -Infinity, 0, 1)],
      gradient: false,
    }),
  );
});

describe('softmax and cross-entropy', () => {
  test.each([1, 2, 3, 8, 10, 129])('softmax over %i', (width) =>
    compare((x) => tf.softmax(x), [[3, 5, width]]),
  );
  test('softmax of far values', () =>
    compare((x) => tf.softmax(x), [[2, 5]], {
      values: [Float32Array.of(1e4, -1e4, 0, 9999, 3, -1e9, -1e9, -1e9, -1e9, -1e9)],
    }));
  test('softmax of NaN', () =>
    compare((x) => tf.softmax(x), [[2, 5]], {
      values: [Float32Array.of(1, NaN, 0, 2, 3, 1, 2, 3, 4, 5)],
      gradient: false,
    }));

  const targets = (shape: number[]) =>
    tf.softmax(
      tf.tensor(
        noise(
          shape.reduce((a, b) => a * b, 1),
          5,
        ),
        shape,
      ),
    );
  test.each([1, 2, 10, 13])('cross-entropy over %i classes', (classes) =>
    compare((z) => ops.crossEntropy(z, targets([4, classes])), [[4, classes]]),
  );
  test('targets shared by the heads', () =>
    compare((z) => ops.crossEntropy(z, targets([4, 6])), [[3, 4, 6]]));
  test('targets that broadcast inside', () =>
    compare((z) => ops.crossEntropy(z, targets([3, 1, 6])), [[3, 4, 6]]));
  test('against the definition', async () => {
    await tf.setBackend('wasm');
    const z = [2, -1, 0.5];
    const total = z.reduce((sum, v) => sum + Math.exp(v), 0);
    const loss = ops.crossEntropy(tf.tensor([z]), tf.tensor([[0, 1, 0]]));
    expect(loss.dataSync()[0]).toBeCloseTo(Math.log(total) + 1, 6);
  });
});
