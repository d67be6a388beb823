import { beforeEach, expect, test, vi } from 'vitest';
import { startBackend } from '../../../src/runtime/backend';
import { nodeFiles, startNode } from '../../../src/runtime/node';
import * as ops from '../../../src/runtime/ops';
import * as tf from '../../../src/runtime/tf';

beforeEach(() => void vi.unstubAllGlobals());

/** A navigator whose `gpu` gives this adapter. */
const stubAdapter = (adapter: unknown) =>
  vi.stubGlobal('navigator', { gpu: { requestAdapter: () => Promise.resolve(adapter) } });

test('without a graphics adapter auto takes wasm and says why', async () => {
  stubAdapter(null);
  const status = await startBackend('auto', { files: nodeFiles });
  expect(status).toMatchObject({ backend: 'wasm', adapter: '' });
  expect(status.reason).toMatch(/WebGPU is not used: no graphics adapter/);
  expect(status.kernels).toMatch(/^(fma|simd)$/);
});

test('without WebGPU at all a forced WebGPU falls back and says why', async () => {
  vi.stubGlobal('navigator', {});
  const status = await startBackend('webgpu', { files: nodeFiles });
  expect(status.backend).toBe('wasm');
  expect(status.reason).toMatch(/no WebGPU/);
});

test('a backend that failed earlier is not tried again', async () => {
  const status = await startBackend('auto', { files: nodeFiles, except: ['webgpu', 'wasm'] });
  expect(status).toMatchObject({ backend: 'cpu', kernels: 'stock' });
  expect(status.reason).toMatch(/WebGPU failed earlier.*WebAssembly failed earlier/);
});

test('a forced backend is taken without a reason', async () => {
  expect(await startNode({ backend: 'cpu' })).toMatchObject({ backend: 'cpu', reason: '' });
  expect(await startNode({ backend: 'wasm' })).toMatchObject({ backend: 'wasm', reason: '' });
});

test('a backend that computes wrongly fails its self-test', async () => {
  await startNode({ backend: 'wasm' });
  const kernel = tf.getKernel('SkewscopeLayerNorm', 'wasm')!;
  const right = kernel.kernelFunc;
  kernel.kernelFunc = (params) => {
    const out = right(params) as tf.TensorInfo;
    const { wasm, dataIdMap } = tf.backend() as unknown as {
      wasm: { HEAPF32: Float32Array };
      dataIdMap: tf.DataStorage<{ memoryOffset: number }>;
    };
    wasm.HEAPF32[dataIdMap.get(out.dataId).memoryOffset / 4 + 5] += 0.01;
    return out;
  };
  try {
    const status = await startBackend('wasm', { files: nodeFiles });
    expect(status.backend).toBe('cpu');
    expect(status.reason).toMatch(/WebAssembly is not used: its self-test is off by 0\.01/);
  } finally {
    kernel.kernelFunc = right;
  }
});

test('the self-test leaks no tensor', async () => {
  await startNode({ backend: 'wasm' });
  const before = tf.memory().numTensors;
  await startNode({ backend: 'wasm' });
  expect(tf.memory().numTensors).toBe(before);
});

test('many samples leak no tensor and no memory', async () => {
  await startNode({ backend: 'wasm' });
  const [w, b, g] = [tf.randomNormal([24, 72], 0, 1, 'float32', 1), tf.zeros([72]), tf.ones([24])];
  const run = () =>
    tf
      .tidy(() => ops.attention(ops.linear(ops.layerNorm(tf.ones([4, 5, 24]), g, g, 1e-5), w, b, 'gelu'), 2))
      .dispose();
  run();
  const { wasm } = tf.backend() as unknown as { wasm: { HEAPU8: Uint8Array } };
  const [tensors, bytes] = [tf.memory().numTensors, wasm.HEAPU8.length];
  for (let i = 0; i < 2000; i++) run();
  expect([tf.memory().numTensors, wasm.HEAPU8.length]).toEqual([tensors, bytes]);
});
