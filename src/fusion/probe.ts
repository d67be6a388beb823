/** Linear probes: one classifier for each layer of a modality, all layers at once. */
import { linear } from '../runtime/ops';
import * as tf from '../runtime/tf';
import { toTensors, type ParameterSpec, type Parameters, type ParameterTensors } from './parameters';

export interface ProbeShape {
  layers: number;
  width: number;
  classes: number;
}

/** Weights of all layers, [layers, ...]. */
export interface ProbeWeights {
  shape: ProbeShape;
  parameters: Parameters;
}

export const probeParameters = ({ width, classes }: ProbeShape): ParameterSpec[] => [
  { name: 'classify', shape: [width, classes], init: { deviation: 0.5 / Math.sqrt(width) }, weight: true },
  { name: 'classifyBias', shape: [classes], init: { constant: 0 }, weight: false },
];

/** Logits [G, N, classes] of the probes of G layers. @param states [G, N, width] standardised */
export const runProbes = (p: ParameterTensors, states: tf.Tensor): tf.Tensor =>
  linear(states, p.classify, p.classifyBias);

export interface Probes {
  readonly shape: ProbeShape;
  /** Probabilities [layers, N, classes]. @param states [N, layers, width] standardised */
  run(states: tf.Tensor): Promise<Float32Array>;
  dispose(): void;
}

export function createProbes({ shape, parameters }: ProbeWeights): Probes {
  const tensors = toTensors(parameters);
  for (const tensor of Object.values(tensors)) tf.keep(tensor);
  return {
    shape,
    async run(states) {
      const result = tf.tidy(() => tf.softmax(runProbes(tensors, tf.transpose(states, [1, 0, 2]))));
      const values = await result.data<'float32'>();
      result.dispose();
      return values.slice();
    },
    dispose: () => tf.dispose(tensors),
  };
}
