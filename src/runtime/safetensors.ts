/**
 * The safetensors format (huggingface/safetensors): eight bytes of header length, a JSON header, then the data.
 * Nothing in the header is believed: every claim is checked against the bytes that are there before it is used.
 */
import { UserError } from '../math/errors';
import { decodeBrain, decodeHalf, encodeHalf } from './half';

const itemBytes = {
  F64: 8,
  I64: 8,
  U64: 8,
  F32: 4,
  I32: 4,
  U32: 4,
  F16: 2,
  BF16: 2,
  I16: 2,
  U16: 2,
  I8: 1,
  U8: 1,
  BOOL: 1,
} as const;

export type DType = keyof typeof itemBytes;

/** What the header says of one tensor: begin and end are byte offsets within the data, checked. */
export interface TensorInfo {
  name: string;
  dtype: DType;
  shape: number[];
  begin: number;
  end: number;
}

export interface SafetensorsHeader {
  metadata: Record<string, string>;
  tensors: Map<string, TensorInfo>;
  /** Where the data begins in the file, in bytes. */
  dataStart: number;
}

/** One tensor, its bytes in row-major order, little-endian, as in the file (a view, not a copy). */
export interface StoredTensor {
  name: string;
  dtype: DType;
  shape: number[];
  bytes: Uint8Array;
}

/** No honest checkpoint needs more: 100,000 tensors take about 12 MB of header. */
const maxHeaderBytes = 16 * 2 ** 20;
const maxRank = 16;

const fail = (file: string, field: string, problem: string): never => {
  throw new UserError(
    `The file ${file} is not a sound safetensors file (${field}: ${problem}); export or download it again.`,
    `${file}: ${field}`,
  );
};

/**
 * The length of the header from the first eight bytes of a file.
 * @throws UserError if it is more than the file holds, or than any honest file needs
 */
export function headerLength(start: Uint8Array, fileBytes: number, file: string): number {
  if (start.length < 8 || fileBytes < 8) fail(file, 'header length', 'the file is shorter than 8 bytes');
  const view = new DataView(start.buffer, start.byteOffset, 8);
  const length = view.getUint32(0, true) + view.getUint32(4, true) * 2 ** 32;
  if (length > fileBytes - 8)
    fail(file, 'header length', `it claims ${length} bytes, the file holds ${fileBytes - 8}`);
  if (length > maxHeaderBytes)
    fail(file, 'header length', `${length} bytes is more than the ${maxHeaderBytes} allowed`);
  return length;
}

/**
 * Reads and checks the JSON header.
 * @param json the header's bytes, without the eight before them
 * @param fileBytes the size of the whole file
 */
export function parseHeader(json: Uint8Array, fileBytes: number, file: string): SafetensorsHeader {
  let header: unknown;
  try {
    header = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(json));
  } catch {
    return fail(file, 'header', 'it is not JSON');
  }
  if (!isObject(header)) return fail(file, 'header', 'it is not a JSON object');
  const dataStart = 8 + json.length;
  const dataBytes = fileBytes - dataStart;
  const tensors = new Map<string, TensorInfo>();
  const metadata: Record<string, string> = {};
  for (const [name, value] of Object.entries(header)) {
    if (name === '__metadata__') Object.assign(metadata, readMetadata(value, file));
    else tensors.set(name, readInfo(name, value, dataBytes, file));
  }
  // as in the reference implementation: no overlaps, no holes, nothing after the last tensor
  let position = 0;
  for (const info of [...tensors.values()].sort((a, b) => a.begin - b.begin || a.end - b.end)) {
    if (info.begin !== position)
      fail(
        file,
        `${label(info.name)}.data_offsets`,
        info.begin < position ? 'it overlaps another tensor' : 'it leaves a hole before it',
      );
    position = info.end;
  }
  if (position !== dataBytes)
    fail(file, 'data', `the tensors end at byte ${position}, the data at byte ${dataBytes}`);
  return { metadata, tensors, dataStart };
}

