/**
 * What is said in a film review for a BERT. MOSI has some 1,200 training utterances, too few to learn English from, so
 * it learns from GoEmotions too: whether a comment is for or against, its fine emotions, hidden words; and from what a
 * linear model of both says, also of texts that lack words or are made of parts of two.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { BertConfig } from '../../encoders/config';
import { parseTokenizer } from '../../encoders/tokenizer';
import { choice, seededRandom, shuffle } from '../../math/random';
import { readFineEmotions } from '../data/emotion';
import { readUtterances, sentiments, type Utterance } from '../data/mosi';
import { writeWhole } from './checkpoint';
import { emotionTextConfig, fineLosses } from './emotion-text';
import type { TaskOptions } from './messages';
import {
  byFold,
  cutOf,
  drawnFrom,
  joined,
  replaced,
  taughtTarget,
  thinned,
  whole,
  type Part,
  type Source,
} from './mixed-texts';
import { ratedWords } from './rated-words';
import { smoothed, type EncoderTask, type Example, type Trial } from './task';
import { hideTokens } from './text';
import { teacherFolds, termWeigher, textTeacher, type TextTeacher } from './text-teacher';
import { valenceOf } from './valence';
import { tokenizerJson, trainWordPieces } from './wordpiece';

const classes = sentiments.length;
const vocabularySize = 8000;
/** Tokens of an utterance, [CLS] and [SEP] included. */
const longest = 64;
const smoothing = 0.1;
const wordDrop = 0.1;
/** Share of the teacher in the target of a text with a label. */
const taught = 0.85;
/**
 * How often a text loses up to half of its words, how often it is made of parts of two, and how often up to half of
 * its words make way for others, half of these rated ones: then the teacher alone says what it means.
 */
const thinnedShare = 0.2;
const joinedShare = 0.2;
const replacedShare = 0.25;
const mostThinned = 0.5;
const mostReplaced = 0.5;
/** Of the teacher: how often it sees each utterance, to a comment's once; see `TextTeacherOptions`. */
const utteranceWeight = 10;
const penalty = 3e-5;
/** How often a drawn text is an utterance: at first, and while refining. */
const utteranceShare = { first: 0.4, refining: 0.65 };
/** How often a drawn comment is neither for nor against. */
const neitherShare = 0.15;
/** How often a comment is drawn as it would be transcribed. */
const spokenShare = 0.5;
/** Comments for or against that are held back to measure on, beside the few validation utterances: a tenth, and at most so many. */
const heldComments = 600;

