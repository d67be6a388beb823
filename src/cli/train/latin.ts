/** Verses in Latin or in English for a BERT: genre, hidden words, and the words of the translation. */
import { existsSync, readFileSync } from 'node:fs';
import type { BertConfig } from '../../encoders/config';
import { parseTokenizer, type TextTokenizer } from '../../encoders/tokenizer';
import { choice, seededRandom, type Random } from '../../math/random';
import { genres, readVerses, topics, type Verse } from '../data/latin';
import { writeWhole } from './checkpoint';
import type { TaskOptions } from './messages';
import { greatest } from './model';
import { smoothed, type EncoderTask, type Trial } from './task';
import { hideTokens, textLosses, tokenWeights, smallBert } from './text';
import { textTeacher, type TextTeacher } from './text-teacher';
import { tokenizerJson, trainWordPieces } from './wordpiece';

const vocabularySize = 8000;
/** Tokens of a verse, [CLS] and [SEP] included. */
const longest = 72;
const smoothing = 0.1;
/** Share of the tokens of a training verse that are left out, so that no single word decides. */
const wordDrop = 0.08;

export const textConfig = smallBert(vocabularySize, longest);

/** Share of the teacher in the targets; the rest is the label's. */
const taught = 0.7;
/** How often a verse loses up to half of its words, and how often it is made of parts of two. */
const thinnedShare = 0.25;
const joinedShare = 0.3;
const mostThinned = 0.5;

/** A topic is made of whole genres, so an encoder that tells genres tells topics. */
const topicOfGenre: Record<(typeof genres)[number], (typeof topics)[number]> = {
  gospels_acts: 'new_testament',
  letters_rev: 'new_testament',
  history: 'narrative_law',
  law: 'narrative_law',
  prophets: 'prophets',
  wisdom: 'wisdom',
};

/** One vocabulary for both languages, of the training verses; kept in a file so that threads need not train it again. */
function vocabularyOf(verses: Verse[], cache: string): Record<string, unknown> {
  if (existsSync(cache)) return JSON.parse(readFileSync(cache, 'utf8')) as Record<string, unknown>;
  const json = tokenizerJson(
    trainWordPieces(
      verses.flatMap((v) => [v.latin, v.english]),
      vocabularySize,
    ),
  );
  writeWhole(cache, JSON.stringify(json));
  return json;
}

export function latinEnglish(
  language: 'latin' | 'english',
  { dataDir, cache, layers = 12 }: TaskOptions,
): EncoderTask {
  const verses = readVerses(dataDir, ['train', 'validation']);
  const train = verses.filter((v) => v.split === 'train');
  const validation = verses.filter((v) => v.split === 'validation');
  const json = vocabularyOf(train, `${cache}/tokenizer.json`);
  const tokenizer: TextTokenizer = parseTokenizer(json);
  const encode = (text: string) => tokenizer.encode(text, longest).ids;
  const other = language === 'latin' ? 'english' : 'latin';
  const words = train.map((v) => v[language].split(/\s+/));
  const translated = train.map((v) => encode(v[other]));
  const checked = validation.map((v) => encode(v[language]));
  const config: BertConfig = { ...textConfig, layers, vocabulary: tokenizer.size };
  const teacher = textTeacher(
    train.map((v) => ({ text: v[language], label: v.genre, group: v.unit })),
    genres.length,
    0,
    `${cache}/teacher-${language}.safetensors`,
  );
  const trial = (name: string, groups?: number[]): Trial => ({
    name,
    count: validation.length,
    groups,
    example: (i) => ({
      input: Float32Array.from({ length: longest }, (_, t) => checked[i][t] ?? tokenizer.special.pad),
      target: smoothed(validation[i].genre, genres.length, 0),
    }),
  });
  const groups = genres.map((g) => topics.indexOf(topicOfGenre[g]));
  const order = train.map((_, i) => i);
  const byFold = order.reduce<number[][]>((all, i) => {
    (all[teacher.fold[i]] ??= []).push(i);
    return all;
  }, []);

  /** The beginning of one verse and the end of another that the same teacher has not seen; `share` is the first's. */
  function joined(i: number, random: Random): { text: string[]; second: number; share: number } {
    const second = choice(byFold[teacher.fold[i]], random);
    const cut = 0.25 + 0.5 * random();
    const first = words[i].slice(0, Math.ceil(cut * words[i].length));
    const rest = words[second].slice(Math.floor(cut * words[second].length));
    return { text: [...first, ...rest], second, share: first.length / (first.length + rest.length) };
  }

  return {
    config,
    classes: genres.length,
    inputShape: [longest],
    sortable: true,
    draw(seed) {
      const random = seededRandom(seed);
      const i = choice(order, random);
      const kind = random();
      const of = kind < joinedShare ? joined(i, random) : { text: words[i], second: i, share: 1 };
      const drop =
        kind < joinedShare + thinnedShare && kind >= joinedShare ? mostThinned * random() : wordDrop;
      const left = of.text.filter(() => random() >= drop);
      const text = (left.length > 0 ? left : of.text).join(' ');
      const said = teacher.unseen(teacher.fold[i], text);
      const [first, second] = [i, of.second].map((v) => smoothed(train[v].genre, genres.length, smoothing));
      return {
        ...hideTokens({ ids: encode(text) }, tokenizer, longest, random),
        target: first.map(
          (p, c) => (1 - taught) * (of.share * p + (1 - of.share) * second[c]) + taught * said[c],
        ),
        translation: [...translated[i], ...(of.second === i ? [] : translated[of.second])],
      };
    },
    trials: [trial('topic4', groups), trial('genre6')],
    extra: textLosses(config, tokenWeights(translated, tokenizer.size), { hidden: 0.4, translation: 0.3 }),
    regularisation: { dropout: 0.1, dropPath: 0 },
    files: { 'tokenizer.json': json },
    facts: {
      trainedOn: train.length,
      validatedOn: validation.length,
      vocabulary: tokenizer.size,
      teacher: {
        kind: 'linear, words and characters, cross-fitted by chapter; also asked about verses without some of their words and about parts of two verses',
        validationAccuracy: accuracyOf(teacher, validation, language),
      },
    },
  };
}

/** How often the teacher of all training verses is right about the genre. */
const accuracyOf = (teacher: TextTeacher, verses: Verse[], language: 'latin' | 'english'): number =>
  verses.filter((v) => greatest(teacher.of(v[language]), 0, genres.length) === v.genre).length /
  verses.length;
