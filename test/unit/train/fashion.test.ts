import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  garments,
  readExtraPhotographs,
  readExtraTitles,
  readFashion,
  readPhotograph,
} from '../../../src/cli/data/fashion';
import { attributeCodes } from '../../../src/cli/train/fashion-attributes';
import { fashionImage } from '../../../src/cli/train/fashion-image';
import { fashionText } from '../../../src/cli/train/fashion-text';
import { parseImageConfig, prepareImage } from '../../../src/encoders/image';
import { jpeg, makeFashionFolder, words } from './fashion-folder';

const dataDir = makeFashionFolder();
const newFolder = () => mkdtempSync(join(tmpdir(), 'fashion-cache-'));
const sum = (values: Float32Array) => values.reduce((a, b) => a + b, 0);

describe('the fashion reader', () => {
  it('reads the items of a split with their attributes', () => {
    const items = readFashion(dataDir, ['validation']);
    expect(items).toHaveLength(6);
    expect(items[0]).toEqual({
      id: '08',
      unit: '08',
      label: garments.indexOf('Belts'),
      split: 'validation',
      text: 'Brand leather No 8',
      attributes: {
        masterCategory: 'Master',
        subCategory: 'Sub',
        baseColour: 'Blue',
        gender: 'Men',
        season: 'Fall',
        usage: 'Casual',
      },
      image: join(dataDir, 'fashion_image_text', 'images', '08.jpg'),
    });
  });
  it('looks for the photographs of a split and no others', () => {
    expect(readFashion(dataDir, ['train'])).toHaveLength(24);
    expect(() => readFashion(dataDir, ['test'])).toThrow(/010\.jpg is missing/);
  });
  it('refuses a type that is not one of the 18', () => {
    const folder = newFolder();
    const cells = ['images/1.jpg', '1', 'Cloaks', 't', 'm', 's', 'c', 'g', 's', 'u', 'train'];
    const head =
      'file\tid\tlabel\ttext\tmasterCategory\tsubCategory\tbaseColour\tgender\tseason\tusage\tsplit';
    writeFileSync(join(folder, 'items.tsv'), `${head}\n${cells.join('\t')}\n`);
    expect(() => readFashion(folder, ['train'])).toThrow(/type or split/);
  });
  it('takes only training extras of types that are ours, and no title of an item that tests', () => {
    expect(readExtraPhotographs(dataDir).map(({ labels }) => labels.map((c) => garments[c]))).toEqual([
      ['Tshirts'],
      ['Casual Shoes', 'Formal Shoes', 'Sports Shoes'],
    ]);
    expect(readExtraTitles(dataDir)).toEqual([
      { text: 'Other cotton', label: garments.indexOf('Tshirts') },
      { text: 'Other cap', label: null },
    ]);
    expect(readExtraPhotographs(newFolder())).toEqual([]);
    expect(readExtraTitles(newFolder())).toEqual([]);
  });
  it('decodes a photograph, and says which one is damaged', () => {
    const path = join(newFolder(), 'a.jpg');
    writeFileSync(path, jpeg(24, 16, [200, 100, 50]));
    const { width, height, data } = readPhotograph(path);
    expect([width, height, data.length]).toEqual([24, 16, 24 * 16 * 4]);
    [200, 100, 50, 255].forEach((v, c) => expect(Math.abs(data[c] - v)).toBeLessThan(8));
    writeFileSync(path, jpeg(24, 16, [200, 100, 50]).slice(0, 200));
    expect(() => readPhotograph(path)).toThrow(/a\.jpg cannot be read as a JPEG/);
    expect(() => readPhotograph(join(newFolder(), 'none.jpg'))).toThrow(/cannot be read/);
  });
});

describe('attributeCodes', () => {
  it('gives a place to values that come five times, and −1 to others', () => {
    const item = readFashion(dataDir, ['train'])[1].attributes;
    const { values, encode } = attributeCodes([
      ...Array<typeof item>(5).fill(item),
      { ...item, gender: 'Women' },
    ]);
    expect(values).toEqual([['Master'], ['Sub'], ['Blue'], ['Men'], ['Fall'], ['Casual']]);
    expect(encode({ ...item, gender: 'Women', usage: '' })).toEqual([0, 0, 0, -1, 0, -1]);
  });
});

describe('the fashion tasks', { timeout: 120_000 }, () => {
  it('teach titles by label and by what other titles say', () => {
    const options = { dataDir, cache: newFolder(), layers: 2 };
    const task = fashionText(options);
    const again = fashionText(options);
    expect(task.facts).toMatchObject({ trainedOn: 24, extraTitles: 1, validatedOn: 6 });
    for (let seed = 0; seed < 40; seed++) {
      const { input, target, attributes } = task.draw(seed, false);
      expect(again.draw(seed, false)).toEqual({ ...again.draw(seed, false), input, target, attributes });
      expect(sum(target)).toBeCloseTo(1, 5);
      expect(words).toContain(garments[target.indexOf(Math.max(...target))]);
    }
    expect(task.trials[0].example(0).target[garments.indexOf('Belts')]).toBe(1);
  });

  it('teach photographs, and check them as the page will prepare them', () => {
    const options = { dataDir, cache: newFolder(), layers: 2 };
    const task = fashionImage(options);
    const again = fashionImage(options);
    expect(task.facts).toMatchObject({ trainedOn: 24, extraPhotographs: 2, validatedOn: 6 });
    for (let seed = 0; seed < 20; seed++) {
      const { input, target, appearance } = task.draw(seed, false);
      // compared as numbers: a matcher takes long over thousands of values
      const other = again.draw(seed, false).input;
      expect(input.reduce((most, v, i) => Math.max(most, Math.abs(v - other[i])), 0)).toBe(0);
      expect([input.length, appearance?.length]).toEqual([3 * 64 * 64, 64 * 36]);
      expect(sum(target)).toBeCloseTo(1, 5);
      expect(input.every((v) => v >= -1 && v <= 1)).toBe(true);
    }
    const config = parseImageConfig(task.files['preprocessor_config.json'], 64);
    const [first] = readFashion(dataDir, ['validation']);
    const { input } = task.trials[0].example(0);
    const expected = prepareImage(readPhotograph(first.image), config);
    expect(input.reduce((most, v, i) => Math.max(most, Math.abs(v - expected[i])), 0)).toBeLessThan(1e-6);
  });
});
