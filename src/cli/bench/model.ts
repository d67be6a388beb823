/** The stack that is timed: BERT's layers as `src/encoders` runs them, and the same weights as an ONNX file. */
import type { CoreConfig } from '../../encoders/config';
import { initialValues } from '../../encoders/params';
import { layerSpecs, Params, postNormLayer } from '../../encoders/transformer';
import { normal, seededRandom } from '../../math/random';
import * as tf from '../../runtime/tf';
import { microsoft, OnnxGraph } from './onnx';

export interface Stack {
  config: CoreConfig;
  /** Values by name, in our layout ([in, out]). */
  weights: Map<string, { shape: number[]; values: Float32Array }>;
}

/** Head width 32, as our packs have it; 64 from width 768, as BERT has it. */
export function makeStack(width: number, layers = 12): Stack {
  const config: CoreConfig = {
    layers,
    width,
    heads: width >= 768 ? width / 64 : width / 32,
    intermediate: 4 * width,
    activation: 'gelu',
    eps: 1e-12,
    // Wide enough that attention and GELU leave their linear range.
    initialDeviation: 1.5 / Math.sqrt(width),
  };
  const unnamed = {
    qkv: ['', '', ''],
    qkvBias: ['', '', ''],
    out: '',
    norm1: '',
    norm2: '',
    intermediate: '',
    output: '',
  };
  const weights: Stack['weights'] = new Map();
  for (let l = 0; l < layers; l++)
    for (const spec of layerSpecs(`layer.${l}`, config, unnamed)) {
      const values = initialValues(spec, config.initialDeviation, 0);
      const random = seededRandom('bias', spec.name);
      if (spec.init === 0) values.forEach((_, i) => (values[i] = 0.1 * normal(random)));
      weights.set(spec.name, { shape: spec.shape, values });
    }
  return { config, weights };
}

export function makeInput(batch: number, length: number, width: number): Float32Array {
  const random = seededRandom('input');
  return Float32Array.from({ length: batch * length * width }, () => normal(random));
}

export type Weights = Map<string, tf.Tensor>;

export const toTensors = ({ weights }: Stack): Weights =>
  new Map([...weights].map(([name, { shape, values }]) => [name, tf.tensor(values, shape)]));

/** The state after every layer, [B, S, W] each. */
export function forwardStates(config: CoreConfig, weights: Weights, x: tf.Tensor): tf.Tensor[] {
  const params = new Params(weights);
  const states = [x];
  for (let l = 0; l < config.layers; l++)
    states.push(
      tf.tidy(() => postNormLayer(states[l], params.below(`layer.${l}`), config, (branch) => branch)),
    );
  return states.slice(1);
}

/**
 * The stack as ONNX, x → last state.
 * @param fused with onnxruntime's own Attention, SkipLayerNormalization and BiasGelu operators, which its optimiser
 * makes of a standard graph where it recognises one; without, in standard operators for the optimiser to fuse
 */
export function toOnnx(
  { config, weights }: Stack,
  batch: number,
  length: number,
  fused: boolean,
): Uint8Array {
  const { width, heads, layers, eps } = config;
  const graph = new OnnxGraph('stack');
  const rows = [batch, length, width];
  let x = graph.input('x', rows);
  for (let l = 0; l < layers; l++) {
    const weight = (name: string) => {
      const { shape, values } = weights.get(`layer.${l}.${name}`)!;
      return graph.constant(values, shape);
    };
    const matMul = (from: string, name: string) => graph.node('MatMul', [from, weight(`${name}.weight`)]);
    const linear = (from: string, name: string) =>
      graph.node('Add', [matMul(from, name), weight(`${name}.bias`)]);
    const last = l === layers - 1 ? { outputs: ['y'] } : {};
    if (fused) {
      const skipNorm = (branch: string, skip: string, name: string, bias: string, outputs = {}) =>
        graph.node(
          'SkipLayerNormalization',
          [branch, skip, weight(`${name}.weight`), weight(`${name}.bias`), weight(`${bias}.bias`)],
          { domain: microsoft, attributes: { epsilon: { float: eps } }, ...outputs },
        );
      const context = graph.node('Attention', [x, weight('qkv.weight'), weight('qkv.bias')], {
        domain: microsoft,
        attributes: { num_heads: heads },
      });
      x = skipNorm(matMul(context, 'out'), x, 'norm1', 'out');
      const inner = graph.node('BiasGelu', [matMul(x, 'intermediate'), weight('intermediate.bias')], {
        domain: microsoft,
      });
      x = skipNorm(matMul(inner, 'output'), x, 'norm2', 'output', last);
      continue;
    }
    const norm = (from: string, name: string, outputs = {}) =>
      graph.node('LayerNormalization', [from, weight(`${name}.weight`), weight(`${name}.bias`)], {
        attributes: { axis: 2, epsilon: { float: eps } },
        ...outputs,
      });
    const split = graph.constant([batch, length, heads, width / heads], [4], 'int64');
    const part = (p: number, perm: number[]) => {
      const take = (name: string, shape: number[]) => {
        const { values } = weights.get(`layer.${l}.qkv.${name}`)!;
        const out = new Float32Array(values.length / 3);
        for (let r = 0; r < out.length / width; r++)
          out.set(values.subarray((3 * r + p) * width, (3 * r + p + 1) * width), r * width);
        return graph.constant(out, shape);
      };
      const y = graph.node('Add', [
        graph.node('MatMul', [x, take('weight', [width, width])]),
        take('bias', [width]),
      ]);
      return graph.node('Transpose', [graph.node('Reshape', [y, split])], { attributes: { perm } });
    };
    const scale = graph.constant([1 / Math.sqrt(width / heads)], []);
    const scores = graph.node('MatMul', [part(0, [0, 2, 1, 3]), part(1, [0, 2, 3, 1])]);
    const shares = graph.node('Softmax', [graph.node('Mul', [scores, scale])], { attributes: { axis: 3 } });
    const context = graph.node('MatMul', [shares, part(2, [0, 2, 1, 3])]);
    const joined = graph.node('Reshape', [
      graph.node('Transpose', [context], { attributes: { perm: [0, 2, 1, 3] } }),
      graph.constant(rows, [3], 'int64'),
    ]);
    x = norm(graph.node('Add', [linear(joined, 'out'), x]), 'norm1');
    const inner = linear(x, 'intermediate');
    const erf = graph.node('Erf', [graph.node('Mul', [inner, graph.constant([Math.SQRT1_2], [])])]);
    const gate = graph.node('Add', [erf, graph.constant([1], [])]);
    const gelu = graph.node('Mul', [graph.node('Mul', [inner, gate]), graph.constant([0.5], [])]);
    x = norm(graph.node('Add', [linear(gelu, 'output'), x]), 'norm2', last);
  }
  graph.output('y', rows);
  return graph.model();
}
