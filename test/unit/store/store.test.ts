import { describe, expect, it, vi } from 'vitest';
import { EngineError } from '../../../src/engine/engine';
import type { RequestOf } from '../../../src/engine/protocol';
import { headIndex, headSpecs } from '../../../src/math/skew';
import type { Surroundings } from '../../../src/store/context';
import { matrixValues } from '../../../src/store/matrix';
import { predictionRows, sampleMatrix } from '../../../src/store/sample';
import * as select from '../../../src/store/selectors';
import { createAppStore } from '../../../src/store/store';
import { madeUpEngine, madeUpPack, type MadeUpOptions } from '../../demo/made-up-engine';
import { madeUpSurroundings } from '../../demo/surroundings';

const drawing = { kind: 'drawing' as const, drawing: { strokes: [[{ x: 0, y: 0, t: 0 }]] } };
const sound = { kind: 'audio' as const, samples: new Float32Array(100), sampleRate: 16000 };

async function opened(options: MadeUpOptions = {}, change: Partial<Surroundings> = {}) {
  const around = madeUpSurroundings(change);
  const store = createAppStore(madeUpEngine(options), around);
  await store.getState().start();
  return { store, around, app: store.getState };
}
const settled = (check: () => unknown) => vi.waitFor(() => expect(check()).toBeTruthy());

describe('opening', () => {
  it('opens the first pack at its SSFN, under the standard condition', async () => {
    const { app } = await opened();
    expect(app()).toMatchObject({
      packId: 'made-up',
      condition: 'standard',
      task: 'digit',
      metric: 'accuracy',
    });
    expect(app().strategy).toEqual({ kind: 'skew', d: 2, k: 1 });
    await settled(() => app().figures.state === 'ready' && app().record.state === 'ready');
  });
  it('says in one sentence that no pack is there', async () => {
    const { app } = await opened({}, { packList: async () => [] });
    expect(app().packs).toMatchObject({ state: 'failed', message: expect.stringContaining('No pack') });
  });
  it('keeps the page alive where the worker does not start, and tries again on request', async () => {
    let broken = true;
    const { app } = await opened({
      on: {
        start: () => {
          if (broken) throw new EngineError('user', 'No backend runs here.');
          return { backend: 'cpu', threads: 1, selfTestError: 0, reason: 'test', kernels: 'stock' };
        },
      },
    });
    expect(app().backend).toEqual({ state: 'failed', message: 'No backend runs here.' });
    broken = false;
    app().retry();
    await settled(() => app().pack.state === 'ready');
    expect(app().backend).toMatchObject({ value: { backend: 'cpu' } });
  });
  it('returns to a pack with the inputs it had', async () => {
    const { app } = await opened();
    app().setInput('a', drawing, 'mine');
    await settled(() => app().outputs.state === 'ready');
    app().choosePack('made-up-too');
    await settled(() => app().pack.state === 'ready');
    expect(app().a.input).toBeNull();
    app().choosePack('made-up');
    await settled(() => app().pack.state === 'ready' && app().outputs.state === 'ready');
    expect(app().a).toMatchObject({ input: drawing, name: 'mine' });
  });
});

describe('skew and sparsity', () => {
  it('cuts the sparsity to the diagonal and gives it back', async () => {
    const { app } = await opened();
    app().jump('pairwise');
    expect(app().strategy).toEqual({ kind: 'skew', d: 0, k: 12 });
    app().setSkew(-3);
    expect(app().strategy).toEqual({ kind: 'skew', d: -3, k: 9 });
    app().setSkew(11);
    expect(app().strategy).toEqual({ kind: 'skew', d: 11, k: 1 });
    app().setSkew(1);
    expect(app().strategy).toEqual({ kind: 'skew', d: 1, k: 11 });
  });
  it('lets the skew follow where the sparsity asks for more than its diagonal holds', async () => {
    const { app } = await opened();
    app().setSkew(-8);
    app().setSparsity(10);
    expect(app().strategy).toEqual({ kind: 'skew', d: -2, k: 10 });
  });
  it('goes back from a single pair to the strategy before it', async () => {
    const { app } = await opened();
    app().setSkew(4);
    app().choosePair({ i: 3, j: 9 });
    app().choosePair({ i: 4, j: 9 });
    expect(select.currentHead(app())).toBe(3 * 12 + 8);
    app().backToStrategy();
    expect(app().strategy).toEqual({ kind: 'skew', d: 4, k: 1 });
  });
  it('does not choose what does not exist', async () => {
    const { app } = await opened();
    app().choosePair({ i: 13, j: 1 });
    app().setSkew(99);
    expect(app().strategy).toEqual({ kind: 'skew', d: 11, k: 1 });
  });
});

