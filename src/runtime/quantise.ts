/** Eight-bit weights: one scale for each output channel, symmetric around zero. */
import { decodeHalf, encodeHalf } from './half';

export interface Quantised {
  /** Same order as the weights, −127..127. */
  values: Int8Array;
  /** [groups, out], exact in binary16. */
  scales: Float32Array;
}

/**
 * Nearest multiples of a scale that maps the channel's largest weight to 127.
 * @param weights [groups, in, out]
 */
export function quantise(weights: Float32Array, groups: number, out: number): Quantised {
  const rows = weights.length / (groups * out);
  const scales = new Float32Array(groups * out);
  for (let g = 0; g < groups; g++)
    for (let r = 0; r < rows; r++)
      for (let c = 0; c < out; c++) {
        const size = Math.abs(weights[(g * rows + r) * out + c]);
        if (size > scales[g * out + c]) scales[g * out + c] = size;
      }
  const rounded = decodeHalf(encodeHalf(scales.map((largest) => largest / 127)));
  const values = new Int8Array(weights.length);
  for (let g = 0; g < groups; g++)
    for (let r = 0; r < rows; r++)
      for (let c = 0; c < out; c++) {
        const i = (g * rows + r) * out + c;
        const scale = rounded[g * out + c];
        values[i] = scale === 0 ? 0 : Math.max(-127, Math.min(127, Math.round(weights[i] / scale)));
      }
  return { values, scales: rounded };
}

/** @returns [groups, in, out] float32 */
export function dequantise({ values, scales }: Quantised, groups: number, out: number): Float32Array {
  const rows = values.length / (groups * out);
  const weights = new Float32Array(values.length);
  for (let g = 0; g < groups; g++)
    for (let r = 0; r < rows; r++)
      for (let c = 0; c < out; c++) {
        const i = (g * rows + r) * out + c;
        weights[i] = values[i] * scales[g * out + c];
      }
  return weights;
}
