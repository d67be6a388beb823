/**
 * The lazy pack file of role `dependency`: alignment matrices on validation pairs, each with its permutation nulls, and
 * the statistical networks that gave the dependencies.
 */
import * as v from 'valibot';
import { UserError } from '../math/errors';
import { permutationPValue } from '../math/permutation';
import { meanAndDeviation } from '../math/probability';
import {
  criticParameters,
  dependencyMeasures,
  type CriticShape,
  type DependencyMeasure,
} from '../fusion/dependency/critic';
import type { Critics } from '../fusion/dependency/estimate';
import { layerPairs } from '../fusion/dependency/matrix';
import type { Reduction } from '../fusion/dependency/views';
import type { Parameters } from '../fusion/parameters';
import { readSafetensors, toFloat32, writeSafetensors, type TensorToWrite } from '../runtime/safetensors';

export const alignmentMetrics = [...dependencyMeasures, 'cka', 'mutual-knn'] as const;
export type AlignmentMetric = (typeof alignmentMetrics)[number];

/** One alignment matrix, row by row of A, and the same of permuted pairings. */
export interface AlignmentMatrix {
  /** [la·lb] */
  values: Float32Array;
  /** [rounds·la·lb] */
  nulls: Float32Array;
}

export interface DependencyFile {
  la: number;
  lb: number;
  /** Pairs it was measured on. */
  pairs: number;
  /** Permuted pairings. */
  rounds: number;
  seed: number;
  /** ln(classes) where pairs are made by class: no mutual information of theirs is above it. Nats. */
  ceiling: number | null;
  metrics: Record<AlignmentMetric, AlignmentMatrix>;
  critics: Record<DependencyMeasure, Critics>;
}

const half = (name: string, shape: readonly number[], data: Float32Array): TensorToWrite => ({
  name,
  shape,
  data,
  dtype: 'F16',
});

/** Matrices in F32, networks in F16. */
export function encodeDependency(file: DependencyFile): Uint8Array<ArrayBuffer> {
  const { la, lb, rounds, metrics, critics, ...about } = file;
  const tensors: TensorToWrite[] = alignmentMetrics.flatMap((metric) => [
    { name: `${metric}.values`, shape: [la, lb], data: metrics[metric].values },
    { name: `${metric}.nulls`, shape: [rounds, la, lb], data: metrics[metric].nulls },
  ]);
  for (const measure of dependencyMeasures) {
    const { parameters, reductions } = critics[measure];
    for (const [name, { shape, data }] of Object.entries(parameters))
      tensors.push(half(`${measure}.critic.${name}`, shape, data));
    reductions.forEach((layers, m) => {
      const [{ width, components }] = layers;
      const side = `${measure}.${'ab'[m]}`;
      const joined = (part: 'mean' | 'axes', size: number): Float32Array => {
        const out = new Float32Array(layers.length * size);
        layers.forEach((reduction, layer) => out.set(reduction[part], layer * size));
        return out;
      };
      tensors.push(
        half(`${side}.mean`, [layers.length, width], joined('mean', width)),
        half(`${side}.axes`, [layers.length, components, width], joined('axes', components * width)),
      );
    });
  }
  return writeSafetensors(tensors, {
    dependency: JSON.stringify({ la, lb, rounds, hidden: critics.kl.shape.hidden, ...about }),
  });
}

const size = v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(65536));
const aboutSchema = v.object({
  la: v.pipe(size, v.maxValue(48)),
  lb: v.pipe(size, v.maxValue(48)),
  rounds: v.pipe(size, v.maxValue(1000)),
  hidden: size,
  pairs: size,
  seed: v.pipe(v.number(), v.integer()),
  ceiling: v.nullable(v.number()),
});

/** @throws UserError naming the tensor or the field that is missing or wrong */
export function decodeDependency(bytes: Uint8Array, file: string): DependencyFile {
  const { metadata, tensors } = readSafetensors(bytes, file);
  const fail = (field: string): never => {
    throw new UserError(
      `The file ${file} cannot be used: ${field} is missing or wrong. Get the pack again.`,
      field,
    );
  };
  let parsed: unknown;
  try {
    parsed = JSON.parse(metadata.dependency ?? '');
  } catch {
    return fail('dependency');
  }
  const result = v.safeParse(aboutSchema, parsed);
  if (!result.success) return fail('dependency');
  const { hidden, ...about } = result.output;
  const { la, lb, rounds } = about;
  /** A size of null is taken as it comes. */
  const read = (name: string, shape: readonly (number | null)[]): { shape: number[]; data: Float32Array } => {
    const tensor = tensors.get(name);
    const fits =
      tensor?.shape.length === shape.length &&
      shape.every((wanted, axis) => wanted === null || wanted === tensor.shape[axis]);
    if (!tensor || !fits) return fail(name);
    const data = toFloat32(tensor);
    return data.every(Number.isFinite) ? { shape: tensor.shape, data } : fail(name);
  };
  const metrics = Object.fromEntries(
    alignmentMetrics.map((metric) => [
      metric,
      {
        values: read(`${metric}.values`, [la, lb]).data,
        nulls: read(`${metric}.nulls`, [rounds, la, lb]).data,
      },
    ]),
  ) as DependencyFile['metrics'];
  const criticsOf = (measure: DependencyMeasure): Critics => {
    const reductions = [la, lb].map((layers, m): Reduction[] => {
      const side = `${measure}.${'ab'[m]}`;
      const axes = read(`${side}.axes`, [layers, null, null]);
      const [, components, width] = axes.shape;
      const { data: mean } = read(`${side}.mean`, [layers, width]);
      return Array.from({ length: layers }, (_, layer) => ({
        width,
        components,
        mean: mean.slice(layer * width, (layer + 1) * width),
        axes: axes.data.slice(layer * components * width, (layer + 1) * components * width),
      }));
    });
    const shape: CriticShape = { widths: reductions.map(([{ components }]) => components), hidden };
    const parameters: Parameters = Object.fromEntries(
      criticParameters(shape).map((spec) => [
        spec.name,
        read(`${measure}.critic.${spec.name}`, [la * lb, ...spec.shape]),
      ]),
    );
    return { measure, shape, reductions, members: layerPairs(la, lb), parameters };
  };
  const critics = Object.fromEntries(
    dependencyMeasures.map((measure) => [measure, criticsOf(measure)]),
  ) as DependencyFile['critics'];
  return { ...about, metrics, critics };
}

/** What chance gives in one cell: the nulls' mean, deviation and largest, and the one-sided p-value of the cell's value. */
export function aboveChance(
  { values, nulls }: AlignmentMatrix,
  cell: number,
): { mean: number; deviation: number; largest: number; p: number } {
  const own = Array.from({ length: nulls.length / values.length }, (_, r) => nulls[r * values.length + cell]);
  const { mean, deviation } = meanAndDeviation(own);
  return { mean, deviation, largest: Math.max(...own), p: permutationPValue(values[cell], own) };
}
