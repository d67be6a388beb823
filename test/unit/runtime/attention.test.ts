import { beforeAll, describe, expect, test } from 'vitest';
import * as ops from '../../../src/runtime/ops';
import * as tf from '../../../src/runtime/tf';
import { compare, noise, startBoth } from './both';

beforeAll(() => startBoth(), 60_000);

describe('attention', () => {
  test.each([
    [3, 1, 8, 2],
    [5, 2, 24, 1],
    [5, 2, 24, 2],
    [2, 3, 16, 4],
    [1, 9, 64, 2],
    [2, 17, 96, 3],
    [1, 64, 128, 4],
    [1, 197, 64, 1],
  ])('%i samples, %i tokens, width %i, %i heads', (batch, length, width, heads) =>
    compare((x) => ops.attention(x, heads), [[batch, length, 3 * width]]),
  );

  test('with a bias for each head', () =>
    compare(
      (x, bias) => ops.attention(x, 3, { bias }),
      [
        [2, 11, 108],
        [3, 11, 11],
      ],
    ));

  test('with masked keys', () => {
    const keyMask = tf.tensor([1, 1, 1, 1, 0, 0, 1, 0, 1, 1, 1, 1], [2, 6]);
    return compare((x) => ops.attention(x, 2, { keyMask }), [[2, 6, 48]]);
  });

  test('with both', () => {
    const keyMask = tf.tensor([1, 1, 0, 0, 1, 1], [2, 3]);
    return compare(
      (x, bias) => ops.attention(x, 2, { bias, keyMask }),
      [
        [2, 3, 48],
        [2, 3, 3],
      ],
    );
  });

  test('every key masked is an even average, as composed', () =>
    compare((x) => ops.attention(x, 1, { keyMask: tf.zeros([1, 3]) }), [[1, 3, 24]], { tolerance: 1e-4 }));

  test('a NaN stays in its sample', async () => {
    const x = noise(3 * 5 * 24, 1);
    x[24 * 5 + 3] = NaN; // a query of the second sample
    await tf.setBackend('wasm');
    const y = ops.attention(tf.tensor(x, [3, 5, 24]), 2).dataSync();
    const bad = [0, 1, 2].map((sample) =>
      y.slice(sample * 40, sample * 40 + 40).some((v) => Number.isNaN(v)),
    );
    expect(bad).toEqual([false, true, false]);
    // Nor does it stay behind in the scratch.
    const clean = ops.attention(tf.tensor(noise(3 * 5 * 24, 1), [3, 5, 24]), 2).dataSync();
    expect(clean.every(Number.isFinite)).toBe(true);
  });
});
