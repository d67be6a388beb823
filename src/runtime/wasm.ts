/** Starting tfjs's WASM backend from bytes we fetched ourselves, with our kernels in it. */
import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import { hasRelaxedSimd, installKernels } from './kernels';
import { refuseNullAddresses } from './kernels/host';
import * as tf from './tf';

/** Gives the bytes of one of the .wasm files: tfjs's own by their names, ours as `simd.wasm`, `fma.wasm`, ... */
export type WasmFiles = (name: string) => Promise<ArrayBuffer>;

export interface WasmStart {
  threads: number;
  /** Which build of our kernels runs, or 'stock'. */
  kernels: string;
  /** Why ours do not, in a sentence; empty where they do. */
  kernelsReason: string;
}

let started: WasmStart | null = null;

/** tfjs fetches its binary through the platform; for the moment of its start that fetch gives our bytes. */
async function withFetched<T>(bytes: ArrayBuffer, run: () => Promise<T>): Promise<T> {
  const environment = tf.env();
  const platform = environment.platform;
  environment.platform = Object.create(platform, {
    fetch: { value: () => Promise.resolve(new Response(bytes)) },
  }) as typeof platform;
  try {
    return await run();
  } finally {
    environment.platform = platform;
  }
}

const sentence = (error: unknown) => (error instanceof Error ? error.message : String(error));

/** Makes wasm the active backend. Throws a plain sentence where that is impossible. */
export async function startWasm(files: WasmFiles): Promise<WasmStart> {
  if (started && tf.findBackend('wasm')) {
    await tf.setBackend('wasm');
    return started;
  }
  const { setWasmPaths } = await import('@tensorflow/tfjs-backend-wasm');
  const environment = tf.env();
  // Threads are our kernels' own affair; tfjs's threaded build would start workers from blobs.
  environment.set('WASM_HAS_MULTITHREAD_SUPPORT', false);
  const simd = Boolean(await environment.getAsync('WASM_HAS_SIMD_SUPPORT'));
  const bytes = await files(simd ? 'tfjs-backend-wasm-simd.wasm' : 'tfjs-backend-wasm.wasm');
  setWasmPaths('wasm/', true);
  if (!(await withFetched(bytes, () => tf.setBackend('wasm'))))
    throw new Error('WebAssembly would not start.');
  await tf.ready();
  refuseNullAddresses(tf.backend() as BackendWasm);
  started = { threads: 1, kernels: 'stock', kernelsReason: '' };
  if (!simd) {
    started.kernelsReason = 'This engine has no WebAssembly SIMD, so the stock kernels run, slowly.';
    return started;
  }
  const build = hasRelaxedSimd() ? 'fma' : 'simd';
  try {
    await installKernels(await files(`${build}.wasm`));
    started.kernels = build;
  } catch (error) {
    started.kernelsReason = `The fast kernels could not be loaded (${sentence(error)}), so the stock ones run, slowly.`;
  }
  return started;
}
