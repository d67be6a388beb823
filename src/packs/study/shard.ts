/**
 * A shard: some of a study's heads with what they say on validation and test, as a safetensors file with a checksum.
 * Shards of one study join into a larger one, and all of them are the study. No features are in them.
 */
import { UserError } from '../../math/errors';
import type { Parameters } from '../../fusion/parameters';
import { headChunks } from '../../fusion/train';
import type { Standardisation } from '../../fusion/standardise';
import {
  readSafetensors,
  toFloat32,
  toInt32,
  writeSafetensors,
  type StoredTensor,
  type TensorToWrite,
} from '../../runtime/safetensors';
import { sha256 } from '../integrity';
import { headShapeOf, type StudyAbout } from './settings';
import { chunksOfShard, type ChunkResult, type ProbeResult } from './train';

export interface StudyShard {
  about: StudyAbout;
  /** Which shards of how many are in it, from 1. */
  shards: number[];
  of: number;
  chunks: ChunkResult[];
  /** In the first shard, or alone. */
  probes: { a: ProbeResult; b: ProbeResult } | null;
  standardisation: { a: Standardisation; b: Standardisation };
}

/** Most shards that a study of so many layers can be cut into. */
export const mostShards = (la: number, lb: number): number => headChunks(la, lb).length;

const zeros = '0'.repeat(64);

/** The file of a shard: the same shard gives the same bytes. */
export async function encodeShard(shard: StudyShard): Promise<Uint8Array<ArrayBuffer>> {
  const tensors: TensorToWrite[] = [];
  const put = (name: string, data: TensorToWrite['data'], shape: readonly number[] = [data.length]) =>
    tensors.push({ name, shape, data });
  for (const chunk of shard.chunks) {
    const name = `chunk${chunk.heads[0]}`;
    put(`${name}.heads`, Int32Array.from(chunk.heads));
    for (const field of ['loss', 'accuracy', 'epoch', 'validation', 'test'] as const)
      put(`${name}.${field}`, chunk[field]);
    for (const [parameter, { shape, data }] of Object.entries(chunk.parameters))
      put(`${name}.p.${parameter}`, data, shape);
  }
  for (const side of ['a', 'b'] as const) {
    const { layers, width, mean, deviation } = shard.standardisation[side];
    put(`${side}.mean`, mean, [layers, width]);
    put(`${side}.deviation`, deviation, [layers, width]);
    if (!shard.probes) continue;
    const { weights, heldOut } = shard.probes[side];
    for (const [parameter, { shape, data }] of Object.entries(weights.parameters))
      put(`${side}.probe.${parameter}`, data, shape);
    put(`${side}.validation`, heldOut.validation);
    put(`${side}.test`, heldOut.test);
  }
  const { about, shards, of } = shard;
  const bytes = writeSafetensors(tensors, {
    sha256: zeros,
    shard: JSON.stringify({ shards, of }),
    about: JSON.stringify(about),
  });
  bytes.set(new TextEncoder().encode(await sha256(bytes)), placeOfChecksum(bytes));
  return bytes;
}

/** The checksum stands in the header and is of the file with zeros in its place. */
function placeOfChecksum(bytes: Uint8Array): number {
  const start = '"sha256":"';
  const head = new TextDecoder('latin1').decode(bytes.subarray(8, 8 + 256));
  const at = head.indexOf(start);
  return at < 0 ? -1 : 8 + at + start.length;
}

