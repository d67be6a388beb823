/** WordPiece tokens (Wu et al. 2016) from a tokenizer.json or a vocab.txt, by @huggingface/tokenizers. */
import { Tokenizer } from '@huggingface/tokenizers';
import { UserError } from '../math/errors';
import { Fields } from './fields';

export interface EncodedText {
  /** [CLS], the pieces that fit, [SEP]. */
  ids: Int32Array;
  pieces: string[];
  /** How many ids the whole text has, [CLS] and [SEP] included. */
  total: number;
  /** Where in the text the first word begins that was cut, wholly or in part; null if all is in. */
  cutAt: number | null;
}

export interface TextTokenizer {
  /** Ids run from 0 to size − 1. */
  readonly size: number;
  readonly special: { pad: number; unknown: number; cls: number; sep: number; mask: number | undefined };
  /** @param limit most ids, [CLS] and [SEP] included, at least 2 */
  encode(text: string, limit: number): EncodedText;
  piece(id: number): string | undefined;
}

/** What a tokenizer.json of BERT's kind is made of; other parts may hold patterns of their own, which are not run here. */
const supported: Record<string, readonly string[]> = {
  normalizer: ['BertNormalizer', 'Lowercase', 'StripAccents', 'NFC', 'NFD', 'NFKC', 'NFKD', 'Strip'],
  pre_tokenizer: ['BertPreTokenizer', 'Whitespace', 'WhitespaceSplit', 'Punctuation'],
  post_processor: ['TemplateProcessing', 'BertProcessing'],
};

const mostIds = 2 ** 20;

function checkPart(part: unknown, role: string, file: string, depth = 0): void {
  if (part === null || part === undefined) return;
  const f = new Fields(part, `${file}: ${role}`);
  if (depth < 4 && f.raw('type') === 'Sequence') {
    const list = f.raw('normalizers') ?? f.raw('pretokenizers') ?? f.raw('processors');
    if (!Array.isArray(list)) f.fail('type', 'a sequence with its parts');
    for (const inner of list as unknown[]) checkPart(inner, role, file, depth + 1);
  } else f.choice('type', '' as string, supported[role]);
}

function checkVocabulary(value: unknown, file: string): void {
  const entries = typeof value === 'object' && value !== null ? Object.values(value) : [];
  const sound =
    entries.length > 0 &&
    entries.length <= mostIds &&
    entries.every((id) => Number.isInteger(id) && (id as number) >= 0 && (id as number) < mostIds) &&
    new Set(entries).size === entries.length;
  if (!sound)
    throw new UserError(
      `The vocabulary in ${file} is not a list of pieces with an id of their own; export the tokenizer again.`,
      `${file}: model.vocab`,
    );
}

/**
 * A tokenizer from the contents of a tokenizer.json.
 * @throws UserError if it is not a WordPiece tokenizer of BERT's kind
 */
export function parseTokenizer(json: unknown, file = 'tokenizer.json'): TextTokenizer {
  const f = new Fields(json, file);
  const model = new Fields(f.raw('model') ?? {}, `${file}: model`);
  // older files leave the type out
  if (model.has('type') || !model.has('vocab')) model.choice('type', '' as string, ['WordPiece']);
  checkVocabulary(model.raw('vocab'), file);
  for (const role of Object.keys(supported)) checkPart(f.raw(role), role, file);
  try {
    return wrap(new Tokenizer(json as object, {}), file);
  } catch (error) {
    if (error instanceof UserError) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw new UserError(`The tokenizer in ${file} cannot be read (${reason}); export it again.`, file);
  }
}

/**
 * A tokenizer from a vocab.txt: one piece a line, its id the line's number from 0.
 * @param options.lowerCase as in tokenizer_config.json's do_lower_case
 */
