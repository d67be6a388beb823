/** Starting ours, or tfjs's WASM backend as it comes, for comparison: there our kernels' files are withheld, and it falls back to its own. */
import { startBackend, type BackendStatus } from '../../runtime/backend';
import { nodeFiles, startNode } from '../../runtime/node';

export async function startStock(): Promise<void> {
  const status = await startBackend('wasm', {
    files: (name) =>
      name.startsWith('tfjs-') ? nodeFiles(name) : Promise.reject(new Error('withheld for the comparison')),
  });
  if (status.backend !== 'wasm' || status.kernels !== 'stock')
    throw new Error(`The stock backend did not start: ${status.backend}, ${status.kernels}.`);
}

/** Our kernels on WASM; anything else would be measured under a wrong name, so it is an error. */
export async function startOwn(threads: number): Promise<BackendStatus> {
  const status = await startNode({ backend: 'wasm', threads });
  if (status.backend !== 'wasm' || status.kernels === 'stock')
    throw new Error(`Our kernels did not start: ${status.backend}, ${status.kernels}. ${status.reason}`);
  return status;
}
