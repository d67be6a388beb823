import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../../src/math/random';
import {
  addAtSnr,
  cropPicture,
  degradeDrawing,
  degradeSpeech,
  degradeText,
  noise,
  softenPicture,
  type NoiseKind,
} from '../../../src/media/degrade';
import { addRandomNoise, revealSome, varyDrawing, varyLogMel, varySpeech } from '../../../src/media/augment';
import { prepareSpeech } from '../../../src/media/audio';
import type { Drawing } from '../../../src/media/strokes';

const power = (x: Float32Array) => x.reduce((s, v) => s + v * v, 0) / x.length;
const tone = (hertz: number, seconds: number, rate = 16000) =>
  Float32Array.from({ length: seconds * rate }, (_, i) => 0.14 * Math.sin((2 * Math.PI * hertz * i) / rate));
const drawing: Drawing = {
  strokes: [Array.from({ length: 40 }, (_, i) => ({ x: i, y: Math.sin(i / 6) * 10, t: 100 * i }))],
};

describe('noise', () => {
  it.each(['white', 'pink', 'room'] as NoiseKind[])(
    '%s has next to nothing above 4 kHz, and is seeded',
    (kind) => {
      const x = noise(16000, kind, seededRandom(3));
      expect(x).toEqual(noise(16000, kind, seededRandom(3)));
      // The difference of neighbours and their sum weigh high and low frequencies.
      const high = power(x.slice(1).map((v, i) => v - x[i]));
      const low = power(x.slice(1).map((v, i) => v + x[i]));
      expect(high).toBeLessThan(low);
      if (kind === 'pink') expect(high).toBeLessThan(0.15 * low);
    },
  );
});

describe('degradeSpeech', () => {
  it.each([20, 5, -5])('adds noise at %i dB', (snrDb) => {
    const speech = tone(500, 0.5);
    const noisy = addAtSnr(speech, noise(speech.length, 'room', seededRandom(2)), snrDb);
    const added = noisy.map((v, i) => v - speech[i]);
    expect(10 * Math.log10(power(speech) / power(added))).toBeCloseTo(snrDb, 3);
  });
  it('keeps the level, follows the seed, and gives back what is not degraded', () => {
    const speech = tone(500, 0.5);
    expect(degradeSpeech(speech, {})).toBe(speech);
    const noisy = degradeSpeech(speech, { snrDb: 0, seed: 1 });
    expect(Math.sqrt(power(noisy))).toBeCloseTo(0.1, 5);
    expect(degradeSpeech(speech, { snrDb: 0, seed: 1 })).toEqual(noisy);
    expect(degradeSpeech(speech, { snrDb: 0, seed: 2 })).not.toEqual(noisy);
  });
  it('cuts the start, and leaves something to hear', () => {
    const speech = tone(500, 0.5);
    expect(degradeSpeech(speech, { cut: 0.25 })).toHaveLength(6000);
    expect(degradeSpeech(speech, { cut: 1 }).length).toBeGreaterThanOrEqual(800);
  });
});

describe('degradeDrawing', () => {
  it('keeps a part, shakes the hand, follows the seed', () => {
    expect(degradeDrawing(drawing, {})).toBe(drawing);
    expect(degradeDrawing(drawing, { keep: 0.5 }).strokes[0]).toHaveLength(20);
    const shaken = degradeDrawing(drawing, { noise: 0.5, seed: 4 });
    expect(shaken).toEqual(degradeDrawing(drawing, { noise: 0.5, seed: 4 }));
    const off = shaken.strokes[0].map((p, i) => p.x - drawing.strokes[0][i].x);
    const deviation = Math.sqrt(off.reduce((s, v) => s + v * v, 0) / off.length);
    expect(deviation).toBeGreaterThan(0.5);
    expect(deviation).toBeLessThan(6);
  });

  it('shakes alike whatever the pen’s rate', () => {
    /** Deviation of the change of error over a tenth of a second, of a long straight line. */
    const change = (interval: number): number => {
      const line = Array.from({ length: 200_000 / interval }, (_, n) => ({ x: n, y: 0, t: interval * n }));
      const span = line.length - 1;
      const [stroke] = degradeDrawing({ strokes: [line] }, { noise: 1, seed: 2 }).strokes;
      const error = stroke.map((p, n) => (p.x - line[n].x) / (0.1 * span));
      const step = 100 / interval;
      const changes = error.slice(step).map((e, n) => e - error[n]);
      return Math.sqrt(changes.reduce((sum, v) => sum + v * v, 0) / changes.length);
    };
    // √(2 (1 − 0.6)) of an error of deviation 1
    expect(change(100)).toBeCloseTo(Math.sqrt(0.8), 1);
    expect(change(10)).toBeCloseTo(Math.sqrt(0.8), 1);
  });
});