/** Reads a whole file that is already in memory; the tensors are views of it. */
export function readSafetensors(
  bytes: Uint8Array,
  file: string,
): { metadata: Record<string, string>; tensors: Map<string, StoredTensor> } {
  const length = headerLength(bytes, bytes.length, file);
  const { metadata, tensors, dataStart } = parseHeader(bytes.subarray(8, 8 + length), bytes.length, file);
  const views = new Map<string, StoredTensor>();
  for (const { name, dtype, shape, begin, end } of tensors.values())
    views.set(name, { name, dtype, shape, bytes: bytes.subarray(dataStart + begin, dataStart + end) });
  return { metadata, tensors: views };
}

/** The values as float32: a view where the file holds aligned F32, else a conversion. 64-bit integers lose precision past 2²⁴. */
export function toFloat32({ dtype, bytes }: StoredTensor): Float32Array {
  switch (dtype) {
    case 'F32':
      return typed(bytes, Float32Array);
    case 'F16':
      return decodeHalf(typed(bytes, Uint16Array));
    case 'BF16':
      return decodeBrain(typed(bytes, Uint16Array));
    case 'F64':
      return Float32Array.from(typed(bytes, Float64Array));
    case 'I64':
      return Float32Array.from(typed(bytes, BigInt64Array), Number);
    case 'U64':
      return Float32Array.from(typed(bytes, BigUint64Array), Number);
    default:
      return Float32Array.from(integers(dtype, bytes));
  }
}

/** Integer values as int32. @throws UserError if the tensor holds fractions or a value out of range */
export function toInt32({ name, dtype, bytes }: StoredTensor): Int32Array {
  if (dtype === 'I32') return typed(bytes, Int32Array);
  if (dtype === 'F64' || dtype === 'F32' || dtype === 'F16' || dtype === 'BF16')
    throw new UserError(`The tensor ${label(name)} holds ${dtype} where integers are needed.`, name);
  const wide =
    dtype === 'I64' ? typed(bytes, BigInt64Array) : dtype === 'U64' ? typed(bytes, BigUint64Array) : null;
  const values: ArrayLike<number | bigint> = wide ?? integers(dtype, bytes);
  const out = new Int32Array(values.length);
  for (let i = 0; i < out.length; i++) {
    out[i] = Number(values[i]);
    if (out[i] !== Number(values[i]))
      throw new UserError(`The tensor ${label(name)} holds ${values[i]}, too large for an int32.`, name);
  }
  return out;
}

/** The stored integers of an 8-bit tensor, as a view. */
export const toInt8 = ({ bytes }: StoredTensor): Int8Array =>
  new Int8Array(bytes.buffer, bytes.byteOffset, bytes.length);

/** What can be written. A Float32Array is stored as F32 unless dtype says F16. */
export interface TensorToWrite {
  name: string;
  shape: readonly number[];
  data: Float32Array | Int32Array | Int8Array | Uint8Array;
  dtype?: 'F32' | 'F16';
}

/** A safetensors file. Wider types come first, as the reference implementation orders them, so that views stay aligned. */
export function writeSafetensors(
  tensors: Iterable<TensorToWrite>,
  metadata?: Record<string, string>,
): Uint8Array<ArrayBuffer> {
  const entries = [...tensors].map(({ name, shape, data, dtype }) => {
    if (shape.reduce((a, b) => a * b, 1) !== data.length)
      throw new Error(`${name}: shape [${shape}] does not hold ${data.length} values`);
    const stored = data instanceof Float32Array && dtype === 'F16' ? encodeHalf(data) : data;
    const bytes = new Uint8Array(stored.buffer, stored.byteOffset, stored.byteLength);
    return { name, shape, bytes, dtype: storedType(stored) };
  });
  entries.sort((a, b) => itemBytes[b.dtype] - itemBytes[a.dtype] || (a.name < b.name ? -1 : 1));
  const header = new Map<string, unknown>();
  if (metadata) header.set('__metadata__', metadata);
  let position = 0;
  for (const { name, shape, bytes, dtype } of entries) {
    if (header.has(name)) throw new Error(`two tensors are called ${name}`);
    header.set(name, { dtype, shape, data_offsets: [position, position + bytes.length] });
    position += bytes.length;
  }
  let json = JSON.stringify(Object.fromEntries(header));
  const encoder = new TextEncoder();
  json += ' '.repeat((8 - (encoder.encode(json).length % 8)) % 8);
  const head = encoder.encode(json);
  const file = new Uint8Array(8 + head.length + position);
  new DataView(file.buffer).setUint32(0, head.length, true);
  file.set(head, 8);
  let offset = 8 + head.length;
  for (const { bytes } of entries) {
    file.set(bytes, offset);
    offset += bytes.length;
  }
  return file;
}

