import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { UserError } from '../../../src/math/errors';
import { decodeHalf, halfToNumber, numberToHalf } from '../../../src/runtime/half';
import {
  headerLength,
  readSafetensors,
  toFloat32,
  toInt32,
  writeSafetensors,
  type StoredTensor,
} from '../../../src/runtime/safetensors';

/** A file with this header and this many bytes of data. */
function fileOf(header: unknown, dataBytes: number, claimed?: number): Uint8Array {
  const json = new TextEncoder().encode(typeof header === 'string' ? header : JSON.stringify(header));
  const file = new Uint8Array(8 + json.length + dataBytes);
  new DataView(file.buffer).setBigUint64(0, BigInt(claimed ?? json.length), true);
  file.set(json, 8);
  return file;
}

const tensor = (dtype: string, shape: number[], ...offsets: number[]) => ({
  dtype,
  shape,
  data_offsets: offsets,
});

const stored = (dtype: StoredTensor['dtype'], values: ArrayBufferView, length: number): StoredTensor => ({
  name: 'x',
  dtype,
  shape: [length],
  bytes: new Uint8Array(values.buffer),
});

describe('safetensors', () => {
  it('reads what it writes', () => {
    const data = Float32Array.of(1, -2.5, 3e-9, 65504, 0.1, 7);
    const file = writeSafetensors(
      [
        { name: 'small', shape: [3], data: Int8Array.of(-128, 0, 127) },
        { name: 'weights', shape: [2, 3], data },
        { name: 'half', shape: [6], data, dtype: 'F16' },
        { name: 'ids', shape: [1, 2], data: Int32Array.of(-1, 2 ** 30) },
        { name: 'none', shape: [0, 4], data: new Uint8Array(0) },
      ],
      { format: 'pt' },
    );
    const { metadata, tensors } = readSafetensors(file, 'x.safetensors');
    expect(metadata).toEqual({ format: 'pt' });
    expect(tensors.get('weights')!.shape).toEqual([2, 3]);
    expect(toFloat32(tensors.get('weights')!)).toEqual(data);
    expect(toFloat32(tensors.get('weights')!).buffer).toBe(file.buffer);
    expect(toFloat32(tensors.get('small')!)).toEqual(Float32Array.of(-128, 0, 127));
    expect(toInt32(tensors.get('ids')!)).toEqual(Int32Array.of(-1, 2 ** 30));
    expect(toFloat32(tensors.get('none')!)).toHaveLength(0);
    toFloat32(tensors.get('half')!).forEach((x, i) =>
      expect(Math.abs(x - data[i])).toBeLessThanOrEqual(Math.max(2 ** -25, Math.abs(data[i]) * 2 ** -11)),
    );
  });

  it('decodes every type', () => {
    expect(toFloat32(stored('F64', Float64Array.of(0.5, -3), 2))).toEqual(Float32Array.of(0.5, -3));
    expect(toFloat32(stored('BF16', Uint16Array.of(0x3f80, 0xc000), 2))).toEqual(Float32Array.of(1, -2));
    expect(toFloat32(stored('F16', Uint16Array.of(0x3c00, 0xc100), 2))).toEqual(Float32Array.of(1, -2.5));
    expect(toFloat32(stored('I64', BigInt64Array.of(-5n, 9n), 2))).toEqual(Float32Array.of(-5, 9));
    expect(toFloat32(stored('U64', BigUint64Array.of(5n), 1))).toEqual(Float32Array.of(5));
    expect(toFloat32(stored('I16', Int16Array.of(-300), 1))).toEqual(Float32Array.of(-300));
    expect(toFloat32(stored('U16', Uint16Array.of(60000), 1))).toEqual(Float32Array.of(60000));
    expect(toFloat32(stored('U32', Uint32Array.of(2 ** 31), 1))).toEqual(Float32Array.of(2 ** 31));
    expect(toFloat32(stored('BOOL', Uint8Array.of(1, 0), 2))).toEqual(Float32Array.of(1, 0));
    expect(toInt32(stored('I64', BigInt64Array.of(-5n, 9n), 2))).toEqual(Int32Array.of(-5, 9));
  });

  it('refuses integers that are fractions or too large', () => {
    expect(() => toInt32(stored('F32', Float32Array.of(1), 1))).toThrow(UserError);
    expect(() => toInt32(stored('I64', BigInt64Array.of(2n ** 40n), 1))).toThrow(UserError);
  });

  const hostile: [string, Uint8Array, RegExp][] = [
    ['an empty file', new Uint8Array(0), /header length/],
    ['seven bytes', new Uint8Array(7), /header length/],
    ['a header longer than the file', fileOf('{}', 0, 1000), /header length/],
    ['a header of 2⁶³ bytes', fileOf('{}', 0, Number.MAX_SAFE_INTEGER), /header length/],
    ['no JSON', fileOf('{"a":', 0), /header/],
    ['bytes that are no text', fileOf('', 4, 4), /header/],
    ['a list', fileOf([], 0), /header/],
    ['null', fileOf('null', 0), /header/],
    ['metadata that is no text', fileOf({ __metadata__: { a: 1 } }, 0), /__metadata__/],
    ['a tensor that is a number', fileOf({ a: 1 }, 0), /"a"/],
    ['an unknown type', fileOf({ a: tensor('F8', [1], 0, 1) }, 1), /"a"\.dtype/],
    ['a type from the prototype', fileOf({ a: tensor('toString', [1], 0, 1) }, 1), /"a"\.dtype/],
    ['a negative size', fileOf({ a: tensor('U8', [-1], 0, 1) }, 1), /"a"\.shape/],
    ['a fraction of a size', fileOf({ a: tensor('U8', [0.5], 0, 1) }, 1), /"a"\.shape/],
    ['an overflowing shape', fileOf({ a: tensor('U8', [2 ** 52, 2 ** 52], 0, 1) }, 1), /"a"\.shape/],
    ['a thousand axes', fileOf({ a: tensor('U8', Array(1000).fill(1), 0, 1) }, 1), /"a"\.shape/],
    ['a shape that needs more bytes', fileOf({ a: tensor('F32', [2], 0, 4) }, 4), /"a"\.shape/],
    ['offsets backwards', fileOf({ a: tensor('U8', [1], 1, 0) }, 1), /"a"\.data_offsets/],
    ['offsets past the end', fileOf({ a: tensor('U8', [4], 0, 4) }, 1), /"a"\.data_offsets/],
    ['three offsets', fileOf({ a: tensor('U8', [1], 0, 1, 1) }, 1), /"a"\.data_offsets/],
    [
      'an overlap',
      fileOf({ a: tensor('U8', [2], 0, 2), b: tensor('U8', [2], 1, 3) }, 3),
      /"b"\.data_offsets.*overlaps/,
    ],
    ['a hole', fileOf({ a: tensor('U8', [1], 1, 2) }, 2), /"a"\.data_offsets.*hole/],
    ['bytes after the last tensor', fileOf({ a: tensor('U8', [1], 0, 1) }, 2), /data/],
  ];
  for (const [what, file, problem] of hostile)
    it(`refuses ${what}`, () => {
      expect(() => readSafetensors(file, 'odd.safetensors')).toThrow(UserError);
      expect(() => readSafetensors(file, 'odd.safetensors')).toThrow(problem);
      expect(() => readSafetensors(file, 'odd.safetensors')).toThrow('odd.safetensors');
    });

  it('refuses a header larger than any honest one before reading it', () => {
    const start = new Uint8Array(8);
    new DataView(start.buffer).setUint32(0, 2 ** 30, true);
    expect(() => headerLength(start, 2 ** 32, 'big.safetensors')).toThrow(/allowed/);
  });

  it('takes a tensor called __proto__ for a tensor', () => {
    const file = fileOf('{"__proto__":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}', 1);
    expect(readSafetensors(file, 'x').tensors.has('__proto__')).toBe(true);
  });

  it('answers any bytes with tensors or a UserError', () => {
    const sound = writeSafetensors([
      { name: 'a', shape: [2, 2], data: Float32Array.of(1, 2, 3, 4) },
      { name: 'b', shape: [3], data: Uint8Array.of(1, 2, 3) },
    ]);
    const edits = fc.array(fc.tuple(fc.nat(sound.length - 1), fc.nat(255)), { minLength: 1, maxLength: 6 });
    const read = (file: Uint8Array) => {
      try {
        for (const t of readSafetensors(file, 'x').tensors.values()) toFloat32(t);
      } catch (error) {
        if (!(error instanceof UserError)) throw error;
      }
    };
    fc.assert(
      fc.property(edits, fc.nat(sound.length), (changes, cut) => {
        const file = sound.slice(0, cut % 3 ? sound.length : cut);
        for (const [at, value] of changes) if (at < file.length) file[at] = value;
        read(file);
      }),
      { numRuns: 2000 },
    );
    fc.assert(
      fc.property(fc.jsonValue(), fc.nat(32), (header, bytes) => read(fileOf(header, bytes))),
      { numRuns: 500 },
    );
  });
});

