import fc from 'fast-check';
import { zipSync } from 'fflate';
import { describe, expect, it } from 'vitest';
import { UserError } from '../../../src/math/errors';
import { readNpy, readNpz } from '../../../src/runtime/npz';
import { crc32, readZip, unpack } from '../../../src/runtime/zip';
import { fixtureBytes } from '../../parity/fixture';

const read = (file: string, limit?: number) =>
  new Map(readNpz(fixtureBytes('npz', file), file, { limit }).map((entry) => [entry.name, entry.read()]));

const base = Array.from({ length: 24 }, (_, i) => i - 7);

/** A .npy file with this header and data. */
function npy(header: string, data: Uint8Array = new Uint8Array(0), version = 1): Uint8Array {
  const text = new TextEncoder().encode(header);
  const head =
    version === 1
      ? [text.length & 255, text.length >> 8]
      : [text.length & 255, (text.length >> 8) & 255, (text.length >> 16) & 255, text.length >>> 24];
  return Uint8Array.from([0x93, ...new TextEncoder().encode('NUMPY'), version, 0, ...head, ...text, ...data]);
}

const header = (descr: string, shape: string, fortran = 'False') =>
  `{'descr': '${descr}', 'fortran_order': ${fortran}, 'shape': ${shape}, }`;

describe.each(['stored.npz', 'deflated.npz'])('%s, as NumPy writes it', (file) => {
  const arrays = read(file);

  it('gives every type and order of bytes the same values', () => {
    const signed = ['<f2', '>f2', '<f4', '>f4', '<f8', '>f8', 'i1', '<i2', '>i2', '<i4', '>i4', '<i8', '>i8'];
    for (const name of signed) {
      expect(arrays.get(name)!.shape, name).toEqual([2, 3, 4]);
      expect([...arrays.get(name)!.values], name).toEqual(base);
    }
    for (const name of ['u1', '<u2', '<u4', '<u8'])
      expect([...arrays.get(name)!.values], name).toEqual(base.map((x) => x + 7));
  });

  it('puts Fortran order into rows', () => {
    expect([...arrays.get('fortran')!.values]).toEqual(base);
  });

  it('reads booleans, scalars, empty arrays and text', () => {
    expect([...arrays.get('bool')!.values]).toEqual(base.map((x) => Number(x > 0)));
    expect(arrays.get('scalar')).toMatchObject({ shape: [], values: Float32Array.of(2.5) });
    expect(arrays.get('empty')).toMatchObject({ shape: [0, 5], values: new Float32Array(0) });
    for (const name of ['text', 'text-big'])
      expect(arrays.get(name)!.values).toEqual(['lux', 'in', 'tenebris', '漢🙂']);
    expect(arrays.get('bytes')!.values).toEqual(['ab', 'c']);
  });
});

