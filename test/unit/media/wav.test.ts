import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { UserError } from '../../../src/math/errors';
import { parseWav, writeWav } from '../../../src/media/wav';

interface Made {
  tag?: number;
  channels?: number;
  rate?: number;
  bits: number;
  data: Uint8Array;
  extra?: Uint8Array;
  claimed?: number;
}

/** A RIFF file by hand, so that the reader is not tested against the writer alone. */
function riff({ tag = 1, channels = 1, rate = 8000, bits, data, extra, claimed }: Made): Uint8Array {
  const head = new DataView(new ArrayBuffer(16));
  head.setUint16(0, tag, true);
  head.setUint16(2, channels, true);
  head.setUint32(4, rate, true);
  head.setUint32(8, (rate * channels * bits) / 8, true);
  head.setUint16(12, (channels * bits) / 8, true);
  head.setUint16(14, bits, true);
  const chunk = (id: string, body: Uint8Array, size = body.length) => {
    const length = new Uint8Array(new Uint32Array([size]).buffer);
    return [...new TextEncoder().encode(id), ...length, ...body, ...(body.length % 2 ? [0] : [])];
  };
  const fmt = [...new Uint8Array(head.buffer), ...(extra ?? [])];
  const body = [
    ...new TextEncoder().encode('WAVE'),
    ...chunk('fmt ', Uint8Array.from(fmt)),
    ...chunk('LIST', Uint8Array.from([1, 2, 3])),
    ...chunk('data', data, claimed),
  ];
  return Uint8Array.from(chunk('RIFF', Uint8Array.from(body)));
}
const bytesOf = (a: ArrayBufferView) => new Uint8Array(a.buffer, a.byteOffset, a.byteLength);

describe('parseWav', () => {
  it('reads each width of PCM, past chunks it does not know', () => {
    expect([...parseWav(riff({ bits: 8, data: Uint8Array.from([128, 192, 0]) })).samples]).toEqual([
      0, 0.5, -1,
    ]);
    const sixteen = parseWav(
      riff({ bits: 16, rate: 44100, data: bytesOf(Int16Array.from([0, 16384, -32768])) }),
    );
    expect([...sixteen.samples]).toEqual([0, 0.5, -1]);
    expect(sixteen.sampleRate).toBe(44100);
    const data = Uint8Array.from([0, 0, 0x40, 0, 0, 0x80]);
    expect([...parseWav(riff({ bits: 24, data })).samples]).toEqual([0.5, -1]);
    expect([
      ...parseWav(riff({ bits: 32, data: bytesOf(Int32Array.from([2 ** 30, -(2 ** 31)])) })).samples,
    ]).toEqual([0.5, -1]);
  });

  it('reads floats and the extensible format', () => {
    const floats = bytesOf(Float32Array.from([0.25, -0.75]));
    expect([...parseWav(riff({ tag: 3, bits: 32, data: floats })).samples]).toEqual([0.25, -0.75]);
    const doubles = bytesOf(Float64Array.from([0.125]));
    expect([...parseWav(riff({ tag: 3, bits: 64, data: doubles })).samples]).toEqual([0.125]);
    const extra = new Uint8Array(24);
    extra[0] = 22;
    extra[8] = 3;
    expect([...parseWav(riff({ tag: 0xfffe, bits: 32, data: floats, extra })).samples]).toEqual([
      0.25, -0.75,
    ]);
  });

  it('averages the channels', () => {
    const data = bytesOf(Int16Array.from([16384, 0, -16384, -32768]));
    expect([...parseWav(riff({ bits: 16, channels: 2, data })).samples]).toEqual([0.25, -0.75]);
  });

  it('reads a file that was cut off as far as it goes', () => {
    const data = bytesOf(Int16Array.from([16384, 8192]));
    expect(parseWav(riff({ bits: 16, data, claimed: 0xffffffff })).samples).toHaveLength(2);
  });

  it.each([
    ['no header', new Uint8Array(100)],
    ['nothing', new Uint8Array(0)],
    ['compressed', riff({ tag: 85, bits: 16, data: new Uint8Array(8) })],
    ['no samples', riff({ bits: 16, data: new Uint8Array(0) })],
    ['12 bits', riff({ bits: 12, data: new Uint8Array(8) })],
    ['no channels', riff({ bits: 16, channels: 0, data: new Uint8Array(8) })],
    ['not numbers', riff({ tag: 3, bits: 32, data: bytesOf(Float32Array.from([NaN])) })],
    ['no data chunk', riff({ bits: 16, data: new Uint8Array(8) }).subarray(0, 40)],
  ])('refuses a file with %s', (_, bytes) => {
    expect(() => parseWav(bytes)).toThrow(UserError);
  });

  it('never hangs, allocates without bound, or fails but with a UserError', () => {
    const good = riff({ bits: 16, data: bytesOf(Int16Array.from([1, 2, 3, 4])) });
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(good.length - 1), fc.nat(255)), { maxLength: 8 }), (changes) => {
        const bytes = good.slice();
        for (const [i, v] of changes) bytes[i] = v;
        try {
          expect(parseWav(bytes).samples.length).toBeLessThanOrEqual(bytes.length);
        } catch (error) {
          expect(error).toBeInstanceOf(UserError);
        }
      }),
      { numRuns: 500 },
    );
  });
});

it('writes what it reads', () => {
  const sound = { samples: Float32Array.from([0, 0.5, -0.5, 2]), sampleRate: 8000 };
  const { samples, sampleRate } = parseWav(writeWav(sound));
  expect(sampleRate).toBe(8000);
  [0, 0.5, -0.5, 1].forEach((v, i) => expect(samples[i]).toBeCloseTo(v, 3));
});
