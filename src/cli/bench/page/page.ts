/** The same comparison inside a browser; `chromium.ts` builds, serves and calls it. */
import * as ort from 'onnxruntime-web/wasm';
import { startBackend } from '../../../runtime/backend';
import { browserFiles } from '../../../runtime/browser';
import { compareForward, type ForwardCase, type ForwardResult } from '../forward';

export interface PageResult {
  isolated: boolean;
  /** Threads of ours. */
  threads: number;
  results: ForwardResult[];
}

declare global {
  interface Window {
    compareForward(cases: ForwardCase[], threads: number): Promise<PageResult>;
  }
}

window.compareForward = async (cases, threads) => {
  const status = await startBackend('wasm', { files: browserFiles });
  if (status.backend !== 'wasm' || status.kernels === 'stock')
    throw new Error(`Our kernels did not start: ${status.backend}, ${status.kernels}. ${status.reason}`);
  ort.env.wasm.wasmPaths = new URL('/ort/', location.href).href;
  ort.env.wasm.numThreads = threads;
  return {
    isolated: crossOriginIsolated,
    threads: status.threads,
    results: await compareForward(ort, cases),
  };
};
