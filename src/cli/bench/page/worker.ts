/** The same comparison inside a browser's worker, where ours may have threads. */
import * as ort from 'onnxruntime-web/wasm';
import { startBackend } from '../../../runtime/backend';
import { browserFiles, browserThreads, spawnInBrowser } from '../../../runtime/browser';
import { compareForward, type ForwardCase, type ForwardResult } from '../forward';

export interface PageRequest {
  cases: ForwardCase[];
  threads: number;
}

export interface PageResult {
  isolated: boolean;
  /** Threads of ours. */
  threads: number;
  results: ForwardResult[];
}

export type PageReply = { result: PageResult } | { problem: string };

async function compare({ cases, threads }: PageRequest): Promise<PageResult> {
  const status = await startBackend('wasm', {
    files: browserFiles,
    threads: Math.min(threads, browserThreads()),
    spawn: spawnInBrowser,
  });
  if (status.backend !== 'wasm' || status.kernels === 'stock')
    throw new Error(`Our kernels did not start: ${status.backend}, ${status.kernels}. ${status.reason}`);
  ort.env.wasm.wasmPaths = new URL('/ort/', self.location.href).href;
  ort.env.wasm.numThreads = threads;
  return {
    isolated: crossOriginIsolated,
    threads: status.threads,
    results: await compareForward(ort, cases),
  };
}

self.onmessage = ({ data }: MessageEvent<PageRequest>) => {
  compare(data).then(
    (result) => self.postMessage({ result } satisfies PageReply),
    (error: Error) => self.postMessage({ problem: error.stack ?? error.message } satisfies PageReply),
  );
};
