import { expect, test } from 'vitest';
import { startBackend } from '../../../src/runtime/backend';
import { nodeFiles } from '../../../src/runtime/node';
import * as tf from '../../../src/runtime/tf';

test('a damaged build of our kernels is not used', async () => {
  const files = async (name: string) =>
    name.startsWith('tfjs-') ? nodeFiles(name) : (await nodeFiles(name)).slice(0, 1000);
  const status = await startBackend('wasm', { files });
  expect(status).toMatchObject({ backend: 'wasm', kernels: 'stock' });
  expect(status.reason).toMatch(/could not be loaded/);
});

test('where memory cannot grow an allocation is an error, never a wrong number', () => {
  const { wasm } = tf.backend() as unknown as { wasm: { _malloc(bytes: number): number } };
  const grow = WebAssembly.Memory.prototype.grow;
  WebAssembly.Memory.prototype.grow = () => {
    throw new RangeError('memory cannot grow');
  };
  try {
    expect(() => wasm._malloc(2 ** 30)).toThrow(/out of memory/i);
    expect(() => tf.ones([2 ** 28])).toThrow(/out of memory/i);
  } finally {
    WebAssembly.Memory.prototype.grow = grow;
  }
  expect([...tf.add(tf.ones([2]), 1).dataSync()]).toEqual([2, 2]);
});
