/** Pairs for training: noise on their states, and classes that count alike. */
import { describe, expect, it } from 'vitest';
import { withStateNoise } from '../../../src/fusion/noise';
import { createPairSource, type PairSourceOptions, type StateSet } from '../../../src/fusion/pairs';

const [la, lb, width] = [3, 2, 8];
/** States that tell the sample: its number plus one everywhere. */
const set = (layers: number, labels: number[]): StateSet => ({
  layers,
  width,
  variants: 1,
  states: Float32Array.from(
    { length: labels.length * layers * width },
    (_, i) => 1 + Math.floor(i / (layers * width)),
  ),
  labels: Uint8Array.from(labels),
});
const labels = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 2];
const source = (options: Partial<PairSourceOptions> = {}) =>
  createPairSource(set(la, labels), set(lb, labels), {
    paired: 'truly',
    classes: 3,
    batch: 16,
    seed: 1,
    ...options,
  });
const first = <T>(items: Iterable<T>): T => items[Symbol.iterator]().next().value as T;

describe('noise on states', () => {
  const clean = first(source().epoch(0));
  it('is of the stated deviation on each side, one vector through the layers of a sample', () => {
    const many = createPairSource(set(la, Array(400).fill(0)), set(lb, Array(400).fill(0)), {
      paired: 'truly',
      classes: 2,
      batch: 400,
      seed: 1,
    });
    const before = first(many.epoch(0));
    const noisy = first(withStateNoise(many, { a: 0.5, b: 0 }, { la, lb }, 3).epoch(0));
    expect(noisy.b).toEqual(before.b);
    const added = noisy.a.map((v, i) => v - before.a[i]);
    expect(Math.sqrt(added.reduce((s, v) => s + v * v, 0) / added.length)).toBeCloseTo(0.5, 1);
    for (let i = 0; i < 400 * width; i++) expect(added[i + 400 * width]).toBeCloseTo(added[i], 4);
  });
  it('follows the seed and the epoch, and is not there at zero', () => {
    const noise = { a: 0.5, b: 1 };
    const again = (seed: number, epoch = 0) =>
      first(withStateNoise(source(), noise, { la, lb }, seed).epoch(epoch));
    expect(again(3)).toEqual(again(3));
    expect(again(3).a).not.toEqual(again(4).a);
    const same = source();
    expect(withStateNoise(same, { a: 0, b: 0 }, { la, lb }, 3)).toBe(same);
    expect(again(3).labels).toEqual(clean.labels);
  });
  it('leaves a dropped side at its means', () => {
    const dropping = source({ drop: 1 });
    const before = first(dropping.epoch(0));
    const after = first(withStateNoise(dropping, { a: 1, b: 1 }, { la, lb }, 3).epoch(0));
    before.a.forEach((v, i) => expect(after.a[i] === 0).toBe(v === 0));
    expect(before.a.some((v) => v === 0)).toBe(true);
  });
});

describe('balanced epochs', () => {
  it('have each class as often, and every sample of a large class before one comes twice', () => {
    const counts = [0, 0, 0];
    const seen = new Map<number, number>();
    for (const { labels: of, a, n } of source({ balanced: true, perEpoch: 48, batch: 12 }).epoch(0))
      of.forEach((label, s) => {
        counts[label]++;
        const sample = a[s * width] - 1;
        expect(labels[sample]).toBe(label);
        seen.set(sample, (seen.get(sample) ?? 0) + 1);
        expect(n).toBe(12);
      });
    expect(counts).toEqual([16, 16, 16]);
    expect(seen.get(15)).toBe(16);
    for (let sample = 0; sample < 12; sample++) expect([1, 2]).toContain(seen.get(sample));
  });
});

describe('undegraded pairs', () => {
  /** Variant v of every sample is v everywhere. */
  const three = (layers: number): StateSet => ({
    ...set(layers, labels),
    variants: 3,
    states: Float32Array.from(
      { length: labels.length * 3 * layers * width },
      (_, i) => Math.floor(i / (layers * width)) % 3,
    ),
  });
  const firsts = (undegraded?: number) => {
    const pairs = createPairSource(three(la), three(lb), {
      paired: 'truly',
      classes: 3,
      batch: 16,
      seed: 1,
      perEpoch: 4800,
      undegraded,
    });
    let count = 0;
    for (const { a, b, n } of pairs.epoch(0))
      for (let s = 0; s < n; s++) count += Number(a[s * width] === 0 && b[s * width] === 0);
    return count / 4800;
  };
  it('come as often as asked for, beside those that chance makes so', () => {
    expect(firsts()).toBeCloseTo(1 / 9, 1);
    expect(firsts(0.6)).toBeCloseTo(0.6 + 0.4 / 9, 1);
    expect(firsts(1)).toBe(1);
  });
});
