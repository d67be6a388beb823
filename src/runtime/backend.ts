/** Which backend computes, and why: WebGPU where it is real and right, else WASM, else plain JavaScript. */
import * as tf from './tf';
import { selfTest } from './selftest';
import { registerWebGpuKernels, unregisterWebGpuKernels } from './webgpu';
import type { SpawnHelper } from './kernels/threads';
import { startWasm, type WasmFiles } from './wasm';

export type BackendName = 'webgpu' | 'wasm' | 'cpu';
export type BackendChoice = 'auto' | BackendName;

export interface BackendOptions {
  /** Where the .wasm files come from: `browserFiles` in a page or worker, `nodeFiles` in Node. */
  files: WasmFiles;
  /** Threads for WASM, where its memory can be shared; small operations run on one all the same. */
  threads?: number;
  /** How a helper thread is started: `spawnInBrowser`, `spawnInNode`; without it there is one thread. */
  spawn?: SpawnHelper;
  /** Backends not to try again, as they have failed in this session. */
  except?: readonly BackendName[];
}

export interface BackendStatus {
  backend: BackendName;
  threads: number;
  /** Largest absolute error of the self-test. */
  selfTestError: number;
  /** Why it is not a backend that comes first, or not our kernels: sentences; empty where nothing was passed over. */
  reason: string;
  /** The graphics adapter in words; empty unless WebGPU. */
  adapter: string;
  /** Which kernels run: 'fma' or 'simd' on WASM and 'webgpu' are ours, 'stock' are tfjs's. */
  kernels: string;
}

/** Beyond this the backend's arithmetic is taken to be broken; float32 gives about 1e-6. */
export const SELF_TEST_TOLERANCE = 1e-3;

const order: readonly BackendName[] = ['webgpu', 'wasm', 'cpu'];
const label: Record<BackendName, string> = { webgpu: 'WebGPU', wasm: 'WebAssembly', cpu: 'Plain JavaScript' };
const sentence = (error: unknown) => (error instanceof Error ? error.message : String(error));

let deviceError = '';
/** The first error that WebGPU has reported outside any call since its start; empty for none. */
export const lastDeviceError = (): string => deviceError;

async function startWebGpu(): Promise<string> {
  const gpu = (globalThis.navigator as Navigator | undefined)?.gpu;
  if (!gpu) throw new Error('this browser has no WebGPU');
  const adapter = await gpu.requestAdapter({ powerPreference: 'high-performance' });
  if (!adapter) throw new Error('no graphics adapter is available');
  await import('@tensorflow/tfjs-backend-webgpu');
  // tfjs resolves to false, rather than rejecting, when its own start fails.
  if (!(await tf.setBackend('webgpu'))) throw new Error('the graphics device could not be started');
  await tf.ready();
  registerWebGpuKernels();
  const { device } = tf.backend() as unknown as { device: GPUDevice };
  device.addEventListener('uncapturederror', (event) => (deviceError ||= event.error.message));
  const { vendor, architecture, device: name, description } = adapter.info;
  return description || [vendor, architecture, name].filter(Boolean).join(' ') || 'unnamed adapter';
}

/** Runs the self-test; a sentence on what is wrong, empty where nothing is. */
async function check(status: BackendStatus): Promise<string> {
  deviceError = '';
  status.selfTestError = await selfTest();
  if (deviceError) return `the graphics device reported: ${deviceError}`;
  if (!(status.selfTestError <= SELF_TEST_TOLERANCE))
    return `its self-test is off by ${status.selfTestError.toPrecision(2)}`;
  return '';
}

async function startOne(name: BackendName, options: BackendOptions): Promise<BackendStatus> {
  const status: BackendStatus = {
    backend: name,
    threads: 1,
    selfTestError: 0,
    reason: '',
    adapter: '',
    kernels: 'stock',
  };
  if (name === 'webgpu') Object.assign(status, { adapter: await startWebGpu(), kernels: 'webgpu' });
  else if (name === 'wasm') {
    Object.assign(status, await startWasm(options));
  } else {
    await import('@tensorflow/tfjs-backend-cpu');
    if (!(await tf.setBackend('cpu'))) throw new Error('it would not start');
    await tf.ready();
  }
  const problem = await check(status);
  if (!problem) return status;
  if (name !== 'webgpu') throw new Error(problem);
  // The device may be right where our programs on it are not.
  unregisterWebGpuKernels();
  status.kernels = 'stock';
  status.reason = `Our WebGPU programs are not used: ${problem}.`;
  const again = await check(status);
  if (again) throw new Error(again);
  return status;
}

/**
 * Starts the chosen backend, or the best that works.
 * A forced backend that fails falls back like `auto`, and `reason` says so. Throws only if none starts.
 */
export async function startBackend(choice: BackendChoice, options: BackendOptions): Promise<BackendStatus> {
  const preferred = choice === 'auto' ? order : [choice, ...order.filter((name) => name !== choice)];
  const reasons: string[] = [];
  for (const name of preferred) {
    if (options.except?.includes(name)) {
      reasons.push(`${label[name]} failed earlier.`);
      continue;
    }
    try {
      const status = await startOne(name, options);
      return { ...status, reason: [...reasons, status.reason].filter(Boolean).join(' ') };
    } catch (error) {
      reasons.push(`${label[name]} is not used: ${sentence(error).replace(/\.$/, '')}.`);
    }
  }
  throw new Error(`No backend starts. ${reasons.join(' ')}`);
}
