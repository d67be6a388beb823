/** The runtime in Node: .wasm files from disk, WebGPU through the npm package `webgpu` (Dawn). */
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { Worker } from 'node:worker_threads';
import { type BackendChoice, type BackendStatus, startBackend } from './backend';
import type { SpawnHelper } from './kernels/threads';
import type { WasmFiles } from './wasm';

const require = createRequire(import.meta.url);

/** .wasm files: tfjs's from its package, ours from the build beside this file. */
export const nodeFiles: WasmFiles = async (name) => {
  const file = name.startsWith('tfjs-')
    ? join(dirname(require.resolve('@tensorflow/tfjs-backend-wasm/package.json')), 'wasm-out', name)
    : new URL(`./kernels/generated/${name}`, import.meta.url);
  const bytes = await readFile(file).catch((error: NodeJS.ErrnoException) => {
    throw new Error(
      error.code === 'ENOENT' ? `${name} is missing: run "npm run build:kernels"` : error.message,
    );
  });
  return new Uint8Array(bytes).buffer;
};

/** The same as `runHelper`, as text: a worker thread cannot load TypeScript. */
const helperCode = `
  const { parentPort, workerData: { module, memory, control, table, index } } = require('node:worker_threads');
  const { initialise, work } = new WebAssembly.Instance(module, { env: { memory } }).exports;
  initialise(table);
  const block = new Int32Array(memory.buffer, control);
  parentPort.postMessage('ready');
  for (let seen = 0; ; Atomics.wait(block, 0, seen)) seen = work(control, index, seen);`;

export const spawnInNode: SpawnHelper = (start) =>
  new Promise((resolve, reject) => {
    const worker = new Worker(helperCode, { eval: true, workerData: start });
    worker.once('message', () => {
      // From here on it waits for ever; the process may end without it.
      worker.unref();
      resolve();
    });
    worker.once('error', reject);
  });

// Gradients: in Node they come only with the umbrella package (tfjs-core's own file of them is not valid there).
require('@tensorflow/tfjs');

export interface NodeOptions {
  backend?: BackendChoice;
  /** Threads of one process, 1 unless told: training shares its work over processes instead. */
  threads?: number;
}

/** Starts tfjs in this process; WASM unless told otherwise. */
export async function startNode({ backend = 'wasm', threads = 1 }: NodeOptions = {}): Promise<BackendStatus> {
  // Node 20 has relaxed SIMD behind a flag; set before any module is compiled it needs no command line.
  setFlagsFromString('--experimental-wasm-relaxed-simd');
  if (backend === 'webgpu' || backend === 'auto') await offerWebGpu();
  return withoutNewListeners(() => startBackend(backend, { files: nodeFiles, threads, spawn: spawnInNode }));
}

/** tfjs's WASM glue takes over uncaught errors, and prints its whole script with each: undo that. */
async function withoutNewListeners<T>(run: () => Promise<T>): Promise<T> {
  const events = ['uncaughtException', 'unhandledRejection'] as const;
  const before = events.map((event) => process.listeners(event as 'exit'));
  try {
    return await run();
  } finally {
    events.forEach((event, i) => {
      for (const listener of process.listeners(event as 'exit'))
        if (!before[i].includes(listener)) process.removeListener(event, listener);
    });
  }
}

/** Puts Dawn's `navigator.gpu` in place, if the package is installed and finds a driver. */
async function offerWebGpu(): Promise<void> {
  if ((globalThis.navigator as Navigator | undefined)?.gpu) return;
  const { create, globals } = await import('webgpu');
  Object.assign(globalThis, globals);
  const navigator = { gpu: create([]), userAgent: 'node' };
  Object.defineProperty(globalThis, 'navigator', { value: navigator, configurable: true, writable: true });
}
