/**
 * A Hugging Face folder, wherever its files come from: config, weights in one file or in shards, tokenizer or
 * preprocessor. Weights are read tensor by tensor, so that no file is in memory as a whole.
 */
import * as tf from '../runtime/tf';
import { UserError } from '../math/errors';
import { headerLength, parseHeader, toFloat32, type TensorInfo } from '../runtime/safetensors';
import { familyNames, parseConfig, type EncoderConfig } from './config';
import { createEncoder, paramSpecs, type Encoder } from './encoder';
import { Fields } from './fields';
import { parseFrontEnd, type FrontEnd } from './frontend';
import { assemble, checkpointNames, checkShape } from './params';
import { checkTokenizerSize, parseTokenizer, parseVocabulary, type TextTokenizer } from './tokenizer';

/** A file whose bytes can be read in parts. */
export interface ByteSource {
  /** Its path; folders before the model's own files are passed over. */
  name: string;
  size: number;
  /** The bytes from `begin` up to `end`. */
  read(begin: number, end: number): Promise<Uint8Array>;
}

/** A dropped or chosen file; nothing is read before it is asked for. */
export const blobSource = (name: string, blob: Blob): ByteSource => ({
  name,
  size: blob.size,
  read: async (begin, end) => new Uint8Array(await blob.slice(begin, end).arrayBuffer()),
});

/** Bytes that are in memory already. */
export const memorySource = (name: string, bytes: Uint8Array): ByteSource => ({
  name,
  size: bytes.length,
  read: (begin, end) => Promise.resolve(bytes.subarray(begin, end)),
});

export interface LoadOptions {
  /** Bytes of weights read so far, and in all. */
  onProgress?: (done: number, total: number) => void;
  signal?: AbortSignal;
  /** tf.Variables, for an optimiser. */
  trainable?: boolean;
}

export interface Checkpoint {
  config: EncoderConfig;
  frontEnd: FrontEnd;
  /** Bytes of the weights that the encoder needs. */
  bytes: number;
  /** Reads the weights into the current backend. @throws UserError, or the signal's reason where it is aborted */
  load(options?: LoadOptions): Promise<Encoder>;
}

/** Where a tensor's bytes are. */
interface StoredAt {
  source: ByteSource;
  dataStart: number;
  info: TensorInfo;
}

/** No honest config, index or tokenizer is larger. */
const maxTextBytes = 64 * 2 ** 20;

/** The files beside the topmost config.json; what lies in other folders (other formats, version control) is passed over. */
class Folder {
  private readonly files = new Map<string, ByteSource>();

  constructor(sources: Iterable<ByteSource>) {
    const all = [...sources].map((source) => {
      const path = source.name.split('/');
      return { source, name: path.pop()!, at: path.join('/'), depth: path.length };
    });
    const configs = all.filter(({ name }) => name === 'config.json').sort((a, b) => a.depth - b.depth);
    if (configs.length > 1 && configs[0].depth === configs[1].depth)
      throw new UserError('There are several models in the folder; give the folder of one.', 'config.json');
    for (const { source, name, at } of all)
      if (!configs.length || at === configs[0].at) this.files.set(name, source);
  }

  find(name: string): ByteSource | undefined {
    return this.files.get(name);
  }

  get(name: string, why: string): ByteSource {
    const source = this.find(name);
    if (!source)
      throw new UserError(`The folder has no ${name}, ${why}; add it from the model's page.`, name);
    return source;
  }

  async text(source: ByteSource): Promise<string> {
    if (source.size > maxTextBytes)
      throw new UserError(
        `The file ${source.name} has ${source.size} bytes, which no honest one has.`,
        source.name,
      );
    return new TextDecoder().decode(await source.read(0, source.size));
  }

  async json(source: ByteSource): Promise<unknown> {
    try {
      return JSON.parse(await this.text(source)) as unknown;
    } catch (error) {
      if (error instanceof UserError) throw error;
      throw new UserError(`The file ${source.name} is not JSON; download it again.`, source.name);
    }
  }
}

/**
 * Opens a Hugging Face folder: reads everything but the weights, and of those the headers.
 * @throws UserError naming the file, and the field, that is missing, unsupported or does not belong
 */
export async function openCheckpoint(sources: Iterable<ByteSource>): Promise<Checkpoint> {
  const folder = new Folder(sources);
  const config = parseConfig(await folder.json(folder.get('config.json', 'which says what the model is')));
  const frontEnd = await readFrontEnd(folder, config);
  const tensors = locate(config, await readHeaders(folder));
  const bytes = [...tensors.values()].reduce((sum, { info }) => sum + info.end - info.begin, 0);
  return {
    config,
    frontEnd,
    bytes,
    load: (options = {}) => load(config, tensors, bytes, options),
  };
}

async function readFrontEnd(folder: Folder, config: EncoderConfig): Promise<FrontEnd> {
  if (config.family !== 'bert') {
    const source = folder.get('preprocessor_config.json', 'which says how the input is prepared');
    return parseFrontEnd(config, await folder.json(source), source.name);
  }
  const [tokenizer, file] = await readTokenizer(folder);
  checkTokenizerSize(tokenizer, config.vocabulary, file);
  return { kind: 'text', tokenizer, limit: config.positions };
}

