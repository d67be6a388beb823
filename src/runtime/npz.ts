/** NumPy's .npy and .npz (NEP 1). Arrays of objects are pickles, that is programs: they are refused, never run. */
import { UserError } from '../math/errors';
import { decodeHalf } from './half';
import { readZip, unpack } from './zip';

export interface NpyArray {
  name: string;
  shape: number[];
  /** Row-major: fractions as float32, whole numbers and booleans as float64 (exact to 2⁵³), text as strings. */
  values: Float32Array | Float64Array | string[];
}

/** An array of an archive, unpacked when it is asked for. */
export interface NpzEntry {
  name: string;
  read(): NpyArray;
}

const fail = (
  file: string,
  problem: string,
  advice = 'save it again with numpy.save or numpy.savez',
): never => {
  throw new UserError(`The file ${file} cannot be read (${problem}); ${advice}.`, file);
};

/** Everything an archive may unpack to, unless the caller says otherwise. */
const defaultLimit = 2 ** 31;

/**
 * The arrays of an .npz archive, in its order.
 * @param options.limit most bytes that all of them together may unpack to
 */
export function readNpz(bytes: Uint8Array, file: string, options: { limit?: number } = {}): NpzEntry[] {
  return readZip(bytes, file, options.limit ?? defaultLimit)
    .filter(({ name }) => name.endsWith('.npy'))
    .map((entry) => {
      const name = entry.name.slice(0, -'.npy'.length);
      return { name, read: () => readNpy(unpack(bytes, entry, file), `${file}: ${name}`, name) };
    });
}

const magic = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59];
const maxHeaderBytes = 65536;
const maxRank = 32;

interface Header {
  kind: string;
  itemBytes: number;
  bigEndian: boolean;
  fortran: boolean;
  shape: number[];
  dataStart: number;
}

/** Reads one .npy file. @throws UserError naming the file and what is wrong with it */
export function readNpy(bytes: Uint8Array, file: string, name = file): NpyArray {
  const header = readHeader(bytes, file);
  const { shape, itemBytes, dataStart } = header;
  const count = shape.reduce((a, b) => a * b, 1);
  const held = bytes.length - dataStart;
  if (count * itemBytes !== held)
    fail(file, `its shape (${shape.join(', ')}) takes ${count * itemBytes} bytes, but it holds ${held}`);
  // a copy starts aligned; it may then be turned round in place
  const data = bytes.slice(dataStart);
  if (header.bigEndian) reverseBytes(data, header.kind === 'U' ? 4 : itemBytes);
  const values = decode(data.buffer, header, count, file);
  return { name, shape, values: header.fortran ? toRowMajor(values, shape) : values };
}

function readHeader(bytes: Uint8Array, file: string): Header {
  if (bytes.length < 12 || magic.some((byte, i) => bytes[i] !== byte)) fail(file, 'it is no NumPy array');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const version = bytes[6];
  if (version < 1 || version > 3) fail(file, `its format version is ${version}`);
  const [start, length] = version === 1 ? [10, view.getUint16(8, true)] : [12, view.getUint32(8, true)];
  if (length > maxHeaderBytes || start + length > bytes.length)
    fail(file, 'its header is longer than it can be');
  const text = new TextDecoder().decode(bytes.subarray(start, start + length));
  const fortran = /'fortran_order'\s*:\s*(True|False)/.exec(text)?.[1];
  const shapeText = /'shape'\s*:\s*\(([0-9,\sL]*)\)/.exec(text)?.[1];
  const descr = /'descr'\s*:\s*'([^']{0,16})'/.exec(text)?.[1];
  if (descr === undefined && /'descr'\s*:\s*\[/.test(text))
    fail(file, 'its elements are records of several fields');
  if (!fortran || shapeText === undefined || descr === undefined) return fail(file, 'its header is damaged');
  const shape = shapeText
    .split(',')
    .map((part) => part.replace(/L/g, '').trim())
    .filter(Boolean)
    .map(Number);
  if (shape.length > maxRank || !shape.every(Number.isSafeInteger))
    fail(file, `its shape (${shapeText}) is too large`);
  return { ...readType(descr, file), fortran: fortran === 'True', shape, dataStart: start + length };
}

