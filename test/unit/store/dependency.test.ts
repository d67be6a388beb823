import { describe, expect, it, vi } from 'vitest';
import { renderToStaticMarkup } from 'react-dom/server';
import { alignmentGain, alignmentGainFigure, rhoSentence, rhoText } from '../../../src/app/alignment-gain';
import { notesOf } from '../../../src/app/figure-notes';
import { matrixLight, speakReadout, unalignedLayers } from '../../../src/app/matrix-model';
import { matrixMetrics } from '../../../src/app/words';
import type { Alignments } from '../../../src/engine/dependency/operations';
import { EngineError } from '../../../src/engine/engine';
import type { Pack } from '../../../src/packs/schema';
import { predictionModel } from '../../../src/app/panels/prediction-model';
import { lateHead } from '../../../src/store/models';
import { matrixValues } from '../../../src/store/matrix';
import { predictionRows } from '../../../src/store/sample';
import * as select from '../../../src/store/selectors';
import { createAppStore } from '../../../src/store/store';
import { madeUpEngine, madeUpPack, type MadeUpOptions } from '../../demo/made-up-engine';
import { madeUpSurroundings } from '../../demo/surroundings';
import { madePenalty } from '../../fixtures/tiny-pack/penalty';

const cells = 144;
const made = (value: (cell: number) => number) =>
  Float32Array.from({ length: cells }, (_, cell) => value(cell));
const alignment = (slope: number) => ({
  values: made((cell) => slope * cell),
  chance: {
    mean: made(() => 0.25),
    deviation: made(() => 0.125),
    largest: made(() => 0.5),
    beaten: Uint16Array.from({ length: cells }, (_, cell) => Math.min(20, cell)),
  },
});
const tables: Alignments = {
  la: 12,
  lb: 12,
  pairs: 300,
  rounds: 20,
  ceiling: Math.log(10),
  metrics: {
    kl: alignment(0.01),
    f: alignment(0.02),
    wasserstein: alignment(0.03),
    cka: alignment(0.004),
    'mutual-knn': alignment(0.005),
  },
};
const pack = (): Pack => {
  const plain = madeUpPack();
  return {
    ...plain,
    variants: [{ id: 'none' }, { id: 'kl', measure: 'kl', lambda: 0.1 }],
    files: [
      ...plain.files,
      {
        path: 'dependency.safetensors',
        role: 'dependency',
        pairing: 'a-b',
        bytes: 1,
        sha256: '0'.repeat(64),
        when: 'lazy',
      },
    ],
  };
};
const shipped: MadeUpOptions['on'] = {
  loadPack: () => ({ pack: pack(), bytes: 1, cached: false, notices: [] }),
  alignments: () => tables,
};

async function opened(on: MadeUpOptions['on'] = shipped, query = '') {
  const around = madeUpSurroundings({ query: () => query });
  const store = createAppStore(madeUpEngine({ on }), around);
  await store.getState().start();
  const app = store.getState;
  await vi.waitFor(() =>
    expect(app().figures.state === 'ready' && app().record.state === 'ready').toBe(true),
  );
  return { app, around };
}
const settled = (check: () => unknown) => vi.waitFor(() => expect(check()).toBeTruthy());

