import { describe, expect, it } from 'vitest';
import {
  Bootstrap,
  bootstrapChunks,
  BootstrapSummary,
  percentileInterval,
  SelectionFrequency,
  type BootstrapMetric,
  type ModelOutputs,
} from '../../../src/math/bootstrap';
import {
  accuracy,
  calibration,
  macroF1,
  meanAbsoluteError,
  pearson,
  unweightedAverageRecall,
} from '../../../src/math/metrics';
import { mean } from '../../../src/math/probability';
import { integer, seededRandom } from '../../../src/math/random';
import { productTiles, tiledProduct } from '../../../src/math/tiles';

const metrics: BootstrapMetric[] = [
  'accuracy',
  'unweighted average recall',
  'macro-f1',
  'log-loss',
  'calibration error',
  'mean absolute error',
  'correlation',
];

function made(
  n: number,
  models: number,
  classes: number,
  units: number,
  seed = 0,
): ModelOutputs & Required<Pick<ModelOutputs, 'losses' | 'confidence' | 'numbers'>> {
  const random = seededRandom(seed, 'made');
  const labels = Uint8Array.from({ length: n }, () => integer(random, classes));
  return {
    models,
    classes,
    labels,
    units: Uint16Array.from({ length: n }, () => 7 + 3 * integer(random, units)),
    predicted: Uint8Array.from({ length: n * models }, (_, i) =>
      random() < 0.6 ? labels[i % n] : integer(random, classes),
    ),
    losses: Float32Array.from({ length: n * models }, () => 3 * random()),
    confidence: Float32Array.from({ length: n * models }, random),
    // far from zero, where sums of squares lose their digits
    numbers: {
      truth: Float64Array.from(labels, (label) => 1000 + label + random()),
      said: Float64Array.from({ length: n * models }, (_, i) => 1000 + labels[i % n] * random()),
    },
  };
}

/** The metric by metrics.ts on the samples with each repeated as often as its unit was drawn. */
function plain(
  data: ReturnType<typeof made>,
  metric: BootstrapMetric,
  model: number,
  samples: number[],
): number {
  const n = data.labels.length;
  const take = (x: ArrayLike<number>) => samples.map((s) => x[model * n + s]);
  const labels = samples.map((s) => data.labels[s]);
  const predicted = take(data.predicted);
  switch (metric) {
    case 'accuracy':
      return accuracy(predicted, labels);
    case 'unweighted average recall':
      return unweightedAverageRecall(predicted, labels, data.classes);
    case 'macro-f1':
      return macroF1(predicted, labels, data.classes);
    case 'log-loss':
      return mean(take(data.losses));
    case 'calibration error':
      return calibration(
        take(data.confidence),
        predicted.map((p, i) => (p === labels[i] ? 1 : 0)),
      ).error;
    case 'mean absolute error':
      return meanAbsoluteError(
        take(data.numbers.said),
        samples.map((s) => data.numbers.truth[s]),
      );
    case 'correlation':
      return pearson(
        take(data.numbers.said),
        samples.map((s) => data.numbers.truth[s]),
      );
  }
}

/** The draws of `Bootstrap`, made again from its seed: how often each unit, units in order of appearance. */
function draws(data: ModelOutputs, seed: number, resamples: number): number[][] {
  const units = [...new Set(Array.from(data.units))];
  const random = seededRandom(seed, 'bootstrap');
  return Array.from({ length: resamples }, () => {
    const times = new Map(units.map((u) => [u, 0]));
    for (let draw = 0; draw < units.length; draw++) {
      const u = units[integer(random, units.length)];
      times.set(u, times.get(u)! + 1);
    }
    return Array.from(data.labels, (_, s) => s).flatMap((s) =>
      new Array<number>(times.get(data.units[s])!).fill(s),
    );
  });
}

describe.each(metrics)('bootstrap of %s', (metric) => {
  it.each([
    ['units of several samples', made(90, 6, 4, 11)],
    ['every sample its own unit', made(40, 5, 3, 100_000)],
    ['more classes than occur', made(30, 3, 20, 5)],
  ])('equals the metric on the repeated samples: %s', (_, data) => {
    const bootstrap = new Bootstrap(data, metric, 5);
    const all = Array.from(data.labels, (_, s) => s);
    const values = bootstrap.next(7);
    const repeated = draws(data, 5, 7);
    for (let m = 0; m < data.models; m++) {
      expect(bootstrap.value[m]).toBeCloseTo(plain(data, metric, m, all), 10);
      repeated.forEach((samples, r) =>
        expect(values[r * data.models + m]).toBeCloseTo(plain(data, metric, m, samples), 10),
      );
    }
  });

  it('does not depend on the chunks, and the same model twice has no difference', () => {
    const data = made(60, 4, 3, 9);
    const twice = { ...data, predicted: Uint8Array.from(data.predicted) };
    twice.predicted.copyWithin(60, 0, 60);
    (twice.losses = Float32Array.from(data.losses)).copyWithin(60, 0, 60);
    (twice.confidence = Float32Array.from(data.confidence)).copyWithin(60, 0, 60);
    const said = Float64Array.from(data.numbers.said).copyWithin(60, 0, 60);
    twice.numbers = { ...data.numbers, said };
    const runs = [1, 7, 100].map((chunk) => {
      const summary = new BootstrapSummary(4);
      for (const c of bootstrapChunks(new Bootstrap(twice, metric, 1), 20, chunk)) summary.add(c.values);
      return summary;
    });
    for (const run of runs) {
      for (let m = 0; m < 4; m++) expect(run.column(m)).toEqual(runs[0].column(m));
      expect(run.difference(0, 1)).toEqual({ lo: 0, hi: 0 });
    }
  });
});

