import { expect, test } from 'vitest';
import { startBackend } from '../../../src/runtime/backend';
import { nodeFiles } from '../../../src/runtime/node';
import * as tf from '../../../src/runtime/tf';

test('where our .wasm is blocked the stock kernels run, right, and the status says why', async () => {
  const status = await startBackend('wasm', {
    files: (name) =>
      name.startsWith('tfjs-')
        ? nodeFiles(name)
        : Promise.reject(new Error(`${name} could not be downloaded`)),
  });
  expect(status).toMatchObject({ backend: 'wasm', kernels: 'stock', threads: 1 });
  expect(status.reason).toMatch(/(fma|simd)\.wasm could not be downloaded/);
  expect(status.selfTestError).toBeLessThan(1e-4);
  expect([...tf.matMul(tf.ones([2, 3]), tf.ones([2, 3]), false, true).dataSync()]).toEqual([3, 3, 3, 3]);
});
