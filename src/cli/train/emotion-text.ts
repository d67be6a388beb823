/** Comments for a BERT: four emotions, the 28 fine ones of GoEmotions, hidden words, and what a linear model says. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { BertConfig } from '../../encoders/config';
import { parseTokenizer } from '../../encoders/tokenizer';
import { choice, seededRandom, type Random } from '../../math/random';
import * as tf from '../../runtime/tf';
import { emotions, readEmotionTexts, readFineEmotions, type EmotionText } from '../data/emotion';
import { balanced, unweightedRecall } from './balanced';
import { writeWhole } from './checkpoint';
import type { TaskOptions } from './messages';
import { smoothed, type EncoderTask, type Example, type Extra, type Trial } from './task';
import { fineLoss, fineSpecs, hiddenLoss, hiddenSpecs, hideTokens, smallBert } from './text';
import { textTeacher } from './text-teacher';
import { tokenizerJson, trainWordPieces } from './wordpiece';

const vocabularySize = 8000;
/** Tokens of a comment, [CLS] and [SEP] included. */
const longest = 48;
const classes = emotions.length;
const smoothing = 0.1;
const wordDrop = 0.1;
/** Share of the teacher in the target of a comment with a label. */
const taught = 0.5;
/** How often a comment comes from the four classes, each as often, and not from all of GoEmotions. */
const labelledShare = 0.6;
/** Of the loss: the fine emotions, the hidden words. */
const weights = { fine: 0.5, hidden: 0.3 };

export const emotionTextConfig = smallBert(vocabularySize, longest);

/** Which fine emotions make a class: as the labels of the four-class table were made. */
const classOfFine: Record<string, (typeof emotions)[number]> = {
  anger: 'angry',
  annoyance: 'angry',
  joy: 'happy',
  excitement: 'happy',
  sadness: 'sad',
  grief: 'sad',
  neutral: 'neutral',
};

/** The class that some of the fine emotions stand for; −1 if none or several do. */
export function classOf(fine: string[]): number {
  const found = new Set(fine.flatMap((name) => classOfFine[name] ?? []));
  return found.size === 1 ? emotions.indexOf([...found][0]) : -1;
}

/** What is made once of the texts and kept in a file, so that threads need not make it again. */
interface Made {
  tokenizer: Record<string, unknown>;
  /** The teacher's probabilities of each training comment and of each comment of GoEmotions. */
  ofTraining: number[][];
  ofFine: number[][];
  /** Unweighted average recall of the teacher on validation. */
  teacher: number;
}

const short = (p: Float32Array): number[] => Array.from(p, (v) => Math.round(1e4 * v) / 1e4);

function makeOnce(
  cache: string,
  train: EmotionText[],
  validation: EmotionText[],
  fine: { text: string }[],
): Made {
  const path = join(cache, 'text.json');
  if (existsSync(path)) return JSON.parse(readFileSync(path, 'utf8')) as Made;
  const teacher = textTeacher(train, classes, 0);
  const own = new Map(train.map(({ text }, i) => [text, teacher.ofTraining[i]]));
  const pieces = trainWordPieces(
    [...train, ...fine].map((t) => t.text),
    vocabularySize,
  );
  const made: Made = {
    tokenizer: tokenizerJson(pieces),
    ofTraining: teacher.ofTraining.map(short),
    ofFine: fine.map(({ text }) => short(own.get(text) ?? teacher.of(text))),
    teacher: unweightedRecall(
      validation.map((v) => v.label),
      validation.map((v) => teacher.of(v.text)),
      classes,
    ),
  };
  writeWhole(path, JSON.stringify(made));
  return made;
}

