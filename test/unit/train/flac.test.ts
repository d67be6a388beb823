import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseFlac } from '../../../src/cli/data/flac';
import { UserError } from '../../../src/math/errors';
import { constant, fixed2, flac, linear, verbatim, type Subframe } from './flac-file';

const pcm = (bytes: Uint8Array) => [...parseFlac(bytes).samples].map((v) => v * 32768);

const x = [100, 120, 90, -30, -500, -520, 8, 16];
const y = [90, 100, 110, -10, -400, -500, 0, 20];
const one = (...subframes: Subframe[]) => subframes.map((s) => ({ size: 8, code: 0, subframes: [s] }));

describe('parseFlac', () => {
  it('reads each kind of subframe, block after block', () => {
    expect(pcm(flac(one(verbatim(x), fixed2(x), linear(x), constant(-7)), 1))).toEqual([
      ...x,
      ...x,
      ...x,
      ...Array(8).fill(-7),
    ]);
    expect(parseFlac(flac(one(verbatim(x)), 1)).sampleRate).toBe(16000);
  });

  it('undoes each arrangement of two channels', () => {
    const mean = x.map((v, i) => (v + y[i]) / 2);
    const side = x.map((v, i) => v - y[i]);
    const middle = x.map((v, i) => (v + y[i]) >> 1);
    const two = (code: number, a: number[], b: number[]) =>
      pcm(flac([{ size: 8, code, subframes: [verbatim(a), verbatim(b)] }], 2));
    expect(two(1, x, y)).toEqual(mean);
    expect(two(8, x, side)).toEqual(mean);
    expect(two(9, side, y)).toEqual(mean);
    expect(two(10, middle, side)).toEqual(mean);
  });

  it('refuses what is not FLAC, or is cut off', () => {
    const good = flac(one(verbatim(x), fixed2(x)), 1);
    expect(() => parseFlac(new Uint8Array(50))).toThrow(UserError);
    expect(() => parseFlac(good.subarray(0, 60))).toThrow(UserError);
    expect(() => parseFlac(new Uint8Array(0))).toThrow(UserError);
  });

  it('never hangs or fails but with a UserError', () => {
    const good = flac(one(fixed2(x), linear(x)), 1);
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(good.length - 1), fc.nat(255)), { maxLength: 6 }), (changes) => {
        const bytes = good.slice();
        for (const [i, v] of changes) bytes[i] = v;
        try {
          expect(parseFlac(bytes).samples.length).toBeLessThanOrEqual(512 * bytes.length);
        } catch (error) {
          expect(error).toBeInstanceOf(UserError);
        }
      }),
      { numRuns: 300 },
    );
  });
});
