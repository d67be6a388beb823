/**
 * What is said in a film review for a BERT. MOSI has some 1,200 training utterances, too few to learn English from, so
 * it learns from GoEmotions too: whether a comment is for or against, its fine emotions, hidden words; and from what a
 * linear model of both says.
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
import { smoothed, type EncoderTask, type Example, type Trial } from './task';
import { hideTokens } from './text';
import { textTeacher } from './text-teacher';
import { tokenizerJson, trainWordPieces } from './wordpiece';

const classes = sentiments.length;
const vocabularySize = 8000;
/** Tokens of an utterance, [CLS] and [SEP] included. */
const longest = 64;
const smoothing = 0.1;
const wordDrop = 0.1;
/** Share of the teacher in the target of a text with a label. */
const taught = 0.5;
/** How often the teacher sees each utterance, to a comment's once. */
const utteranceWeight = 4;
/** How often a drawn text is an utterance: at first, and while refining. */
const utteranceShare = { first: 0.35, refining: 0.7 };
/** How often a drawn comment is neither for nor against. */
const neitherShare = 0.15;
/** How often a comment is drawn as it would be transcribed. */
const spokenShare = 0.5;
/** Comments for or against that are held back to measure on, beside the few validation utterances: a tenth, and at most so many. */
const heldComments = 600;

/** GoEmotions' own groups (Demszky et al. 2020, figure 2); the others are ambiguous, or neutral. */
const groups: Record<(typeof sentiments)[number], readonly string[]> = {
  positive: [
    'admiration',
    'amusement',
    'approval',
    'caring',
    'desire',
    'excitement',
    'gratitude',
    'joy',
    'love',
    'optimism',
    'pride',
    'relief',
  ],
  negative: [
    'anger',
    'annoyance',
    'disappointment',
    'disapproval',
    'disgust',
    'embarrassment',
    'fear',
    'grief',
    'nervousness',
    'remorse',
    'sadness',
  ],
};

/** Index into `sentiments` of the one group that some of the fine emotions are in; −1 if none or both are. */
export function valenceOf(fine: readonly string[]): number {
  const found = sentiments.filter((name) => fine.some((emotion) => groups[name].includes(emotion)));
  return found.length === 1 ? sentiments.indexOf(found[0]) : -1;
}

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
  /** The teacher's probabilities of each training utterance and of each comment. */
  ofUtterances: number[][];
  ofComments: number[][];
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

const short = (p: Float32Array): number[] => Array.from(p, (v) => Math.round(1e4 * v) / 1e4);

function makeOnce(cache: string, train: Utterance[], validation: Utterance[], comments: Comment[]): Made {
  const path = join(cache, 'text.json');
  if (existsSync(path)) return JSON.parse(readFileSync(path, 'utf8')) as Made;
  const utterances = train.map(({ text, label }) => ({ text: asSpoken(text), label }));
  const spoken = comments.map(({ text, valence }) => ({ text: asSpoken(text), label: valence }));
  const repeated = Array.from({ length: utteranceWeight }, () => utterances).flat();
  const known = comments.flatMap(({ valence }, i) => (valence < 0 ? [] : [i]));
  const teacher = textTeacher([...repeated, ...known.map((i) => spoken[i])], classes, 0);
  const placeOf = new Map(known.map((i, k) => [i, repeated.length + k]));
  const ofComment = (i: number) => {
    const place = placeOf.get(i);
    return place === undefined ? teacher.of(spoken[i].text) : teacher.ofTraining[place];
  };
  const right = validation.filter(({ text, label }) => teacher.of(asSpoken(text))[label] > 0.5);
  const pieces = trainWordPieces(
    [...utterances, ...spoken, ...comments].map((t) => t.text),
    vocabularySize,
  );
  const made: Made = {
    tokenizer: tokenizerJson(pieces),
    ofUtterances: utterances.map((_, i) => short(teacher.ofTraining[i])),
    ofComments: comments.map((_, i) => short(ofComment(i))),
    teacher: right.length / validation.length,
  };
  writeWhole(path, JSON.stringify(made));
  return made;
}

interface Source {
  text: string;
  target: Float32Array;
  fine?: Float32Array;
  /** Whether it has marks that a transcript has not. */
  written: boolean;
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
  const made = makeOnce(cache, train, validation, comments);
  const tokenizer = parseTokenizer(made.tokenizer);
  const encode = (text: string) => tokenizer.encode(text, longest).ids;

  const target = (label: number, teacher: number[]) =>
    label < 0
      ? Float32Array.from(teacher)
      : smoothed(label, classes, smoothing).map((p, c) => (1 - taught) * p + taught * teacher[c]);
  const said = train.map(({ text, label }, i): Source => ({
    text,
    target: target(label, made.ofUtterances[i]),
    written: false,
  }));
  const ofValence = (wanted: number) =>
    comments.flatMap(({ text, labels, valence }, i): Source[] => {
      if (valence !== wanted) return [];
      const fine = new Float32Array(names.length);
      for (const label of labels) fine[label] = 1 / labels.length;
      return [{ text, target: target(valence, made.ofComments[i]), fine, written: true }];
    });
  const [neither, ...bySentiment] = [-1, ...sentiments.keys()].map(ofValence);
  const labelled = bySentiment.filter((of) => of.length > 0);

  function draw(seed: number, refining: boolean): Example {
    const random = seededRandom(seed);
    const fromMosi = random() < utteranceShare[refining ? 'refining' : 'first'];
    const fromNeither = neither.length > 0 && random() < neitherShare;
    const { text, target, fine, written } = choice(
      fromMosi || labelled.length === 0 ? said : fromNeither ? neither : choice(labelled, random),
      random,
    );
    const ids = encode(written && random() < spokenShare ? asSpoken(text) : text);
    const end = ids.length - 1;
    const kept = ids.filter((_, t) => t === 0 || t === end || random() >= wordDrop);
    return { ...hideTokens({ ids: kept }, tokenizer, longest, random), target, fine };
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
    regularisation: { dropout: 0.15, dropPath: 0 },
    files: { 'tokenizer.json': made.tokenizer },
    facts: {
      trainedOn: train.length,
      validatedOn: validation.length,
      comments: comments.length,
      commentsForOrAgainst: comments.filter(({ valence }) => valence >= 0).length,
      commentsHeldBack: held.size,
      vocabulary: tokenizer.size,
      teacher: { kind: 'linear, words and characters', validationAccuracy: made.teacher },
    },
  };
}