describe('augmentation', () => {
  it('is a function of the seed, and leaves its input alone', () => {
    const copy = structuredClone(drawing);
    expect(varyDrawing(drawing, seededRandom(9))).toEqual(varyDrawing(drawing, seededRandom(9)));
    expect(varyDrawing(drawing, seededRandom(9))).not.toEqual(varyDrawing(drawing, seededRandom(8)));
    expect(drawing).toEqual(copy);
    const raw = { samples: tone(400, 0.5, 8000), sampleRate: 8000 };
    const before = raw.samples.slice();
    expect(varySpeech(raw, seededRandom(5))).toEqual(varySpeech(raw, seededRandom(5)));
    expect(raw.samples).toEqual(before);
  });
  it('gives finite drawings and speech that can be prepared, for many seeds', () => {
    const speech = tone(300, 0.4, 8000);
    for (let seed = 0; seed < 100; seed++) {
      const random = seededRandom(seed);
      const { drawing: some, keep } = revealSome(varyDrawing(drawing, random), 0.3, random);
      expect(keep).toBeGreaterThanOrEqual(0.3);
      for (const p of some.strokes.flat()) expect(Number.isFinite(p.x + p.y + p.t)).toBe(true);
      const varied = varySpeech({ samples: speech, sampleRate: 8000 }, random);
      const { samples } = prepareSpeech(varied.samples, varied.sampleRate);
      for (const v of addRandomNoise(samples, [samples], random)) expect(Number.isFinite(v)).toBe(true);
    }
  });
  it('does not touch the padding of log-mel values', () => {
    const [frames, bins, used] = [96, 64, 50];
    for (let seed = 0; seed < 40; seed++) {
      const values = new Float32Array(frames * bins).fill(0.7);
      varyLogMel(values, { frames, bins, used }, 0.03, seededRandom(seed));
      for (let i = used * bins; i < values.length; i++) expect(values[i]).toBeCloseTo(0.7, 6);
    }
  });
});

describe('degradeText', () => {
  const words = Array.from({ length: 20 }, (_, i) => `w${i}`);
  const text = words.join(' ');
  it('gives back what is not degraded', () => {
    expect(degradeText('  a  b ', {})).toBe('  a  b ');
  });
  it('leaves out the share that is asked, in order, by the seed', () => {
    const left = degradeText(text, { wordDrop: 0.3, seed: 1 }).split(' ');
    expect(left).toHaveLength(14);
    expect(left).toEqual(words.filter((word) => left.includes(word)));
    expect(degradeText(text, { wordDrop: 0.3, seed: 1 }).split(' ')).toEqual(left);
    expect(degradeText(text, { wordDrop: 0.3, seed: 2 }).split(' ')).not.toEqual(left);
    const fewer = degradeText(text, { wordDrop: 0.6, seed: 1 }).split(' ');
    for (const word of fewer) expect(left).toContain(word);
  });
  it('loses the end, and keeps a word at least', () => {
    expect(degradeText(text, { cut: 0.75 })).toBe('w0 w1 w2 w3 w4');
    expect(degradeText(text, { cut: 1 })).toBe('w0');
    expect(degradeText(text, { wordDrop: 1, seed: 3 })).toMatch(/^w\d+$/);
  });
});

describe('degraded pictures', () => {
  const [width, height] = [40, 30];
  /** RGBA: a ramp along x, green along y. */
  const data = Uint8Array.from({ length: 4 * width * height }, (_, i) => {
    const [c, p] = [i % 4, Math.floor(i / 4)];
    return [6 * (p % width), 8 * Math.floor(p / width), 100, 255][c];
  });
  const picture = { data, width, height };
  const deviation = (x: ArrayLike<number>) => {
    const values = Array.from(x);
    const mean = values.reduce((a, b) => a + b, 0) / values.length;
    return Math.sqrt(values.reduce((s, v) => s + (v - mean) ** 2, 0) / values.length);
  };
  it('crops the middle, or by the seed another place, to the share of the area', () => {
    expect(cropPicture(picture, {})).toBe(picture);
    const half = cropPicture(picture, { crop: 0.75 });
    expect([half.width, half.height]).toEqual([20, 15]);
    expect(Array.from(half.data.slice(0, 4))).toEqual([6 * 10, 8 * 8, 100, 255]);
    const places = [1, 2, 3, 4].map((seed) => cropPicture(picture, { crop: 0.75, seed }).data[0]);
    expect(new Set(places).size).toBeGreaterThan(1);
    expect(cropPicture(picture, { crop: 1 }).data.length).toBeGreaterThan(0);
  });
  it('blurs by a Gaussian whose deviation is a part of the shorter side', () => {
    const point = new Uint8Array(3 * 41 * 41);
    point.fill(255, 3 * (20 * 41 + 20), 3 * (20 * 41 + 20) + 3);
    const blurred = softenPicture({ data: point.map((v) => v), width: 41, height: 41 }, { blur: 0.25 });
    const along = (x: number) => blurred.data[3 * (20 * 41 + x)];
    // deviation 1.025: at one deviation the value is e^(−1/2) of the peak
    expect(along(21) / along(20)).toBeCloseTo(Math.exp(-0.5 / 1.025 ** 2), 1);
    expect(softenPicture(picture, { blur: 0 }).data).toEqual(Uint8ClampedArray.from(data));
  });
  it('adds noise of the stated deviation, by the seed, and leaves alpha alone', () => {
    const grey = { data: new Uint8Array(4 * 2500).fill(128), width: 50, height: 50 };
    const noisy = softenPicture(grey, { noise: 0.25, seed: 1 });
    const red = noisy.data.filter((_, i) => i % 4 === 0);
    expect(deviation(red)).toBeGreaterThan(29);
    expect(deviation(red)).toBeLessThan(35);
    expect(noisy.data.filter((_, i) => i % 4 === 3).every((v) => v === 128)).toBe(true);
    expect(softenPicture(grey, { noise: 0.25, seed: 1 }).data).toEqual(noisy.data);
    expect(softenPicture(grey, { noise: 0.25, seed: 2 }).data).not.toEqual(noisy.data);
  });
});