describe('half precision', () => {
  it('writes every pattern back as it was', () => {
    for (let bits = 0; bits < 65536; bits++) {
      const value = halfToNumber(bits);
      if (Number.isNaN(value)) expect(Number.isNaN(halfToNumber(numberToHalf(value)))).toBe(true);
      else if (numberToHalf(value) !== bits) expect(numberToHalf(value)).toBe(bits);
    }
  });

  it('rounds to the nearest, ties to even', () => {
    fc.assert(
      fc.property(fc.float({ noNaN: true, noDefaultInfinity: true, min: -65000, max: 65000 }), (x) => {
        const bits = numberToHalf(x);
        const error = Math.abs(halfToNumber(bits) - x);
        for (const other of [bits - 1, bits + 1]) {
          const y = halfToNumber(other & 0xffff);
          if (Number.isFinite(y) && Math.sign(y) === Math.sign(x))
            expect(error).toBeLessThanOrEqual(Math.abs(y - x));
        }
      }),
      { numRuns: 2000 },
    );
    expect(numberToHalf(1 + 2 ** -11)).toBe(0x3c00);
    expect(numberToHalf(1 + 3 * 2 ** -11)).toBe(0x3c02);
    expect(numberToHalf(2 ** -25)).toBe(0);
    expect(numberToHalf(3 * 2 ** -25)).toBe(2);
    expect(numberToHalf(65520)).toBe(0x7c00);
  });

  it('decodes with a table that agrees with the definition', () => {
    const all = Uint16Array.from({ length: 65536 }, (_, i) => i);
    decodeHalf(all).forEach((x, i) => {
      if (!Object.is(x, halfToNumber(i))) expect(x).toBe(halfToNumber(i));
    });
  });
});