describe('dependency as the metric of the matrix', () => {
  it('is offered only where the pack ships it', () => {
    const ids = (dependency: boolean) => matrixMetrics({}, dependency).map(({ id }) => id);
    expect(ids(true)).toEqual(expect.arrayContaining(['kl', 'f', 'wasserstein', 'cka', 'mutual-knn']));
    expect(ids(false)).not.toContain('kl');
    expect(ids(false)).toContain('cka');
  });
  it('shows the values, then how far they are above the mean of their nulls', async () => {
    const { app } = await opened();
    app().setMetric('kl');
    await settled(() => app().alignments.state === 'ready');
    expect(matrixValues(app())).toMatchObject({
      values: tables.metrics.kl!.values,
      scale: 'sequential',
    });
    // cell 2: 0.02, and two of its nulls are below
    expect(speakReadout(matrixLight(app())!, { i: 1, j: 3 })).toContain(
      'above 2 of 20 nulls, −1.8 deviations from their mean, null mean 0.25, null maximum 0.50, ceiling ln 10 = 2.30',
    );
    expect(matrixLight(app())!.limit).toEqual({ value: Math.log(10), name: 'ln 10' });
    app().setOverChance(true);
    // above chance every cell has another zero, so one ceiling would be wrong
    expect(matrixLight(app())!.limit).toBeUndefined();
    const now = matrixValues(app())!;
    expect(now.scale).toBe('diverging');
    expect(now.values[100]).toBeCloseTo(0.75, 6);
    expect(now.chance!.raw[100]).toBeCloseTo(1, 6);
    expect(matrixLight(app())!.quantity).toMatchObject({
      name: 'KL dependency above chance',
      unit: ' nats',
      signed: true,
    });
  });
  it('asks the worker once for all of them, and never for similarity', async () => {
    let asked = 0;
    const similarity = vi.fn();
    const { app } = await opened({
      ...shipped,
      alignments: () => {
        asked++;
        return tables;
      },
      similarity,
    });
    for (const metric of ['kl', 'cka', 'wasserstein', 'mutual-knn', 'f'] as const) app().setMetric(metric);
    await settled(() => app().alignments.state === 'ready');
    app().loadAlignments();
    expect(asked).toBe(1);
    expect(similarity).not.toHaveBeenCalled();
  });
  it('is in the link, and a link to a pack without it opens without it', async () => {
    const { app } = await opened(shipped, 'pack=made-up&metric=wasserstein&chance=over');
    expect(app()).toMatchObject({ metric: 'wasserstein', overChance: true });
    const { app: other } = await opened({}, 'pack=made-up&metric=wasserstein');
    expect(other().metric).toBe('accuracy');
    expect(other().notice).toContain('metric');
  });
});

describe('alignment against gain', () => {
  it('correlates the ranks over all pairs of layers', async () => {
    const { app } = await opened();
    expect(alignmentGain(app(), 'kl')).toBeNull();
    app().loadAlignments();
    await settled(() => app().alignments.state === 'ready');
    const found = alignmentGain(app(), 'kl')!;
    expect(found.x).toHaveLength(cells);
    expect(found.y).toHaveLength(cells);
    // the made-up gain rises with depth, as the made-up alignment does row by row
    expect(found.rho!.value).toBeGreaterThan(0.5);
    expect(found.rho!.lo).toBeLessThan(found.rho!.value);
    expect(rhoText(found.rho)).toMatch(/^ρ = 0\.\d\d, 95 % 0\.\d\d to 0\.\d\d$/);
    expect(found.count).toBe(cells);
    // of the same ranks, the same correlation
    expect(alignmentGain(app(), 'wasserstein')!.rho).toEqual(found.rho);
  });
});

describe('alignment of broken states', () => {
  it('names the layers that go with nothing', () => {
    // 2 × 3: the second layer of B
    expect(unalignedLayers([0.1, 0, 0.2, 0.3, 0, 0.1], { la: 2, lb: 3 })).toEqual(['B layer 2']);
    expect(unalignedLayers([0, 0, 0, 0.3, NaN, 0.1], { la: 2, lb: 3 })).toEqual(['A layer 1', 'B layer 2']);
    expect(unalignedLayers([0.1, 0, 0.2, 0.3, 0.2, 0], { la: 2, lb: 3 })).toEqual([]);
  });
  const broken = (values: (cell: number) => number): MadeUpOptions['on'] => ({
    ...shipped,
    alignments: () => ({
      ...tables,
      metrics: { ...tables.metrics, cka: { values: made(values), chance: null } },
    }),
  });
  it('correlates what has a value', async () => {
    const { app } = await opened(broken((cell) => (cell < 12 ? NaN : cell)));
    app().loadAlignments();
    await settled(() => app().alignments.state === 'ready');
    const found = alignmentGain(app(), 'cka')!;
    expect(found.count).toBe(cells - 12);
    expect(Number.isFinite(found.rho!.lo)).toBe(true);
    expect(JSON.stringify(alignmentGainFigure(app(), 'cka')!.notes)).not.toContain('NaN');
  });
  it('says so where nothing varies, or nothing has a value', async () => {
    for (const value of [1, NaN]) {
      const { app } = await opened(broken(() => value));
      app().loadAlignments();
      await settled(() => app().alignments.state === 'ready');
      const { rho } = alignmentGain(app(), 'cka')!;
      expect(rho).toBeNull();
      expect(rhoText(rho)).toBe('No rank correlation: alignment or gain is the same for all pairs of layers');
      const figure = alignmentGainFigure(app(), 'cka')!;
      expect(figure.notes.caption).toContain('No rank correlation');
      expect(renderToStaticMarkup(figure.marks)).not.toContain('NaN');
    }
  });
  it('says what a correlation means only where its interval leaves zero', () => {
    expect(rhoSentence({ value: 0.3, lo: -0.1, hi: 0.5 })).toContain('does not say where fusion pays');
    expect(rhoSentence({ value: 0.3, lo: 0.1, hi: 0.5 })).toContain('in part');
    expect(rhoSentence({ value: 0.8, lo: 0.7, hi: 0.9 })).toBe('Fusion pays where layers are aligned.');
    expect(rhoSentence({ value: -0.3, lo: -0.5, hi: -0.1 })).toContain('less aligned');
  });
});

