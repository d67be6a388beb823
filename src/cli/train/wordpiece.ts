/**
 * Training of a WordPiece vocabulary: pieces are merged by how often they stand side by side (Sennrich et al. 2016,
 * algorithm 1), written with "##" inside a word, as `transformers` trains them.
 */

const prefix = '##';
const special = ['[PAD]', '[UNK]', '[CLS]', '[SEP]', '[MASK]'];

/** Lower case, accents off, words and punctuation marks apart: BertNormalizer and BertPreTokenizer. */
export function splitWords(text: string): string[] {
  const plain = text
    .normalize('NFD')
    .replace(/\p{Mn}/gu, '')
    .toLowerCase();
  return plain.match(/[\p{P}$+<=>^`|~]|[^\s\p{P}\p{Cc}$+<=>^`|~]+/gu) ?? [];
}

interface Word {
  pieces: string[];
  count: number;
}

const key = (a: string, b: string): string => `${a}\t${b}`;
const joined = (a: string, b: string): string => a + b.slice(prefix.length);

/** How often each pair stands side by side, and in which words. */
class PairTable {
  readonly counts = new Map<string, number>();
  private readonly words = new Map<string, Set<number>>();

  add(word: Word, index: number, sign: 1 | -1): void {
    for (let i = 1; i < word.pieces.length; i++) {
      const pair = key(word.pieces[i - 1], word.pieces[i]);
      const count = (this.counts.get(pair) ?? 0) + sign * word.count;
      if (count > 0) this.counts.set(pair, count);
      else this.counts.delete(pair);
      if (sign > 0) {
        const where = this.words.get(pair);
        if (where) where.add(index);
        else this.words.set(pair, new Set([index]));
      }
    }
  }

  /** Words that have, or had, the pair. */
  where(pair: string): number[] {
    return [...(this.words.get(pair) ?? [])];
  }

  /** The most frequent pair, the first in code point order of those; null if none comes twice. */
  best(): string | null {
    let [best, most] = [null as string | null, 1];
    for (const [pair, count] of this.counts)
      if (count > most || (count === most && best !== null && pair < best)) [best, most] = [pair, count];
    return best;
  }
}

/** Merges every occurrence of a pair in a word. */
function merge(pieces: string[], a: string, b: string): string[] {
  const out: string[] = [];
  for (let i = 0; i < pieces.length; i++)
    if (pieces[i] === a && pieces[i + 1] === b) {
      out.push(joined(a, b));
      i++;
    } else out.push(pieces[i]);
  return out;
}

/**
 * @param texts the training texts, and no others
 * @param size most pieces, special ones and single characters included
 * @returns the pieces in the order of their ids, special ones first
 */
export function trainWordPieces(texts: Iterable<string>, size: number): string[] {
  const counts = new Map<string, number>();
  for (const text of texts)
    for (const word of splitWords(text)) counts.set(word, (counts.get(word) ?? 0) + 1);
  const words: Word[] = [...counts].map(([word, count]) => ({
    pieces: [...word].map((c, i) => (i === 0 ? c : prefix + c)),
    count,
  }));
  const pieces = new Set<string>(words.flatMap((w) => w.pieces));
  const vocabulary = [...special, ...[...pieces].sort()];
  const table = new PairTable();
  words.forEach((word, i) => table.add(word, i, 1));
  while (vocabulary.length < size) {
    const pair = table.best();
    if (pair === null) break;
    const [a, b] = pair.split('\t');
    for (const i of table.where(pair)) {
      const word = words[i];
      const merged = merge(word.pieces, a, b);
      if (merged.length === word.pieces.length) continue;
      table.add(word, i, -1);
      word.pieces = merged;
      table.add(word, i, 1);
    }
    const piece = joined(a, b);
    if (!pieces.has(piece)) {
      pieces.add(piece);
      vocabulary.push(piece);
    }
  }
  return vocabulary;
}

/** A vocabulary as the tokenizer.json of a BERT without case. */
export function tokenizerJson(vocabulary: string[]): Record<string, unknown> {
  const id = (token: string) => vocabulary.indexOf(token);
  const one = (token: string, type = 0) => ({ SpecialToken: { id: token, type_id: type } });
  const sequence = (name: string, type: number) => ({ Sequence: { id: name, type_id: type } });
  const flags = { single_word: false, lstrip: false, rstrip: false, normalized: false, special: true };
  return {
    version: '1.0',
    truncation: null,
    padding: null,
    added_tokens: special.map((content) => ({ id: id(content), content, ...flags })),
    normalizer: {
      type: 'BertNormalizer',
      clean_text: true,
      handle_chinese_chars: true,
      strip_accents: null,
      lowercase: true,
    },
    pre_tokenizer: { type: 'BertPreTokenizer' },
    post_processor: {
      type: 'TemplateProcessing',
      single: [one('[CLS]'), sequence('A', 0), one('[SEP]')],
      pair: [one('[CLS]'), sequence('A', 0), one('[SEP]'), sequence('B', 1), one('[SEP]', 1)],
      special_tokens: Object.fromEntries(
        ['[CLS]', '[SEP]'].map((t) => [t, { id: t, ids: [id(t)], tokens: [t] }]),
      ),
    },
    decoder: { type: 'WordPiece', prefix, cleanup: true },
    model: {
      type: 'WordPiece',
      unk_token: '[UNK]',
      continuing_subword_prefix: prefix,
      max_input_chars_per_word: 100,
      vocab: Object.fromEntries(vocabulary.map((piece, i) => [piece, i])),
    },
  };
}