export function parseVocabulary(
  text: string,
  options: { lowerCase?: boolean } = {},
  file = 'vocab.txt',
): TextTokenizer {
  const lines = text.split(/\r?\n/);
  if (lines.at(-1) === '') lines.pop();
  const vocab = Object.fromEntries(lines.map((piece, id) => [piece, id]));
  if (lines.length > mostIds || Object.keys(vocab).length !== lines.length)
    throw new UserError(`In ${file} a piece is there twice, or there are too many; export it again.`, file);
  const named = ['[PAD]', '[UNK]', '[CLS]', '[SEP]', '[MASK]'].filter((piece) => Object.hasOwn(vocab, piece));
  const sequence = (id: string) => ({ Sequence: { id, type_id: 0 } });
  const token = (id: string) => ({ SpecialToken: { id, type_id: 0 } });
  return parseTokenizer(
    {
      version: '1.0',
      added_tokens: named.map((content) => ({
        id: vocab[content],
        content,
        special: true,
        normalized: false,
      })),
      normalizer: {
        type: 'BertNormalizer',
        clean_text: true,
        handle_chinese_chars: true,
        strip_accents: null,
        lowercase: options.lowerCase ?? true,
      },
      pre_tokenizer: { type: 'BertPreTokenizer' },
      post_processor: {
        type: 'TemplateProcessing',
        single: [token('[CLS]'), sequence('A'), token('[SEP]')],
        pair: [token('[CLS]'), sequence('A'), token('[SEP]'), sequence('B'), token('[SEP]')],
        special_tokens: {},
      },
      decoder: { type: 'WordPiece', prefix: '##', cleanup: true },
      model: {
        type: 'WordPiece',
        unk_token: '[UNK]',
        continuing_subword_prefix: '##',
        max_input_chars_per_word: 100,
        vocab,
      },
    },
    file,
  );
}

function wrap(tokenizer: Tokenizer, file: string): TextTokenizer {
  const idOf = (piece: string): number => {
    const id = tokenizer.token_to_id(piece);
    if (id === undefined)
      throw new UserError(
        `The tokenizer in ${file} has no ${piece}, which a BERT encoder needs; use the tokenizer that belongs to it.`,
        `${file}: ${piece}`,
      );
    return id;
  };
  const special = {
    pad: idOf('[PAD]'),
    unknown: idOf('[UNK]'),
    cls: idOf('[CLS]'),
    sep: idOf('[SEP]'),
    mask: tokenizer.token_to_id('[MASK]'),
  };
  let size = 0;
  for (const id of tokenizer.get_vocab().values()) size = Math.max(size, id + 1);
  const pieceCount = (text: string) => tokenizer.encode(text, { add_special_tokens: false }).ids.length;
  return {
    size,
    special,
    encode(text, limit) {
      if (limit < 2) throw new Error('[CLS] and [SEP] need two places');
      const { ids } = tokenizer.encode(text, { add_special_tokens: false });
      const kept = ids.slice(0, limit - 2);
      const framed = [special.cls, ...kept, special.sep];
      return {
        ids: Int32Array.from(framed),
        pieces: framed.map((id) => tokenizer.id_to_token(id) ?? '[UNK]'),
        total: ids.length + 2,
        cutAt: kept.length < ids.length ? firstCut(text, kept.length, pieceCount) : null,
      };
    },
    piece: (id) => tokenizer.id_to_token(id),
  };
}

/** Pieces never reach over white space, so words can be counted one by one until the places are taken. */
function firstCut(text: string, places: number, pieceCount: (word: string) => number): number {
  let used = 0;
  for (const match of text.matchAll(/\S+/gu)) {
    used += pieceCount(match[0]);
    if (used > places) return match.index;
  }
  return text.length;
}

/**
 * @throws UserError if a tokenizer and an encoder do not belong together
 * @param vocabulary rows of the encoder's word table; up to 127 more than the tokenizer has are padding
 */
export function checkTokenizerSize(tokenizer: TextTokenizer, vocabulary: number, file: string): void {
  const spare = vocabulary - tokenizer.size;
  if (spare < 0 || spare > 127)
    throw new UserError(
      `The tokenizer in ${file} has ${tokenizer.size} pieces, but the encoder's config.json says ${vocabulary}; use the tokenizer that belongs to this checkpoint.`,
      `${file}: vocabulary`,
    );
}

/** Token ids of several texts as one batch, padded to the longest (or to `length`): ids and mask, each [texts × length]. */
export function padTokens(
  texts: readonly Int32Array[],
  pad: number,
  length = Math.max(1, ...texts.map((ids) => ids.length)),
): { ids: Int32Array; mask: Float32Array; length: number } {
  const ids = new Int32Array(texts.length * length).fill(pad);
  const mask = new Float32Array(texts.length * length);
  texts.forEach((text, row) => {
    ids.set(text.subarray(0, length), row * length);
    mask.fill(1, row * length, row * length + Math.min(length, text.length));
  });
  return { ids, mask, length };
}
