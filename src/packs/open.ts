/** Opens a pack: fetches what the first prediction needs, checks every byte of it, and makes it ready to run. */
import { UserError } from '../math/errors';
import type { HeadWeights } from '../fusion/heads';
import type { JointWeights } from '../fusion/joint';
import type { ProbeWeights } from '../fusion/probe';
import type { Standardisation } from '../fusion/standardise';
import { readSafetensors, type StoredTensor } from '../runtime/safetensors';
import type { FileCache } from './cache';
import { checkFile } from './integrity';
import { findFile, parsePack, type FileKeys } from './parse';
import { outputsOfTask, type Pack, type PackFile, type PackModality } from './schema';
import type { Source } from './source';
import { readSeedHeads, type SeedHeads } from './head-seeds';
import { readJoint } from './joint-file';
import { readHeads, readProbes, readStandardisation, type Expected } from './weights';

/** An encoder as it lies on disk, in Hugging Face layout. */
export interface StoredEncoder {
  modality: PackModality;
  /** config.json, preprocessor_config.json and tokenizer.json, parsed; null where the pack has none. */
  config: unknown;
  preprocessor: unknown;
  tokenizer: unknown;
  weights: Map<string, StoredTensor>;
}

export interface OpenPack {
  pack: Pack;
  /** Bytes of the files that were read, and whether all of them were kept here already. */
  bytes: number;
  cached: boolean;
  /** Sentences about what went on differently: no room to keep the files. */
  notices: string[];
  /** By modality id. */
  encoders: Record<string, StoredEncoder>;
  standardisations: Record<string, Standardisation>;
  /** Weights as on disk, made float; by task, then by modality. */
  probes(task: string, modality: string): ProbeWeights;
  heads(pairing: string, task: string, variant: string, options?: OpenOptions): Promise<HeadWeights>;
  /** Heads of a variant by further seeds. @throws UserError where the pack ships none */
  seeds(pairing: string, task: string, variant: string, options?: OpenOptions): Promise<SeedHeads[]>;
  /** The model of a group of modalities, fetched when first asked for; `groups` of the pack says which layers it takes. */
  joint(group: string, task: string): Promise<JointWeights>;
  /**
   * A file by its role, fetched when first asked for.
   * @throws UserError if the pack has none, or it is not what pack.json says
   */
  file(role: PackFile['role'], keys: FileKeys, options?: OpenOptions): Promise<Uint8Array<ArrayBuffer>>;
}

export interface OpenOptions {
  signal?: AbortSignal;
  /** Never falls, its total never changes, and ends at the total. */
  onProgress?: (progress: { loaded: number; total: number; file: string }) => void;
  cache?: FileCache | null;
}

const packLimit = 4 * 2 ** 20;

/** @throws UserError naming the file and what is wrong with it; the signal's reason if aborted */
export async function openPack(source: Source, options: OpenOptions = {}): Promise<OpenPack> {
  const { signal } = options;
  const cache = options.cache ?? null;
  const json = await source.read('pack.json', { signal, limit: packLimit });
  const pack = parsePack(new TextDecoder().decode(json), source.name);
  const notices: string[] = [];
  const reader = createReader(source, cache, notices);
  const first = pack.files.filter((file) => file.when === 'first');
  const { contents, cached } = await reader.readAll(first, options);

  const need = (role: PackFile['role'], keys: FileKeys): { file: PackFile; bytes: Uint8Array } => {
    const file = findFile(pack, role, keys);
    const bytes = file && contents.get(file.path);
    if (!file || !bytes) throw lacking(pack, role, keys);
    return { file, bytes };
  };
  const json_ = (role: PackFile['role'], modality: string): unknown => {
    if (!findFile(pack, role, { modality })) return null;
    const { file, bytes } = need(role, { modality });
    try {
      return JSON.parse(new TextDecoder().decode(bytes));
    } catch {
      throw new UserError(`The file ${file.path} of the pack is not JSON; get the pack again.`, file.path);
    }
  };
  const encoders: Record<string, StoredEncoder> = {};
  const standardisations: Record<string, Standardisation> = {};
  for (const modality of pack.modalities) {
    const { id } = modality;
    // what nobody can give here needs no encoder: its states come pooled
    if (modality.modality !== 'features' && modality.pooling !== 'given') {
      const weights = need('encoder-weights', { modality: id });
      need('encoder-config', { modality: id });
      encoders[id] = {
        modality,
        config: json_('encoder-config', id),
        preprocessor: json_('preprocessor', id),
        tokenizer: json_('tokenizer', id),
        weights: readSafetensors(weights.bytes, weights.file.path).tensors,
      };
    }
    const { file, bytes } = need('standardisation', {});
    standardisations[id] = readStandardisation(bytes, modality, file.path);
  }
  const modalityOf = (id: string): PackModality => {
    const found = pack.modalities.find((modality) => modality.id === id);
    if (!found) throw new RangeError(`The pack has no modality ${id}.`);
    return found;
  };
  const classesOf = (task: string): number => {
    const found = pack.tasks.find(({ id }) => id === task);
    if (!found) throw new RangeError(`The pack has no task ${task}.`);
    return outputsOfTask(found);
  };
  const expectedHeads = (pairing: string, task: string): Expected => {
    const { a, b } = pack.pairings.find(({ id }) => id === pairing) ?? { a: '', b: '' };
    const [modalityA, modalityB] = [modalityOf(a), modalityOf(b)];
    return {
      la: modalityA.layers,
      lb: modalityB.layers,
      widthA: modalityA.width,
      widthB: modalityB.width,
      classes: classesOf(task),
    };
  };
  const fetchFile = async (role: PackFile['role'], keys: FileKeys, extra: OpenOptions = {}) => {
    const file = findFile(pack, role, keys);
    if (!file) throw lacking(pack, role, keys);
    const held = contents.get(file.path);
    if (held) return { file, bytes: held };
    const read = await reader.readAll([file], extra);
    return { file, bytes: read.contents.get(file.path) as Uint8Array<ArrayBuffer> };
  };
  return {
    pack,
    bytes: first.reduce((sum, file) => sum + file.bytes, 0),
    cached,
    notices,
    encoders,
    standardisations,
    probes(task, modality) {
      const { file, bytes } = need('probes', { task });
      return readProbes(bytes, modalityOf(modality), classesOf(task), file.path);
    },
    async heads(pairing, task, variant, extra) {
      const { file, bytes } = await fetchFile('heads', { pairing, task, variant }, extra);
      return readHeads(bytes, expectedHeads(pairing, task), file.path);
    },
    async seeds(pairing, task, variant, extra) {
      const { file, bytes } = await fetchFile('head-seeds', { pairing, task, variant }, extra);
      return readSeedHeads(bytes, expectedHeads(pairing, task), file.path);
    },
    async joint(group, task) {
      const { file, bytes } = await fetchFile('joint', { group, task });
      const found = pack.groups?.find(({ id }) => id === group);
      if (!found) throw new RangeError(`The pack has no group ${group}.`);
      const widths = found.modalities.map((id) => modalityOf(id).width);
      return readJoint(bytes, { widths, classes: classesOf(task) }, file.path);
    },
    file: async (role, keys, extra) => (await fetchFile(role, keys, extra)).bytes,
  };
}

