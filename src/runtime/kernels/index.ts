/**
 * The one place that knows tfjs's WASM backend from the inside: installs our kernels in its registry.
 * `assembly/` is their code, `scripts/build-kernels.mjs` compiles it.
 */
import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import * as tf from '../tf';
import { registerGradients } from './gradients';
import { KernelHost } from './host';
import { registerMatMul } from './matmul';
import { registerMoves } from './move';
import { registerRows } from './rows';
import type { SpawnHelper } from './threads';

let host: KernelHost | null = null;

/** Our kernels' host while the wasm backend with our kernels is the active one, else null. */
export const activeKernels = (): KernelHost | null => (tf.getBackend() === 'wasm' ? host : null);

/** Replaces kernels of the active wasm backend by those in `code`, a build of the side module. */
export async function installKernels(
  code: BufferSource,
  threads: number,
  spawn?: SpawnHelper,
): Promise<void> {
  host = await KernelHost.create(tf.backend() as BackendWasm, code, threads, spawn);
  registerMatMul(host);
  registerRows(host);
  registerMoves(host);
  registerGradients();
}

// f32x4.relaxed_madd of three parameters: validates only where relaxed SIMD is on.
const relaxedProbe = new Uint8Array([
  0, 97, 115, 109, 1, 0, 0, 0, 1, 8, 1, 96, 3, 123, 123, 123, 1, 123, 3, 2, 1, 0, 10, 13, 1, 11, 0, 32, 0, 32,
  1, 32, 2, 0xfd, 0x85, 2, 11,
]);
export const hasRelaxedSimd = (): boolean => WebAssembly.validate(relaxedProbe);
