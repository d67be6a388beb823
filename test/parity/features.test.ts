import { describe, expect, it } from 'vitest';
import { parseImageConfig, prepareImage } from '../../src/encoders/image';
import { checkTokenizerSize, parseTokenizer, parseVocabulary } from '../../src/encoders/tokenizer';
import { logMel, parseLogMelConfig } from '../../src/encoders/logmel';
import { resample } from '../../src/math/resample';
import { toFloat32 } from '../../src/runtime/safetensors';
import { fixtureJson, fixtureTensors, relativeError } from './fixture';

const bound = 1e-4;

describe('log-mel features', () => {
  const config = parseLogMelConfig(fixtureJson('ast-features', 'preprocessor_config.json'));
  const expected = fixtureTensors('ast-features', 'expected.safetensors');
  const wave = toFloat32(expected.get('waveform')!);
  const features = toFloat32(expected.get('input_values')!);
  const size = config.frames * config.mels;

  it('agree with the reference on a whole recording', () => {
    expect(relativeError(logMel(wave, 16000, config), features.subarray(0, size))).toBeLessThanOrEqual(bound);
  });

  it('agree with the reference on a short recording, padded', () => {
    expect(
      relativeError(logMel(wave.subarray(0, 5000), 16000, config), features.subarray(size)),
    ).toBeLessThanOrEqual(bound);
  });

  it('fail parity when one sample is perturbed', () => {
    const other = wave.slice();
    other[3000] += 0.05;
    expect(relativeError(logMel(other, 16000, config), features.subarray(0, size))).toBeGreaterThan(bound);
  });

  it('change little when the recording came at 44.1 kHz', () => {
    const at44 = resample(wave, 16000, 44100);
    const [a, b] = [logMel(at44, 44100, config), features.subarray(0, size)];
    // the highest bands lie in the roll-off of the resampling
    const differences = Array.from(a, (x, i) => Math.abs(x - b[i])).filter((_, i) => i % 64 < 60);
    expect(differences.reduce((x, y) => x + y, 0) / differences.length).toBeLessThan(0.02);
  });

  it('say so when the recording is shorter than a frame', () => {
    expect(() => logMel(new Float32Array(399), 16000, config)).toThrow(/shorter/);
  });
});

describe('image features', () => {
  for (const [name, size] of [
    ['vit-features', 32],
    ['beit-features', 36],
  ] as const)
    it(`of ${name} agree with the reference`, () => {
      const config = parseImageConfig(fixtureJson(name, 'preprocessor_config.json'), size);
      const expected = fixtureTensors(name, 'expected.safetensors');
      const image = expected.get('image')!;
      const [height, width] = image.shape;
      const pixels = toFloat32(expected.get('pixel_values')!);
      const picture = { data: image.bytes, width, height };
      expect(relativeError(prepareImage(picture, config), pixels)).toBeLessThanOrEqual(bound);
      const other = { ...picture, data: image.bytes.map((v, i) => (i === 1000 ? 255 - v : v)) };
      expect(relativeError(prepareImage(other, config), pixels)).toBeGreaterThan(bound);
    });
});

describe('WordPiece', () => {
  interface Case {
    text: string;
    ids: number[];
    tokens: string[];
  }
  const json = fixtureJson('wordpiece', 'tokenizer.json') as { model: { vocab: Record<string, number> } };
  const cases = fixtureJson('wordpiece', 'expected.json') as Case[];
  const pieces = Object.entries(json.model.vocab).sort((a, b) => a[1] - b[1]);
  const fromJson = parseTokenizer(json);
  const fromText = parseVocabulary(pieces.map(([piece]) => piece).join('\n'));

  for (const { text, ids, tokens } of cases)
    it(`splits ${JSON.stringify(text.slice(0, 30))} as the reference does`, () => {
      for (const tokenizer of [fromJson, fromText]) {
        const encoded = tokenizer.encode(text, 512);
        expect([...encoded.ids]).toEqual(ids);
        expect(encoded.pieces).toEqual(tokens);
        expect(encoded.total).toBe(ids.length);
        expect(encoded.cutAt).toBeNull();
      }
    });

  it('says what was cut', () => {
    const text = 'the lamp is green, and the map is old.';
    const { ids, total, cutAt } = fromJson.encode(text, 7);
    expect([...ids]).toEqual([...cases[0].ids.slice(0, 6), fromJson.special.sep]);
    expect(total).toBe(cases[0].ids.length);
    expect(text.slice(cutAt!)).toBe('and the map is old.');
  });

  it('belongs to an encoder of its size only', () => {
    checkTokenizerSize(fromJson, fromJson.size, 'tokenizer.json');
    checkTokenizerSize(fromJson, fromJson.size + 100, 'tokenizer.json');
    for (const size of [fromJson.size - 1, fromJson.size + 128, 30522])
      expect(() => checkTokenizerSize(fromJson, size, 'tokenizer.json')).toThrow(/belongs/);
  });
});
