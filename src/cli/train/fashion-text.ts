/** Titles of products for a BERT, taught by labels and by a linear model on n-grams. */
import { existsSync, readFileSync } from 'node:fs';
import type { BertConfig } from '../../encoders/config';
import { parseTokenizer } from '../../encoders/tokenizer';
import { choice, integer, seededRandom } from '../../math/random';
import { garments, readExtraTitles, readFashion } from '../data/fashion';
import { writeWhole } from './checkpoint';
import { attributeCodes, attributeLosses, together } from './fashion-attributes';
import { linearTeacher } from './linear-teacher';
import type { TaskOptions } from './messages';
import { smoothed, type EncoderTask } from './task';
import { hiddenLosses, hideTokens, smallBert } from './text';
import { tokenizerJson, trainWordPieces } from './wordpiece';

const classes = garments.length;
const vocabularySize = 3000;
/** Tokens of a title, [CLS] and [SEP] included. */
const longest = 24;
const smoothing = 0.05;
/** Share of the words of a training title that are left out; the teacher judges what is left. */
const wordDrop = 0.12;
/** How often a title is the beginning of one and the end of another, so that only the teacher can judge it. */
const spliceShare = 0.15;
/** The teacher's part of the target; the rest is the label's. */
const taughtShare = 0.5;
/** How often a title of another shop item stands in for one of the same type. */
const extraShare = 0.2;
/** C of the teacher's logistic regression. */
const strength = 10;

export const textConfig = smallBert(vocabularySize, longest);

interface Title {
  text: string;
  label: number;
}

/** What is made once, by whoever comes first, and kept in a file for the threads. */
function vocabularyOf(texts: string[], cache: string): Record<string, unknown> {
  if (existsSync(cache)) return JSON.parse(readFileSync(cache, 'utf8')) as Record<string, unknown>;
  const json = tokenizerJson(trainWordPieces(texts, vocabularySize));
  writeWhole(cache, JSON.stringify(json));
  return json;
}

export function fashionText({ dataDir, cache, layers = 12 }: TaskOptions): EncoderTask {
  const items = readFashion(dataDir, ['train', 'validation']);
  const train = items.filter((item) => item.split === 'train');
  const validation = items.filter((item) => item.split === 'validation');
  const others = readExtraTitles(dataDir);
  const extra = others.filter((title): title is Title => title.label !== null);
  const json = vocabularyOf(
    [...train, ...others].map(({ text }) => text),
    `${cache}/tokenizer.json`,
  );
  const tokenizer = parseTokenizer(json);
  const encode = ({ text }: { text: string }) => tokenizer.encode(text, longest).ids;
  const teacher = linearTeacher(
    train.map(({ text }) => text),
    train.map(({ label }) => label),
    classes,
    strength,
    `${cache}/text-teacher.safetensors`,
  );
  const taught = (i: number, text: string) =>
    i < train.length ? teacher.ofTraining(i, text) : teacher.of(text);
  const right = validation.filter(({ text, label }) => {
    const p = teacher.of(text);
    return p.indexOf(Math.max(...p)) === label;
  });
  const words = [...train, ...extra].map(({ text }) => text.split(' '));
  const checked = validation.map(encode);
  const codes = attributeCodes(train.map(({ attributes }) => attributes));
  const attributes = train.map((item) => codes.encode(item.attributes));
  const ofType = garments.map((_, c) =>
    extra.flatMap(({ label }, i) => (label === c ? [train.length + i] : [])),
  );
  const order = train.map((_, i) => i);
  const config: BertConfig = { ...textConfig, layers, vocabulary: tokenizer.size };
  return {
    config,
    classes,
    inputShape: [longest],
    draw(seed) {
      const random = seededRandom(seed);
      const first = choice(order, random);
      const { label } = train[first];
      // of the same type, so that how often each type comes does not change
      const i = ofType[label].length > 0 && random() < extraShare ? choice(ofType[label], random) : first;
      if (random() < spliceShare) {
        const j = choice(order, random);
        const text = [
          ...words[i].slice(0, 1 + integer(random, words[i].length)),
          ...words[j].slice(integer(random, words[j].length)),
        ].join(' ');
        const other = taught(j, text);
        const target = taught(i, text).map((p, c) => (p + other[c]) / 2);
        return { ...hideTokens({ ids: encode({ text }) }, tokenizer, longest, random), target };
      }
      const kept = words[i].filter(() => random() >= wordDrop);
      const text = (kept.length > 0 ? kept : words[i]).join(' ');
      const judged = taught(i, text);
      return {
        ...hideTokens({ ids: encode({ text }) }, tokenizer, longest, random),
        target: smoothed(label, classes, smoothing).map(
          (t, c) => (1 - taughtShare) * t + taughtShare * judged[c],
        ),
        attributes: attributes[i],
      };
    },
    trials: [
      {
        name: 'type',
        count: validation.length,
        example: (i) => ({
          input: Float32Array.from({ length: longest }, (_, t) => checked[i][t] ?? tokenizer.special.pad),
          target: smoothed(validation[i].label, classes, 0),
        }),
      },
    ],
    extra: together(hiddenLosses(config, 0.2), attributeLosses(config.width, codes, 0.05)),
    regularisation: { dropout: 0.15, dropPath: 0 },
    files: { 'tokenizer.json': json },
    facts: {
      trainedOn: train.length,
      extraTitles: extra.length,
      validatedOn: validation.length,
      vocabulary: tokenizer.size,
      teacher: { validationAccuracy: right.length / validation.length },
    },
  };
}
