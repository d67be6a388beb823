/** Puts our programs into the registry of tfjs's WebGPU backend, under the names that `ops.ts` looks for. */
import { registerGradients } from '../kernels/gradients';
import * as names from '../kernels/names';
import * as tf from '../tf';
import * as programs from './programs';

interface Backend {
  runWebGPUProgram(
    program: programs.Program,
    inputs: tf.TensorInfo[],
    dtype: tf.DataType,
    uniforms: programs.Uniform[],
  ): tf.TensorInfo;
  disposeData(dataId: tf.DataId): boolean;
}
type Inputs = Record<string, tf.TensorInfo>;
type Attributes = Record<string, unknown>;

const run = (backend: Backend, { program, inputs, uniforms }: programs.Call) =>
  backend.runWebGPUProgram(program, inputs, 'float32', uniforms);

function stock(backend: Backend, kernelName: string, inputs: Inputs, attrs: Attributes): tf.TensorInfo {
  const kernel = tf.getKernel(kernelName, 'webgpu')!;
  const out = kernel.kernelFunc({
    inputs: inputs as never,
    attrs: attrs as never,
    backend: backend as never,
  });
  return out as tf.TensorInfo;
}

/** x w + b and the activation: one dispatch where tfjs's own product takes the bias, else two. */
function linear(backend: Backend, { x, w, bias }: Inputs, { activation }: Attributes): tf.TensorInfo {
  const code = activation as number;
  const plain = { transposeA: false, transposeB: false };
  const shared = w.shape.length === 2;
  if (shared && !code)
    return bias
      ? stock(backend, '_FusedMatMul', { a: x, b: w, bias }, { ...plain, activation: 'linear' })
      : stock(backend, 'BatchMatMul', { a: x, b: w }, plain);
  const product = stock(backend, 'BatchMatMul', { a: x, b: w }, plain);
  if (!bias && !code) return product;
  const out = run(
    backend,
    bias ? programs.biasActivation(product, bias, code) : programs.activation(product, code),
  );
  backend.disposeData(product.dataId);
  return out;
}

const kernels: Record<string, (backend: Backend, inputs: Inputs, attrs: Attributes) => tf.TensorInfo> = {
  [names.LINEAR]: linear,
  [names.LAYER_NORM]: (backend, { x, gain, bias }, { eps }) =>
    run(backend, programs.layerNorm(x, gain, bias, eps as number)),
  [names.ACTIVATION]: (backend, { x }, { activation }) =>
    run(backend, programs.activation(x, activation as number)),
  [names.ACTIVATION_GRAD]: (backend, { x, dy }, { activation }) =>
    run(backend, programs.activationGrad(x, dy, activation as number)),
  [names.ATTENTION]: (backend, { qkv, bias, keyMask }, { hasBias, hasMask, heads }) => {
    if (qkv.shape[1] > programs.LONGEST_ATTENTION)
      throw new Error(`Attention over ${qkv.shape[1]} tokens is too long for WebGPU; WebAssembly takes it.`);
    return run(
      backend,
      programs.attention(qkv, hasBias ? bias : null, hasMask ? keyMask : null, heads as number),
    );
  },
};

export function registerWebGpuKernels(): void {
  registerGradients();
  for (const [kernelName, kernel] of Object.entries(kernels))
    if (!tf.getKernel(kernelName, 'webgpu'))
      tf.registerKernel({
        kernelName,
        backendName: 'webgpu',
        kernelFunc: ({ inputs, attrs, backend }) =>
          kernel(backend as unknown as Backend, inputs as Inputs, (attrs ?? {}) as Attributes),
      });
}

/** Back to tfjs's own ops. */
export function unregisterWebGpuKernels(): void {
  for (const kernelName of Object.keys(kernels))
    if (tf.getKernel(kernelName, 'webgpu')) tf.unregisterKernel(kernelName, 'webgpu');
}
