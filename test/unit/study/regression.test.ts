/** Labels that are numbers: read, trained, reported, shipped. */
import { beforeAll, describe, expect, it } from 'vitest';
import { trainShard } from '../../../src/cli/align/run';
import { UserError } from '../../../src/math/errors';
import { meanAbsoluteError, pearson } from '../../../src/math/metrics';
import { headSpecs } from '../../../src/math/skew';
import { openPack } from '../../../src/packs/open';
import { decodeRecord } from '../../../src/packs/record';
import { memorySource } from '../../../src/packs/source';
import { assembleStudy, packFiles } from '../../../src/packs/study/assemble';
import { decodeStudy, encodeStudy, type StudyFile } from '../../../src/packs/study/file';
import { exportHead, headOfName } from '../../../src/packs/study/head-export';
import { readLabels } from '../../../src/packs/study/labels';
import { aboutStudy } from '../../../src/packs/study/prepare';
import { previewStudy, previewText } from '../../../src/packs/study/preview';
import { readStudy } from '../../../src/packs/study/read';
import { defaultStudy, rowsOfSplit } from '../../../src/packs/study/settings';
import { decodeShard, encodeShard, type StudyShard } from '../../../src/packs/study/shard';
import { startNode } from '../../../src/runtime/node';
import { filesOf, madeStudy, text } from './made-files';

describe('labels', () => {
  const digits = Array.from({ length: 60 }, (_, s) => String(s % 20));
  it.each<[string, string[], 'class' | 'number', ('class' | 'number')[]]>([
    ['words', ['no', 'yes', 'no'], 'class', ['class']],
    ['few whole numbers', ['3', '1', '2', '1'], 'class', ['class', 'number']],
    ['twenty whole numbers', digits, 'class', ['class', 'number']],
    ['twenty-one whole numbers', [...digits, '99'], 'number', ['class', 'number']],
    ['fractions', ['0.5', '1', '-2'], 'number', ['class', 'number']],
    ['very many numbers', Array.from({ length: 300 }, (_, s) => String(s)), 'number', ['number']],
  ])('%s', (_, texts, target, possible) => {
    expect(readLabels(texts, null, 'y.csv')).toMatchObject({ target, possible });
  });

  it('are what the person says they are', () => {
    expect(readLabels(['1', '2', '1'], null, 'y', 'number').numbers?.values).toEqual([1, 2, 1]);
    expect(readLabels(['0.5', '1', '-2'], null, 'y', 'class').classes).toEqual(['-2', '0.5', '1']);
    expect(() => readLabels(['no', 'yes'], null, 'y', 'number')).toThrow(/to be numbers.*"no"/);
    expect(() => readLabels(['1', '1.0'], null, 'y', 'number')).toThrow(UserError);
  });

  it('that are numbers stand in thirds, in fewer ranges where many are equal', () => {
    const thirds = readLabels(['1.5', '2', '3', '4', '5', '6'], null, 'y');
    expect([...thirds.labels]).toEqual([0, 0, 1, 1, 2, 2]);
    expect(thirds.classes).toHaveLength(3);
    const equal = readLabels(['0', '0', '0', '0', '0', '0.5'], null, 'y');
    expect([...equal.labels]).toEqual([0, 0, 0, 0, 0, 1]);
    expect(equal.classes).toEqual(['under 0.5', 'from 0.5']);
  });
});

