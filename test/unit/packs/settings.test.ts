/** What is said of each pack that can be made, and how its samples are varied. */
import { describe, expect, it } from 'vitest';
import {
  checkPaired,
  degradationOf,
  scaledRows,
  variedInput,
  type FeatureRows,
  type Sample,
} from '../../../src/cli/heads/data';
import { drawsOf, partnersOf, unitsOf } from '../../../src/cli/heads/predict';
import { settingsOf } from '../../../src/cli/heads/settings';
import { parsePack } from '../../../src/packs/parse';

const packs = ['digits', 'emotion', 'fashion', 'latin-english', 'sentiment'];

describe('settings', () => {
  it.each(packs)('of %s make a pack.json that is read back', (id) => {
    const s = settingsOf(id);
    for (const standard of s.standard) {
      const pack = {
        schema: 1,
        id,
        title: s.title,
        question: s.question,
        modalities: s.modalities.map((m) => ({
          ...m,
          modality: 'text',
          encoder: `encoders/${m.id}`,
          family: 'BERT',
          layers: 12,
          width: 96,
          pooling: 'cls',
        })),
        pairings: s.pairings,
        ...(s.groups
          ? { groups: s.groups.map((group) => ({ ...group, layers: group.modalities.map(() => 12) })) }
          : {}),
        tasks: s.tasks,
        conditions: [s.clean, standard],
        variants: [{ id: 'none' }],
        splits: s.splits,
        ssfn: [],
        files: [{ path: 'x', role: 'card', bytes: 0, sha256: '0'.repeat(64), when: 'lazy' }],
        data: s.data,
        licence: s.licence,
        training: { seed: 0 },
        card: s.card,
      };
      expect(parsePack(JSON.stringify(pack), id).id).toBe(id);
    }
  });
  it.each(packs)('of %s degrade each modality of the pairings in each choice, and nothing in clean', (id) => {
    const { standard, clean, modalities, pairings, variants } = settingsOf(id);
    expect(new Set(pairings.flatMap(({ a, b }) => [a, b]))).toEqual(new Set(modalities.map((m) => m.id)));
    if (pairings.length === 1) expect(modalities.map((m) => m.id)).toEqual([pairings[0].a, pairings[0].b]);
    expect(variants).toHaveLength(modalities.length);
    for (const condition of standard) {
      expect(condition.id).toBe('standard');
      for (const { id: modality } of modalities) {
        const { seed, ...numbers } = degradationOf(condition, modality, 'some sample');
        expect(Object.keys(numbers).length).toBeGreaterThan(0);
        expect(seed).toBe(degradationOf(condition, modality, 'some sample').seed);
        expect(degradationOf(clean, modality, 'some sample')).toEqual({});
      }
    }
  });
  it('knows no other pack', () => expect(() => settingsOf('constructor')).toThrow(/no pack "constructor"/));
});

