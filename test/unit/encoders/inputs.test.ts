import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { UserError } from '../../../src/math/errors';
import { parseConfig, writeConfig } from '../../../src/encoders/config';
import { parseImageConfig, prepareImage, resizePicture, writeImageConfig } from '../../../src/encoders/image';
import { parseLogMelConfig, writeLogMelConfig } from '../../../src/encoders/logmel';
import { padTokens, parseTokenizer, parseVocabulary } from '../../../src/encoders/tokenizer';
import { fixtureJson } from '../../parity/fixture';
import { models } from './models';

const flat = (width: number, height: number, value: number, values = 3) => ({
  width,
  height,
  data: new Uint8Array(width * height * values).fill(value),
});

describe('a picture', () => {
  const config = parseImageConfig({ size: 8 }, 8);

  it.each(['bilinear', 'bicubic', 'lanczos'] as const)(
    'of one colour stays so when resized (%s)',
    (filter) => {
      for (const [width, height] of [
        [1, 1],
        [7, 3],
        [40, 90],
      ])
        expect(new Set(resizePicture(flat(9, 13, 201), width, height, filter).data)).toEqual(new Set([201]));
    },
  );

  it('is reversed when it was reversed before', () => {
    const random = Uint8Array.from({ length: 11 * 6 * 3 }, (_, i) => (i * 97 + ((i * i) % 31)) % 256);
    const picture = { width: 11, height: 6, data: random };
    const reversed = (p: typeof picture) => ({
      ...p,
      data: p.data.map((_, i) => p.data[p.data.length - 3 - (i - (i % 3)) + (i % 3)]),
    });
    for (const filter of ['bilinear', 'bicubic', 'lanczos'] as const) {
      const once = resizePicture(picture, 5, 9, filter) as typeof picture;
      const turned = resizePicture(reversed(picture), 5, 9, filter);
      expect(turned.data).toEqual(reversed(once).data);
    }
  });

  it('is cut to its middle, with black where it is too small', () => {
    const crop = { size: { shortest_edge: 4 }, do_center_crop: true, crop_size: 8, do_normalize: false };
    const values = prepareImage(flat(8, 4, 255), parseImageConfig(crop, 8));
    const rows = Array.from({ length: 8 }, (_, y) => values[y * 8]);
    expect(rows).toEqual([0, 0, 1, 1, 1, 1, 0, 0]);
  });

  it('may have an alpha channel, which is not looked at', () => {
    const rgb = flat(3, 3, 90);
    const rgba = flat(3, 3, 90, 4);
    for (let i = 3; i < rgba.data.length; i += 4) rgba.data[i] = 0;
    expect(prepareImage(rgba, config)).toEqual(prepareImage(rgb, config));
  });

  it('goes through a processor that is written and read again', () => {
    for (const json of [
      { size: 8 },
      { size: { shortest_edge: 9 }, do_center_crop: true, crop_size: 8, resample: 3 },
    ]) {
      const read = parseImageConfig(json, 8);
      expect(parseImageConfig(writeImageConfig(read, 'ViTImageProcessor'), 8)).toEqual(read);
    }
    const features = parseLogMelConfig({ num_mel_bins: 64, max_length: 96 });
    expect(parseLogMelConfig(writeLogMelConfig(features))).toEqual(features);
  });

  it.each([
    [{ size: 16 }, /"size".*8 × 8/],
    [{ size: { shortest_edge: 8 } }, /"size"/],
    [{ size: 'large' }, /"size"/],
    [{ resample: 0, size: 8 }, /"resample"/],
    [{ image_mean: [0.5], size: 8 }, /"image_mean"/],
    [{ size: 8, do_center_crop: true, crop_size: { shortest_edge: 8 } }, /"crop_size"/],
  ])('is not prepared by %j', (json, problem) => {
    expect(() => parseImageConfig(json, 8)).toThrow(UserError);
    expect(() => parseImageConfig(json, 8)).toThrow(problem);
  });
});

