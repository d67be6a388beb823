import { beforeAll, describe, expect, it } from 'vitest';
import { figuresOf, bestOfAll } from '../../../src/cli/evaluate/results';
import { degradationOf, shiftVoice } from '../../../src/cli/heads/data';
import {
  addScoreSum,
  evaluationPartners,
  makeRecord,
  metricOfAll,
  ofModel,
  pairLogsOf,
  predictPairs,
  type PairPredictions,
  type Side,
} from '../../../src/cli/heads/predict';
import { rankSkews } from '../../../src/cli/heads/select';
import { standardIsEasier } from './made-outcomes';
import { createHeads, groupsByPairs } from '../../../src/fusion/heads';
import { members } from '../../../src/fusion/parameters';
import { createProbes } from '../../../src/fusion/probe';
import { headIndex, headSpecs, pairIndex } from '../../../src/math/skew';
import { normal, seededRandom } from '../../../src/math/random';
import { readHeads, writeHeads } from '../../../src/packs/weights';
import { startNode } from '../../../src/runtime/node';
import { headByHand } from '../fusion/head-by-hand';
import { randomHeads, randomProbes } from '../../fixtures/tiny-pack/tiny-pack';

const shape = { la: 3, lb: 2, widthA: 6, widthB: 5, width: 8, attentionHeads: 2, hidden: 12, classes: 4 };
const random = seededRandom(3);
const gaussian = (size: number) => Float32Array.from({ length: size }, () => normal(random));
const side = (layers: number, width: number, samples: number, rows: number[], name: string): Side => ({
  layers,
  width,
  states: gaussian(samples * layers * width),
  ids: Array.from({ length: samples }, (_, s) => `${name}${s}`),
  rows,
});
const a = side(3, 6, 5, [0, 1, 2, 3, 4, 0, 1], 'a');
const b = side(2, 5, 4, [3, 0, 2, 2, 1, 0, 3], 'b');
const n = 7;
// as they come from disk: what is checked is what is shipped
const weights = readHeads(
  writeHeads(randomHeads(shape, 4)),
  { la: 3, lb: 2, widthA: 6, widthB: 5, classes: 4 },
  'heads',
);
let predictions: PairPredictions;

beforeAll(async () => {
  await startNode();
  const models = {
    heads: createHeads(weights),
    probesA: createProbes(randomProbes(3, 6, 4, 1)),
    probesB: createProbes(randomProbes(2, 5, 4, 2)),
  };
  predictions = await predictPairs(models, a, b);
});

describe('what all models say on pairs', () => {
  it('is what each shipped head says when it is run by hand', () => {
    const cut = ({ states, layers, width, rows }: Side, pair: number, layer: number) =>
      states.subarray((rows[pair] * layers + layer - 1) * width, (rows[pair] * layers + layer) * width);
    for (const { k, heads, specs } of groupsByPairs(3, 2))
      heads.forEach((head, g) => {
        const own = members(weights.groups[k - 1].parameters, g, g + 1);
        for (let s = 0; s < n; s++) {
          const pairs = specs[g].pairs.map(({ i, j }) => ({ a: cut(a, s, i), b: cut(b, s, j) }));
          headByHand(own, pairs, shape).forEach((p, c) =>
            expect(ofModel(predictions, 5 + head)[s * 4 + c]).toBeCloseTo(p, 5),
          );
        }
      });
  });

  it('has the score sum of two probes as its last model', () => {
    addScoreSum(predictions, 3, 1, 0);
    const [one, two] = [ofModel(predictions, 1), ofModel(predictions, 3)];
    const sum = ofModel(predictions, predictions.models - 1);
    for (let s = 0; s < n; s++) {
      const products = [0, 1, 2, 3].map((c) => one[s * 4 + c] * two[s * 4 + c]);
      const total = products.reduce((x, y) => x + y);
      products.forEach((p, c) => expect(sum[s * 4 + c]).toBeCloseTo(p / total, 5));
    }
  });

  it('goes into a record of small integers', () => {
    const labels = Uint8Array.of(0, 1, 2, 3, 0, 1, 2);
    const about = {
      pairing: 'p',
      task: 't',
      variant: 'none',
      condition: 'clean',
      split: 'test' as const,
      la: 3,
      lb: 2,
    };
    const ids = { idsA: Array(n).fill('a'), idsB: Array(n).fill('b') };
    const record = makeRecord(predictions, { ...about, ...ids, labels, unitName: 'writer' }, [
      'x',
      'y',
      'x',
      'z',
      'y',
      'x',
      'z',
    ]);
    expect([...record.units]).toEqual([0, 1, 0, 2, 1, 0, 2]);
    const model = 5 + headIndex({ d: 0, k: 2 }, 3, 2);
    for (let s = 0; s < n; s++) {
      const p = ofModel(predictions, model).subarray(s * 4, (s + 1) * 4);
      const answer = p.indexOf(Math.max(...p));
      expect(record.predicted[model * n + s]).toBe(answer);
      expect(record.confidence[model * n + s]).toBe(Math.round(255 * p[answer]));
      expect(record.trueLoss[model * n + s]).toBe(Math.min(255, Math.round(-16 * Math.log(p[labels[s]]))));
    }
    const logs = pairLogsOf(predictions, 3, 2);
    expect(logs.length).toBe(6 * n * 4);
    const p = ofModel(predictions, 5 + 4)[2 * 4 + 1];
    expect(logs[(4 * n + 2) * 4 + 1]).toBe(Math.min(255, Math.round(-16 * Math.log(p))));
  });
});