const storedType = (data: Float32Array | Int32Array | Int8Array | Uint8Array | Uint16Array): DType =>
  data instanceof Float32Array
    ? 'F32'
    : data instanceof Int32Array
      ? 'I32'
      : data instanceof Int8Array
        ? 'I8'
        : data instanceof Uint16Array
          ? 'F16'
          : 'U8';

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** A name from the file, made fit for a sentence. */
const label = (name: string): string =>
  name.length > 80 ? `${JSON.stringify(name.slice(0, 80))}…` : JSON.stringify(name);

const isCount = (value: unknown): value is number =>
  typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;

function readMetadata(value: unknown, file: string): Record<string, string> {
  if (!isObject(value)) return fail(file, '__metadata__', 'it is not an object');
  for (const [key, entry] of Object.entries(value))
    if (typeof entry !== 'string') fail(file, `__metadata__.${label(key)}`, 'it is not a string');
  return value as Record<string, string>;
}

function readInfo(name: string, value: unknown, dataBytes: number, file: string): TensorInfo {
  const field = label(name);
  if (!isObject(value)) return fail(file, field, 'it is not an object');
  const { dtype, shape, data_offsets: offsets } = value;
  if (typeof dtype !== 'string' || !Object.hasOwn(itemBytes, dtype))
    return fail(
      file,
      `${field}.dtype`,
      `${label(String(dtype))} is not one of ${Object.keys(itemBytes).join(', ')}`,
    );
  if (!Array.isArray(shape) || shape.length > maxRank || !shape.every(isCount))
    return fail(file, `${field}.shape`, `it is not a list of at most ${maxRank} sizes`);
  if (!Array.isArray(offsets) || offsets.length !== 2 || !offsets.every(isCount))
    return fail(file, `${field}.data_offsets`, 'they are not two byte positions');
  const [begin, end] = offsets as [number, number];
  if (begin > end || end > dataBytes)
    fail(
      file,
      `${field}.data_offsets`,
      `[${begin}, ${end}] is not within the ${dataBytes} bytes of data: it may be cut off`,
    );
  const bytes = shape.includes(0)
    ? 0
    : (shape as number[]).reduce((product, size) => product * size, itemBytes[dtype as DType]);
  if (bytes !== end - begin)
    fail(
      file,
      `${field}.shape`,
      `[${shape}] of ${dtype} takes ${bytes} bytes, the offsets hold ${end - begin}`,
    );
  return { name, dtype: dtype as DType, shape: shape as number[], begin, end };
}

interface TypedArrayType<T> {
  new (buffer: ArrayBufferLike, byteOffset: number, length: number): T;
  readonly BYTES_PER_ELEMENT: number;
}

/** A view of the bytes as T; a copy only where the file left them unaligned. */
function typed<T>(bytes: Uint8Array, type: TypedArrayType<T>): T {
  const size = type.BYTES_PER_ELEMENT;
  const aligned = bytes.byteOffset % size === 0 ? bytes : bytes.slice();
  return new type(aligned.buffer, aligned.byteOffset, aligned.byteLength / size);
}

function integers(dtype: DType, bytes: Uint8Array): ArrayLike<number> & Iterable<number> {
  switch (dtype) {
    case 'I32':
      return typed(bytes, Int32Array);
    case 'U32':
      return typed(bytes, Uint32Array);
    case 'I16':
      return typed(bytes, Int16Array);
    case 'U16':
      return typed(bytes, Uint16Array);
    case 'I8':
      return typed(bytes, Int8Array);
    default:
      return bytes;
  }
}
