/** T of given samples: for the page's sample, for evaluation pairs, and as a score that gradients go through. */
import * as tf from '../../runtime/tf';
import { members, toTensors, type ParameterTensors } from '../parameters';
import { derangement } from '../../math/permutation';
import { seededRandom } from '../../math/random';
import { scoreRows } from './critic';
import type { Critics } from './estimate';
import { countOf, type LayerViews, type Reduction } from './views';

/** One member's T on the backend. Dispose it when done. */
export interface Scorer {
  /** Layer of each modality, from 0. */
  layers: readonly number[];
  /**
   * @param states [n, width] of each modality: standardised pooled states of its layer; differentiable
   * @returns [n]
   */
  score(states: readonly tf.Tensor[]): tf.Tensor;
  dispose(): void;
}

/** @param layers of each modality, from 0. @throws RangeError where no T was trained on these */
export function scorerOf(critics: Critics, layers: readonly number[]): Scorer {
  const at = critics.members.findIndex((member) => member.join() === layers.join());
  if (at < 0) throw new RangeError(`There is no statistical network for the layers ${layers.join(', ')}.`);
  const parameters: ParameterTensors = toTensors(members(critics.parameters, at, at + 1));
  const reductions = layers.map((layer, m) => reductionTensors(critics.reductions[m][layer]));
  const own = [...Object.values(parameters), ...reductions.flatMap(({ mean, axes }) => [mean, axes])];
  own.forEach((tensor) => tf.keep(tensor));
  return {
    layers,
    score: (states) =>
      tf.tidy(() => {
        const parts = states.map((state, m) =>
          tf.matMul(tf.sub(state, reductions[m].mean) as tf.Tensor2D, reductions[m].axes as tf.Tensor2D),
        );
        const x = tf.expandDims(tf.concat(parts, 1), 0);
        return tf.reshape(scoreRows(parameters, x, critics.measure), [-1]);
      }),
    dispose: () => tf.dispose(own),
  };
}

/** Axes turned to [width, components]: a matMul on one matrix that needs no transposed gradient. */
const reductionTensors = ({
  width,
  components,
  mean,
  axes,
}: Reduction): { mean: tf.Tensor; axes: tf.Tensor } => ({
  mean: tf.tensor(mean, [1, width]),
  axes: tf.tidy(() => tf.transpose(tf.tensor(axes, [components, width]))),
});

/** T of the pairs of an evaluation set, and of the same samples with partners that are not theirs. */
export interface ScoredPairs {
  /** [n] */
  matched: Float32Array;
  /** [rounds·n] round by round; partners of the round r: `partners[r]`. */
  mismatched: Float32Array;
  partners: Uint32Array[];
}

/** @param rounds how many other partners each sample gets */
export async function scorePairs(
  scorer: Scorer,
  a: LayerViews,
  b: LayerViews,
  { rounds = 4, seed = 0 }: { rounds?: number; seed?: number } = {},
): Promise<ScoredPairs> {
  const n = countOf(a);
  const partners = Array.from({ length: rounds }, (_, r) =>
    derangement(n, seededRandom(seed, 'mismatched', r)),
  );
  const [rowsA, rowsB] = [layerRows(a, scorer.layers[0]), layerRows(b, scorer.layers[1])];
  const scores = async (order: ArrayLike<number> | null): Promise<Float32Array> => {
    const out = tf.tidy(() => {
      const other = tf.tensor(rowsB, [n, b.width]);
      const taken = order ? tf.gather(other, tf.tensor1d(Array.from(order), 'int32')) : other;
      return scorer.score([tf.tensor(rowsA, [n, a.width]), taken]);
    });
    const values = (await out.data<'float32'>()).slice();
    out.dispose();
    return values;
  };
  const matched = await scores(null);
  const mismatched = new Float32Array(rounds * n);
  for (let r = 0; r < rounds; r++) mismatched.set(await scores(partners[r]), r * n);
  return { matched, mismatched, partners };
}

/** [n, width] of one layer. */
function layerRows({ states, layers, width }: LayerViews, layer: number): Float32Array {
  const n = states.length / (layers * width);
  const out = new Float32Array(n * width);
  for (let s = 0; s < n; s++)
    out.set(states.subarray((s * layers + layer) * width, (s * layers + layer + 1) * width), s * width);
  return out;
}