describe('asking whether the two belong together', () => {
  it('asks at the first pair of the strategy, and says what went wrong', async () => {
    const asked = vi.fn(() => {
      throw new EngineError('user', 'Give both.');
    });
    const { app } = await opened({ ...shipped, explain: asked });
    app().choosePair({ i: 4, j: 9 });
    app().explain('f');
    expect(app().explanation.state).toBe('loading');
    await settled(() => app().explanation.state === 'failed');
    expect(asked).toHaveBeenCalledWith(
      expect.objectContaining({ measure: 'f', pair: { i: 4, j: 9 }, pairing: 'a-b' }),
    );
    expect(app().explanation).toMatchObject({ message: 'Give both.' });
    app().stopExplaining();
    expect(app().explanation.state).toBe('idle');
  });
});

describe('heads with and without the penalty', () => {
  async function watched(files: Pack['files'], on: MadeUpOptions['on'] = {}) {
    const base = madeUpEngine();
    const variants: Record<string, string[]> = { record: [], predict: [] };
    const { app } = await opened({
      ...shipped,
      ...on,
      loadPack: () => ({ pack: { ...pack(), files }, bytes: 1, cached: false, notices: [] }),
      record: (body) => {
        variants.record.push(body.variant);
        return base.call('record', body);
      },
      predict: (body) => {
        variants.predict.push(body.variant);
        return base.call('predict', body);
      },
    });
    app().setInput('a', { kind: 'drawing', drawing: { strokes: [] } }, 'mine');
    await settled(() => app().outputs.state === 'ready' && !app().predicting);
    return { app, variants };
  }

  it('are asked about the sample; the evaluation stays where the variant ships no records', async () => {
    const { app, variants } = await watched(pack().files);
    const { figures } = app();
    app().chooseHeads({ variant: 'kl' });
    await settled(() => variants.predict.at(-1) === 'kl' && !app().predicting);
    expect(new Set(variants.record)).toEqual(new Set(['none']));
    expect(app().figures).toBe(figures);
    app().chooseHeads({ variant: 'no such' });
    expect(app().variant).toBe('kl');
    // an export of the evaluation set is of heads without the penalty, one of the sample is not
    expect(notesOf(app(), 'x', 'y').versions).not.toContain('penalty');
    expect(notesOf(app(), 'x', 'y', { condition: false }).versions).toContain('the penalty kl');
  });
  it('take the place of those in use only when they are there, with progress on the way', async () => {
    let resolve: (reply: Record<string, never>) => void = () => undefined;
    const promise = new Promise<Record<string, never>>((done) => (resolve = done));
    const { app } = await opened({ ...shipped, variant: () => promise });
    app().chooseHeads({ variant: 'kl' });
    await settled(() => app().variantLoad.state === 'loading');
    expect(app()).toMatchObject({ variant: 'none', headsWanted: { variant: 'kl', seeds: false } });
    resolve({});
    await settled(() => app().variant === 'kl');
    expect(app()).toMatchObject({ variantLoad: { state: 'idle' }, headsWanted: null });
  });
  it('stay away where their file cannot be had, and come when asked again', async () => {
    let broken = true;
    const { app, variants } = await watched(pack().files, {
      variant: () => {
        if (broken) throw new EngineError('user', 'The file heads.kl.safetensors is missing.');
        return {};
      },
    });
    const before = app().outputs;
    app().chooseHeads({ variant: 'kl' });
    await settled(() => app().variantLoad.state === 'failed');
    expect(app()).toMatchObject({
      variant: 'none',
      headsWanted: { variant: 'kl', seeds: false },
      variantLoad: { message: 'The file heads.kl.safetensors is missing.' },
    });
    expect(app().outputs).toBe(before);
    expect(variants.predict).not.toContain('kl');
    broken = false;
    app().chooseHeads({ variant: 'kl' });
    await settled(() => variants.predict.at(-1) === 'kl');
    expect(app().variantLoad.state).toBe('idle');
  });
  it('are those that were asked for last', async () => {
    const waiting: (() => void)[] = [];
    const { app } = await opened({
      ...shipped,
      loadPack: () => ({
        pack: { ...pack(), variants: [...pack().variants, { id: 'f', measure: 'f', lambda: 0.1 }] },
        bytes: 1,
        cached: false,
        notices: [],
      }),
      variant: () => new Promise((resolve) => waiting.push(() => resolve({}))),
    });
    app().chooseHeads({ variant: 'kl' });
    app().chooseHeads({ variant: 'f' });
    await settled(() => waiting.length === 2);
    waiting[1]();
    await settled(() => app().variant === 'f');
    waiting[0]();
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(app()).toMatchObject({ variant: 'f', variantLoad: { state: 'idle' } });
  });
  it('bring their own evaluation where the pack ships it', async () => {
    const { app, variants } = await watched([
      ...pack().files,
      {
        path: 'record.kl.safetensors',
        role: 'record',
        variant: 'kl',
        bytes: 1,
        sha256: '0'.repeat(64),
        when: 'lazy',
      },
    ]);
    app().chooseHeads({ variant: 'kl' });
    await settled(() => variants.record.at(-1) === 'kl' && variants.predict.at(-1) === 'kl');
    app().chooseHeads({ variant: 'none' });
    await settled(() => variants.record.at(-1) === 'none' && variants.predict.at(-1) === 'none');
  });
});

