import { cpSync, mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { readUtterances, videosOf } from '../../../src/cli/data/mosi';
import { initialWeights, lossAndGradient, paramLayout, toTensors } from '../../../src/cli/train/model';
import { replaced } from '../../../src/cli/train/mixed-texts';
import { sentimentFeatures } from '../../../src/cli/train/sentiment-features';
import { asSpoken, sentimentText } from '../../../src/cli/train/sentiment-text';
import { valenceOf } from '../../../src/cli/train/valence';
import type { EncoderTask } from '../../../src/cli/train/task';
import { parseFeatureScale, scaleFeatures } from '../../../src/encoders/feature-scale';
import { parseTokenizer } from '../../../src/encoders/tokenizer';
import { seededRandom } from '../../../src/math/random';
import { startNode } from '../../../src/runtime/node';
import { drawnWithMark } from './marked';
import { featureWidths, madeVideos, writeUtterances } from './mosi-folder';

const making = 120_000;
beforeAll(async () => {
  const { kernels } = await startNode({ threads: 1 });
  expect(kernels).not.toBe('stock');
}, making);

const sum = (values: Float32Array) => values.reduce((a, b) => a + b, 0);
const given = [...madeVideos(13, 7, 'train'), ...madeVideos(1, 3, 'test', 'unseen')];
const newCache = () => mkdtempSync(join(tmpdir(), 'sentiment-cache-'));
/** Where a test row were read, a target or an input would not be finite. */
const dataDir = writeUtterances(given, {
  feature: (split, kind, row, c) => (split === 'test' ? NaN : Math.sin(featureWidths[kind] * row + c)),
});

/** One step of the task's own losses: the gradient of each parameter by name. */
function gradients(task: EncoderTask, seeds: number[]): Map<string, Float32Array> {
  const supervised = [{ layer: task.config.layers, weight: 1 }];
  const layout = paramLayout(task.config, task.classes, supervised, task.extra);
  const params = toTensors(layout, initialWeights(layout, 0.1, 0));
  const gradient = new Float32Array(layout.total);
  const examples = seeds.map((seed) => task.draw(seed, false));
  const training = { dropout: 0, dropPath: 0, seed: 0 };
  const { loss } = lossAndGradient(
    task.config,
    layout,
    params,
    supervised,
    examples,
    training,
    gradient,
    1,
    task.extra,
  );
  params.forEach((t) => t.dispose());
  expect(Number.isFinite(loss)).toBe(true);
  return new Map(
    layout.places.map(({ spec, offset, size }) => [spec.name, gradient.slice(offset, offset + size)]),
  );
}

describe.each(['text', 'audio', 'video'] as const)('sequences of %s features', (kind) => {
  const width = featureWidths[kind];
  let task: EncoderTask;
  beforeAll(() => {
    task = sentimentFeatures(kind, { dataDir, cache: newCache(), layers: 2 });
  });

  it('draws the same part of a video from the same seed, with a target for each of its rows', () => {
    const lengths = new Set<number>();
    for (let seed = 0; seed < 40; seed++) {
      const example = task.draw(seed, false);
      expect(example).toEqual(task.draw(seed, false));
      const rows = (example.input.length - 1) / width;
      lengths.add(rows);
      expect(example.fine).toHaveLength(2 * rows);
      const at = example.input[0];
      expect([...example.fine!.subarray(2 * at, 2 * at + 2)]).toEqual([...example.target]);
      expect(example.input.every(Number.isFinite)).toBe(true);
    }
    expect([...lengths].sort()).toEqual([4, 5, 6, 7]);
  });

  it('measures on every validation utterance among those of its video, as the encoder’s own file scales them', () => {
    const plain = task.trials.at(-1)!;
    const held = readUtterances(dataDir, ['validation']);
    expect(plain.count).toBe(held.length);
    const scale = parseFeatureScale(task.files['preprocessor_config.json'], width);
    const [video] = videosOf(held);
    const { input, target } = plain.example(2);
    expect(input[0]).toBe(2);
    expect([...input.subarray(1)]).toEqual(video.flatMap((u) => [...scaleFeatures(u.features[kind], scale)]));
    expect(target[video[2].label]).toBe(1);
  });

  it('trusts features that were learned from the labels half, and says what they give away', () => {
    const share = kind === 'audio' ? 0 : 0.5;
    expect(task.trials).toHaveLength(share ? 2 : 1);
    expect(task.facts).toMatchObject({ exchangedShare: share, trainingVideos: 3, validationVideos: 10 });
    const { accuracy } = task.facts.linear as { accuracy: number };
    expect(accuracy).toBeGreaterThanOrEqual(0);
    expect(accuracy).toBeLessThanOrEqual(1);
  });

  it('learns from every row, and nothing from padding', () => {
    const of = gradients(task, [1, 2, 3]);
    expect([...of.values()].every((g) => g.every(Number.isFinite))).toBe(true);
    expect(of.get('projection.weight')!.some((g) => g !== 0)).toBe(true);
    const asked = { ...task, extra: undefined };
    const rowsOf = (seed: number) => task.draw(seed, false).fine!.length / 2;
    const other = Array.from({ length: 40 }, (_, seed) => seed).find((seed) => rowsOf(seed) !== rowsOf(1))!;
    const weight = (of: EncoderTask, seeds: number[]) => gradients(of, seeds).get('classifier.2.weight')!;
    const [m1, m2, g1, g2] = [asked, task].flatMap((of) => [[1], [other]].map((seeds) => weight(of, seeds)));
    const total = rowsOf(1) + rowsOf(other);
    weight(task, [1, other]).forEach((g, i) => {
      const everyRow = (rowsOf(1) * (g1[i] - m1[i]) + rowsOf(other) * (g2[i] - m2[i])) / total;
      expect(g).toBeCloseTo((m1[i] + m2[i]) / 2 + everyRow, 5);
    });
    expect(g1).not.toEqual(m1);
  });
});

/** The same videos, with another word and sentiment where they validate. */
const marked = writeUtterances(
  given.map((utterance) => {
    const validates = readUtterances(dataDir, ['validation']).some(({ id }) => id === utterance.utterance);
    return validates
      ? { ...utterance, label: 1, transcript: `${utterance.transcript} Ж` }
      : { ...utterance, label: 0 };
  }),
);

it('of videos that validate are learned from in the second cycle alone', () => {
  const task = sentimentFeatures('audio', { dataDir: marked, cache: newCache(), layers: 2 });
  expect(task.refit).toBe(true);
  const liked = (refining: boolean) =>
    Array.from({ length: 130 }, (_, seed) => task.draw(seed, refining)).filter(
      ({ target }) => target[1] > 0.5,
    );
  expect(liked(false)).toHaveLength(0);
  // ten of the thirteen videos; five deviations are 24
  expect(Math.abs(liked(true).length - 100)).toBeLessThan(24);
});

describe('the transcripts', () => {
  const folder = join(dataDir, 'emotion_text_audio');
  const names = ['admiration', 'anger', 'surprise', 'neutral'];
  const cache = newCache();
  let task: EncoderTask;
  beforeAll(() => {
    mkdirSync(join(folder, 'goemotions_full'), { recursive: true });
    writeFileSync(
      join(folder, 'text.tsv'),
      'text\tlabel\tgoemotions\tid\tsplit\nIt isn’t fun\tsad\tgrief\theld\ttest\n',
    );
    writeFileSync(join(folder, 'goemotions_full', 'labels.txt'), names.join('\n') + '\n');
    const comments = Array.from({ length: 700 }, (_, n) => {
      const label = n % 4;
      return `It’s ${['fine', 'vile', 'odd', 'red'][label]}, no. ${n}!\t${label}\tc${n}`;
    });
    // every letter at the start of a word and within one, so that no rated word is unknown
    const letters = 'abcdefghijklmnopqrstuvwxyz';
    comments[3] = `${[...letters].join(' ')} a${letters}\t3\tc3`;
    writeFileSync(
      join(folder, 'goemotions_full', 'train.tsv'),
      [...comments, 'It isn’t fun\t1\theld'].join('\n'),
    );
    task = sentimentText({ dataDir, cache, layers: 2 });
  }, making);

  it('are for or against where all of the fine emotions are', () => {
    const found = [['joy'], ['joy', 'surprise'], ['fear', 'anger'], ['joy', 'anger'], ['neutral'], []];
    expect(found.map(valenceOf)).toEqual([1, 1, 0, -1, -1, -1]);
  });

  it('have no marks', () => {
    expect(asSpoken(' I can’t — really! [NAME] 3-D')).toBe('i cant really name 3 d');
  });

  it('are drawn from the same seed alike, with targets that sum to one', () => {
    for (let seed = 0; seed < 40; seed++) {
      const example = task.draw(seed, false);
      expect(example).toEqual(task.draw(seed, false));
      expect(sum(example.target)).toBeCloseTo(1, 3);
      if (example.fine) expect(sum(example.fine)).toBeCloseTo(1, 6);
    }
  });

  it('have other words in place of theirs, half of these rated, about which the teacher alone is asked', () => {
    const words = Array<string>(4000).fill('fine');
    const lists = [['rated'], ['other']] as const;
    const now = replaced(words, 0.5, lists, seededRandom(1));
    const share = (word: string) => now.filter((w) => w === word).length / now.length;
    // five deviations are .04
    for (const [word, expected] of Object.entries({ fine: 0.5, rated: 0.25, other: 0.25 }))
      expect(Math.abs(share(word) - expected)).toBeLessThan(0.04);
    expect(replaced(words, 0, lists, seededRandom(1))).toEqual(words);
    // a comment that keeps its words has fine emotions; in this folder no utterance has
    const draws = Array.from({ length: 400 }, (_, seed) => task.draw(seed, false));
    const known = draws.filter(({ fine }) => fine).length;
    // .6 are comments, of which three in four keep their words; five deviations are 50
    expect(Math.abs(known - 180)).toBeLessThan(50);
  });

  it('come more often while refining', () => {
    const utterances = (refining: boolean) =>
      Array.from({ length: 300 }, (_, seed) => task.draw(seed, refining)).filter(({ fine }) => !fine).length;
    const [first, later] = [utterances(false), utterances(true)];
    expect(first).toBeGreaterThan(60);
    expect(later).toBeGreaterThan(first + 50);
  });

  it(
    'of videos that validate are learned from in the second cycle alone',
    () => {
      cpSync(folder, join(marked, 'emotion_text_audio'), { recursive: true });
      const other = sentimentText({ dataDir: marked, cache: newCache(), layers: 2 });
      expect(drawnWithMark(other, 100, false)).toBe(0);
      expect(drawnWithMark(other, 100, true)).toBeGreaterThan(20);
    },
    making,
  );

  it('are measured as the tokenizer beside the weights reads them, beside comments that nothing is trained on', () => {
    const tokenizer = parseTokenizer(task.files['tokenizer.json']);
    const held = readUtterances(dataDir, ['validation']);
    const [utterances] = task.trials;
    expect(utterances.count).toBe(held.length);
    expect([...utterances.example(4).input].filter((id) => id !== tokenizer.special.pad)).toEqual([
      ...tokenizer.encode(held[4].text, 64).ids,
    ]);
    // 350 of the 700 are for or against
    expect(task.trials[1].count).toBe(35);
    expect(task.facts).toMatchObject({ comments: 665, commentsForOrAgainst: 315 });
  });

  it('teach with fine emotions and hidden words, and give the same examples from the cache', () => {
    const of = gradients(task, [1, 2, 3, 4, 5, 6]);
    for (const name of ['fine.weight', 'mask.weight', 'classifier.2.weight'])
      expect(of.get(name)!.some((g) => g !== 0)).toBe(true);
    const again = sentimentText({ dataDir, cache, layers: 2 });
    expect(again.draw(9, false)).toEqual(task.draw(9, false));
    expect(again.facts).toEqual(task.facts);
  });
});
