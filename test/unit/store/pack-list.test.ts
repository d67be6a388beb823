import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { UserError } from '../../../src/math/errors';
import { parsePackList } from '../../../src/store/pack-list';

const base = 'https://host/page/models/index.json';
const good = {
  schema: 1,
  packs: [
    { id: 'digits', title: 'Digits', subtitle: 'x', modalities: ['video', 'audio'], url: 'digits/pack.json' },
  ],
};
const wrong = (text: string) => {
  try {
    parsePackList(text, base);
  } catch (error) {
    return error;
  }
  return null;
};

describe('the list of packs', () => {
  it('gives addresses relative to itself', () => {
    expect(parsePackList(JSON.stringify(good), base)[0].url).toBe(
      'https://host/page/models/digits/pack.json',
    );
  });
  it.each([
    ['another origin', { url: 'https://elsewhere/pack.json' }],
    ['another scheme', { url: 'javascript:0' }],
    ['the root', { url: '/pack.json' }],
    ['a step upwards', { url: 'digits/../../../pack.json' }],
    ['no name', { title: undefined }],
    ['an id that is none', { id: '../x' }],
  ])('does not take an entry that points to %s', (_, change) => {
    const text = JSON.stringify({ schema: 1, packs: [{ ...good.packs[0], ...change }] });
    expect(wrong(text)).toBeInstanceOf(UserError);
  });
  it('never throws anything but a sentence', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
        const error = wrong(text);
        expect(error === null || error instanceof UserError).toBe(true);
      }),
    );
  });
});
