/** The runtime in a page or worker: .wasm files by the addresses that the bundler gives them on our own origin. */
import '@tensorflow/tfjs-core/dist/register_all_gradients';
import stockPlain from '@tensorflow/tfjs-backend-wasm/wasm-out/tfjs-backend-wasm.wasm?url';
import stockSimd from '@tensorflow/tfjs-backend-wasm/wasm-out/tfjs-backend-wasm-simd.wasm?url';
import fma from './kernels/generated/fma.wasm?url';
import fmaThreads from './kernels/generated/fma-threads.wasm?url';
import simd from './kernels/generated/simd.wasm?url';
import simdThreads from './kernels/generated/simd-threads.wasm?url';
import type { SpawnHelper } from './kernels/threads';
import type { WasmFiles } from './wasm';

const addresses: Record<string, string> = {
  'tfjs-backend-wasm.wasm': stockPlain,
  'tfjs-backend-wasm-simd.wasm': stockSimd,
  'fma.wasm': fma,
  'fma-threads.wasm': fmaThreads,
  'simd.wasm': simd,
  'simd-threads.wasm': simdThreads,
};

export const browserFiles: WasmFiles = async (name) => {
  const response = await fetch(addresses[name]).catch(() => null);
  if (!response?.ok) throw new Error(`${name} could not be downloaded`);
  return response.arrayBuffer();
};

/** A helper thread: a worker started by the worker that owns tfjs. Needs a cross-origin isolated page. */
export const spawnInBrowser: SpawnHelper = (start) =>
  new Promise((resolve, reject) => {
    const worker = new Worker(new URL('./kernels/helper.ts', import.meta.url), { type: 'module' });
    worker.onmessage = () => resolve();
    worker.onerror = (event) => reject(new Error(event.message || 'a helper thread did not start'));
    worker.postMessage(start);
  });

/** Threads to ask for: the machine's, up to eight; one where memory cannot be shared or this is the page's own thread. */
export const browserThreads = (): number =>
  globalThis.crossOriginIsolated && typeof window === 'undefined'
    ? Math.min(8, navigator.hardwareConcurrency || 1)
    : 1;
