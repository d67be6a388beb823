import { describe, expect, it } from 'vitest';
import { UserError } from '../../../src/math/errors';
import { normal, seededRandom } from '../../../src/math/random';
import { greys, outline, outlinePath } from '../../../src/app/inputs/wave';
import { meterOf, requireSound, rms } from '../../../src/media/browser/heard';
import { readSoundFile } from '../../../src/media/browser/sound-file';
import * as made from './made-files';

const rate = 8000;
const hiss = (seconds: number, size: number) => {
  const random = seededRandom(1);
  return Float32Array.from({ length: seconds * rate }, () => size * normal(random));
};
const blob = (bytes: Uint8Array) => new Blob([Uint8Array.from(bytes)]);

describe('whether there is anything to hear', () => {
  const refused = (samples: Float32Array) => {
    try {
      requireSound(samples, rate, 'The recording');
    } catch (error) {
      expect(error).toBeInstanceOf(UserError);
      return (error as Error).message;
    }
    return null;
  };
  it('refuses what is empty, silent, or a faint steady hiss', () => {
    expect(refused(new Float32Array(10))).toMatch(/is empty/);
    expect(refused(new Float32Array(rate))).toMatch(/is silent/);
    expect(refused(hiss(1, 2e-4))).toMatch(/is silent/);
    expect(refused(hiss(1, 2e-3))).toMatch(/only faint noise/);
  });
  it('takes quiet speech over the same hiss, and loud noise', () => {
    const speech = hiss(1, 2e-3).map((x, i) => x + (i > 3000 && i < 5000 ? 0.03 * Math.sin(i) : 0));
    expect(refused(speech)).toBeNull();
    expect(refused(hiss(1, 0.2))).toBeNull();
  });
});

describe('levels', () => {
  it('is the root mean square: a sine of size a has a/√2', () => {
    const sine = Float32Array.from(
      { length: rate },
      (_, i) => 0.5 * Math.sin((2 * Math.PI * 100 * i) / rate),
    );
    expect(rms(sine)).toBeCloseTo(0.5 / Math.SQRT2, 4);
    expect(rms(new Float32Array(0))).toBe(0);
  });
  it('stands at the ends of its scale at −60 and 0 dB, and in the middle at −30', () => {
    expect([1e-3, 10 ** -1.5, 1, 0, 5].map(meterOf)).toEqual([
      expect.closeTo(0, 6),
      expect.closeTo(0.5, 6),
      1,
      0,
      1,
    ]);
  });
});

describe('a sound file', () => {
  it('reads WAV by our own reader: here no browser decodes', async () => {
    const samples = Array.from({ length: rate }, (_, i) => 0.5 * Math.sin(i / 3) * (i > 2000 ? 1 : 0));
    const sound = await readSoundFile(blob(made.wavFile(samples, rate)), 'four.wav');
    expect(sound.sampleRate).toBe(rate);
    expect(Math.max(...sound.samples.map((x, i) => Math.abs(x - samples[i])))).toBeLessThan(1e-4);
  });
  it.each<[string, Uint8Array, RegExp]>([
    [
      'a half hour, by its header alone',
      made.flacHead(44100, 44100 * 1800),
      /^long\.x lasts 30 minutes: choose .* at most 60 seconds\.$/,
    ],
    [
      'a video',
      made.mp4Head('isom', 1000, 5000),
      /^long\.x is a video: choose a WAV, MP3, OGG, M4A or FLAC recording\.$/,
    ],
    ['a picture', made.pngHead(1, 1), /is a PNG picture/],
    ['nothing', new Uint8Array(0), /is empty/],
    ['text', made.bytes('RIFFraff'), /is not a file of a kind that is known here/],
    ['silence', made.wavFile(Array(rate).fill(0), rate), /is silent/],
  ])('refuses %s in one sentence', async (_, file, sentence) => {
    const error: unknown = await readSoundFile(blob(file), 'long.x').catch((e: unknown) => e);
    expect(error).toBeInstanceOf(UserError);
    expect((error as Error).message).toMatch(sentence);
  });
});

describe('pictures of sound', () => {
  it('has the least and the largest sample of every stretch', () => {
    expect([...outline(Float32Array.of(1, -1, 0.5, 0, 3, 2), 3)]).toEqual([-1, 1, 0, 0.5, 2, 3]);
  });
  it('has more columns than samples without a gap', () => {
    expect([...outline(Float32Array.of(0.5, -0.5), 4)]).toEqual([0.5, 0.5, 0.5, 0.5, -0.5, -0.5, -0.5, -0.5]);
  });
  it('draws silence as a thin line in the middle, and the loudest to the edge', () => {
    const heights = (samples: Float32Array) =>
      [...outlinePath(samples, 2).matchAll(/[ML][\d.]+ ([\d.]+)/g)].map((m) => Number(m[1]));
    expect(heights(new Float32Array(100)).every((y) => Math.abs(y - 1) < 0.03)).toBe(true);
    expect(heights(Float32Array.of(-0.1, 0.1, -0.05, 0.05))).toEqual([0.04, 0.52, 1.48, 1.96]);
  });
  it('has greys from 0 to 1 that one loud cell does not darken', () => {
    const values = Float32Array.from({ length: 1000 }, (_, i) => i / 1000);
    values[999] = 1e6;
    const grey = greys(values);
    expect(Math.min(...grey)).toBe(0);
    expect(Math.max(...grey)).toBe(1);
    expect(grey[500]).toBeCloseTo(0.476, 2);
    expect([...greys(new Float32Array(3))]).toEqual([0, 0, 0]);
  });
});
