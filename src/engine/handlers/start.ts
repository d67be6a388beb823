import { UserError } from '../../math/errors';
import { startBackend } from '../../runtime/backend';
import { browserFiles, browserThreads, spawnInBrowser } from '../../runtime/browser';
import * as tf from '../../runtime/tf';
import type { Handler } from '../handler';

const first = { webgpu: 'WebGPU', wasm: 'WebAssembly', cpu: 'Plain JavaScript' } as const;

export const start: Handler<'start'> = async ({ choice, except }, { lost }) => {
  const status = await startBackend(choice, {
    files: browserFiles,
    threads: browserThreads(),
    spawn: spawnInBrowser,
    except,
  }).catch((error: unknown) => {
    const reason = error instanceof Error ? error.message : String(error);
    throw new UserError(`${reason} Check the network, close other tabs, then try again.`);
  });
  if (status.backend === 'webgpu') {
    const { device } = tf.backend() as unknown as { device: GPUDevice };
    void device.lost.then(({ message, reason }) => lost(message || `The device reported "${reason}".`));
  }
  const right = `${first[status.backend]} works, and its self-test agrees with plain arithmetic.`;
  return { ...status, reason: status.reason || right };
};
