/** Verses in Latin or in English for a BERT: genre, hidden words, and the words of the translation. */
import { existsSync, readFileSync } from 'node:fs';
import type { BertConfig } from '../../encoders/config';
import { parseTokenizer, type TextTokenizer } from '../../encoders/tokenizer';
import { choice, seededRandom } from '../../math/random';
import { genres, readVerses, topics, type Verse } from '../data/latin';
import { writeWhole } from './checkpoint';
import type { TaskOptions } from './messages';
import { smoothed, type EncoderTask, type Trial } from './task';
import { hideTokens, textLosses, tokenWeights, smallBert } from './text';
import { textTeacher } from './text-teacher';
import { tokenizerJson, trainWordPieces } from './wordpiece';

const vocabularySize = 8000;
/** Tokens of a verse, [CLS] and [SEP] included. */
const longest = 72;
const smoothing = 0.1;
/** Share of the tokens of a training verse that are left out, so that no single word decides. */
const wordDrop = 0.08;

export const textConfig = smallBert(vocabularySize, longest);

/** Share of the teacher in the targets of the second cycle; the rest is the label's. */
const taught = 0.5;

/** What a linear model says of each training verse that has not seen its chapter, and how often it is right on validation. */
interface Taught {
  ofTraining: number[][];
  accuracy: number;
}

function teacherOf(
  language: 'latin' | 'english',
  train: Verse[],
  validation: Verse[],
  cache: string,
): Taught {
  if (existsSync(cache)) return JSON.parse(readFileSync(cache, 'utf8')) as Taught;
  const items = train.map((v) => ({ text: v[language], label: v.genre, group: v.unit }));
  const teacher = textTeacher(items, genres.length, 0);
  const right = validation.filter((v) => {
    const p = teacher.of(v[language]);
    return p.indexOf(Math.max(...p)) === v.genre;
  });
  const made: Taught = {
    ofTraining: teacher.ofTraining.map((p) => Array.from(p, (x) => Math.round(1e4 * x) / 1e4)),
    accuracy: right.length / validation.length,
  };
  writeWhole(cache, JSON.stringify(made));
  return made;
}

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
  const own = train.map((v) => encode(v[language]));
  const translated = train.map((v) => encode(v[other]));
  const checked = validation.map((v) => encode(v[language]));
  const config: BertConfig = { ...textConfig, layers, vocabulary: tokenizer.size };
  const order = train.map((_, i) => i);
  const teacher = teacherOf(language, train, validation, `${cache}/teacher-${language}.json`);
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
  return {
    config,
    classes: genres.length,
    inputShape: [longest],
    draw(seed, refining) {
      const random = seededRandom(seed);
      const i = choice(order, random);
      const ids = own[i].filter((_, t) => t === 0 || t === own[i].length - 1 || random() >= wordDrop);
      const label = smoothed(train[i].genre, genres.length, smoothing);
      return {
        ...hideTokens({ ids }, tokenizer, longest, random),
        target: refining ? label.map((p, c) => (1 - taught) * p + taught * teacher.ofTraining[i][c]) : label,
        translation: [...translated[i]],
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
        kind: 'linear, words and characters, cross-fitted by chapter',
        validationAccuracy: teacher.accuracy,
      },
    },
  };
}