/** The fine emotions from the CLS state of the last layer, where they are known; hidden words. */
export function fineLosses(config: BertConfig, fineCount: number): Extra {
  return {
    specs: [...hiddenSpecs(config), ...fineSpecs(config, fineCount)],
    losses(_, params, states, examples) {
      const of = (name: string) => params.get(name) as tf.Tensor;
      const last = states[states.length - 1];
      const fine = fineLoss(config, fineCount, of, last, examples);
      const hidden = hiddenLoss(config, of, last, examples);
      return [tf.mul(fine, weights.fine), tf.mul(hidden, weights.hidden)];
    },
  };
}

export function emotionText({ dataDir, cache, layers = 12 }: TaskOptions): EncoderTask {
  const items = readEmotionTexts(dataDir, ['train', 'validation']);
  const train = items.filter((t) => t.split === 'train');
  const validation = items.filter((t) => t.split === 'validation');
  const fine = readFineEmotions(dataDir);
  const made = makeOnce(cache, train, validation, fine.items);
  const tokenizer = parseTokenizer(made.tokenizer);
  const encode = (text: string) => tokenizer.encode(text, longest).ids;
  const fineTarget = (labels: number[]) => {
    const out = new Float32Array(fine.names.length);
    for (const label of labels) out[label] = 1 / labels.length;
    return out;
  };
  const labelsOf = new Map(fine.items.map(({ text, labels }) => [text, labels]));
  const target = (label: number, teacher: number[]) =>
    smoothed(label, classes, smoothing).map((p, c) => (1 - taught) * p + taught * teacher[c]);
  interface Source {
    ids: Int32Array;
    target: Float32Array;
    fine?: Float32Array;
  }
  const labelled = train.map(({ text, label }, i): Source => {
    const labels = labelsOf.get(text);
    return {
      ids: encode(text),
      target: target(label, made.ofTraining[i]),
      fine: labels && fineTarget(labels),
    };
  });
  const byClass = emotions
    .map((_, c) => labelled.filter((_, i) => train[i].label === c))
    .filter((of) => of.length > 0);
  const all = fine.items.map(({ text, labels }, i): Source => {
    const label = classOf(labels.map((l) => fine.names[l]));
    return {
      ids: encode(text),
      target: label < 0 ? Float32Array.from(made.ofFine[i]) : target(label, made.ofFine[i]),
      fine: fineTarget(labels),
    };
  });
  const draw = (random: Random): Example => {
    const source = random() < labelledShare ? choice(choice(byClass, random), random) : choice(all, random);
    const end = source.ids.length - 1;
    const ids = source.ids.filter((_, t) => t === 0 || t === end || random() >= wordDrop);
    const { target, fine } = source;
    return { ...hideTokens({ ids }, tokenizer, longest, random), target, fine };
  };
  const checked = validation.map((v) => encode(v.text));
  const trial = (name: string, order: number[]): Trial => ({
    name,
    count: order.length,
    example: (k) => ({
      input: Float32Array.from({ length: longest }, (_, t) => checked[order[k]][t] ?? tokenizer.special.pad),
      target: smoothed(validation[order[k]].label, classes, 0),
    }),
  });
  const config: BertConfig = { ...emotionTextConfig, layers, vocabulary: tokenizer.size };
  return {
    config,
    classes,
    inputShape: [longest],
    draw: (seed) => draw(seededRandom(seed)),
    trials: [
      trial(
        'each class as often',
        balanced(
          validation.map((v) => v.label),
          classes,
        ),
      ),
      trial(
        'as they come',
        validation.map((_, i) => i),
      ),
    ],
    extra: fineLosses(config, fine.names.length),
    regularisation: { dropout: 0.1, dropPath: 0 },
    files: { 'tokenizer.json': made.tokenizer },
    facts: {
      trainedOn: train.length,
      byClass: Object.fromEntries(emotions.map((e, c) => [e, train.filter((t) => t.label === c).length])),
      validatedOn: validation.length,
      fineComments: fine.items.length,
      fineEmotions: fine.names.length,
      vocabulary: tokenizer.size,
      teacher: { kind: 'linear, words and characters', validationUnweightedRecall: made.teacher },
    },
  };
}