describe('an archive that is not to be trusted', () => {
  it.each([
    ['objects.npz', /Python objects/],
    ['records.npz', /records/],
    ['complex.npz', /type is <c8/],
  ])('%s is refused', (file, problem) => {
    expect(() => read(file)).toThrow(UserError);
    expect(() => read(file)).toThrow(problem);
  });

  it('may not unpack to more than is allowed', () => {
    expect(read('bomb.npz').get('zeros')!.shape).toEqual([20_000_000]);
    expect(() => read('bomb.npz', 1_000_000)).toThrow(/unpack to 20000128 bytes/);
  });

  it('may not lie about its sizes', () => {
    const bytes = fixtureBytes('npz', 'bomb.npz');
    const view = new DataView(bytes.buffer);
    const directory = view.getUint32(bytes.length - 22 + 16, true);
    view.setUint32(directory + 24, 2_000_000, true);
    expect(() => read2(bytes)).toThrow(/more than it claims/);
    view.setUint32(directory + 24, 190_000_000, true);
    expect(() => read2(bytes)).toThrow(/cannot have/);
    view.setUint32(directory + 24, 20_200_000, true);
    expect(() => read2(bytes)).toThrow(/cannot have|less than it claims/);
  });

  const read2 = (bytes: Uint8Array) => readNpz(bytes, 'x.npz').map((entry) => entry.read());

  it('may not be encrypted, overlap itself or be packed by another method', () => {
    const two = zipSync({
      'a.npy': [npy(header('<f4', '(0,)')), { level: 0 }],
      'b.npy': npy(header('<f4', '(0,)')),
    });
    const at = new DataView(two.buffer).getUint32(two.length - 22 + 16, true);
    const change = (offset: number, value: number) => {
      const bytes = two.slice();
      bytes[at + offset] = value;
      return () => read2(bytes);
    };
    expect(change(8, 1)).toThrow(/encrypted/);
    expect(change(10, 12)).toThrow(/method 12/);
    expect(change(16, two[at + 16] ^ 1)).toThrow(/checksum/);
    const second = at + 46 + 5;
    const bytes = two.slice();
    bytes.fill(0, second + 42, second + 46);
    expect(() => read2(bytes)).toThrow(/overlap/);
  });

  it('is answered with arrays or a UserError, whatever its bytes', () => {
    const sound = [fixtureBytes('npz', 'deflated.npz'), fixtureBytes('npz', 'stored.npz')];
    const edits = fc.array(fc.tuple(fc.double({ min: 0, max: 0.9999, noNaN: true }), fc.nat(255)), {
      minLength: 1,
      maxLength: 5,
    });
    const attempt = (bytes: Uint8Array) => {
      try {
        readNpz(bytes, 'x.npz', { limit: 2 ** 20 }).forEach((entry) => entry.read());
      } catch (error) {
        if (!(error instanceof UserError)) throw error;
      }
    };
    fc.assert(
      fc.property(fc.nat(1), edits, fc.boolean(), (which, changes, directory) => {
        const bytes = sound[which].slice();
        const from = directory ? bytes.length - 1500 : 0;
        for (const [place, value] of changes) bytes[from + Math.floor(place * (bytes.length - from))] = value;
        attempt(bytes);
      }),
      { numRuns: 600 },
    );
    fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), attempt), { numRuns: 200 });
  });
});

describe('an .npy file', () => {
  it.each([
    ['nothing', new Uint8Array(0), /no NumPy array/],
    ['another version', npy(header('<f4', '(1,)'), new Uint8Array(4), 9), /version is 9/],
    ['no shape', npy("{'descr': '<f4', 'fortran_order': False}"), /header is damaged/],
    ['a shape of expressions', npy(header('<f4', '(2**40,)')), /header is damaged/],
    ['a huge shape', npy(header('<f4', '(99999999999999999999,)')), /too large/],
    ['text of no length', npy(header('<U0', '(1000000000000,)')), /type is <U0/],
    [
      'more elements than bytes',
      npy(header('<f4', '(3,)'), new Uint8Array(8)),
      /takes 12 bytes, but it holds 8/,
    ],
    ['a type of no name', npy(header('float', '(1,)'), new Uint8Array(4)), /type is float/],
    ['a whole number past 2⁵³', npy(header('<u8', '(1,)'), new Uint8Array(8).fill(255)), /too large/],
    ['text past Unicode', npy(header('<U1', '(1,)'), new Uint8Array(4).fill(255)), /text is damaged/],
  ])('with %s is refused', (_, bytes, problem) => {
    expect(() => readNpy(bytes, 'x.npy')).toThrow(UserError);
    expect(() => readNpy(bytes, 'x.npy')).toThrow(problem);
  });

  it('is read in format version 2 and from bytes at odd places', () => {
    const file = npy(header('<f4', '(1,)'), new Uint8Array(Float32Array.of(1.5).buffer), 2);
    const shifted = new Uint8Array(file.length + 1);
    shifted.set(file, 1);
    expect([...readNpy(shifted.subarray(1), 'x.npy').values]).toEqual([1.5]);
  });
});

it('CRC-32 of "123456789" is the published check value', () => {
  expect(crc32(new TextEncoder().encode('123456789'))).toBe(0xcbf43926);
});

it('an archive of fflate unpacks to what went in', () => {
  const contents = new TextEncoder().encode('lux in tenebris '.repeat(99));
  const zip = zipSync({ 'a.txt': contents });
  const [entry] = readZip(zip, 'x.zip', 1e6);
  expect(unpack(zip, entry, 'x.zip')).toEqual(contents);
});