async function readTokenizer(folder: Folder): Promise<[TextTokenizer, string]> {
  const json = folder.find('tokenizer.json');
  if (json) return [parseTokenizer(await folder.json(json), json.name), json.name];
  const list = folder.find('vocab.txt');
  if (!list)
    throw new UserError(
      'The folder has neither tokenizer.json nor vocab.txt, without which text cannot be read; add one from the model’s page.',
      'tokenizer.json',
    );
  const settings = folder.find('tokenizer_config.json');
  const lowerCase = settings
    ? new Fields(await folder.json(settings), settings.name).flag('do_lower_case', true)
    : true;
  return [parseVocabulary(await folder.text(list), { lowerCase }, list.name), list.name];
}

/** Every tensor of model.safetensors, or of the shards that the index names. */
async function readHeaders(folder: Folder): Promise<Map<string, StoredAt>> {
  const single = folder.find('model.safetensors');
  if (single) return readHeader(single);
  const index = folder.find('model.safetensors.index.json');
  if (!index)
    throw new UserError(
      'The folder has no model.safetensors (nor its shards with model.safetensors.index.json); in Python, save the model with safe_serialization=True.',
      'model.safetensors',
    );
  const map = new Fields(await folder.json(index), index.name).raw('weight_map');
  const names = new Set(Object.values(typeof map === 'object' && map !== null ? map : {}));
  const tensors = new Map<string, StoredAt>();
  for (const name of names) {
    if (typeof name !== 'string')
      throw new UserError(
        `In ${index.name}, weight_map holds something else than names of files.`,
        index.name,
      );
    const shard = await readHeader(folder.get(name, `which ${index.name} names`));
    for (const [tensor, at] of shard) tensors.set(tensor, at);
  }
  return tensors;
}

async function readHeader(source: ByteSource): Promise<Map<string, StoredAt>> {
  const length = headerLength(await source.read(0, Math.min(8, source.size)), source.size, source.name);
  const json = await source.read(8, 8 + length);
  const { tensors, dataStart } = parseHeader(json, source.size, source.name);
  return new Map([...tensors].map(([name, info]) => [name, { source, dataStart, info }]));
}

const weightTypes: ReadonlySet<TensorInfo['dtype']> = new Set(['F32', 'F16', 'BF16', 'F64']);

/** Finds each tensor that the encoder needs, before any is read. */
function locate(config: EncoderConfig, stored: ReadonlyMap<string, StoredAt>): Map<string, StoredAt> {
  const tensors = new Map<string, StoredAt>();
  const specs = paramSpecs(config);
  for (const name of specs.flatMap((spec) => spec.parts)) {
    if (name === null) continue;
    const form = [...checkpointNames(config, name)].find((candidate) => stored.has(candidate));
    if (form === undefined)
      throw new UserError(
        `The weights have no tensor ${name}, which config.json's model type ${familyNames[config.family].modelType} needs; the files do not belong together.`,
        name,
      );
    const at = stored.get(form)!;
    if (!weightTypes.has(at.info.dtype))
      throw new UserError(
        `In ${at.source.name} the tensor ${name} is of type ${at.info.dtype}, as quantised weights are; give the weights as F32, F16, BF16 or F64.`,
        `${at.source.name}: ${name}`,
      );
    tensors.set(name, at);
  }
  for (const spec of specs)
    spec.parts.forEach((name, p) => {
      if (name !== null)
        checkShape(tensors.get(name)!.info.shape, name, spec.partShapes?.[p] ?? spec.partShape);
    });
  return tensors;
}

async function load(
  config: EncoderConfig,
  tensors: ReadonlyMap<string, StoredAt>,
  total: number,
  { onProgress, signal, trainable }: LoadOptions,
): Promise<Encoder> {
  const params = new Map<string, tf.Tensor>();
  let done = 0;
  const readPart = async (name: string): Promise<Float32Array> => {
    const { source, dataStart, info } = tensors.get(name)!;
    const bytes = await source.read(dataStart + info.begin, dataStart + info.end);
    if (bytes.length !== info.end - info.begin)
      throw new UserError(
        `The file ${source.name} ends in the middle of ${name}; download it again.`,
        source.name,
      );
    signal?.throwIfAborted();
    done += bytes.length;
    onProgress?.(done, total);
    return toFloat32({ name, dtype: info.dtype, shape: info.shape, bytes });
  };
  try {
    for (const spec of paramSpecs(config)) {
      signal?.throwIfAborted();
      const parts: (Float32Array | null)[] = [];
      for (const name of spec.parts) parts.push(name === null ? null : await readPart(name));
      const values = tf.tensor(assemble(spec, parts), spec.shape);
      params.set(spec.name, trainable ? tf.variable(values) : values);
      if (trainable) values.dispose();
    }
  } catch (error) {
    params.forEach((tensor) => tensor.dispose());
    throw error;
  }
  return createEncoder(config, params);
}