describe('a text', () => {
  /** Any code points, lone surrogates and control characters included, half of them ASCII. */
  const anyText = fc
    .array(fc.oneof(fc.nat(127), fc.nat(0x10ffff)), { maxLength: 60 })
    .map((points) => String.fromCodePoint(...points));

  const tokenizer = parseTokenizer(fixtureJson('wordpiece', 'tokenizer.json'));

  it('of any characters gives ids of the vocabulary, framed, within the limit', () => {
    fc.assert(
      fc.property(anyText, fc.integer({ min: 2, max: 20 }), (text, limit) => {
        const { ids, total, cutAt, pieces } = tokenizer.encode(text, limit);
        expect(ids.length).toBe(Math.min(limit, total));
        expect(pieces).toHaveLength(ids.length);
        expect(cutAt !== null).toBe(total > limit);
        expect([ids[0], ids.at(-1)]).toEqual([tokenizer.special.cls, tokenizer.special.sep]);
        expect(ids.every((id) => id >= 0 && id < tokenizer.size)).toBe(true);
      }),
      { numRuns: 500 },
    );
  });

  it('of 100,000 characters is cut, and says where', () => {
    const text = 'the lamp is old. '.repeat(6000);
    const { ids, total, cutAt } = tokenizer.encode(text, 64);
    expect(ids).toHaveLength(64);
    expect(total).toBe(5 * 6000 + 2);
    expect(cutAt).toBe(text.indexOf('is', 17 * 12));
  });

  it('is padded to the longest of its batch', () => {
    const { ids, mask, length } = padTokens([Int32Array.of(2, 9, 3), Int32Array.of(2, 3)], 0);
    expect(length).toBe(3);
    expect([...ids]).toEqual([2, 9, 3, 2, 3, 0]);
    expect([...mask]).toEqual([1, 1, 1, 1, 1, 0]);
  });

  it.each<[string, () => unknown, RegExp]>([
    ['no vocabulary', () => parseTokenizer({ model: { type: 'WordPiece' } }), /vocabulary/],
    ['an id twice', () => parseTokenizer({ model: { vocab: { a: 1, b: 1 } } }), /vocabulary/],
    ['a huge id', () => parseTokenizer({ model: { vocab: { a: 1e15 } } }), /vocabulary/],
    ['no [CLS]', () => parseVocabulary('[PAD]\n[UNK]\n[SEP]\n'), /\[CLS\]/],
    ['a piece twice', () => parseVocabulary('[PAD]\nx\nx'), /twice/],
  ])('is not split by a tokenizer with %s', (_, parse, problem) => {
    expect(parse).toThrow(UserError);
    expect(parse).toThrow(problem);
  });
});

describe('files that are not to be trusted', () => {
  const only = (run: () => unknown) => {
    try {
      run();
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
    }
  };
  const tokenizer = fixtureJson('wordpiece', 'tokenizer.json') as Record<string, unknown>;
  const fields = Object.values(models).flatMap((json) => Object.keys(writeConfig(parseConfig(json))));

  it('give a config, a front end or a UserError', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...Object.values(models)),
        fc.dictionary(fc.constantFrom(...fields), fc.jsonValue({ maxDepth: 2 }), { maxKeys: 3 }),
        (json, edits) => only(() => parseConfig({ ...json, ...edits })),
      ),
      { numRuns: 1000 },
    );
    fc.assert(
      fc.property(fc.jsonValue(), (json) => {
        only(() => parseConfig(json));
        only(() => parseImageConfig(json, 8));
        only(() => parseLogMelConfig(json));
        only(() => parseTokenizer(json));
      }),
      { numRuns: 500 },
    );
  });

  it('give a tokenizer or a UserError', () => {
    const keys = ['model', 'normalizer', 'pre_tokenizer', 'post_processor', 'added_tokens', 'decoder'];
    fc.assert(
      fc.property(
        fc.dictionary(fc.constantFrom(...keys), fc.jsonValue({ maxDepth: 3 }), { maxKeys: 2 }),
        fc.string(),
        (edits, text) => only(() => parseTokenizer({ ...tokenizer, ...edits }).encode(text, 16)),
      ),
      { numRuns: 500 },
    );
  });
});
