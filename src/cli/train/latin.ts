/** Verses in Latin or in English for a BERT: genre, book, hidden words, and the words of the translation. */
import { existsSync, readFileSync } from 'node:fs';
import type { BertConfig } from '../../encoders/config';
import { parseTokenizer, type TextTokenizer } from '../../encoders/tokenizer';
import { choice, seededRandom } from '../../math/random';
import { genres, readVerses, topicOfGenre, topics, type Verse } from '../data/latin';
import { writeWhole } from './checkpoint';
import type { TaskOptions } from './messages';
import { greatest } from './model';
import { cutOf, drawnFrom, joined, taughtTarget, thinned, whole } from './mixed-texts';
import { smoothed, type EncoderTask, type Trial } from './task';
import { hideTokens, textLosses, tokenWeights, smallBert } from './text';
import { teacherFolds } from './text-teacher';
import { verseTeacher, type Language, type Texts, type VerseTeacher } from './verse-teacher';
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

/** Of the losses beside that of genres. */
const lossShares = { hidden: 0.4, translation: 0.3, fine: 0.6 };

export function latinEnglish(language: Language, { dataDir, cache, layers = 12 }: TaskOptions): EncoderTask {
  const verses = readVerses(dataDir, ['train', 'validation']);
  const train = verses.filter((v) => v.split === 'train');
  const validation = verses.filter((v) => v.split === 'validation');
  const json = vocabularyOf(train, `${cache}/tokenizer.json`);
  const tokenizer: TextTokenizer = parseTokenizer(json);
  const encode = (text: string) => tokenizer.encode(text, longest).ids;
  const other = language === 'latin' ? 'english' : 'latin';
  const checked = validation.map((v) => encode(v[language]));
  const config: BertConfig = { ...textConfig, layers, vocabulary: tokenizer.size };
  const teacher = verseTeacher(train, cache);
  const trial = (name: string, groups?: number[]): Trial => ({
    name,
    count: validation.length,
    groups,
    example: (i) => ({
      input: Float32Array.from({ length: longest }, (_, t) => checked[i][t] ?? tokenizer.special.pad),
      target: smoothed(validation[i].genre, genres.length, 0),
    }),
  });
  // an encoder that tells genres tells topics
  const groups = genres.map((g) => topics.indexOf(topicOfGenre[g]));
  const toSource = (v: Verse, fold: number) => {
    const of = { label: v.genre, book: teacher.books.indexOf(v.book), fold };
    return {
      ...of,
      words: v[language].split(/\s+/),
      inOther: { ...of, words: v[other].split(/\s+/) },
      translation: encode(v[other]),
    };
  };
  const first = train.map((v, i) => toSource(v, teacher.fold[i]));
  const drawn = drawnFrom(
    first,
    validation.map((v, i) => toSource(v, i % teacherFolds)),
  );

  return {
    config,
    classes: genres.length,
    inputShape: [longest],
    sortable: true,
    draw(seed, refining) {
      const random = seededRandom(seed);
      const { sources, folds } = drawn(refining);
      const source = choice(sources, random);
      const kind = random();
      const joins = kind < joinedShare;
      const thins = !joins && kind < joinedShare + thinnedShare;
      const second = joins ? choice(folds[source.fold], random) : null;
      const cut = cutOf(random);
      const parts = second ? joined(source, second, cut) : whole(source);
      const otherParts = second ? joined(source.inOther, second.inOther, cut) : whole(source.inOther);
      const drop = thins ? mostThinned * random() : wordDrop;
      const [text, otherText] = [parts, otherParts].map((of) =>
        thinned(
          of.flatMap(({ words }) => words),
          drop,
          random,
        ).join(' '),
      );
      const said = teacher.unseen(source.fold, { [language]: text, [other]: otherText } as Texts);
      return {
        ...hideTokens({ ids: encode(text) }, tokenizer, longest, random),
        target: taughtTarget(parts, said.genre, { taught, smoothing }),
        fine: taughtTarget(parts, said.book, { taught, smoothing }, ({ book }) => book),
        translation: [...new Set(parts.map(({ of }) => of))].flatMap(({ translation }) => [...translation]),
      };
    },
    trials: [trial('topic4', groups), trial('genre6')],
    extra: textLosses(
      config,
      tokenWeights(
        first.map(({ translation }) => translation),
        tokenizer.size,
      ),
      teacher.books.length,
      lossShares,
    ),
    regularisation: { dropout: 0.1, dropPath: 0 },
    refit: true,
    files: { 'tokenizer.json': json },
    // asked for once, of the tasks that every thread makes
    get facts() {
      return {
        trainedOn: train.length,
        validatedOn: validation.length,
        vocabulary: tokenizer.size,
        teacher: {
          kind: 'score sum of two linear models of each language, one of genres and one of books, words and characters, cross-fitted by chapter; also asked about verses without some of their words and about parts of two verses',
          validationAccuracy: accuracyOf(teacher, validation),
        },
      };
    },
  };
}

/** How often the teacher of all training verses is right about the genre. */
const accuracyOf = (teacher: VerseTeacher, verses: Verse[]): number =>
  verses.filter((v) => greatest(teacher.of(v).genre, 0, genres.length) === v.genre).length / verses.length;