describe('bootstrap', () => {
  it('gives the metrics of numbers worked out by hand', () => {
    const data = {
      models: 2,
      classes: 2,
      labels: [0, 0, 0],
      units: [0, 1, 2],
      predicted: new Uint8Array(6),
      // 1 2 4 against 1 2 3: errors 0 0 1, r = 3/√(2 · 14/3); a constant has none
      numbers: { truth: [1, 2, 3], said: [1, 2, 4, 5, 5, 5] },
    };
    const error = new Bootstrap(data, 'mean absolute error', 0).value;
    expect(error[0]).toBeCloseTo(1 / 3, 12);
    expect(error[1]).toBe(3);
    const r = new Bootstrap(data, 'correlation', 0).value;
    expect(r[0]).toBeCloseTo(3 / Math.sqrt((2 * 14) / 3), 12);
    expect(r[1]).toBe(0);
    expect(() => new Bootstrap({ ...data, numbers: undefined }, 'correlation', 0)).toThrow(RangeError);
  });

  it('reports progress, and may be left at any chunk', () => {
    const seen: number[] = [];
    for (const { done, total, values } of bootstrapChunks(
      new Bootstrap(made(20, 2, 2, 5), 'accuracy', 0),
      25,
      10,
    )) {
      seen.push(done);
      expect(total).toBe(25);
      expect(values.length).toBe((done === 25 ? 5 : 10) * 2);
    }
    expect(seen).toEqual([10, 20, 25]);
  });

  it('with one unit every resample is the sample itself', () => {
    const data = { ...made(20, 2, 2, 1), units: new Uint16Array(20) };
    const b = new Bootstrap(data, 'accuracy', 0);
    const s = new BootstrapSummary(2);
    s.add(b.next(10));
    expect(s.interval(0)).toEqual({ lo: b.value[0], hi: b.value[0] });
  });

  it('the spread of an accuracy over independent samples is √(p(1 − p)/n)', () => {
    const n = 400;
    const data = {
      models: 1,
      classes: 2,
      labels: new Uint8Array(n),
      units: Uint16Array.from({ length: n }, (_, i) => i),
      predicted: Uint8Array.from({ length: n }, (_, i) => (i < 100 ? 1 : 0)),
    };
    const s = new BootstrapSummary(1);
    s.add(new Bootstrap(data, 'accuracy', 2).next(4000));
    const { lo, hi } = s.interval(0);
    const deviation = Math.sqrt((0.75 * 0.25) / n);
    expect((hi - lo) / (2 * 1.96 * deviation)).toBeCloseTo(1, 1);
  });

  it('says what is missing', () => {
    const data = made(10, 2, 2, 3);
    expect(() => new Bootstrap({ ...data, losses: undefined }, 'log-loss', 0)).toThrow(/loss/);
    expect(() => new Bootstrap({ ...data, confidence: undefined }, 'calibration error', 0)).toThrow(
      /confidence/,
    );
    expect(() => new Bootstrap({ ...data, models: 3 }, 'accuracy', 0)).toThrow(/differ/);
  });
});

it('the percentile interval of 0 … 1000 is 25 … 975', () => {
  const { lo, hi } = percentileInterval(Float64Array.from({ length: 1001 }, (_, i) => 1000 - i));
  expect(lo).toBeCloseTo(25, 9);
  expect(hi).toBeCloseTo(975, 9);
});

describe('selection frequency', () => {
  it('shares the last places among those that tie', () => {
    const pi = new SelectionFrequency(4, 2);
    pi.add(Float64Array.from([0.9, 0.5, 0.5, 0.1]));
    expect([...pi.frequency()]).toEqual([1, 0.5, 0.5, 0]);
    pi.add(Float64Array.from([0.5, 0.5, 0.5, 0.5]));
    expect([...pi.frequency()]).toEqual([0.75, 0.5, 0.5, 0.25]);
  });
  it('hands out K a resample, looks at the first candidates only, and turns round for losses', () => {
    const pi = new SelectionFrequency(3, 1, -1);
    pi.add(Float64Array.from([3, 1, 2, -9, 1, 3, 2, -9]), 4);
    expect([...pi.frequency()]).toEqual([0.5, 0.5, 0]);
    const random = seededRandom(0);
    const many = new SelectionFrequency(144, 12);
    many.add(Float64Array.from({ length: 144 * 50 }, () => integer(random, 20)));
    expect(many.frequency().reduce((a, b) => a + b)).toBeCloseTo(12, 4);
  });
  it('is zero before anything was drawn, and refuses a K that cannot be', () => {
    expect([...new SelectionFrequency(2, 1).frequency()]).toEqual([0, 0]);
    expect(() => new SelectionFrequency(2, 3)).toThrow(RangeError);
    expect(() => new SelectionFrequency(2, 0)).toThrow(RangeError);
  });
});

it.each([
  [1, 1, 1],
  [4, 4, 4],
  [5, 7, 9],
  [3, 0, 2],
])('the tiled product of [%i, %i] and [.., %i] is the product', (count, rows, columns) => {
  const random = seededRandom(count);
  const a = Float64Array.from({ length: count * rows }, random);
  const b = Float64Array.from({ length: rows * columns }, random);
  const out = new Float64Array(count * columns).fill(NaN);
  tiledProduct(a, count, productTiles(b, rows, columns), out);
  for (let r = 0; r < count; r++)
    for (let c = 0; c < columns; c++) {
      let sum = 0;
      for (let k = 0; k < rows; k++) sum += a[r * rows + k] * b[k * columns + c];
      expect(out[r * columns + c]).toBeCloseTo(sum, 12);
    }
});