it('an evaluation pairs each sample of A once with one of its class, by seed', () => {
  const labelsA = Uint8Array.from({ length: 60 }, (_, s) => s % 4);
  const labelsB = Uint8Array.from({ length: 25 }, (_, s) => (s * 3) % 4);
  const partners = evaluationPartners(labelsA, labelsB, 0);
  partners.forEach((partner, s) => expect(labelsB[partner]).toBe(labelsA[s]));
  expect(evaluationPartners(labelsA, labelsB, 0)).toEqual(partners);
  expect(evaluationPartners(labelsA, labelsB, 1)).not.toEqual(partners);
});

describe('figures', () => {
  const made = standardIsEasier(3, 2, 40);
  const input = {
    la: 3,
    lb: 2,
    labels: made.labels,
    units: made.units,
    draws: [
      { predictions: made.predictions, labels: made.labels },
      { predictions: made.other, labels: made.labels },
    ],
    ssfn: 1,
    bestProbes: { a: 3, b: 1, better: 'a' as const },
    resamples: 200,
    seed: 0,
  };
  const about = { pairing: 'p', task: 't', condition: 'clean', variant: 'none', metric: 'accuracy' as const };
  const result = figuresOf(about, input);
  const accuracyOf = (predictions: PairPredictions, model: number) =>
    metricOfAll(predictions, made.labels, 'accuracy')[model];

  it('are in the shape of a head for each pair and strategy', () => {
    expect(result.pairs.map((row) => row.length)).toEqual([2, 2, 2]);
    expect(Object.keys(result.strategies)).toHaveLength(6);
    headSpecs(3, 2).forEach((spec, head) => {
      const value = accuracyOf(made.predictions, 5 + head);
      if (spec.k === 1)
        expect(result.pairs[spec.pairs[0].i - 1][spec.pairs[0].j - 1].value).toBeCloseTo(value, 5);
      else expect(result.strategies[`${spec.d},${spec.k}`].value).toBeCloseTo(value, 5);
    });
    expect(result.late).toEqual(result.pairs[2][1]);
    expect(result.pairwise).toEqual(result.strategies['0,2']);
    expect(result.ssfn).toEqual({ d: 1, ...result.strategies['1,1'] });
    expect(result.probes.a[2].value).toBeCloseTo(accuracyOf(made.predictions, 2), 5);
    expect(result.scoreSum.value).toBeCloseTo(accuracyOf(made.predictions, made.predictions.models - 1), 5);
  });

  it('have intervals around them and means over the pairings', () => {
    const { value, lo, hi, mean, deviation } = result.ssfn;
    expect(lo).toBeLessThanOrEqual(value);
    expect(hi).toBeGreaterThanOrEqual(value);
    expect(hi).toBeGreaterThan(lo);
    const model = 5 + headIndex({ d: 1, k: 1 }, 3, 2);
    const [one, two] = [accuracyOf(made.predictions, model), accuracyOf(made.other, model)];
    expect(mean).toBeCloseTo((one + two) / 2, 4);
    expect(deviation).toBeCloseTo(Math.abs(one - two) / Math.SQRT2, 4);
  });

  it('have paired differences', () => {
    expect(result.ssfnMinusLate.value).toBeCloseTo(result.ssfn.value - result.late.value, 4);
    expect(result.ssfnMinusBestProbe.value).toBeCloseTo(result.ssfn.value - result.probes.a[2].value, 4);
    const self = figuresOf(about, { ...input, ssfn: 0 });
    expect(self.ssfnMinusLate).toEqual({ value: 0, lo: 0, hi: 0, mean: 0, deviation: 0 });
  });

  it('have further seeds as models of their own, and change nothing else', () => {
    const models = [headIndex({ d: 1, k: 1 }, 3, 2), headIndex({ d: 0, k: 1 }, 3, 2), 0].map((h) => 5 + h);
    const said = [made.predictions, made.other].map((of) => models.map((model) => ofModel(of, model)));
    const { ensembles, ...rest } = figuresOf(about, { ...input, ensembles: { seeds: [0, 1], said } });
    expect(rest).toEqual(result);
    expect(ensembles).toEqual({
      seeds: [0, 1],
      ssfn: result.strategies['1,1'],
      late: result.late,
      pairwise: result.pairs[0][0],
      ssfnMinusLate: result.ssfnMinusLate,
      ssfnMinusScoreSum: result.ssfnMinusScoreSum,
    });
  });

  it('name the best pair of the matrix', () => {
    const best = bestOfAll(result);
    const values = result.pairs.flat().map(({ value }) => value);
    expect(best.value).toBe(Math.max(...values));
    expect(values[pairIndex(best, 2)]).toBe(best.value);
  });
});

