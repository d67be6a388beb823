/** The backends that the parity tests run on, in Node. */
import { existsSync } from 'node:fs';
import { constants } from 'node:os';
import { startBackend } from '../../src/runtime/backend';
import { nodeFiles, startNode } from '../../src/runtime/node';

/** 'wasm' runs our kernels, 'wasm-stock' tfjs's own; a process has one of the two. */
export type BackendName = 'cpu' | 'wasm' | 'wasm-stock' | 'webgpu';

/** Makes a backend current. @returns false, with the reason on the console, where this machine has no adapter for WebGPU */
export async function useBackend(name: BackendName): Promise<boolean> {
  if (name === 'webgpu') loadSoftwareVulkan();
  const backend = name === 'wasm-stock' ? 'wasm' : name;
  const status =
    name === 'wasm-stock'
      ? await startBackend(backend, { files: withoutOurKernels })
      : await startNode({ backend });
  const stock = status.kernels === 'stock';
  if (status.backend === backend && (name !== 'wasm' || !stock) && (name !== 'wasm-stock' || stock))
    return true;
  if (name !== 'webgpu') throw new Error(`${name} did not start: ${status.reason}`);
  console.warn(`Parity on WebGPU is SKIPPED: ${status.reason}`);
  return false;
}

const withoutOurKernels: typeof nodeFiles = (name) =>
  name.startsWith('tfjs-') ? nodeFiles(name) : Promise.reject(new Error('left out for this test'));

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
