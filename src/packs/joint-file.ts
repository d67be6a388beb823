/** The lazy pack files of a group of modalities: its model (role `joint`), and its dependency (role `joint-dependency`). */
import * as v from 'valibot';
import type { DependencyMeasure } from '../fusion/dependency/critic';
import { jointParameters, type JointShape, type JointWeights } from '../fusion/joint';
import type { Parameters } from '../fusion/parameters';
import { UserError } from '../math/errors';
import { readSafetensors, writeSafetensors } from '../runtime/safetensors';
import { floats, half, parseShape, size } from './weights';

/** All in F16, by the names of `jointParameters`, without the axis of 1; the shape is in the metadata. */
export const writeJoint = ({ shape, parameters }: JointWeights): Uint8Array<ArrayBuffer> =>
  writeSafetensors(
    jointParameters(shape).map((spec) => half(spec.name, spec.shape, parameters[spec.name].data)),
    { joint: JSON.stringify(shape) },
  );

const shapeSchema = v.object({
  widths: v.pipe(v.array(size), v.minLength(2)),
  width: size,
  attentionHeads: size,
  hidden: size,
  classes: size,
});

/**
 * @param expected what the pack says of the group, to which the file must agree
 * @throws UserError naming the tensor or the field that is missing or wrong
 */
export function readJoint(
  bytes: Uint8Array,
  expected: Pick<JointShape, 'widths' | 'classes'>,
  file: string,
): JointWeights {
  const { metadata, tensors } = readSafetensors(bytes, file);
  const shape: JointShape = parseShape(shapeSchema, metadata.joint, {
    what: 'its model is',
    field: 'joint',
    file,
  });
  for (const key of ['widths', 'classes'] as const)
    if (String(shape[key]) !== String(expected[key]))
      throw new UserError(
        `The model in ${file} is for ${key} = ${String(shape[key])}, the pack has ${String(expected[key])}; get the pack again.`,
        `${file}: ${key}`,
      );
  const parameters: Parameters = {};
  for (const spec of jointParameters(shape))
    parameters[spec.name] = {
      shape: [1, ...spec.shape],
      data: floats(tensors, spec.name, spec.shape, file),
    };
  return { shape, parameters };
}

/** How far the joint law of a group's modalities is from the product of all their margins. */
export interface JointDependency {
  schema: 1;
  group: string;
  modalities: string[];
  /** From 1, as in `groups` of pack.json. */
  layers: number[];
  /** Validation samples it was measured on. */
  samples: number;
  seed: number;
  /** The bound on the half on which T did not learn, and the same of permuted samples. */
  measures: Record<DependencyMeasure, { value: number; nulls: number[] }>;
}

const finite = v.pipe(v.number(), v.finite());
const measured = v.object({ value: finite, nulls: v.array(finite) });
const dependencySchema = v.object({
  schema: v.literal(1),
  group: v.string(),
  modalities: v.pipe(v.array(v.string()), v.minLength(2)),
  layers: v.array(size),
  samples: size,
  seed: v.pipe(v.number(), v.integer()),
  measures: v.object({ kl: measured, f: measured, wasserstein: measured }),
});

export const encodeJointDependency = (file: JointDependency): Uint8Array<ArrayBuffer> =>
  new TextEncoder().encode(`${JSON.stringify(file, null, 2)}\n`);

/** @throws UserError where the file is not of this form */
export function decodeJointDependency(bytes: Uint8Array, file: string): JointDependency {
  let json: unknown;
  try {
    json = JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    json = null;
  }
  const result = v.safeParse(dependencySchema, json);
  if (result.success) return result.output;
  throw new UserError(
    `The file ${file} cannot be used: ${(!result.success && v.getDotPath(result.issues[0])) || 'the whole file'} is missing or wrong. Get the pack again.`,
    file,
  );
}
