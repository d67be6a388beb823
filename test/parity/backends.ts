/** The backends that the parity tests run on, in Node. */
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { constants } from 'node:os';
import { dirname, join } from 'node:path';
import '@tensorflow/tfjs-backend-cpu';
// registers the gradients; tfjs-core's own list of them cannot be imported in Node
import '@tensorflow/tfjs';
import { setWasmPaths, setThreadsCount } from '@tensorflow/tfjs-backend-wasm';
import * as tf from '../../src/runtime/tf';

const require = createRequire(import.meta.url);

export const backends = ['cpu', 'wasm', 'webgpu'] as const;
export type BackendName = (typeof backends)[number];

/** Makes a backend current. @returns false, with the reason on the console, where this machine has no adapter for it */
export async function useBackend(name: BackendName): Promise<boolean> {
  if (name === 'wasm') {
    setWasmPaths(join(dirname(require.resolve('@tensorflow/tfjs-backend-wasm')), '/'));
    setThreadsCount(1);
  }
  if (name === 'webgpu' && !(await installWebGpu())) return false;
  if (!(await tf.setBackend(name))) throw new Error(`tfjs has no backend ${name} here`);
  await tf.ready();
  return true;
}

async function installWebGpu(): Promise<boolean> {
  try {
    loadSoftwareVulkan();
    const { create, globals } = await import('webgpu');
    Object.assign(globalThis, globals);
    Object.defineProperty(globalThis, 'navigator', { value: { gpu: create([]) }, configurable: true });
    if (!(await navigator.gpu.requestAdapter())) throw new Error('no adapter');
    await import('@tensorflow/tfjs-backend-webgpu');
    return true;
  } catch (error) {
    console.warn(`WebGPU parity is SKIPPED: ${error instanceof Error ? error.message : error}`);
    return false;
  }
}

/** Chromium brings a Vulkan loader and SwiftShader; Dawn finds the loader by its name once it is in the process. */
function loadSoftwareVulkan(): void {
  const folder = '/usr/lib/chromium';
  if (!existsSync(`${folder}/libvulkan.so.1`)) return;
  process.env.VK_ICD_FILENAMES ??= `${folder}/vk_swiftshader_icd.json`;
  const stayLoaded = 0x1000; // RTLD_NODELETE
  try {
    process.dlopen({ exports: {} }, `${folder}/libvulkan.so.1`, constants.dlopen.RTLD_LAZY | stayLoaded);
  } catch {
    // it is no Node module, which Node says after loading it
  }
}
