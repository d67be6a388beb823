/** Starting tfjs's WASM backend from bytes we fetched ourselves, with our kernels in it. */
import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import { hasRelaxedSimd, installKernels } from './kernels';
import { refuseNullAddresses } from './kernels/host';
import type { SpawnHelper } from './kernels/threads';
import * as tf from './tf';

/** Gives the bytes of one of the .wasm files: tfjs's own by their names, ours as `simd.wasm`, `fma.wasm`, ... */
export type WasmFiles = (name: string) => Promise<ArrayBuffer>;

export interface WasmOptions {
  files: WasmFiles;
  /** Threads wanted; 1 unless the memory can be shared and `spawn` is given. */
  threads?: number;
  spawn?: SpawnHelper;
}

export interface WasmStart {
  threads: number;
  /** Which build of our kernels runs, or 'stock'. */
  kernels: string;
  /** Why ours do not, or why there is one thread, in sentences; empty where nothing was passed over. */
  reason: string;
}

let started: WasmStart | null = null;

/** tfjs fetches its binary through the platform; for the moment of its start that fetch gives our bytes. */
async function withFetched<T>(bytes: Uint8Array<ArrayBuffer>, run: () => Promise<T>): Promise<T> {
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

function canShareMemory(): boolean {
  if (typeof SharedArrayBuffer === 'undefined') return false;
  try {
    return Boolean(new WebAssembly.Memory({ initial: 1, maximum: 65536, shared: true }));
  } catch {
    return false;
  }
}

/**
 * tfjs's one-threaded binary with its memory declared shared: the flags byte of its memory section, from
 * "has a maximum" to "has a maximum, shared". Null where the binary is not as expected.
 */
export function withSharedMemory(binary: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> | null {
  let at = 8;
  const number = () => {
    let value = 0;
    for (let shift = 0, byte = 128; byte & 128; shift += 7) value |= ((byte = binary[at++]) & 127) << shift;
    return value >>> 0;
  };
  while (at < binary.length) {
    const section = binary[at++];
    const size = number();
    // Section 5 is memory: a count of one, then the flags.
    if (section === 5) {
      if (binary[at] !== 1 || binary[at + 1] !== 1) return null;
      const shared = binary.slice();
      shared[at + 1] = 3;
      return shared;
    }
    at += size;
  }
  return null;
}

/** Makes wasm the active backend. Throws a plain sentence where that is impossible. */
export async function startWasm({ files, threads = 1, spawn }: WasmOptions): Promise<WasmStart> {
  if (started && tf.findBackend('wasm')) {
    await tf.setBackend('wasm');
    return started;
  }
  const { setWasmPaths } = await import('@tensorflow/tfjs-backend-wasm');
  const environment = tf.env();
  // Threads are our kernels' own affair; tfjs's threaded build would start workers from blobs.
  environment.set('WASM_HAS_MULTITHREAD_SUPPORT', false);
  const simd = Boolean(await environment.getAsync('WASM_HAS_SIMD_SUPPORT'));
  const name = simd ? 'tfjs-backend-wasm-simd.wasm' : 'tfjs-backend-wasm.wasm';
  const binary = new Uint8Array(await files(name));
  // tfjs would wait for ever for a binary that does not compile.
  if (!WebAssembly.validate(binary)) throw new Error(`${name} is damaged`);
  const shared = simd && threads > 1 && spawn && canShareMemory() ? withSharedMemory(binary) : null;
  setWasmPaths('wasm/', true);
  if (!(await withFetched(shared ?? binary, () => tf.setBackend('wasm'))))
    throw new Error('WebAssembly would not start');
  await tf.ready();
  refuseNullAddresses(tf.backend() as BackendWasm);
  started = { threads: 1, kernels: 'stock', reason: '' };
  if (simd) await addKernels(started, files, shared ? threads : 1, spawn);
  else started.reason = 'This engine has no WebAssembly SIMD, so the stock kernels run, slowly.';
  return started;
}

async function addKernels(
  start: WasmStart,
  files: WasmFiles,
  threads: number,
  spawn?: SpawnHelper,
): Promise<void> {
  const build = hasRelaxedSimd() ? 'fma' : 'simd';
  // On a shared memory only the threaded builds fit, even for one thread.
  const shared = threads > 1;
  try {
    const code = await files(`${build}${shared ? '-threads' : ''}.wasm`);
    if (shared) {
      try {
        await installKernels(code, threads, spawn);
        Object.assign(start, { threads, kernels: build });
        return;
      } catch (error) {
        start.reason = `One thread only: ${sentence(error)}.`;
      }
    }
    await installKernels(code, 1);
    start.kernels = build;
  } catch (error) {
    start.reason = `The fast kernels could not be loaded (${sentence(error)}), so the stock ones run, slowly.`;
  }
}