describe('varied inputs', () => {
  const sample = (read: Sample['read']): Sample => ({ id: 'x', labels: [0], unit: 'x', read });
  it('are texts with words left out, by the seed', () => {
    const text = sample(() => ({ kind: 'text', text: 'a b c d' }));
    const drops = [1, 2, 3, 4, 5, 6].map((seed) => variedInput(text, seed).degradation.wordDrop as number);
    expect(new Set(drops).size).toBeGreaterThan(3);
    for (const drop of drops) expect(drop >= 0 && drop <= 0.7).toBe(true);
    expect(variedInput(text, 4)).toEqual(variedInput(text, 4));
  });
  it('are recordings of another voice, or of the same where the voice carries the class', () => {
    const samples = Float32Array.from({ length: 8000 }, (_, t) => Math.sin(t / 9));
    const spoken = (keepVoice: boolean): Sample => ({
      ...sample(() => ({ kind: 'audio', samples, sampleRate: 16000 })),
      keepVoice,
    });
    const voices = (keepVoice: boolean) =>
      [1, 2, 3, 4].map((seed) => {
        const { input } = variedInput(spoken(keepVoice), seed);
        return input.kind === 'audio' ? input.sampleRate : 0;
      });
    expect(voices(true)).toEqual([16000, 16000, 16000, 16000]);
    expect(new Set(voices(false)).size).toBe(4);
  });
  it('are feature vectors with noise that an utterance has whichever of its video is asked about', () => {
    const scale = { mean: [1, 2], deviation: [2, 4], limit: 5 };
    const of = (ids: string[], at: number): FeatureRows => ({
      kind: 'rows',
      rows: ids.map(() => Float32Array.of(3, -2)),
      ids,
      at,
    });
    expect([...scaledRows(of(['x', 'y'], 0), scale, {})]).toEqual([1, -1, 1, -1]);
    const noisy = scaledRows(of(['x', 'y'], 1), scale, { noise: 1, seed: 3 });
    expect(noisy.subarray(0, 2)).not.toEqual(noisy.subarray(2));
    expect(noisy.subarray(2)).toEqual(scaledRows(of(['y'], 0), scale, { noise: 1, seed: 3 }));
    const many = Array.from({ length: 2000 }, (_, n) => `u${n}`);
    const moved = scaledRows(of(many, 0), scale, { noise: 0.5, seed: 1 }).map((v, i) => v - (i % 2 ? -1 : 1));
    const variance = moved.reduce((sum, v) => sum + v * v, 0) / moved.length;
    // of 4,000 normal numbers the variance is within 2.2 % of itself in two of three cases
    expect(variance).toBeGreaterThan(0.22);
    expect(variance).toBeLessThan(0.28);
    const drawn = [1, 2, 3, 4].map(
      (seed) =>
        variedInput(
          sample(() => of(['x'], 0)),
          seed,
        ).degradation.noise,
    );
    expect(new Set(drawn).size).toBeGreaterThan(2);
  });
  it('are pictures, some of them mirrored', () => {
    const pixels = Uint8ClampedArray.from({ length: 4 * 2 * 2 }, (_, i) => i);
    const picture = sample(() => ({ kind: 'image', pixels, width: 2, height: 2 }));
    const firsts = Array.from({ length: 12 }, (_, seed) => {
      const { input } = variedInput(picture, seed);
      return input.kind === 'image' ? input.pixels[0] : -1;
    });
    expect(new Set(firsts)).toEqual(new Set([0, 4]));
  });
});

describe('pairs', () => {
  const samples = (ids: string[], unit = (id: string) => id): Sample[] =>
    ids.map((id) => ({ id, labels: [0], unit: unit(id), read: () => ({ kind: 'text', text: id }) }));
  const labels = Uint8Array.from([0, 1, 0, 1]);
  it('that are true are of the same item, in one draw', () => {
    const [pairing] = settingsOf('fashion').pairings;
    expect(Array.from(partnersOf(pairing, labels, labels, 0))).toEqual([0, 1, 2, 3]);
    expect(drawsOf(pairing, 5)).toBe(1);
    expect(() => checkPaired(samples(['a', 'b']), samples(['a', 'c']))).toThrow(/number 2 is b and c/);
    expect(() => checkPaired(samples(['a', 'b']), samples(['a']))).toThrow(/2 and 1 samples/);
  });
  it('by label belong to the unit of the side that is not independent', () => {
    const {
      pairings: [pairing],
      unit,
    } = settingsOf('emotion');
    const partners = partnersOf(pairing, labels, labels, 0);
    expect(drawsOf(pairing, 5)).toBe(5);
    partners.forEach((partner, s) => expect(labels[partner]).toBe(labels[s]));
    const voices = samples(['a', 'b', 'c', 'd'], (id) => `voice of ${id}`);
    expect(unitsOf(unit.of, samples(['w', 'x', 'y', 'z']), voices, partners)).toEqual(
      Array.from(partners, (partner) => voices[partner].unit),
    );
  });
});
