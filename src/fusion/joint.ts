/**
 * Several modalities in one model: the head of `head.ts` with M tokens in the place of two. Per modality one projection
 * p(·) of one layer's state and a layer bias; one shared block in which every token attends to all M; f is their mean.
 * With M = 2 it is the head. A modality that is missing is given as its training means, which standardised are zero.
 */
import { linear } from '../runtime/ops';
import * as tf from '../runtime/tf';
import { blockParameters, fuseTokens, layerBias, projection, type HeadShape } from './head';
import { toTensors, type Parameters, type ParameterSpec, type ParameterTensors } from './parameters';

export interface JointShape extends Pick<HeadShape, 'width' | 'attentionHeads' | 'hidden' | 'classes'> {
  /** Widths of the modalities' states, in their order: two or more. */
  widths: readonly number[];
}

/** The weights of one model, each with a first axis of 1. */
export interface JointWeights {
  shape: JointShape;
  parameters: Parameters;
}

/** `project.<m>` and `layer.<m>` of the m-th modality from 0, then the block's. */
export const jointParameters = (shape: JointShape): ParameterSpec[] => [
  ...shape.widths.map((from, m) => projection(`project.${m}`, from, shape.width)),
  ...shape.widths.map((_, m) => layerBias(`layer.${m}`, [shape.width])),
  ...blockParameters(shape, shape.widths.length),
];

export interface JointOutputs {
  /** [G, N, classes] */
  logits: tf.Tensor;
  /** [G, N, width] the fused vector f. */
  fused: tf.Tensor;
}

/**
 * Runs G models side by side.
 * @param p parameters with the group axis, see `jointParameters`
 * @param states [G, N, width of the modality] of each modality, standardised, of the layer that the model takes from it
 */
export function runJoint(p: ParameterTensors, states: readonly tf.Tensor[], shape: JointShape): JointOutputs {
  const projected = states.map((x, m) => linear(x, p[`project.${m}`], p[`layer.${m}`]));
  const fused = fuseTokens(p, projected, shape.attentionHeads);
  return { logits: linear(fused, p.classify, p.classifyBias), fused };
}

export interface Joint {
  readonly shape: JointShape;
  /**
   * Probabilities [N, classes].
   * @param states [N, width of the modality] of each modality, standardised, of its layer; null: missing
   * @throws RangeError where all are missing, or there are more or fewer than the model takes
   */
  run(states: readonly (tf.Tensor | null)[]): Promise<Float32Array>;
  dispose(): void;
}

export function createJoint({ shape, parameters }: JointWeights): Joint {
  const tensors = toTensors(parameters);
  for (const tensor of Object.values(tensors)) tf.keep(tensor);
  return {
    shape,
    async run(states) {
      const n = states.find((x) => x !== null)?.shape[0];
      if (n === undefined || states.length !== shape.widths.length)
        throw new RangeError(
          `The model takes ${shape.widths.length} modalities, one of them at least not missing.`,
        );
      const out = tf.tidy(() => {
        const given = states.map((x, m) => tf.expandDims(x ?? tf.zeros([n, shape.widths[m]]), 0));
        return tf.softmax(runJoint(tensors, given, shape).logits);
      });
      const values = await out.data<'float32'>();
      out.dispose();
      return values.slice();
    },
    dispose: () => tf.dispose(tensors),
  };
}
