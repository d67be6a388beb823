/** The evaluation record on disk: safetensors of small integers, what it is about in the metadata. */
import * as v from 'valibot';
import { UserError } from '../math/errors';
import { headSpecs } from '../math/skew';
import {
  readSafetensors,
  toFloat32,
  toInt32,
  writeSafetensors,
  type StoredTensor,
} from '../runtime/safetensors';
import type { EvaluationRecord } from './record-types';

/** Models of a record: the probes of A and of B, the heads, the score sum. */
export const modelCount = (la: number, lb: number): number => la + lb + headSpecs(la, lb).length + 1;

const ids = (items: readonly string[]): Uint8Array => new TextEncoder().encode(items.join('\n'));

/** @returns the file of the record without its pair logs, which `encodePairLogs` gives */
export function encodeRecord(record: EvaluationRecord): Uint8Array<ArrayBuffer> {
  const n = record.labels.length;
  const models = modelCount(record.la, record.lb);
  for (const id of [...record.idsA, ...record.idsB])
    if (id.includes('\n')) throw new Error(`the id ${JSON.stringify(id)} holds a line break`);
  const bytes = (name: string, shape: number[], data: Uint8Array) => ({ name, shape, data });
  const idsA = ids(record.idsA);
  const idsB = ids(record.idsB);
  const { pairing, task, variant, condition, split, la, lb, classes, unitName, numbers } = record;
  return writeSafetensors(
    [
      ...(numbers
        ? [
            { name: 'truth', shape: [n], data: numbers.truth },
            { name: 'said', shape: [models, n], data: numbers.said },
          ]
        : []),
      { name: 'units', shape: [n], data: Int32Array.from(record.units) },
      bytes('labels', [n], record.labels),
      bytes('ids.a', [idsA.length], idsA),
      bytes('ids.b', [idsB.length], idsB),
      bytes('predicted', [models, n], record.predicted),
      bytes('confidence', [models, n], record.confidence),
      bytes('trueLoss', [models, n], record.trueLoss),
    ],
    { record: JSON.stringify({ pairing, task, variant, condition, split, la, lb, classes, unitName }) },
  );
}

export const encodePairLogs = (record: EvaluationRecord, logs: Uint8Array): Uint8Array<ArrayBuffer> =>
  writeSafetensors([
    { name: 'pairLogs', shape: [record.la * record.lb, record.labels.length, record.classes], data: logs },
  ]);

const layers = v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(48));
const metadataSchema = v.object({
  pairing: v.string(),
  task: v.string(),
  variant: v.string(),
  condition: v.string(),
  split: v.picklist(['validation', 'test']),
  la: layers,
  lb: layers,
  classes: v.pipe(v.number(), v.integer(), v.minValue(2), v.maxValue(256)),
  unitName: v.string(),
});

const fail = (file: string, field: string, problem: string): never => {
  throw new UserError(
    `The record ${file} cannot be used: ${field} ${problem}. Get the pack again.`,
    `${file}: ${field}`,
  );
};

function bytesOf(
  tensors: Map<string, StoredTensor>,
  name: string,
  shape: number[] | null,
  file: string,
): Uint8Array {
  const tensor = tensors.get(name);
  if (!tensor) return fail(file, name, 'is missing');
  if (tensor.dtype !== 'U8') return fail(file, name, `holds ${tensor.dtype} instead of U8`);
  if (shape && tensor.shape.join() !== shape.join())
    return fail(file, name, `has shape [${tensor.shape}] instead of [${shape}]`);
  return tensor.bytes;
}

/** Absent where the target is a class. */
function numbersOf(
  tensors: Map<string, StoredTensor>,
  models: number,
  n: number,
  file: string,
): EvaluationRecord['numbers'] {
  if (!tensors.has('truth') && !tensors.has('said')) return undefined;
  const floats = (name: string, shape: number[]): Float32Array => {
    const tensor = tensors.get(name);
    if (!tensor || tensor.shape.join() !== shape.join())
      return fail(file, name, `is missing or not of shape [${shape}]`);
    const values = toFloat32(tensor);
    return values.every(Number.isFinite) ? values : fail(file, name, 'holds a value that is no number');
  };
  return { truth: floats('truth', [n]), said: floats('said', [models, n]) };
}

const all = (values: Uint8Array, limit: number): boolean => values.every((value) => value < limit);

/** @throws UserError naming the file and the field that is missing or wrong */
export function decodeRecord(bytes: Uint8Array, file: string): EvaluationRecord {
  const { metadata, tensors } = readSafetensors(bytes, file);
  let about: v.InferOutput<typeof metadataSchema>;
  try {
    about = v.parse(metadataSchema, JSON.parse(metadata.record ?? ''));
  } catch (error) {
    const field = v.isValiError(error) ? (v.getDotPath(error.issues[0]) ?? 'record') : 'record';
    return fail(file, `the metadata field ${field}`, 'is missing or wrong');
  }
  const labels = bytesOf(tensors, 'labels', null, file);
  const n = labels.length;
  const models = modelCount(about.la, about.lb);
  const units = tensors.get('units');
  if (!units || units.shape.join() !== `${n}`) return fail(file, 'units', `is missing or not of length ${n}`);
  const names = (name: string): string[] => {
    const list = new TextDecoder().decode(bytesOf(tensors, name, null, file)).split('\n');
    return list.length === n || (n === 0 && list[0] === '')
      ? list.slice(0, n)
      : fail(file, name, `has ${list.length} ids for ${n} samples`);
  };
  const predicted = bytesOf(tensors, 'predicted', [models, n], file);
  if (!all(labels, about.classes)) fail(file, 'labels', 'holds a class that the task does not have');
  if (!all(predicted, about.classes)) fail(file, 'predicted', 'holds a class that the task does not have');
  const numbers = numbersOf(tensors, models, n, file);
  return {
    ...about,
    ...(numbers ? { numbers } : {}),
    idsA: names('ids.a'),
    idsB: names('ids.b'),
    labels,
    units: Uint16Array.from(toInt32(units)),
    predicted,
    confidence: bytesOf(tensors, 'confidence', [models, n], file),
    trueLoss: bytesOf(tensors, 'trueLoss', [models, n], file),
  };
}

/** The pair logs that belong to a record, [la·lb, n, classes]. @throws UserError if they are not of its shape */
export function decodePairLogs(bytes: Uint8Array, record: EvaluationRecord, file: string): Uint8Array {
  const shape = [record.la * record.lb, record.labels.length, record.classes];
  return bytesOf(readSafetensors(bytes, file).tensors, 'pairLogs', shape, file);
}
