import '@tensorflow/tfjs-backend-wasm';
import { expect, test } from 'vitest';
import { startNode } from '../../../src/runtime/node';
import * as tf from '../../../src/runtime/tf';

test('an engine without SIMD runs the stock kernels and says so', async () => {
  tf.env().set('WASM_HAS_SIMD_SUPPORT', false);
  const status = await startNode({ backend: 'wasm' });
  expect(status).toMatchObject({ backend: 'wasm', kernels: 'stock' });
  expect(status.reason).toMatch(/no WebAssembly SIMD/);
  expect(status.selfTestError).toBeLessThan(1e-4);
});