it('skews are ranked by their mean, then by their loss', () => {
  const models = 3 + 2 + headSpecs(3, 2).length + 1;
  const draw = (values: Record<number, number>, losses: Record<number, number>) => {
    const [metric, loss] = [new Float64Array(models), new Float64Array(models)];
    for (const d of [-2, -1, 0, 1]) {
      metric[5 + headIndex({ d, k: 1 }, 3, 2)] = values[d];
      loss[5 + headIndex({ d, k: 1 }, 3, 2)] = losses[d];
    }
    return { metric, loss };
  };
  const draws = [
    draw({ [-2]: 0.5, [-1]: 0.9, 0: 0.8, 1: 0.7 }, { [-2]: 1, [-1]: 1, 0: 0.4, 1: 1 }),
    draw({ [-2]: 0.5, [-1]: 0.7, 0: 0.8, 1: 0.7 }, { [-2]: 1, [-1]: 1, 0: 0.4, 1: 1 }),
  ];
  expect(rankSkews(draws, 3, 2).map(({ d }) => d)).toEqual([0, -1, 1, -2]);
  expect(rankSkews(draws, 3, 2, -1).map(({ d }) => d)[0]).toBe(-2);
});

describe('what samples are given as', () => {
  it('noise follows from the condition and the id', () => {
    const condition = { id: 'standard', seed: 3, audio: { snrDb: 5 } };
    const one = degradationOf(condition, 'audio', 'x');
    expect(one).toMatchObject({ snrDb: 5 });
    expect(degradationOf(condition, 'audio', 'x')).toEqual(one);
    expect(degradationOf(condition, 'audio', 'y').seed).not.toBe(one.seed);
    expect(degradationOf(condition, 'video', 'x')).toEqual({});
  });

  it('a shifted voice has its frequencies times the factor, and its length', () => {
    const rate = 8000;
    const samples = Float32Array.from({ length: rate }, (_, t) => Math.sin((2 * Math.PI * 200 * t) / rate));
    const shifted = shiftVoice({ kind: 'audio', samples, sampleRate: rate }, 1.2);
    if (shifted.kind !== 'audio') throw new Error('no audio');
    expect(shifted.samples.length / shifted.sampleRate).toBeCloseTo(1, 2);
    let crossings = 0;
    for (let t = 1; t < shifted.samples.length; t++)
      if (shifted.samples[t - 1] < 0 && shifted.samples[t] >= 0) crossings++;
    expect(Math.abs(crossings / (shifted.samples.length / shifted.sampleRate) - 240)).toBeLessThan(6);
  });
});
