/** Offers the comparison of `worker.ts` to `chromium.ts`, which builds, serves and calls this page. */
import type { PageReply, PageRequest, PageResult } from './worker';

declare global {
  interface Window {
    compareForward(request: PageRequest): Promise<PageResult>;
  }
}

window.compareForward = (request) =>
  new Promise((resolve, reject) => {
    const worker = new Worker(new URL('./worker.ts', import.meta.url), { type: 'module' });
    worker.onmessage = ({ data }: MessageEvent<PageReply>) =>
      'result' in data ? resolve(data.result) : reject(new Error(data.problem));
    worker.onerror = (event) => reject(new Error(event.message || 'The worker did not start.'));
    worker.postMessage(request);
  });
