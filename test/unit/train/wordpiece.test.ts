import { describe, expect, it } from 'vitest';
import { splitWords, tokenizerJson, trainWordPieces } from '../../../src/cli/train/wordpiece';
import { parseTokenizer } from '../../../src/encoders/tokenizer';

const texts = [
  'low low low low low',
  'lower lower',
  'newest newest newest newest newest newest',
  'widest widest widest',
];

describe('trainWordPieces', () => {
  // Sennrich et al. 2016, figure 1, without the end-of-word mark: e s, es t and l o come first.
  it('merges the most frequent pair first', () => {
    const letters = 'd e i l n o r s t w'.length;
    const pieces = trainWordPieces(texts, 1000);
    const merged = pieces.filter((p) => p.replace('##', '').length > 1 && !p.startsWith('['));
    expect(merged.slice(0, 2)).toEqual(['##es', '##est']);
    expect(merged).toContain('low');
    expect(merged).toContain('newest');
    expect(pieces.length).toBeLessThan(1000);
    expect(letters).toBeGreaterThan(0);
  });

  it('begins with the special tokens, keeps to the size, and is the same each time', () => {
    const pieces = trainWordPieces(texts, 22);
    expect(pieces.slice(0, 5)).toEqual(['[PAD]', '[UNK]', '[CLS]', '[SEP]', '[MASK]']);
    expect(pieces).toHaveLength(22);
    expect(new Set(pieces).size).toBe(22);
    expect(trainWordPieces(texts, 22)).toEqual(pieces);
  });

  it('makes a tokenizer that splits as it was trained to, without unknown pieces in its own texts', () => {
    const json: unknown = JSON.parse(JSON.stringify(tokenizerJson(trainWordPieces(texts, 60))));
    const tokenizer = parseTokenizer(json);
    for (const text of texts) {
      const { pieces } = tokenizer.encode(text, 64);
      expect(pieces).not.toContain('[UNK]');
      expect(pieces.slice(1, -1).join(' ').replaceAll(' ##', '')).toBe(splitWords(text).join(' '));
    }
    expect(tokenizer.encode('lowest', 16).pieces).toEqual(['[CLS]', 'low', '##est', '[SEP]']);
  });
});

describe('splitWords', () => {
  it('takes accents and case off and punctuation apart, as the tokenizer does', () => {
    expect(splitWords('Æneas, écrit: "Où?"')).toEqual(['æneas', ',', 'ecrit', ':', '"', 'ou', '?', '"']);
  });
});
