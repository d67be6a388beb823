/** The arrays of a person's file, whichever of the three formats it is in. */
import { UserError } from '../../math/errors';
import { readNpy, readNpz, type NpyArray } from '../../runtime/npz';
import { readSafetensors, toFloat32, toInt32, type StoredTensor } from '../../runtime/safetensors';

export interface GivenFile {
  name: string;
  bytes: Uint8Array<ArrayBuffer>;
}

export interface NamedArray {
  name: string;
  dtype: string;
  shape: number[];
  /** As numbers; text is refused. Row-major. */
  floats(): Float32Array;
  /** One text a value: whole numbers without a fraction, text as it is. */
  texts(): string[];
}

export interface ArrayFile {
  name: string;
  arrays: NamedArray[];
  /** What a safetensors file says beside its tensors. */
  metadata: Record<string, string>;
}

/** @throws UserError naming the file and what is wrong with it */
export function readArrays({ name, bytes }: GivenFile): ArrayFile {
  const starts = (...magic: number[]) => magic.every((byte, i) => bytes[i] === byte);
  if (starts(0x50, 0x4b, 3, 4) || starts(0x50, 0x4b, 5, 6)) {
    const arrays = readNpz(bytes, name).map((entry) => ofNumpy(entry.read(), name));
    if (arrays.length === 0)
      throw new UserError(
        `The file ${name} is an archive without NumPy arrays; save the layer states with numpy.savez or as safetensors.`,
        name,
      );
    return { name, arrays, metadata: {} };
  }
  if (starts(0x93, 0x4e, 0x55, 0x4d))
    return { name, arrays: [ofNumpy(readNpy(bytes, name, 'states'), name)], metadata: {} };
  if (starts(0x80) || /\.(pt|pth|bin|pkl|pickle)$/i.test(name))
    throw new UserError(
      `The file ${name} looks like a Python pickle, which may run programs and is never opened; save the layer states as safetensors or with numpy.savez.`,
      name,
    );
  const { tensors, metadata } = readSafetensors(bytes, name);
  return { name, arrays: [...tensors.values()].map((tensor) => ofTensor(tensor, name)), metadata };
}

function ofNumpy({ name, shape, values }: NpyArray, file: string): NamedArray {
  return {
    name,
    shape,
    dtype: Array.isArray(values) ? 'text' : values instanceof Float32Array ? 'float' : 'integer',
    floats: () => {
      if (Array.isArray(values))
        throw new UserError(
          `In the file ${file} the array ${name} holds text where numbers are needed.`,
          `${file}: ${name}`,
        );
      return values instanceof Float32Array ? values : Float32Array.from(values);
    },
    texts: () => Array.from(values as ArrayLike<string | number>, String),
  };
}

const fractions = new Set(['F16', 'BF16', 'F32', 'F64']);

function ofTensor(tensor: StoredTensor, file: string): NamedArray {
  const { name, dtype, shape } = tensor;
  return {
    name,
    dtype,
    shape,
    floats: () => toFloat32(tensor),
    texts: () => {
      if (fractions.has(dtype)) return Array.from(toFloat32(tensor), String);
      if (dtype === 'I64' || dtype === 'U64') {
        const view = new DataView(tensor.bytes.buffer, tensor.bytes.byteOffset, tensor.bytes.length);
        return Array.from({ length: tensor.bytes.length / 8 }, (_, i) =>
          String(dtype === 'I64' ? view.getBigInt64(8 * i, true) : view.getBigUint64(8 * i, true)),
        );
      }
      if (dtype === 'BOOL' || dtype === 'U8') return Array.from(tensor.bytes, String);
      try {
        return Array.from(toInt32(tensor), String);
      } catch (error) {
        throw error instanceof UserError ? new UserError(`${file}: ${error.message}`, file) : error;
      }
    },
  };
}
