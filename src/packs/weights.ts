/** The small models of a pack as safetensors: standardisations, probes, heads (weights in int8 per channel). */
import * as v from 'valibot';
import { UserError } from '../math/errors';
import { headParameters, type HeadShape } from '../fusion/head';
import { groupsByPairs, type HeadGroup, type HeadWeights } from '../fusion/heads';
import type { ParameterSpec, Parameters } from '../fusion/parameters';
import { probeParameters, type ProbeWeights } from '../fusion/probe';
import type { Standardisation } from '../fusion/standardise';
import { dequantise, quantise } from '../runtime/quantise';
import {
  readSafetensors,
  toFloat32,
  toInt8,
  writeSafetensors,
  type StoredTensor,
  type TensorToWrite,
} from '../runtime/safetensors';

export type Tensors = ReadonlyMap<string, StoredTensor>;

const same = (a: readonly number[], b: readonly number[]): boolean =>
  a.length === b.length && a.every((size, i) => size === b[i]);

function tensorOf(tensors: Tensors, name: string, shape: readonly number[], file: string): StoredTensor {
  const tensor = tensors.get(name);
  if (!tensor)
    throw new UserError(`The file ${file} has no tensor ${name}; get the pack again.`, `${file}: ${name}`);
  if (!same(tensor.shape, shape))
    throw new UserError(
      `In the file ${file} the tensor ${name} has shape [${tensor.shape}] where [${shape}] is needed; get the pack again.`,
      `${file}: ${name}`,
    );
  return tensor;
}

/** @throws UserError naming the tensor that is missing or wrong */
export function floats(tensors: Tensors, name: string, shape: readonly number[], file: string): Float32Array {
  const values = toFloat32(tensorOf(tensors, name, shape, file));
  if (!values.every(Number.isFinite))
    throw new UserError(
      `In the file ${file} the tensor ${name} holds a value that is no number; get the pack again.`,
      name,
    );
  return values;
}

/** A tensor to write in F16. */
export const half = (name: string, shape: readonly number[], data: Float32Array): TensorToWrite => ({
  name,
  shape,
  data,
  dtype: 'F16',
});

/** `<modality>.mean` and `<modality>.deviation`, [layers, width] each. */
export const writeStandardisations = (all: Record<string, Standardisation>): Uint8Array<ArrayBuffer> =>
  writeSafetensors(
    Object.entries(all).flatMap(([id, s]) => [
      { name: `${id}.mean`, shape: [s.layers, s.width], data: s.mean },
      { name: `${id}.deviation`, shape: [s.layers, s.width], data: s.deviation },
    ]),
  );

/** @throws UserError naming the tensor that is missing or wrong */
export function readStandardisation(
  bytes: Uint8Array,
  modality: { id: string; layers: number; width: number },
  file: string,
): Standardisation {
  const { tensors } = readSafetensors(bytes, file);
  const { id, layers, width } = modality;
  const deviation = floats(tensors, `${id}.deviation`, [layers, width], file);
  if (!deviation.every((d) => d > 0))
    throw new UserError(
      `In the file ${file} a deviation of ${id} is not above zero; get the pack again.`,
      id,
    );
  return { layers, width, mean: floats(tensors, `${id}.mean`, [layers, width], file), deviation };
}

/** `<modality>.classify` and `<modality>.classifyBias`, in F16. */
export const writeProbes = (all: Record<string, ProbeWeights>): Uint8Array<ArrayBuffer> =>
  writeSafetensors(
    Object.entries(all).flatMap(([id, { parameters }]) =>
      Object.entries(parameters).map(([name, { shape, data }]) => half(`${id}.${name}`, shape, data)),
    ),
  );

/** @throws UserError naming the tensor that is missing or wrong */
export function readProbes(
  bytes: Uint8Array,
  modality: { id: string; layers: number; width: number },
  classes: number,
  file: string,
): ProbeWeights {
  const { tensors } = readSafetensors(bytes, file);
  const { id, layers, width } = modality;
  const shape = { layers, width, classes };
  const parameters: Parameters = {};
  for (const spec of probeParameters(shape)) {
    const full = [layers, ...spec.shape];
    parameters[spec.name] = { shape: full, data: floats(tensors, `${id}.${spec.name}`, full, file) };
  }
  return { shape, parameters };
}

const nameOf = (k: number, spec: ParameterSpec): string => `k${k}.${spec.name}`;

/**
 * `k<pairs>.<parameter>` [heads of that k, ...]: weights in int8 with `.scale` [heads, out], the rest in F16.
 * @param exact everything in F32, as trained
 */