const lacking = (pack: Pack, role: string, keys: FileKeys): UserError => {
  const which = Object.values(keys).filter(Boolean).join(', ');
  if (pack.modalities.every(({ modality }) => modality === 'features'))
    return new UserError(
      `This study was saved without its ${role}: train it again from its features to see this.`,
      role,
    );
  return new UserError(
    `The pack ${pack.id} lists no file for its ${role}${which ? ` (${which})` : ''}; it is incomplete.`,
    role,
  );
};

/** Reads, checks and keeps files, several at once. */
export function createReader(source: Source, cache: FileCache | null, notices: string[]) {
  const urlOf = (path: string): string =>
    (source.name.endsWith('/') ? source.name : `${source.name}/`) + path;

  async function kept(file: PackFile): Promise<Uint8Array<ArrayBuffer> | null> {
    try {
      const bytes = await cache?.get(urlOf(file.path), file.sha256);
      if (bytes) await checkFile(bytes, file);
      return bytes ?? null;
    } catch {
      // a damaged or refused cache is as good as none
      return null;
    }
  }
  async function keep(file: PackFile, bytes: Uint8Array<ArrayBuffer>): Promise<void> {
    try {
      await cache?.put(urlOf(file.path), file.sha256, bytes);
    } catch {
      const notice =
        'There is no room to keep the models in this browser, so they are downloaded again next time.';
      if (!notices.includes(notice)) notices.push(notice);
    }
  }
  return {
    async readAll(files: readonly PackFile[], { signal, onProgress }: OpenOptions) {
      const total = files.reduce((sum, file) => sum + file.bytes, 0);
      const arrived = new Map(files.map((file) => [file.path, 0]));
      let loaded = 0;
      const arrive = (file: PackFile, bytes: number): void => {
        const before = arrived.get(file.path) ?? 0;
        const now = Math.min(file.bytes, before + bytes);
        arrived.set(file.path, now);
        loaded += now - before;
        if (now > before) onProgress?.({ loaded, total, file: file.path });
      };
      const contents = new Map<string, Uint8Array<ArrayBuffer>>();
      let cached = files.length > 0;
      // one file that fails stops the others
      const stop = new AbortController();
      const both = signal ? AbortSignal.any([signal, stop.signal]) : stop.signal;
      const readOne = async (file: PackFile): Promise<void> => {
        signal?.throwIfAborted();
        let bytes = await kept(file);
        if (bytes) arrive(file, file.bytes);
        else {
          cached = false;
          bytes = await source.read(file.path, {
            signal: both,
            limit: file.bytes,
            onBytes: (count) => arrive(file, count),
          });
          await checkFile(bytes, file);
          arrive(file, file.bytes);
          await keep(file, bytes);
        }
        contents.set(file.path, bytes);
      };
      try {
        await Promise.all(files.map(readOne));
      } catch (error) {
        stop.abort();
        signal?.throwIfAborted();
        throw error;
      }
      return { contents, cached };
    },
  };
}
