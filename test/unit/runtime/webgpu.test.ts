import { describe, expect, test } from 'vitest';
import { lastDeviceError } from '../../../src/runtime/backend';
import { startNode } from '../../../src/runtime/node';
import * as ops from '../../../src/runtime/ops';
import * as tf from '../../../src/runtime/tf';
import { useBackend as prepare } from '../../parity/backends';
import { expectClose, noise, type Op, sizeOf } from './both';

/** The same op on WebGPU (a software adapter) and in plain JavaScript; gradients too where asked for. */
async function compare(
  op: Op,
  shapes: number[][],
  { gradient = false, tolerance = 1e-5 } = {},
): Promise<void> {
  const values = shapes.map((shape, i) => noise(sizeOf(shape), i + 1));
  const results: Float32Array[][] = [];
  for (const backend of ['cpu', 'webgpu']) {
    await tf.setBackend(backend);
    const inputs = values.map((v, i) => tf.tensor(v, shapes[i]));
    const out = [op(...inputs)];
    if (gradient) out.push(...tf.grads((...x: tf.Tensor[]) => tf.sum(tf.square(op(...x))))(inputs));
    results.push(await Promise.all(out.map((t) => t.data<'float32'>())));
  }
  results[1].forEach((data, i) => expectClose(data, results[0][i], tolerance, `output ${i}`));
  expect(lastDeviceError()).toBe('');
}

/** Programs that WebGPU is asked to run. */
async function dispatches(run: () => tf.Tensor): Promise<number> {
  await tf.setBackend('webgpu');
  const backend = tf.backend() as unknown as { runWebGPUProgram: (...args: unknown[]) => unknown };
  const original = backend.runWebGPUProgram;
  let count = 0;
  backend.runWebGPUProgram = (...args) => {
    count++;
    return original.apply(backend, args);
  };
  try {
    const out = tf.tidy(run);
    await out.data();
    out.dispose();
  } finally {
    backend.runWebGPUProgram = original;
  }
  return count;
}

// Says on the console that it is skipped where the machine has no adapter.
const available = await prepare('webgpu');

describe.runIf(available)('on WebGPU', () => {
  test('our programs pass the self-test', async () => {
    await startNode({ backend: 'cpu' });
    const status = await startNode({ backend: 'webgpu' });
    expect(status).toMatchObject({ backend: 'webgpu', kernels: 'webgpu', reason: '' });
    expect(status.adapter).not.toBe('');
    expect(status.selfTestError).toBeLessThan(1e-4);
  });

  test.each([1, 13, 64, 130])('layer norm, width %i', (width) =>
    compare((x, g, b) => ops.layerNorm(x, g, b, 1e-5), [[3, 5, width], [width], [width]]),
  );
  test('layer norm of groups', () =>
    compare(
      (x, g, b) => ops.layerNorm(x, g, b, 1e-5),
      [
        [4, 70, 24],
        [4, 24],
        [4, 24],
      ],
    ));
  test.each(['none', 'gelu', 'gelu-tanh', 'relu'] as const)('linear, %s', async (activation) => {
    const op: Op = (x, w, b) => ops.linear(x, w, b, activation);
    await compare(op, [[2, 9, 20], [20, 33], [33]], { gradient: true, tolerance: 5e-5 });
    await compare(op, [
      [3, 40, 24],
      [3, 24, 30],
      [3, 30],
    ]);
  });
  test('linear without bias', () =>
    compare(
      (x, w) => ops.linear(x, w, null, 'gelu'),
      [
        [50, 20],
        [20, 33],
      ],
    ));
  test('activations', async () => {
    await compare((x) => ops.gelu(tf.mul(x, 8)), [[1501]], { gradient: true, tolerance: 5e-5 });
    await compare((x) => ops.geluTanh(tf.mul(x, 8)), [[1501]], { gradient: true, tolerance: 5e-5 });
  });
  test.each([
    [300, 2, 24, 2],
    [2, 17, 96, 3],
    [1, 130, 64, 1],
  ])('attention: %i samples, %i tokens, width %i, %i heads', (batch, length, width, heads) =>
    compare((x) => ops.attention(x, heads), [[batch, length, 3 * width]]),
  );
  test('attention with bias and mask', () => {
    const keyMask = Array.from({ length: 26 }, (_, i) => (i % 5 ? 1 : 0));
    const op: Op = (x, bias) => ops.attention(x, 3, { bias, keyMask: tf.tensor(keyMask, [2, 13]) });
    return compare(op, [
      [2, 13, 108],
      [3, 13, 13],
    ]);
  });
  test('gradients of attention and layer norm', async () => {
    await compare((x) => ops.attention(x, 2), [[2, 7, 72]], { gradient: true, tolerance: 1e-4 });
    await compare((x, g, b) => ops.layerNorm(x, g, b, 1e-5), [[3, 9, 48], [48], [48]], {
      gradient: true,
      tolerance: 1e-4,
    });
  });
  test('more workgroups than one dimension holds', () =>
    compare((x, g, b) => ops.layerNorm(x, g, b, 1e-5), [[70_000, 4], [4], [4]], { tolerance: 5e-4 }));

  test('a transformer layer takes ten dispatches', async () => {
    const [width, length] = [48, 40];
    const weight = (rows: number, columns: number) => tf.tensor(noise(rows * columns, 1), [rows, columns]);
    const vector = (size: number) => tf.tensor(noise(size, 2));
    const [qkv, out] = [weight(width, 3 * width), weight(width, width)];
    const [up, down] = [weight(width, 4 * width), weight(4 * width, width)];
    const [a, b, c] = [vector(width), vector(3 * width), vector(4 * width)];
    const x = tf.tensor(noise(length * width, 3), [1, length, width]);
    const layer = () => {
      const context = ops.attention(ops.linear(ops.layerNorm(x, a, a, 1e-5), qkv, b), 2);
      const y = tf.add(x, ops.linear(context, out, a));
      return tf.add(y, ops.linear(ops.linear(ops.layerNorm(y, a, a, 1e-5), up, c, 'gelu'), down, a));
    };
    // Two norms, attention, two sums, four products, and the activation after one of them with its bias.
    expect(await dispatches(layer)).toBe(10);
  });
});