export function writeHeads(
  { shape, groups }: HeadWeights,
  { exact = false }: { exact?: boolean } = {},
): Uint8Array<ArrayBuffer> {
  const tensors = groups.flatMap((group) => groupTensors(shape, group, { exact }));
  return writeSafetensors(tensors, { head: JSON.stringify(shape) });
}

/** Heads of one k as tensors, with `prefix` before their names. */
export function groupTensors(
  shape: HeadShape,
  { k, parameters }: HeadGroup,
  { exact = false, prefix = '' }: { exact?: boolean; prefix?: string } = {},
): TensorToWrite[] {
  return headParameters(shape, k).flatMap((spec) => {
    const name = prefix + nameOf(k, spec);
    const { shape: full, data } = parameters[spec.name];
    if (exact) return [{ name, shape: full, data }];
    if (!spec.weight) return [half(name, full, data)];
    const out = full[full.length - 1];
    const { values, scales } = quantise(data, full[0], out);
    return [{ name, shape: full, data: values }, half(`${name}.scale`, [full[0], out], scales)];
  });
}

/** A width or a count in a model's shape. */
export const size = v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(65536));
const layers = v.pipe(size, v.maxValue(48));
const shapeSchema = v.object({
  la: layers,
  lb: layers,
  widthA: size,
  widthB: size,
  width: size,
  attentionHeads: size,
  hidden: size,
  classes: size,
});

/**
 * The shape that a file's metadata give its model.
 * @param what the model or models, with the verb: "its heads are"
 * @throws UserError where it is missing, or the attention heads do not share the width
 */
export function parseShape<T extends { width: number; attentionHeads: number }>(
  schema: v.GenericSchema<unknown, T>,
  text: string | undefined,
  { what, field, file }: { what: string; field: string; file: string },
): T {
  try {
    const shape = v.parse(schema, JSON.parse(text ?? ''));
    if (shape.width % shape.attentionHeads === 0) return shape;
  } catch {
    // said below
  }
  throw new UserError(
    `The file ${file} does not say what ${what} like (metadata field "${field}"); get the pack again.`,
    file,
  );
}

const readShape = (text: string | undefined, file: string): HeadShape =>
  parseShape(shapeSchema, text, { what: 'its heads are', field: 'head', file });

/**
 * @param expected what the pack says of the pairing, to which the file must agree
 * @throws UserError naming the tensor or the field that is missing or wrong
 */
export function readHeads(bytes: Uint8Array, expected: Expected, file: string): HeadWeights {
  const { metadata, tensors } = readSafetensors(bytes, file);
  const shape = expectedShape(metadata.head, expected, file);
  const groups = groupsByPairs(shape.la, shape.lb).map(({ k, heads }) =>
    readGroup(tensors, shape, k, heads.length, file),
  );
  return { shape, groups };
}

/** What the pack says of a pairing. */
export type Expected = Pick<HeadShape, 'la' | 'lb' | 'widthA' | 'widthB' | 'classes'>;

/** @throws UserError where the file's heads are not what the pack says */
export function expectedShape(text: string | undefined, expected: Expected, file: string): HeadShape {
  const shape = readShape(text, file);
  for (const [key, value] of Object.entries(expected))
    if (shape[key as keyof HeadShape] !== value)
      throw new UserError(
        `The heads in ${file} are for ${key} = ${shape[key as keyof HeadShape]}, the pack has ${value}; get the pack again.`,
        `${file}: ${key}`,
      );
  return shape;
}

/** `count` heads of one k. @throws UserError naming the tensor that is missing or wrong */
export function readGroup(
  tensors: Tensors,
  shape: HeadShape,
  k: number,
  count: number,
  file: string,
  prefix = '',
): HeadGroup {
  const parameters: Parameters = {};
  for (const spec of headParameters(shape, k)) {
    const name = prefix + nameOf(k, spec);
    const full = [count, ...spec.shape];
    parameters[spec.name] = {
      shape: full,
      data: spec.weight ? readWeight(tensors, name, full, file) : floats(tensors, name, full, file),
    };
  }
  return { k, parameters };
}

/** int8 with its scales, or a float type as it is: a pack may be made without quantising. */
function readWeight(tensors: Tensors, name: string, shape: number[], file: string): Float32Array {
  const tensor = tensorOf(tensors, name, shape, file);
  if (tensor.dtype !== 'I8') return floats(tensors, name, shape, file);
  const out = shape[shape.length - 1];
  const scales = floats(tensors, `${name}.scale`, [shape[0], out], file);
  return dequantise({ values: toInt8(tensor), scales }, shape[0], out);
}
