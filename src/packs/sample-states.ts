/** Pooled layer states of an evaluation sample, for projections, clustering, similarity and dependency. */
import { UserError } from '../math/errors';
import type { LayerStates } from '../math/similarity';
import { readSafetensors, toFloat32, writeSafetensors } from '../runtime/safetensors';

export interface ModalityStates {
  layers: number;
  width: number;
  /** [n, layers, width] standardised. */
  states: Float32Array;
}

/** Row s of A is paired with row s of B. */
export interface SampleStates {
  labels: Uint8Array;
  idsA: string[];
  idsB: string[];
  a: ModalityStates;
  b: ModalityStates;
}

/** F16, the ids in the metadata. */
export const encodeSampleStates = ({ labels, idsA, idsB, a, b }: SampleStates): Uint8Array<ArrayBuffer> =>
  writeSafetensors(
    [
      { name: 'a', shape: [labels.length, a.layers, a.width], data: a.states, dtype: 'F16' },
      { name: 'b', shape: [labels.length, b.layers, b.width], data: b.states, dtype: 'F16' },
      { name: 'labels', shape: [labels.length], data: labels },
    ],
    { idsA: JSON.stringify(idsA), idsB: JSON.stringify(idsB) },
  );

/** @throws UserError naming the file and the tensor or field that is missing or wrong */
export function decodeSampleStates(bytes: Uint8Array, file: string): SampleStates {
  const { metadata, tensors } = readSafetensors(bytes, file);
  const fail = (field: string): never => {
    throw new UserError(
      `The file ${file} cannot be used: ${field} is missing or wrong. Get the pack again.`,
      field,
    );
  };
  const labels = tensors.get('labels');
  if (labels?.dtype !== 'U8' || labels.shape.length !== 1) return fail('labels');
  const n = labels.shape[0];
  const side = (name: string): ModalityStates => {
    const tensor = tensors.get(name);
    if (!tensor || tensor.shape.length !== 3 || tensor.shape[0] !== n) return fail(name);
    const states = toFloat32(tensor);
    if (!states.every(Number.isFinite)) return fail(name);
    return { layers: tensor.shape[1], width: tensor.shape[2], states };
  };
  const ids = (field: string): string[] => {
    let list: unknown;
    try {
      list = JSON.parse(metadata[field] ?? '');
    } catch {
      return fail(field);
    }
    return Array.isArray(list) && list.length === n && list.every((id) => typeof id === 'string')
      ? list
      : fail(field);
  };
  return { labels: labels.bytes, idsA: ids('idsA'), idsB: ids('idsB'), a: side('a'), b: side('b') };
}

/** The states of each layer, [n, width] each. */
export function byLayer({ layers, width, states }: ModalityStates): LayerStates[] {
  const n = states.length / (layers * width);
  return Array.from({ length: layers }, (_, layer) => {
    const values = new Float32Array(n * width);
    for (let s = 0; s < n; s++) {
      const from = (s * layers + layer) * width;
      values.set(states.subarray(from, from + width), s * width);
    }
    return { values, width };
  });
}