const itemSizes: Record<string, number[]> = { f: [2, 4, 8], i: [1, 2, 4, 8], u: [1, 2, 4, 8], b: [1] };

function readType(descr: string, file: string): Pick<Header, 'kind' | 'itemBytes' | 'bigEndian'> {
  const [, order, kind, digits] =
    /^([<>=|])([a-zA-Z])(\d{0,6})$/.exec(descr) ?? fail(file, `its type is ${descr}`);
  if (kind === 'O')
    fail(
      file,
      'it holds Python objects, which only Python can open and which may run programs',
      'save numbers or text instead',
    );
  const size = Number(digits);
  const sound = kind === 'U' || kind === 'S' ? size >= 1 && size <= 4096 : itemSizes[kind]?.includes(size);
  if (!sound || digits === '') fail(file, `its type is ${descr}, not numbers or text of a known kind`);
  return { kind, itemBytes: kind === 'U' ? 4 * size : size, bigEndian: order === '>' };
}

function reverseBytes(data: Uint8Array, itemBytes: number): void {
  for (let start = 0; start < data.length; start += itemBytes)
    for (let i = start, j = start + itemBytes - 1; i < j; i++, j--) [data[i], data[j]] = [data[j], data[i]];
}

function decode(buffer: ArrayBuffer, header: Header, count: number, file: string): NpyArray['values'] {
  const { kind, itemBytes } = header;
  switch (`${kind}${itemBytes}`) {
    case 'f2':
      return decodeHalf(new Uint16Array(buffer));
    case 'f4':
      return new Float32Array(buffer);
    case 'f8':
      return Float32Array.from(new Float64Array(buffer));
    case 'i1':
      return Float64Array.from(new Int8Array(buffer));
    case 'i2':
      return Float64Array.from(new Int16Array(buffer));
    case 'i4':
      return Float64Array.from(new Int32Array(buffer));
    case 'u2':
      return Float64Array.from(new Uint16Array(buffer));
    case 'u4':
      return Float64Array.from(new Uint32Array(buffer));
    case 'i8':
    case 'u8': {
      const wide: BigInt64Array | BigUint64Array =
        kind === 'i' ? new BigInt64Array(buffer) : new BigUint64Array(buffer);
      return Float64Array.from({ length: count }, (_, i) => {
        const value = Number(wide[i]);
        return Number.isSafeInteger(value) ? value : fail(file, `the whole number ${wide[i]} is too large`);
      });
    }
    case 'b1':
    case 'u1':
      return Float64Array.from(new Uint8Array(buffer));
    default:
      return decodeText(buffer, header, count, file);
  }
}

/** Text of fixed length, ended by zeros: 'U' in UTF-32, 'S' in bytes (read as UTF-8). */
function decodeText(buffer: ArrayBuffer, { kind, itemBytes }: Header, count: number, file: string): string[] {
  const decoder = new TextDecoder();
  return Array.from({ length: count }, (_, i) => {
    if (kind === 'S')
      return decoder.decode(new Uint8Array(buffer, i * itemBytes, itemBytes)).replace(/\0+$/, '');
    const points = new Uint32Array(buffer, i * itemBytes, itemBytes / 4);
    let text = '';
    for (const point of points) {
      if (point > 0x10ffff) fail(file, 'its text is damaged');
      text += String.fromCodePoint(point);
    }
    return text.replace(/\0+$/, '');
  });
}

/** Fortran's order has the first axis fastest. */
function toRowMajor<T extends NpyArray['values']>(values: T, shape: number[]): T {
  if (shape.length < 2) return values;
  const out = values.slice() as T;
  const place = new Array<number>(shape.length).fill(0);
  const steps = shape.map((_, axis) => shape.slice(0, axis).reduce((a, b) => a * b, 1));
  let from = 0;
  for (let to = 0; to < values.length; to++) {
    out[to] = values[from];
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      from += steps[axis];
      if (++place[axis] < shape[axis]) break;
      from -= steps[axis] * shape[axis];
      place[axis] = 0;
    }
  }
  return out;
}
