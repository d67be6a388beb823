/** From a text or a picture to what an encoder takes, and what is said of it. */
import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { writeConfig, type EncoderConfig } from '../../../src/encoders/config';
import { batchOf, blankInput } from '../../../src/encoders/frontend';
import { createFrontEnd } from '../../../src/engine/front-end';
import type { Degradation, Seen } from '../../../src/engine/protocol';
import type { StoredEncoder } from '../../../src/packs/open';
import type { ModalityKind } from '../../../src/packs/schema';
import { startNode } from '../../../src/runtime/node';

beforeAll(() => startNode({ backend: 'cpu' }));

const core = {
  layers: 1,
  width: 8,
  heads: 2,
  intermediate: 16,
  activation: 'gelu',
  initialDeviation: 0.1,
} as const;
const tokenizer = JSON.parse(readFileSync('test/fixtures/wordpiece/tokenizer.json', 'utf8')) as {
  model: { vocab: Record<string, number> };
};
const vocabulary = Object.keys(tokenizer.model.vocab).length;
const bert: EncoderConfig = {
  family: 'bert',
  ...core,
  eps: 1e-12,
  vocabulary,
  positions: 12,
  types: 2,
  padId: 0,
};
const vit: EncoderConfig = {
  family: 'vit',
  ...core,
  eps: 1e-12,
  image: 16,
  patch: 8,
  channels: 3,
  qkvBias: true,
};
const stored = (
  modality: ModalityKind,
  config: EncoderConfig,
  files: Partial<StoredEncoder>,
): StoredEncoder => ({
  modality: {
    id: modality,
    modality,
    label: modality,
    encoder: `encoders/${modality}`,
    family: config.family,
    layers: 1,
    width: 8,
    pooling: 'cls',
  },
  config: writeConfig(config),
  preprocessor: null,
  tokenizer: null,
  weights: new Map(),
  ...files,
});

describe('text', () => {
  const frontEnd = createFrontEnd(stored('text', bert, { tokenizer }));
  const give = (text: string, degradation: Degradation = {}) => {
    const { values, seen } = frontEnd({ kind: 'text', text }, degradation);
    return { values, seen: seen as Extract<Seen, { kind: 'tokens' }> };
  };
  const known = Object.keys(tokenizer.model.vocab).find((piece) => /^[a-z]{2,}$/.test(piece)) as string;

  it('gives ids between [CLS] and [SEP], and says which pieces', () => {
    const { values, seen } = give(`${known} ${known}`);
    expect(seen.tokens).toEqual(['[CLS]', known, known, '[SEP]']);
    expect(Array.from(values)).toEqual(seen.tokens.map((piece) => tokenizer.model.vocab[piece]));
    expect(seen).toMatchObject({ used: 2, cut: 0, unknown: 0, cutAt: null, text: `${known} ${known}` });
  });
  it('counts what it does not know, and refuses what it knows nothing of', () => {
    expect(give(`${known} ᚠ`).seen).toMatchObject({ used: 2, unknown: 1 });
    expect(() => give('🦄 ᚠ ᚢ')).toThrow(/knows no part of this text/);
  });
  it('cuts a very long text to the length of the encoder, with a count', () => {
    const words = 20_000;
    const { values, seen } = give(Array(words).fill(known).join(' '));
    expect(values).toHaveLength(12);
    expect(seen).toMatchObject({ used: 10, cut: words - 10, cutAt: 10 * (known.length + 1) });
  });
  it.each([
    ['', /empty/],
    [' \n\t ', /empty/],
    ['\u0000\u0007\u200b', /do not print/],
  ])('refuses %j in a sentence', (text, why) => expect(() => give(text)).toThrow(why));
  it('leaves out words on request, and says what is left', () => {
    const text = Array.from({ length: 8 }, () => known).join(' ');
    expect(give(text, { wordDrop: 0.5, seed: 1 }).seen.used).toBe(4);
    expect(give(text, { cut: 0.25 }).seen.text.split(' ')).toHaveLength(6);
  });
  it('takes no pictures', () =>
    expect(() =>
      frontEnd({ kind: 'image', pixels: new Uint8ClampedArray(4 * 64), width: 8, height: 8 }, {}),
    ).toThrow(/takes a text, not a picture/));
  it('needs its tokenizer', () =>
    expect(() => createFrontEnd(stored('text', bert, {}))).toThrow(/tokenizer/));
  it('makes batches padded to the longest', () => {
    const batch = batchOf(bert, [give(known).values, give(`${known} ${known}`).values]);
    if (!('ids' in batch) || !batch.ids || !batch.mask) throw new Error('no tokens');
    expect(batch.ids.shape).toEqual([2, 4]);
    expect(Array.from(batch.mask.dataSync())).toEqual([1, 1, 1, 0, 1, 1, 1, 1]);
    expect(batchOf(bert, [blankInput(bert)])).toMatchObject({ ids: { shape: [1, 12] } });
  });
});

describe('image', () => {
  const preprocessor = {
    image_processor_type: 'ViTImageProcessor',
    do_resize: true,
    size: { height: 16, width: 16 },
    resample: 2,
    image_mean: [0.5, 0.5, 0.5],
    image_std: [0.5, 0.5, 0.5],
  };
  const frontEnd = createFrontEnd(stored('image', vit, { preprocessor }));
  /** Left half black, right half red. */
  const picture = (width: number, height: number) => {
    const pixels = new Uint8ClampedArray(4 * width * height);
    for (let p = 0; p < width * height; p++) pixels.set([p % width < width / 2 ? 0 : 255, 0, 0, 255], 4 * p);
    return { kind: 'image', pixels, width, height } as const;
  };
  const give = (degradation: Degradation = {}, width = 64, height = 48) => {
    const { values, seen } = frontEnd(picture(width, height), degradation);
    expect(seen).toMatchObject({ kind: 'pixels', size: 16 });
    expect((seen as Extract<Seen, { kind: 'pixels' }>).values).toBe(values);
    return values as Float32Array;
  };
  it('gives the pixels as the encoder takes them, and shows the same', () => {
    const values = give();
    expect(values).toHaveLength(3 * 16 * 16);
    expect([values[0], values[15], values[256]]).toEqual([-1, 1, -1]);
  });
  it('degrades by the seed, alike at any size of picture', () => {
    const soft = (width: number, height: number) => give({ blur: 0.5 }, width, height);
    expect(soft(64, 48)).not.toEqual(give());
    const [large, small] = [soft(640, 480), soft(64, 48)];
    large.forEach((v, i) => expect(Math.abs(v - small[i])).toBeLessThan(0.25));
    expect(give({ noise: 0.3, seed: 2 })).toEqual(give({ noise: 0.3, seed: 2 }));
    expect(give({ noise: 0.3, seed: 2 })).not.toEqual(give({ noise: 0.3, seed: 3 }));
    expect(give({ crop: 0.5 })).not.toEqual(give({ crop: 0.5, seed: 5 }));
  });
  it('refuses a picture of one pixel', () => expect(() => give({}, 1, 1)).toThrow(/1 × 1 pixels/));
});
