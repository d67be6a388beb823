import { describe, expect, it } from 'vitest';
import { UserError } from '../../../src/math/errors';
import { normal, seededRandom } from '../../../src/math/random';
import { findSpeech, prepareSpeech, speechRate } from '../../../src/media/audio';
import { resample } from '../../../src/media/resample';
import { stretch } from '../../../src/media/tempo';

const tone = (hertz: number, seconds: number, rate: number, size = 0.5) =>
  Float32Array.from(
    { length: Math.round(seconds * rate) },
    (_, i) => size * Math.sin((2 * Math.PI * hertz * i) / rate),
  );
const rms = (x: Float32Array) => Math.sqrt(x.reduce((s, v) => s + v * v, 0) / x.length);
const join = (...parts: Float32Array[]) => Float32Array.from(parts.flatMap((p) => [...p]));
const hiss = (seconds: number, rate: number, size: number) => {
  const random = seededRandom(1);
  return Float32Array.from({ length: Math.round(seconds * rate) }, () => size * normal(random));
};
/** Power at a frequency: |Σ x e^{-iωt}|² / n². */
const powerAt = (x: Float32Array, hertz: number, rate: number) => {
  let [re, im] = [0, 0];
  x.forEach((v, i) => {
    re += v * Math.cos((2 * Math.PI * hertz * i) / rate);
    im += v * Math.sin((2 * Math.PI * hertz * i) / rate);
  });
  return (re * re + im * im) / x.length ** 2;
};

describe('resample', () => {
  it('gives the same tone at another rate', () => {
    for (const [from, to] of [
      [8000, 16000],
      [48000, 16000],
      [44100, 16000],
    ]) {
      const out = resample(tone(1000, 0.5, from), from, to);
      const wanted = tone(1000, 0.5, to);
      expect(out.length).toBe(wanted.length);
      for (let i = 200; i < out.length - 200; i++) expect(out[i]).toBeCloseTo(wanted[i], 2);
    }
  });
  it('takes out what is above the band, and keeps what is below', () => {
    expect(rms(resample(tone(6000, 0.3, 48000), 48000, 16000, 4000).subarray(500, -500))).toBeLessThan(0.002);
    const kept = resample(tone(3000, 0.3, 48000), 48000, 16000, 4000).subarray(500, -500);
    expect(rms(kept)).toBeCloseTo(rms(tone(3000, 0.3, 16000)), 2);
  });
  it('does not fold what the new rate cannot hold', () => {
    expect(rms(resample(tone(11000, 0.3, 48000), 48000, 16000).subarray(500, -500))).toBeLessThan(0.002);
  });
});

describe('stretch', () => {
  it.each([0.7, 1.3])('changes the length by %f and not the pitch', (factor) => {
    const out = stretch(tone(200, 0.6, 8000), 8000, factor);
    expect(out.length).toBe(Math.round(0.6 * 8000 * factor));
    const inner = out.subarray(400, -800);
    expect(powerAt(inner, 200, 8000)).toBeGreaterThan(0.8 * (0.5 / 2) ** 2);
    expect(powerAt(inner, 200 * factor, 8000)).toBeLessThan(0.1 * (0.5 / 2) ** 2);
  });
  it('leaves alone what it need not change', () => {
    const x = tone(200, 0.3, 8000);
    expect(stretch(x, 8000, 1)).toBe(x);
  });
});

describe('findSpeech', () => {
  it.each([8000, 16000, 48000])('finds a word in silence at %i Hz, within 40 ms', (rate) => {
    const [start, end] = findSpeech(
      join(hiss(0.8, rate, 0.001), tone(300, 0.4, rate), hiss(1, rate, 0.001)),
      rate,
    );
    expect(start / rate).toBeGreaterThan(0.73);
    expect(start / rate).toBeLessThan(0.8);
    expect(end / rate).toBeGreaterThan(1.2);
    expect(end / rate).toBeLessThan(1.27);
  });
  it('keeps a word together over a short closure, and leaves a click out', () => {
    const rate = 16000;
    const click = hiss(0.005, rate, 0.5);
    const word = join(tone(300, 0.2, rate), hiss(0.12, rate, 0.001), tone(300, 0.1, rate, 0.2));
    const [start, end] = findSpeech(join(click, hiss(0.8, rate, 0.001), word, hiss(0.6, rate, 0.001)), rate);
    expect(start / rate).toBeGreaterThan(0.7);
    expect((end - start) / rate).toBeGreaterThan(0.42);
    expect((end - start) / rate).toBeLessThan(0.52);
  });
});

describe('prepareSpeech', () => {
  it('gives the same sound whatever the rate, the level and the silence around it', () => {
    const word = (rate: number, size: number) =>
      join(hiss(0.5, rate, 1e-5), tone(500, 0.4, rate, size), hiss(0.7, rate, 1e-5));
    const a = prepareSpeech(word(8000, 0.9), 8000).samples;
    const b = prepareSpeech(word(48000, 0.05), 48000).samples;
    expect(rms(a)).toBeCloseTo(0.1, 3);
    expect(rms(b)).toBeCloseTo(0.1, 3);
    expect(Math.abs(a.length - b.length)).toBeLessThan(0.03 * speechRate);
    expect(powerAt(b, 500, speechRate) / powerAt(a, 500, speechRate)).toBeCloseTo(1, 1);
  });
  it('fits slow speech into 0.96 s by its tempo, and half an hour by leaving most out', () => {
    const slow = prepareSpeech(tone(300, 1.2, 16000), 16000);
    expect(slow.speedUp).toBeCloseTo(1.25, 2);
    expect(slow.samples.length).toBe(Math.round(0.96 * 16000));
    const long = prepareSpeech(hiss(60, 16000, 0.2), 16000);
    expect(long.samples.length).toBeLessThanOrEqual(0.96 * 16000);
  });
  it('is the same each time', () => {
    expect(prepareSpeech(tone(300, 0.5, 8000), 8000)).toEqual(prepareSpeech(tone(300, 0.5, 8000), 8000));
  });
  it.each([
    ['empty', new Float32Array(0), /empty/],
    ['silent', new Float32Array(16000), /silent/],
    ['nearly silent', hiss(1, 16000, 1e-5), /silent/],
    ['damaged', Float32Array.from({ length: 16000 }, () => NaN), /damaged/],
  ])('refuses a recording that is %s', (_, samples, message) => {
    expect(() => prepareSpeech(samples, 16000)).toThrow(UserError);
    expect(() => prepareSpeech(samples, 16000)).toThrow(message);
  });
});