describe('a study of a number', () => {
  const made = madeStudy(120, 2, 3, 5);
  const scores = Array.from({ length: made.samples }, (_, s) => 50 + 10 * made.a.states[s * 10 + 5]);
  const files = {
    ...filesOf(made),
    labels: text(
      'labels.csv',
      ['id,label,speaker', ...made.ids.map((id, s) => `${id},${scores[s]},${made.speakers[s]}`)].join('\n'),
    ),
  };
  const settings = { ...defaultStudy, epochs: 20, batch: 16, rate: 0.05, resamples: 60, drop: 0 };
  const held = { validation: 0.25, test: 0.25 };
  let data: Awaited<ReturnType<typeof readStudy>>;
  let shard: StudyShard;
  beforeAll(async () => {
    await startNode();
    data = await readStudy({ file: files.a }, { file: files.b }, files.labels);
    const about = aboutStudy(data, { ...settings, ...held });
    shard = await trainShard({ data, about }, { shard: 1, of: 1, threads: 2, report: () => {} });
  }, 120_000);

  it('says before it trains that the labels are numbers', () => {
    const { about } = shard;
    expect(about.settings.metric).toBe('mean absolute error');
    const own = Array.from(rowsOfSplit(about.split, 0), (s) => scores[s]);
    expect(about.numbers!.mean).toBeCloseTo(own.reduce((x, y) => x + y) / own.length, 3);
    expect(previewText(previewStudy(data, about), null)).toMatch(/numbers from [\d.]+ to [\d.]+, mean/);
  });

  it('reports the mean absolute error and the correlation of every model, as its record holds them', async () => {
    const { about } = shard;
    const study = assembleStudy(shard, 'wasm');
    expect(study.evaluation.results.map(({ metric }) => metric)).toEqual([
      'mean absolute error',
      'correlation',
    ]);
    const pack = await openPack(memorySource(await packFiles(study)));
    expect(pack.pack.tasks[0]).toMatchObject({ target: 'number', metric: 'mean absolute error' });
    const keys = { pairing: 'a-b', task: 'label', variant: 'none', condition: 'clean' };
    const record = async (split: 'validation' | 'test') =>
      decodeRecord(await pack.file('record', { ...keys, split }), split);
    const { numbers, labels } = await record('test');
    const { truth, said } = numbers!;
    const rows = rowsOfSplit(about.split, 2);
    expect([...truth]).toEqual(Array.from(rows, (s) => Math.fround(scores[s])));
    const of = (values: Float32Array, model: number) =>
      values.subarray(model * labels.length, (model + 1) * labels.length);
    const [error, r] = study.evaluation.results;
    error.pairs.flat().forEach(({ value, lo, hi }, pair) => {
      expect(value).toBeCloseTo(meanAbsoluteError(of(said, 5 + pair), truth), 4);
      expect(lo).toBeLessThanOrEqual(hi);
    });
    r.probes.b.forEach(({ value }, layer) =>
      expect(value).toBeCloseTo(pearson(of(said, 2 + layer), truth), 4),
    );
    // the score sum of numbers is the mean of the two best probes
    const { a, b } = error.bestProbes;
    const last = said.length / labels.length - 1;
    of(said, last).forEach((x, s) =>
      expect(x).toBeCloseTo((of(said, a - 1)[s] + of(said, 2 + b - 1)[s]) / 2, 3),
    );
    // chosen on validation: no skew at one pair has a smaller error there
    const checked = await record('validation');
    const errors = headSpecs(2, 3).flatMap(({ d, k, pairs: [{ i, j }] }, head) =>
      k === 1 && (i === 2 || j === 3)
        ? [{ d, value: meanAbsoluteError(ofRecord(checked, 5 + head), checked.numbers!.truth) }]
        : [],
    );
    const least = Math.min(...errors.map(({ value }) => value));
    expect(errors.find(({ d }) => d === study.ssfn)!.value).toBeCloseTo(least, 6);
  });

  const ofRecord = ({ numbers, labels }: ReturnType<typeof decodeRecord>, model: number) =>
    numbers!.said.subarray(model * labels.length, (model + 1) * labels.length);

  it('learns what is there to be learnt, in the unit of the labels', () => {
    const [error, r] = assembleStudy(shard, 'wasm').evaluation.results;
    // the number lies in layer 2 of A
    expect(r.probes.a[1].value).toBeGreaterThan(0.9);
    expect(r.late.value).toBeGreaterThan(0.6);
    expect(error.late.value).toBeLessThan(10);
    expect(Math.abs(r.probes.b[0].value)).toBeLessThan(0.6);
  });

  it('is a file that opens, a shard that joins, and a head that says its scale', async () => {
    const study = assembleStudy(shard, 'wasm');
    const bytes = await encodeStudy(shard, study);
    const file = JSON.parse(new TextDecoder().decode(bytes)) as StudyFile;
    expect(file.training.correlation).toHaveLength(headSpecs(2, 3).length);
    expect(file.training.accuracy).toBeUndefined();
    await openPack(memorySource((await decodeStudy(bytes, 'study.json')).files));
    const again = await decodeShard(await encodeShard(shard), 'x');
    expect(await encodeStudy(again, assembleStudy(again, 'wasm'))).toEqual(bytes);
    const { description } = exportHead(shard, headOfName('late', 2, 3, 0), 'late');
    const { mean, deviation } = shard.about.numbers!;
    expect(JSON.parse(new TextDecoder().decode(description))).toMatchObject({
      classes: [],
      numbers: { mean, deviation },
    });
  });
});
