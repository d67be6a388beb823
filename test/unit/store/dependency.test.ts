import { describe, expect, it, vi } from 'vitest';
import { alignmentGain, rhoText } from '../../../src/app/alignment-gain';
import { matrixLight, speakReadout } from '../../../src/app/matrix-model';
import { matrixMetrics } from '../../../src/app/words';
import type { Alignments } from '../../../src/engine/dependency/operations';
import { EngineError } from '../../../src/engine/engine';
import type { Pack } from '../../../src/packs/schema';
import * as select from '../../../src/store/selectors';
import { createAppStore } from '../../../src/store/store';
import { madeUpEngine, madeUpPack, type MadeUpOptions } from '../../demo/made-up-engine';
import { madeUpSurroundings } from '../../demo/surroundings';

const cells = 144;
const made = (value: (cell: number) => number) =>
  Float32Array.from({ length: cells }, (_, cell) => value(cell));
const alignment = (slope: number) => ({
  values: made((cell) => slope * cell),
  chance: { mean: made(() => 0.25), largest: made(() => 0.5) },
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
    expect(select.matrixValues(app())).toMatchObject({
      values: tables.metrics.kl!.values,
      scale: 'sequential',
    });
    expect(speakReadout(matrixLight(app())!, { i: 1, j: 3 })).toContain('null mean 0.25, null maximum 0.50');
    app().setOverChance(true);
    const now = select.matrixValues(app())!;
    expect(now.scale).toBe('diverging');
    expect(now.values[100]).toBeCloseTo(0.75, 6);
    expect(now.chance!.raw[100]).toBeCloseTo(1, 6);
    expect(matrixLight(app())!.quantity).toMatchObject({
      name: 'dependency: KL above chance',
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
    expect(found.rho.value).toBeGreaterThan(0.5);
    expect(found.rho.lo).toBeLessThan(found.rho.value);
    expect(rhoText(found.rho)).toMatch(/^ρ = 0\.\d\d, 95 % 0\.\d\d to 0\.\d\d$/);
    // of the same ranks, the same correlation
    expect(alignmentGain(app(), 'wasserstein')!.rho).toEqual(found.rho);
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
  async function watched(files: Pack['files']) {
    const base = madeUpEngine();
    const variants: Record<string, string[]> = { record: [], predict: [] };
    const { app } = await opened({
      ...shipped,
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
    app().chooseVariant('kl');
    await settled(() => variants.predict.at(-1) === 'kl' && !app().predicting);
    expect(new Set(variants.record)).toEqual(new Set(['none']));
    expect(app().figures).toBe(figures);
    app().chooseVariant('no such');
    expect(app().variant).toBe('kl');
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
    app().chooseVariant('kl');
    await settled(() => variants.record.at(-1) === 'kl' && variants.predict.at(-1) === 'kl');
    app().chooseVariant('none');
    await settled(() => variants.record.at(-1) === 'none' && variants.predict.at(-1) === 'none');
  });
});
