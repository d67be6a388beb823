import { beforeAll, describe, expect, it } from 'vitest';
import { madeUpEngine } from '../../demo/made-up-engine';
import { madeUpSurroundings } from '../../demo/surroundings';
import { describeCell, matrixLight, speakReadout } from '../../../src/app/matrix-model';
import { modelEvaluation } from '../../../src/app/evaluation';
import { predictionModel } from '../../../src/app/panels/prediction-model';
import {
  differenceOf,
  flatness,
  matrixQuantity,
  modelChoices,
  quantityOf,
  ssfnSentence,
  strategyWords,
} from '../../../src/app/words';
import { headSpecs } from '../../../src/math/skew';
import { modelCount } from '../../../src/store/models';
import { createAppStore, type AppStore } from '../../../src/store/store';

const l = { la: 12, lb: 12 };
const until = async (holds: () => boolean): Promise<void> => {
  for (let n = 0; n < 400 && !holds(); n++) await new Promise((r) => setTimeout(r, 5));
  expect(holds()).toBe(true);
};

describe('what the panels draw', () => {
  let store: AppStore;
  beforeAll(async () => {
    store = createAppStore(madeUpEngine(), madeUpSurroundings());
    await store.getState().start();
    await until(
      () => store.getState().figures.state === 'ready' && store.getState().record.state === 'ready',
    );
    store.getState().setInput('a', { kind: 'drawing', drawing: { strokes: [] } }, 'four');
    store
      .getState()
      .setInput('b', { kind: 'audio', samples: new Float32Array(8), sampleRate: 16000 }, 'four');
    await until(() => store.getState().outputs.state === 'ready' && !store.getState().predicting);
  });

  it('keeps the cells’ values and colours while a slider moves', () => {
    const before = matrixLight(store.getState())!;
    store.getState().setSkew(-3);
    const after = matrixLight(store.getState())!;
    expect(after.mask).not.toEqual(before.mask);
    expect(after.values).toBe(before.values);
    expect(after.scale).toBe(before.scale);
  });
  it('marks the best of all pairs, and reads a cell out', () => {
    const m = matrixLight(store.getState())!;
    const best = Math.max(...Array.from(m.values));
    expect(m.values[(m.best!.i - 1) * 12 + m.best!.j - 1]).toBe(best);
    expect(describeCell(m, { i: 12, j: 12 }, [])).toMatch(/^A layer 12, B layer 12: accuracy \d+\.\d %$/);
    expect(speakReadout(m, { i: 12, j: 10 })).toMatch(/^skew \+2, 95 % from \d+\.\d to \d+\.\d$/);
  });
  it('shows for the sample what each head says of it', () => {
    store.getState().setMode('sample');
    const m = matrixLight(store.getState())!;
    const outputs = store.getState().outputs;
    if (outputs.state !== 'ready') throw new Error('no outputs');
    const answer = predictionModel(store.getState())!.answer;
    const n = 17;
    expect(m.values[n]).toBe(outputs.value.heads[n * 10 + answer]);
    const row = outputs.value.heads.slice(n * 10, n * 10 + 10);
    expect(m.says![n].text).toBe(String(row.indexOf(Math.max(...row))));
    expect(m.says![n].differs).toBe(row.indexOf(Math.max(...row)) !== answer);
    store.getState().setMode('evaluation');
  });
  it('leaves a dropped modality without a row of its own', async () => {
    store.getState().setDegradation('a', { dropped: 'means' });
    await until(
      () => predictionModel(store.getState())!.rows.find((r) => r.id === 'a')!.probabilities === null,
    );
    const model = predictionModel(store.getState())!;
    expect(model.rows.find((r) => r.id === 'score-sum')!.probabilities).toBeNull();
    expect(model.sentence).toMatch(/^Drawn is dropped\./);
    store.getState().setDegradation('b', { dropped: 'means' });
    await until(() => predictionModel(store.getState())!.answer === -1);
    expect(predictionModel(store.getState())!.sentence).toContain('nothing to fuse');
  });
  it('evaluates one model of the record: counts add up, accuracy agrees with the trace', () => {
    const record = store.getState().record;
    if (record.state !== 'ready') throw new Error('no record');
    const { counts, bins } = modelEvaluation(record.value, 40);
    const n = record.value.labels.length;
    expect(counts.reduce((a, b) => a + b, 0)).toBe(n);
    let right = 0;
    for (let s = 0; s < n; s++) if (record.value.predicted[40 * n + s] === record.value.labels[s]) right++;
    expect(Array.from({ length: 10 }, (_, c) => counts[c * 11]).reduce((a, b) => a + b, 0)).toBe(right);
    expect(bins.reduce((a, b) => a + b.count, 0)).toBe(n);
  });
});

