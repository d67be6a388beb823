import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../../src/math/random';
import { addAtSnr, degradeDrawing, degradeSpeech, noise, type NoiseKind } from '../../../src/media/degrade';
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