/** @throws UserError where the file is cut short, damaged, or no shard */
export async function decodeShard(bytes: Uint8Array<ArrayBuffer>, file: string): Promise<StudyShard> {
  const damaged = (): never => {
    throw new UserError(
      `The shard ${file} is damaged or was only half written; run its shard again, then add it with --append.`,
      file,
    );
  };
  let read: ReturnType<typeof readSafetensors>;
  try {
    read = readSafetensors(bytes, file);
  } catch {
    return damaged();
  }
  const at = placeOfChecksum(bytes);
  if (at < 0 || !read.metadata.shard) throw new UserError(`The file ${file} is no shard of a study.`, file);
  const blank = bytes.slice();
  blank.set(new TextEncoder().encode(zeros), at);
  if ((await sha256(blank)) !== read.metadata.sha256) return damaged();
  // what follows was written by us and arrived whole
  const { tensors, metadata } = read;
  const about = JSON.parse(metadata.about) as StudyAbout;
  if (about.schema !== 1)
    throw new UserError(`The shard ${file} has schema ${String(about.schema)}, this program reads 1.`, file);
  const { shards, of } = JSON.parse(metadata.shard) as { shards: number[]; of: number };
  const floats = (name: string): Float32Array => toFloat32(tensors.get(name) ?? damaged()).slice();
  const shape = headShapeOf(about);
  const chunks = shards
    .flatMap((shard) => chunksOfShard(shape, shard, of))
    .map(({ k, heads }): ChunkResult => {
      const name = `chunk${heads[0]}`;
      const stored = tensors.get(`${name}.heads`);
      if (!stored || toInt32(stored).join() !== heads.join())
        throw new UserError(
          `The shard ${file} is of another version of this program: its heads are divided otherwise.`,
          file,
        );
      return {
        k,
        heads,
        parameters: parametersOf(tensors, `${name}.p.`),
        loss: floats(`${name}.loss`),
        accuracy: floats(`${name}.accuracy`),
        epoch: toInt32(tensors.get(`${name}.epoch`)!).slice(),
        validation: floats(`${name}.validation`),
        test: floats(`${name}.test`),
      };
    });
  const standardisation = (side: 'a' | 'b'): Standardisation => ({
    layers: about[side].layers,
    width: about[side].width,
    mean: floats(`${side}.mean`),
    deviation: floats(`${side}.deviation`),
  });
  const probe = (side: 'a' | 'b'): ProbeResult => ({
    weights: {
      shape: { layers: about[side].layers, width: about[side].width, classes: shape.classes },
      parameters: parametersOf(tensors, `${side}.probe.`),
    },
    heldOut: { validation: floats(`${side}.validation`), test: floats(`${side}.test`) },
  });
  return {
    about,
    shards,
    of,
    chunks,
    probes: tensors.has('a.validation') ? { a: probe('a'), b: probe('b') } : null,
    standardisation: { a: standardisation('a'), b: standardisation('b') },
  };
}

const parametersOf = (tensors: Map<string, StoredTensor>, prefix: string): Parameters =>
  Object.fromEntries(
    [...tensors]
      .filter(([name]) => name.startsWith(prefix))
      .map(([name, tensor]) => [
        name.slice(prefix.length),
        { shape: [...tensor.shape], data: toFloat32(tensor).slice() },
      ]),
  );

/** What must be equal for two shards to be of one study. */
const identity = ({ about, of }: StudyShard): string => JSON.stringify([about, of]);

/**
 * @param parts with the name of the file each is from
 * @throws UserError where they are of different studies, or two files hold the same shard
 */
export function joinShards(parts: readonly { file: string; shard: StudyShard }[]): StudyShard {
  const [first] = parts;
  const from = new Map<number, string>();
  for (const { file, shard } of parts) {
    if (identity(shard) !== identity(first.shard))
      throw new UserError(
        `${file} and ${first.file} are not shards of one study: their data, settings, versions or number of shards differ.`,
        file,
      );
    for (const index of shard.shards) {
      const before = from.get(index);
      if (before !== undefined)
        throw new UserError(`Shard ${index} is in ${before} and in ${file}; give it once.`, file);
      from.set(index, file);
    }
  }
  const chunks = parts
    .flatMap(({ shard }) => shard.chunks)
    .sort((x, y) => x.k - y.k || x.heads[0] - y.heads[0]);
  return {
    ...first.shard,
    shards: [...from.keys()].sort((x, y) => x - y),
    chunks,
    probes: parts.find(({ shard }) => shard.probes)?.shard.probes ?? null,
  };
}

/** The shards that are not there yet. */
export const missingShards = ({ shards, of }: StudyShard): number[] =>
  Array.from({ length: of }, (_, s) => s + 1).filter((s) => !shards.includes(s));
