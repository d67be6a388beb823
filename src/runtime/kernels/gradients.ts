/** Gradients of our own kernels, in tfjs's gradient registry: computed only for the inputs that need one. */
import * as tf from '../tf';
import * as names from './names';

type Inputs = Record<string, tf.Tensor>;

/** Runs a kernel by its name; several outputs come as an array. */
export const runKernel = <T extends tf.Tensor | tf.Tensor[]>(
  name: string,
  inputs: Inputs,
  attrs: object = {},
): T => tf.engine().runKernel(name, inputs as never, attrs as never) as unknown as T;

/** Leaves out the inputs that are not there. */
export const present = (inputs: Record<string, tf.Tensor | null | undefined>): Inputs =>
  Object.fromEntries(Object.entries(inputs).filter(([, t]) => t)) as Inputs;

interface Gradient {
  kernelName: string;
  inputsToSave: string[];
  gradFunc: (
    dy: tf.Tensor,
    saved: tf.Tensor[],
    attrs: Record<string, unknown>,
  ) => Record<string, () => tf.Tensor>;
}

const gradients: Gradient[] = [
  {
    kernelName: names.LINEAR,
    inputsToSave: ['x', 'w'],
    gradFunc: (dy, [x, w]) => ({
      x: () => tf.matMul(dy, w, false, true),
      w: () => tf.matMul(x, dy, true, false),
      bias: () => tf.sum(dy, dy.rank - 2),
    }),
  },
  {
    kernelName: names.ACTIVATION,
    inputsToSave: ['x'],
    gradFunc: (dy, [x], attrs) => ({ x: () => runKernel(names.ACTIVATION_GRAD, { x, dy }, attrs) }),
  },
  {
    kernelName: names.LAYER_NORM,
    inputsToSave: ['x', 'gain'],
    gradFunc: (dy, [x, gain], attrs) => {
      const [dx, dGain, dBias] = runKernel<tf.Tensor[]>(names.LAYER_NORM_GRAD, { x, gain, dy }, attrs);
      return { x: () => dx, gain: () => dGain, bias: () => dBias };
    },
  },
  {
    kernelName: names.ATTENTION,
    inputsToSave: ['qkv', 'bias', 'keyMask'],
    gradFunc: (dy, [qkv, bias, keyMask], attrs) => {
      const [dQkv, dBias] = runKernel<tf.Tensor[]>(names.ATTENTION_GRAD, { qkv, bias, keyMask, dy }, attrs);
      return { qkv: () => dQkv, bias: () => dBias };
    },
  },
  {
    kernelName: names.CROSS_ENTROPY,
    inputsToSave: ['logits', 'targets'],
    gradFunc: (dy, [logits, targets]) => ({
      logits: () => runKernel(names.CROSS_ENTROPY_GRAD, { logits, targets, dy }),
    }),
  },
];

let registered = false;
export function registerGradients(): void {
  if (registered) return;
  registered = true;
  for (const gradient of gradients) tf.registerGradient(gradient as unknown as tf.GradConfig);
}