describe('inputs', () => {
  it('predicts one thing at a time, and what was given last at the end', async () => {
    const base = madeUpEngine();
    const asked: RequestOf<'predict'>[] = [];
    const { app } = await opened({
      on: {
        predict: (body) => {
          asked.push(body);
          return base.call('predict', body);
        },
      },
    });
    app().setInput('a', drawing, 'one');
    for (let keep = 0; keep <= 10; keep++) app().setDegradation('a', { keep: keep / 10 });
    app().setInput('b', sound, 'two');
    await settled(() => app().outputs.state === 'ready' && !app().predicting && app().b.seen);
    expect(asked).toHaveLength(2);
    expect(asked[1]).toMatchObject({ a: { degradation: { keep: 1 } }, b: { input: sound } });
  });
  it('takes back an input that cannot be used, says why, and keeps the earlier one', async () => {
    let refuse = false;
    const base = madeUpEngine();
    const { app } = await opened({
      on: {
        predict: (body) => {
          if (refuse && body.b.input === silent)
            throw new EngineError('user', 'The recording is silent: speak louder.', 'b');
          return base.call('predict', body);
        },
      },
    });
    const silent = { ...sound };
    app().setInput('b', sound, 'first');
    await settled(() => app().outputs.state === 'ready');
    refuse = true;
    app().setInput('b', silent, 'second');
    await settled(() => app().b.problem);
    expect(app().b).toMatchObject({ name: 'first', problem: 'The recording is silent: speak louder.' });
    expect(app().b.input).toBe(sound);
    expect(app().outputs.state).toBe('ready');
  });
  it('undoes the last change of an input', async () => {
    const { app } = await opened();
    app().setInput('a', drawing, 'mine');
    app().setInput('a', null, '');
    app().undoInput('a');
    expect(app().a).toMatchObject({ input: drawing, name: 'mine' });
  });
});

describe('selectors', () => {
  it('give the rows of the prediction table by the heads that define them', async () => {
    const { app } = await opened();
    app().setInput('a', drawing, 'mine');
    await settled(() => app().outputs.state === 'ready' && app().figures.state === 'ready');
    app().setSkew(-5);
    app().setSparsity(3);
    const outputs = select.valueOf(app().outputs)!;
    const rows = Object.fromEntries(predictionRows(app())!.map((row) => [row.id, row]));
    const head = (d: number, k: number) => {
      const h = headIndex({ d, k }, 12, 12);
      return outputs.heads.slice(10 * h, 10 * h + 10);
    };
    expect(rows.strategy.probabilities).toEqual(head(-5, 3));
    expect(rows.late.probabilities).toEqual(head(0, 1));
    expect(rows.pairwise.probabilities).toEqual(head(0, 12));
    // The product rule by hand: p_c = a_c b_c / Σ a b.
    const [a, b] = [rows.a.probabilities, rows.b.probabilities];
    const total = a.reduce((sum, p, c) => sum + p * b[c], 0);
    rows['score-sum'].probabilities.forEach((p, c) => expect(p).toBeCloseTo((a[c] * b[c]) / total, 5));
  });
  it('keep their identity until what they depend on changes', async () => {
    const { app } = await opened();
    app().setInput('a', drawing, 'mine');
    await settled(() => app().outputs.state === 'ready' && app().figures.state === 'ready');
    const rows = predictionRows(app());
    app().setFocus({ i: 1, j: 1 });
    expect(predictionRows(app())).toBe(rows);
    app().setSkew(app().strategy.kind === 'skew' ? -7 : 0);
    expect(predictionRows(app())).not.toBe(rows);
  });
  it('read your sample off the pair heads', async () => {
    const { app } = await opened();
    app().setInput('a', drawing, 'mine');
    await settled(() => app().outputs.state === 'ready');
    const { heads } = select.valueOf(app().outputs)!;
    const matrix = sampleMatrix(app())!;
    for (const [p, own] of matrix.answers.entries()) {
      const row = [...heads.subarray(10 * p, 10 * p + 10)];
      expect(own).toBe(row.indexOf(Math.max(...row)));
      expect(matrix.values[p]).toBe(row[matrix.answer]);
    }
  });
  it('place the pair heads and the probes of the record into the matrix and its margins', async () => {
    const { app } = await opened();
    await settled(() => app().figures.state === 'ready');
    const figures = select.valueOf(app().figures)!;
    const matrix = matrixValues(app())!;
    expect(matrix.values[3 * 12 + 7]).toBe(figures.value[24 + 3 * 12 + 7]);
    expect([matrix.marginA![2], matrix.marginB![5]]).toEqual([figures.value[2], figures.value[17]]);
    app().setMetric('gain');
    expect(matrixValues(app())).toMatchObject({ scale: 'diverging', marginA: null });
    app().setMetric('cka');
    await settled(() => matrixValues(app()));
  });
  it('draw a strategy that does not exist as no figure', async () => {
    const { app } = await opened();
    await settled(() => app().figures.state === 'ready');
    app().setSkew(0);
    app().setSparsity(4);
    const points = select.skewSeries(app());
    expect(points).toHaveLength(23);
    for (const { d, figure } of points) expect(figure !== null).toBe(12 - Math.abs(d) >= 4);
    expect(select.sparsitySeries(app()).filter(({ figure }) => figure)).toHaveLength(12);
  });
});

describe('mask', () => {
  it('is recomputed for another K and cut again for another τ', async () => {
    const { app } = await opened();
    await settled(() => app().bootstrap.state === 'ready' && !app().bootstrapRunning);
    const loose = (app().setMask(12, 0.1), select.maskPairs(app()).length);
    const strict = (app().setMask(12, 0.9), select.maskPairs(app()).length);
    expect(loose).toBeGreaterThan(strict);
    app().setMask(20, 0.5);
    expect(app().bootstrapRunning).toBe(true);
    app().stopBootstrap();
    expect(app().bootstrapRunning).toBe(false);
  });
});

it('the made-up pack has as many heads as the design says', () => {
  expect(headSpecs(madeUpPack().modalities[0].layers, madeUpPack().modalities[1].layers)).toHaveLength(265);
});