describe('heads of all seeds', () => {
  const file = (role: 'heads' | 'head-seeds', variant: string): Pack['files'][number] => ({
    path: `${role}.${variant}.safetensors`,
    role,
    pairing: 'a-b',
    task: pack().tasks[0].id,
    variant,
    bytes: 1,
    sha256: '0'.repeat(64),
    when: 'lazy',
  });
  const files = () => [
    ...pack().files.filter(({ role }) => role !== 'heads' && role !== 'head-seeds'),
    file('heads', 'none'),
    file('head-seeds', 'none'),
    file('heads', 'kl'),
  ];
  async function asked(query = '') {
    const base = madeUpEngine();
    const predicted: (boolean | undefined)[] = [];
    const fetched: unknown[] = [];
    const { app } = await opened(
      {
        ...shipped,
        loadPack: () => ({ pack: { ...pack(), files: files() }, bytes: 1, cached: false, notices: [] }),
        variant: ({ variant, seeds }) => {
          fetched.push({ variant, seeds });
          return {};
        },
        predict: async (body) => {
          predicted.push(body.seeds);
          const reply = await base.call('predict', body);
          if (!body.seeds) return reply;
          const { la, lb, classes } = reply.outputs;
          const row = (first: number, rest: number) =>
            Float32Array.from({ length: classes }, (_, c) => (c === 1 ? first : rest));
          return {
            ...reply,
            outputs: {
              ...reply.outputs,
              seeds: {
                count: 5,
                heads: [lateHead({ la, lb })],
                probabilities: row(0.9, 0.1 / (classes - 1)),
                least: row(0.71, 0),
                most: row(0.95, 0.2),
              },
            },
          };
        },
        penalty: () =>
          madePenalty({
            pairing: 'a-b',
            tasks: [{ id: pack().tasks[0].id, metric: 'accuracy' }],
            layers: 12,
          }),
      },
      query,
    );
    app().setInput('a', { kind: 'drawing', drawing: { strokes: [] } }, 'mine');
    await settled(() => app().outputs.state === 'ready' && !app().predicting);
    return { app, predicted, fetched };
  }

  it('are fetched first, then asked, and say late fusion together while all other heads are of one', async () => {
    const { app, predicted, fetched } = await asked();
    expect(predicted).toEqual([false]);
    app().jump('pairwise');
    app().chooseHeads({ seeds: true });
    await settled(() => predicted.length === 2 && !app().predicting);
    expect(fetched).toEqual([{ variant: 'none', seeds: true }]);
    const rows = predictionRows(app())!;
    const late = rows.find(({ id }) => id === 'late')!;
    expect(late.answer).toBe(1);
    expect(late.seeds).toEqual({ count: 5, least: expect.closeTo(0.71), most: expect.closeTo(0.95) });
    expect(rows.filter(({ seeds }) => seeds)).toHaveLength(1);
    expect(predictionModel(app())!.rows.find(({ id }) => id === 'late')).toMatchObject({
      label: 'late ×5',
      spread: late.seeds,
    });
    app().chooseHeads({ seeds: false });
    await settled(() => predicted.length === 3 && !app().predicting);
    expect(predicted[2]).toBe(false);
  });
  it('have a figure on test of their own', async () => {
    const { app } = await asked('pack=made-up&seeds=all');
    app().loadPenalty();
    await settled(() => app().penalty.state === 'ready');
    app().jump('late');
    const row = madePenalty({
      pairing: 'a-b',
      layers: 12,
      tasks: [{ id: app().task, metric: 'accuracy' }],
    }).rows.find(
      (own) =>
        own.drop === null &&
        own.condition === app().condition &&
        own.strategy === 'late' &&
        own.variant === 'none',
    )!;
    expect(select.ensembleFigure(app())).toEqual({ count: 5, metric: 'accuracy', figure: row.ensemble });
    app().choosePair({ i: 3, j: 5 });
    expect(select.ensembleFigure(app())).toBeNull();
  });
  it('are asked for beside a penalty whose heads are still on their way', async () => {
    const { app, fetched } = await asked();
    app().chooseHeads({ variant: 'kl' });
    app().chooseHeads({ seeds: true });
    await settled(() => app().variant === 'kl');
    expect(app()).toMatchObject({ seeds: true, headsWanted: null });
    // the pack ships no further seeds of kl
    expect(fetched.at(-1)).toEqual({ variant: 'kl', seeds: false });
  });
  it('stay a wish where a variant ships one seed only', async () => {
    const { app, predicted, fetched } = await asked('pack=made-up&seeds=all');
    expect(predicted).toEqual([true]);
    app().chooseHeads({ variant: 'kl' });
    await settled(() => predicted.length === 2 && !app().predicting);
    expect(fetched).toEqual([{ variant: 'kl', seeds: false }]);
    expect(predicted[1]).toBe(false);
    expect(app().seeds).toBe(true);
    app().chooseHeads({ variant: 'none' });
    await settled(() => predicted.length === 3);
    expect(predicted[2]).toBe(true);
  });
});

describe('what the penalties brought', () => {
  it('is asked for once, and again after it failed', async () => {
    let asked = 0;
    const { app } = await opened({
      ...shipped,
      penalty: () => {
        if (++asked === 1) throw new EngineError('user', 'The file is cut.');
        return madePenalty();
      },
    });
    app().loadPenalty();
    await settled(() => app().penalty.state === 'failed');
    expect(app().penalty).toMatchObject({ message: 'The file is cut.' });
    app().retry();
    await settled(() => app().penalty.state === 'ready');
    app().loadPenalty();
    expect(asked).toBe(2);
  });
  it('is not that of the pack before', async () => {
    const { app } = await opened({ ...shipped, penalty: () => madePenalty() });
    app().loadPenalty();
    await settled(() => app().penalty.state === 'ready');
    app().choosePack('made-up-too');
    await settled(() => app().pack.state === 'ready' && app().packId === 'made-up-too');
    expect(app().penalty.state).toBe('idle');
  });
});
