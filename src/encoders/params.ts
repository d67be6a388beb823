/**
 * The parameters of an encoder: their names and shapes here, and the tensors of a Hugging Face checkpoint that make them up.
 * Ours keep weights as [in, out] and queries, keys and values side by side; Hugging Face keeps [out, in], mostly apart.
 */
import { UserError } from '../math/errors';
import { mixSeed, normal, seededRandom } from '../math/random';
import { toFloat32, type StoredTensor, type TensorToWrite } from '../runtime/safetensors';
import { familyNames, type EncoderConfig } from './config';

export interface ParamSpec {
  name: string;
  shape: number[];
  /** How it starts: a truncated normal of the config's deviation, or a constant. */
  init: 'normal' | number;
  /** The checkpoint's tensors, side by side along our last axis; null: zeros that the checkpoint leaves out. */
  parts: (string | null)[];
  /** Each part's shape in the checkpoint. */
  partShape: number[];
  /** Where the parts' shapes differ. */
  partShapes?: number[][];
  /** The checkpoint has the output axis first, ours has it last. */
  transposed?: boolean;
  /** Where neither holds: how the parts make the parameter, and how it is taken apart again. */
  derived?: {
    load: (parts: Float32Array[]) => Float32Array;
    save: (values: Float32Array) => TensorToWrite[];
  };
}

const sizeOf = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);

/** Weight and bias of a linear map; several output parts are packed side by side. */
export function linearSpecs(
  name: string,
  input: number,
  output: number,
  parts: string[],
  bias: (string | null)[] = parts,
): ParamSpec[] {
  const weight: ParamSpec = {
    name: `${name}.weight`,
    shape: [input, output * parts.length],
    init: 'normal',
    parts: parts.map((part) => `${part}.weight`),
    partShape: [output, input],
    transposed: true,
  };
  if (!bias.length) return [weight];
  const shape = [output * bias.length];
  const biasParts = bias.map((part) => part && `${part}.bias`);
  return [weight, { name: `${name}.bias`, shape, init: 0, parts: biasParts, partShape: [output] }];
}

/** Gain and bias of a layer normalisation. */
export const normSpecs = (name: string, width: number, part: string): ParamSpec[] => [
  plainSpec(`${name}.weight`, [width], `${part}.weight`, 1),
  plainSpec(`${name}.bias`, [width], `${part}.bias`, 0),
];

/** A tensor that is the same here and there. */
export const plainSpec = (
  name: string,
  shape: number[],
  part: string,
  init: ParamSpec['init'] = 'normal',
): ParamSpec => ({ name, shape, init, parts: [part], partShape: shape });

/** A patch projection: a convolution whose stride is no part of it, so a linear map of a patch's (channel, row, column). */
export const patchSpecs = (width: number, channels: number, patch: number): ParamSpec[] => {
  const part = 'embeddings.patch_embeddings.projection';
  const [weight, bias] = linearSpecs('patch', channels * patch * patch, width, [part]);
  return [{ ...weight, partShape: [width, channels, patch, patch] }, bias];
};

/** One parameter from the checkpoint's tensors. @param read the values of a tensor that has been checked to be there */
export function assemble(spec: ParamSpec, parts: (Float32Array | null)[]): Float32Array {
  if (spec.derived) return spec.derived.load(parts as Float32Array[]);
  if (parts.length === 1 && parts[0] && !spec.transposed) return parts[0];
  const out = new Float32Array(sizeOf(spec.shape));
  const columns = spec.shape[spec.shape.length - 1];
  const width = columns / parts.length;
  const rows = out.length / columns;
  parts.forEach((part, p) => {
    if (!part) return;
    const [rowStep, columnStep] = spec.transposed ? [1, rows] : [width, 1];
    for (let r = 0; r < rows; r++)
      for (let c = 0; c < width; c++) out[r * columns + p * width + c] = part[r * rowStep + c * columnStep];
  });
  return out;
}

/** The checkpoint's tensors from one parameter: `assemble` backwards. */
export function disassemble(spec: ParamSpec, values: Float32Array): TensorToWrite[] {
  if (spec.derived) return spec.derived.save(values);
  const columns = spec.shape[spec.shape.length - 1];
  const width = columns / spec.parts.length;
  const rows = values.length / columns;
  return spec.parts.flatMap((name, p) => {
    if (name === null) return [];
    const data = new Float32Array(rows * width);
    const [rowStep, columnStep] = spec.transposed ? [1, rows] : [width, 1];
    for (let r = 0; r < rows; r++)
      for (let c = 0; c < width; c++)
        data[r * rowStep + c * columnStep] = values[r * columns + p * width + c];
    return [{ name, shape: spec.partShape, data }];
  });
}

/** The names under which a checkpoint may hold a tensor: bare, with a task model's prefix, with BERT's first names for gain and bias. */
export function* checkpointNames(config: EncoderConfig, name: string): Generator<string> {
  const { prefix } = familyNames[config.family];
  const old = name
    .replace(/LayerNorm\.weight$/, 'LayerNorm.gamma')
    .replace(/LayerNorm\.bias$/, 'LayerNorm.beta');
  const forms = [
    name,
    old,
    name.replace(/parametrizations\.weight\.original0$/, 'weight_g'),
    name.replace(/parametrizations\.weight\.original1$/, 'weight_v'),
  ];
  for (const form of new Set(forms)) {
    yield form;
    yield prefix + form;
  }
}

/** A checkpoint's tensor as float32, its shape checked. @throws UserError naming the tensor */
export function checkedValues(tensor: StoredTensor | undefined, name: string, shape: number[]): Float32Array {
  if (!tensor)
    throw new UserError(
      `The checkpoint has no tensor ${name}; its weights and its config.json do not belong together.`,
      name,
    );
  checkShape(tensor.shape, name, shape);
  return toFloat32(tensor);
}

/** @throws UserError if a checkpoint's tensor is not of the shape that the config asks for */
export function checkShape(found: readonly number[], name: string, shape: readonly number[]): void {
  if (found.length !== shape.length || found.some((size, i) => size !== shape[i]))
    throw new UserError(
      `The checkpoint's tensor ${name} has shape [${found.join(', ')}], but its config.json asks for [${shape.join(', ')}]; they do not belong together.`,
      name,
    );
}

/** Initial values: a normal of the given deviation cut off at two deviations, or a constant. Each parameter has its own stream. */
export function initialValues(spec: ParamSpec, deviation: number, seed: number): Float32Array {
  const values = new Float32Array(sizeOf(spec.shape));
  if (typeof spec.init === 'number') return values.fill(spec.init);
  const random = seededRandom(mixSeed(seed, ...[...spec.name].map((c) => c.charCodeAt(0))));
  for (let i = 0; i < values.length; i++) {
    let z = normal(random);
    while (Math.abs(z) > 2) z = normal(random);
    values[i] = z * deviation;
  }
  return values;
}
