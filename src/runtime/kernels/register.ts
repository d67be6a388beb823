/** Putting kernels into tfjs's registry, keeping the stock one at hand for the cases ours does not take. */
import * as tf from '../tf';
import type { KernelHost } from './host';

export interface KernelCall {
  inputs: Record<string, tf.TensorInfo>;
  attrs: Record<string, unknown>;
}
type Output = tf.TensorInfo | tf.TensorInfo[];
/** Returns null to leave a call to the stock kernel. */
export type Replacement = (host: KernelHost, call: KernelCall) => Output | null;

/** Replaces (or adds) a kernel of the wasm backend. */
export function replaceKernel(host: KernelHost, kernelName: string, run: Replacement): void {
  const stock = tf.getKernel(kernelName, 'wasm');
  if (stock) tf.unregisterKernel(kernelName, 'wasm');
  tf.registerKernel({
    ...stock,
    kernelName,
    backendName: 'wasm',
    kernelFunc: (params) => {
      const call = {
        inputs: params.inputs as KernelCall['inputs'],
        attrs: (params.attrs ?? {}) as KernelCall['attrs'],
      };
      const out = run(host, call);
      if (out) return out;
      if (!stock) throw new Error(`${kernelName} has no kernel on the wasm backend for these inputs.`);
      return stock.kernelFunc(params);
    },
  });
}

export const isFloat = (...tensors: (tf.TensorInfo | null | undefined)[]): boolean =>
  tensors.every((t) => !t || t.dtype === 'float32');
