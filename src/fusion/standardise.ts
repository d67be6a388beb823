/** Layer states minus their training mean, over their training deviation, dimension by dimension. */
import * as tf from '../runtime/tf';

export interface Standardisation {
  layers: number;
  width: number;
  /** [layers, width] each. */
  mean: Float32Array;
  deviation: Float32Array;
}

/** A dimension that never varied says nothing: it is only centred. */
const smallest = 1e-6;

/** @param states [n, layers, width] pooled states of training samples */
export function measure(states: Float32Array, layers: number, width: number): Standardisation {
  const size = layers * width;
  const n = states.length / size;
  const sum = new Float64Array(size);
  const squares = new Float64Array(size);
  for (let s = 0; s < n; s++) for (let i = 0; i < size; i++) sum[i] += states[s * size + i];
  for (let i = 0; i < size; i++) sum[i] /= n;
  for (let s = 0; s < n; s++)
    for (let i = 0; i < size; i++) squares[i] += (states[s * size + i] - sum[i]) ** 2;
  return {
    layers,
    width,
    mean: Float32Array.from(sum),
    deviation: Float32Array.from(squares, (v) => Math.sqrt(v / n)).map((d) => (d < smallest ? 1 : d)),
  };
}

/** In place. @param states [n, layers, width] */
export function standardise(states: Float32Array, { mean, deviation }: Standardisation): Float32Array {
  for (let i = 0, m = 0; i < states.length; i++, m = m + 1 === mean.length ? 0 : m + 1)
    states[i] = (states[i] - mean[m]) / deviation[m];
  return states;
}

/** The same on a tensor [N, layers, width]. */
export const standardiseTensor = (states: tf.Tensor, s: Standardisation): tf.Tensor =>
  tf.tidy(() =>
    tf.div(
      tf.sub(states, tf.tensor(s.mean, [s.layers, s.width])),
      tf.tensor(s.deviation, [s.layers, s.width]),
    ),
  );
