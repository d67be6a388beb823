/**
 * Parameters of many small models of one shape side by side: every array has the members of the group as its
 * first axis, so that one op runs all of them. A member's numbers never depend on who else is in the group.
 */
import { mixSeed, normal, seededRandom } from '../math/random';
import * as tf from '../runtime/tf';

export interface ParameterSpec {
  name: string;
  /** Of one member, without the group axis. */
  shape: readonly number[];
  /** How it starts: a constant, or normal with this deviation. */
  init: { constant: number } | { deviation: number };
  /** Stored as int8 per output channel (last axis); the others as F16. */
  weight: boolean;
}

/** Plain arrays, name → [G, ...shape]. */
export type Parameters = Record<string, { shape: number[]; data: Float32Array }>;
export type ParameterTensors = Record<string, tf.Tensor>;

const sizeOf = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);

/** Starting values of the members with these seeds; member g depends on seeds[g] alone. */
export function initialParameters(specs: readonly ParameterSpec[], seeds: readonly number[]): Parameters {
  const out: Parameters = {};
  specs.forEach(({ name, shape, init }, index) => {
    const size = sizeOf(shape);
    const data = new Float32Array(seeds.length * size);
    if ('constant' in init) data.fill(init.constant);
    else
      seeds.forEach((seed, g) => {
        const random = seededRandom(mixSeed(seed, index));
        for (let i = 0; i < size; i++) data[g * size + i] = init.deviation * normal(random);
      });
    out[name] = { shape: [seeds.length, ...shape], data };
  });
  return out;
}

export const toTensors = (parameters: Parameters): ParameterTensors =>
  Object.fromEntries(
    Object.entries(parameters).map(([name, { shape, data }]) => [name, tf.tensor(data, shape)]),
  );

/** Members [begin, end) of a group, as views. */
export const members = (parameters: Parameters, begin: number, end: number): Parameters =>
  Object.fromEntries(
    Object.entries(parameters).map(([name, { shape, data }]) => {
      const size = sizeOf(shape.slice(1));
      return [
        name,
        { shape: [end - begin, ...shape.slice(1)], data: data.subarray(begin * size, end * size) },
      ];
    }),
  );

/** Groups of the same shape one after another. */
export function joinMembers(parts: readonly Parameters[]): Parameters {
  const out: Parameters = {};
  for (const name of Object.keys(parts[0] ?? {})) {
    const arrays = parts.map((part) => part[name]);
    const data = new Float32Array(arrays.reduce((sum, array) => sum + array.data.length, 0));
    let offset = 0;
    for (const array of arrays) {
      data.set(array.data, offset);
      offset += array.data.length;
    }
    out[name] = {
      shape: [arrays.reduce((sum, array) => sum + array.shape[0], 0), ...arrays[0].shape.slice(1)],
      data,
    };
  }
  return out;
}