/** A text as MOSI's transcripts have it: "I can't, really." becomes "i cant really". */
export const asSpoken = (text: string): string =>
  text
    .toLowerCase()
    .replace(/['’]/g, '')
    .replace(/[^\p{L}\p{N}]+/gu, ' ')
    .trim();

/** What is made once of the texts and kept in a file, so that threads need not make it again. */
interface Made {
  tokenizer: Record<string, unknown>;
  /** Accuracy of the teacher on validation. */
  teacher: number;
}

interface Comment {
  text: string;
  /** Indices of the fine emotions. */
  labels: number[];
  /** See `valenceOf`. */
  valence: number;
}

/** A text that is drawn, in words; of a transcript they have no marks. */
/** `label` −1: neither for nor against, as far as is known; `fold` −1: no teacher has seen it. */
interface Said extends Source {
  fine?: Float32Array;
  /** Whether it has marks that a transcript has not. */
  written: boolean;
}

/** Teacher and vocabulary of the training texts; models and vocabulary are kept in files. */
function makeOnce(
  cache: string,
  train: Utterance[],
  validation: Utterance[],
  comments: Comment[],
): Made & { model: TextTeacher; folds: { ofUtterances: number[]; ofComments: number[] } } {
  // a video's utterances, by one speaker about one film, are in one fold
  const utterances = train.map(({ text, label, unit }) => ({ text: asSpoken(text), label, group: unit }));
  const spoken = comments.map(({ text, valence }) => ({ text: asSpoken(text), label: valence }));
  const repeated = Array.from({ length: utteranceWeight }, () => utterances).flat();
  const known = comments.flatMap(({ valence }, i) => (valence < 0 ? [] : [i]));
  const labelled = known.map((i) => spoken[i]);
  const once = [...utterances, ...labelled].map(({ text }) => text);
  const model = textTeacher([...repeated, ...labelled], classes, 0, {
    cache: join(cache, 'text-teacher.safetensors'),
    penalty,
    rated: true,
    weigh: termWeigher(once, { rated: true }),
  });
  const foldOf = new Map(known.map((i, k) => [i, model.fold[repeated.length + k]]));
  const folds = {
    ofUtterances: model.fold.slice(0, train.length),
    ofComments: comments.map((_, i) => foldOf.get(i) ?? -1),
  };
  const path = join(cache, 'text.json');
  if (!existsSync(path)) {
    const right = validation.filter(({ text, label }) => model.of(asSpoken(text))[label] > 0.5);
    const texts = [...utterances, ...spoken, ...comments].map((t) => t.text);
    const made: Made = {
      tokenizer: tokenizerJson(trainWordPieces(texts, vocabularySize)),
      teacher: right.length / validation.length,
    };
    writeWhole(path, JSON.stringify(made));
  }
  return { ...(JSON.parse(readFileSync(path, 'utf8')) as Made), model, folds };
}

export function sentimentText({ dataDir, cache, layers = 12 }: TaskOptions): EncoderTask {
  const utterances = readUtterances(dataDir, ['train', 'validation']);
  const train = utterances.filter(({ split }) => split === 'train');
  const validation = utterances.filter(({ split }) => split === 'validation');
  const { names, items } = readFineEmotions(dataDir);
  const every = shuffle(
    items.map((item): Comment => ({ ...item, valence: valenceOf(item.labels.map((l) => names[l])) })),
    seededRandom('held comments'),
  );
  const known = every.filter(({ valence }) => valence >= 0);
  const held = new Set(known.slice(0, Math.min(heldComments, Math.floor(known.length / 10))));
  const comments = every.filter((comment) => !held.has(comment));
  const { tokenizer: json, teacher, model, folds } = makeOnce(cache, train, validation, comments);
  const tokenizer = parseTokenizer(json);
  const encode = (text: string) => tokenizer.encode(text, longest).ids;

  const wordsOf = (text: string) => text.split(/\s+/).filter((word) => word !== '');
  const toSaid = ({ text, label }: Utterance, fold: number): Said => ({
    words: wordsOf(text),
    label,
    fold,
    written: false,
  });
  const drawn = drawnFrom(
    train.map((utterance, i) => toSaid(utterance, folds.ofUtterances[i])),
    validation.map((utterance, i) => toSaid(utterance, i % teacherFolds)),
  );
  const ofValence = (wanted: number) =>
    comments.flatMap(({ text, labels, valence }, i): Said[] => {
      if (valence !== wanted) return [];
      const fine = new Float32Array(names.length);
      for (const label of labels) fine[label] = 1 / labels.length;
      return [{ words: wordsOf(text), label: valence, fold: folds.ofComments[i], fine, written: true }];
    });
  const [neither, ...bySentiment] = [-1, ...sentiments.keys()].map(ofValence);
  const labelled = bySentiment.filter((of) => of.length > 0);
  const labelledByFold = byFold(labelled.flat());

  const trainingWords = [...new Set([...train, ...comments].flatMap(({ text }) => wordsOf(asSpoken(text))))];

  /** The label's, smoothed, and the teacher's of another fold; without a label that holds, the teacher's alone. */
  const target = (parts: readonly Part<Said>[], text: string, replaces: boolean): Float32Array => {
    const [{ of }] = parts;
    const said = of.fold < 0 ? model.of(asSpoken(text)) : model.unseen(of.fold, asSpoken(text));
    return of.label < 0 || replaces ? said : taughtTarget(parts, said, { taught, smoothing });
  };

  function draw(seed: number, refining: boolean): Example {
    const random = seededRandom(seed);
    const { sources: said, folds: saidByFold } = drawn(refining);
    const fromMosi = random() < utteranceShare[refining ? 'refining' : 'first'];
    const fromNeither = neither.length > 0 && random() < neitherShare;
    const source = choice(
      fromMosi || labelled.length === 0 ? said : fromNeither ? neither : choice(labelled, random),
      random,
    );
    const kind = random();
    const joins = kind < joinedShare && source.label >= 0;
    const thins = !joins && kind < joinedShare + thinnedShare;
    const replaces = kind >= 1 - replacedShare;
    const other = joins ? choice((source.written ? labelledByFold : saidByFold)[source.fold], random) : null;
    const parts = other ? joined(source, other, cutOf(random)) : whole(source);
    const kept = thinned(
      parts.flatMap((part) => part.words),
      thins ? mostThinned * random() : wordDrop,
      random,
    );
    const words = replaces
      ? replaced(kept, mostReplaced * random(), [ratedWords, trainingWords], random)
      : kept;
    const text = words.join(' ');
    const ids = encode(source.written && random() < spokenShare ? asSpoken(text) : text);
    const fine =
      replaces || !source.fine
        ? undefined
        : mixed(parts.map(({ of, share }) => ({ values: of.fine!, share })));
    return {
      ...hideTokens({ ids }, tokenizer, longest, random),
      target: target(parts, text, replaces),
      fine,
    };
  }

  const trial = (name: string, of: { text: string; label: number }[]): Trial => {
    const encoded = of.map(({ text }) => encode(text));
    return {
      name,
      count: of.length,
      example: (k) => ({
        input: Float32Array.from({ length: longest }, (_, t) => encoded[k][t] ?? tokenizer.special.pad),
        target: smoothed(of[k].label, classes, 0),
      }),
    };
  };
  const config: BertConfig = {
    ...emotionTextConfig,
    layers,
    positions: longest,
    vocabulary: tokenizer.size,
  };
  return {
    config,
    classes,
    inputShape: [longest],
    sortable: true,
    draw,
    trials: [
      trial('utterances', validation),
      ...(held.size > 0
        ? [
            trial(
              'comments, for or against',
              [...held].map(({ text, valence }) => ({ text, label: valence })),
            ),
          ]
        : []),
    ],
    extra: fineLosses(config, names.length),
    regularisation: { dropout: 0.2, dropPath: 0 },
    refit: true,
    files: { 'tokenizer.json': json },
    facts: {
      trainedOn: train.length,
      validatedOn: validation.length,
      comments: comments.length,
      commentsForOrAgainst: comments.filter(({ valence }) => valence >= 0).length,
      commentsHeldBack: held.size,
      vocabulary: tokenizer.size,
      teacher: {
        kind: 'linear, words, characters and the ratings of AFINN-165, cross-fitted; also asked about texts without some of their words, with others in their place, and about parts of two texts',
        validationAccuracy: teacher,
      },
    },
  };
}

function mixed(parts: readonly { values: Float32Array; share: number }[]): Float32Array {
  const out = new Float32Array(parts[0].values.length);
  for (const { values, share } of parts) values.forEach((v, i) => (out[i] += share * v));
  return out;
}