describe('words', () => {
  it('name the strategies of the plane', () => {
    const name = (d: number, k: number, ssfn: number | null) =>
      strategyWords({ kind: 'skew', d, k }, l, ssfn).name;
    expect([name(0, 1, 2), name(0, 12, 2), name(2, 1, 2), name(2, 3, 2), name(0, 1, 0)]).toEqual([
      'late',
      'pairwise',
      'SSFN',
      'skew-pair',
      'late = SSFN',
    ]);
    expect(strategyWords({ kind: 'pair', pair: { i: 9, j: 12 } }, l, 2)).toEqual({
      name: 'pair (9, 12)',
      detail: 'd = −3, η = 1/12',
    });
  });
  it('offer every model of a record exactly once', () => {
    const models = modelChoices(l).flatMap((g) => g.models.map((m) => m.model));
    expect(models.slice().sort((a, b) => a - b)).toEqual(Array.from({ length: modelCount(l) }, (_, n) => n));
    const labels = new Map(modelChoices(l).flatMap((g) => g.models.map((m) => [m.model, m.label] as const)));
    const at = headSpecs(12, 12).findIndex((h) => h.d === 2 && h.k === 3);
    expect(labels.get(24 + at)).toBe('d = +2, η = 3/12');
    expect(labels.get(24 + 143)).toBe('late, pair (12, 12), d = 0');
  });
  it('say what SSFN − late is, and that a best skew of 0 is late fusion', () => {
    const q = differenceOf('accuracy', '');
    expect(ssfnSentence(0, { value: 0, lo: 0, hi: 0 }, q, 'writer')).toContain('SSFN is late fusion here');
    expect(ssfnSentence(2, { value: 0.015, lo: -0.01, hi: 0.04 }, q, 'writer')).toBe(
      'SSFN (d = +2, chosen on validation) − late +1.5 points, 95 % −1.0 to +4.0 (holds 0), paired over writers.',
    );
    expect(ssfnSentence(2, { value: 0.03, lo: 0.01, hi: 0.05 }, q, 'writer')).not.toContain('holds 0');
    expect(ssfnSentence(2, { value: 0.03, lo: 0.01, hi: 0.05 }, q, 'writer', -0.004)).toContain(
      '− score sum −0.4 points.',
    );
    expect(ssfnSentence(null, null, q, 'writer')).toContain('names no SSFN');
  });
  it('count the pairs that can be told from late', () => {
    const text = flatness({ lo: [0.1, -1, -2, NaN], hi: [0.2, 1, -0.5, NaN] }, 3);
    expect(text).toMatch(/^Of the 3 pair heads 1 lie above late fusion and 1 below/);
  });
  it('turn a difference of shares into points and keep nats as they are', () => {
    expect(matrixQuantity('gain', 'accuracy')).toMatchObject({ unit: ' points', scale: 100, signed: true });
    expect(matrixQuantity('gain', 'log-loss')).toMatchObject({
      unit: ' nats',
      scale: 1,
      signed: true,
      lowerIsBetter: true,
    });
    expect(quantityOf('calibration error').lowerIsBetter).toBe(true);
  });
});
