/** Runs the same function on the wasm backend with our kernels and on tfjs's cpu backend. */
import { expect } from 'vitest';
import { startNode } from '../../../src/runtime/node';
import * as tf from '../../../src/runtime/tf';

export type Op = (...inputs: tf.Tensor[]) => tf.Tensor;

export async function startBoth(threads = 1): Promise<void> {
  await startNode({ backend: 'cpu' });
  const status = await startNode({ backend: 'wasm', threads });
  // Against the stock kernels, or on fewer threads, these tests would prove nothing.
  expect(status.kernels).not.toBe('stock');
  expect(status).toMatchObject({ threads, reason: '' });
}

export const sizeOf = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);

/** Numbers in [−1, 1), the same for the same seed. */
export function noise(size: number, seed: number): Float32Array {
  let state = seed * 2654435761 + 1;
  return Float32Array.from({ length: size }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    return state / 2 ** 31;
  });
}

async function evaluate(
  backend: string,
  op: Op,
  values: Float32Array[],
  shapes: number[][],
  gradient: boolean,
) {
  await tf.setBackend(backend);
  const inputs = values.map((v, i) => tf.tensor(v, shapes[i]));
  const out = op(...inputs);
  const shape = out.shape.slice();
  const results: tf.Tensor[] = [out];
  if (gradient) {
    const direction = tf.tensor(noise(sizeOf(shape), 99), shape);
    results.push(...tf.grads((...x: tf.Tensor[]) => tf.sum(tf.mul(op(...x), direction)))(inputs));
  }
  const data = await Promise.all(results.map((t) => t.data()));
  return { shapes: results.map((t) => t.shape), data };
}

/** Equal where finite to `tolerance` of the largest value; NaN and infinities in the same places. */
export function expectClose(
  got: ArrayLike<number>,
  wanted: ArrayLike<number>,
  tolerance: number,
  what = '',
): void {
  expect(got.length, what).toBe(wanted.length);
  let scale = 1e-6;
  for (let i = 0; i < wanted.length; i++)
    if (Number.isFinite(wanted[i])) scale = Math.max(scale, Math.abs(wanted[i]));
  for (let i = 0; i < wanted.length; i++) {
    if (Number.isFinite(wanted[i])) {
      if (!(Math.abs(got[i] - wanted[i]) <= tolerance * scale))
        expect.fail(`${what}: element ${i} is ${got[i]}, not ${wanted[i]} (scale ${scale})`);
    } else if (!Object.is(got[i], wanted[i]))
      expect.fail(`${what}: element ${i} is ${got[i]}, not ${wanted[i]}`);
  }
}

export interface Comparison {
  gradient?: boolean;
  tolerance?: number;
  values?: Float32Array[];
}

/** Compares the op's value, and its gradients unless told not to, on both backends. */
export async function compare(op: Op, shapes: number[][], options: Comparison = {}): Promise<void> {
  const { gradient = true, tolerance = 5e-6 } = options;
  const values = options.values ?? shapes.map((shape, i) => noise(sizeOf(shape), i + 1));
  const wanted = await evaluate('cpu', op, values, shapes, gradient);
  const got = await evaluate('wasm', op, values, shapes, gradient);
  expect(got.shapes).toEqual(wanted.shapes);
  got.data.forEach((data, i) =>
    expectClose(data, wanted.data[i], tolerance, i === 0 ? 'value' : `gradient of input ${i}`),
  );
}
