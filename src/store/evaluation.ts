/** Figures of the evaluation record, similarity, the bootstrap and its mask, projections: all computed in the worker. */
import type { BootstrapProgress } from '../engine/protocol';
import type { MetricName } from '../packs/schema';
import { alignmentsControl } from './alignments';
import { track, type Context } from './context';
import { idle, ready } from './defaults';
import {
  headModel,
  isAlignment,
  lateHead,
  layersOf,
  probeModel,
  recordVariant,
  strategyHead,
} from './models';
import { projectionsControl } from './projections';
import type { App, AppState, Comparison, Figures, MatrixMetric } from './state';
import { atSkew, ssfnSkew } from './strategy';

type Evaluation = Pick<
  App,
  'setMask' | 'runBootstrap' | 'stopBootstrap' | 'compareModels' | 'setProjectionMethod' | 'loadAlignments'
>;

export interface EvaluationControl {
  actions: Evaluation;
  /** Fetch and compute everything for the pack, task and condition chosen now. */
  load(): void;
  /** The strategy, the metric or the sample changed: only what depends on it. */
  follow(): void;
  /** The worker was replaced: ask again for what was under way. */
  replay(): void;
}

const RESAMPLES = 1000;

/** The metric that the figures must hold for what the matrix shows. */
export function figureMetric(metric: MatrixMetric, state: AppState): MetricName {
  if (metric !== 'gain' && metric !== 'difference from late' && !isAlignment(metric)) return metric;
  const pack = state.pack.state === 'ready' ? state.pack.value : null;
  return pack?.tasks.find((t) => t.id === state.task)?.metric ?? 'accuracy';
}

/** The pairs whose selection frequency reaches τ, row by row of A. */
export const maskOf = (frequency: Float32Array, tau: number, lb: number) =>
  [...frequency.keys()]
    .filter((p) => frequency[p] >= tau)
    .map((p) => ({ i: Math.floor(p / lb) + 1, j: (p % lb) + 1 }));

export function evaluationControl(context: Context): EvaluationControl {
  const { set, get, engine, around } = context;
  let stopping: AbortController | null = null;
  let ensembleOf = '';
  const projections = projectionsControl(context);
  const alignments = alignmentsControl(context);

  const layers = () => {
    const { pack, pairing } = get();
    return pack.state === 'ready' ? layersOf(pack.value, pairing) : null;
  };
  const scope = () => {
    const { pairing, task, variant, condition, pack } = get();
    const shown = pack.state === 'ready' ? recordVariant(pack.value, variant) : variant;
    return { pairing, task, variant: shown, condition };
  };

  const loadRecord = () =>
    track(
      (record: AppState['record']) => set({ record }),
      'evaluation record',
      (progress) =>
        engine.call(
          'record',
          { ...scope(), split: 'test' },
          { lane: 'record', onProgress: ({ loaded, total }) => progress({ done: loaded, total }) },
        ),
    );

  async function loadFigures(): Promise<void> {
    const l = layers();
    if (!l) return;
    const state = get();
    const metric = figureMetric(state.metric, state);
    const d = ssfnSkew(state) ?? 0;
    await track<Figures>(
      (figures) => set({ figures }),
      'bootstrap intervals',
      async (onProgress) => {
        const differences: [number, number][] = [
          [headModel(strategyHead(atSkew(d, 1, l), l), l), headModel(lateHead(l), l)],
        ];
        const body = { ...scope(), split: 'test' as const, metric, resamples: RESAMPLES, differences };
        const [reply, record] = await Promise.all([
          engine.call('intervals', { ...body, seed: state.seed }, { lane: 'intervals', onProgress }),
          engine.call('record', { ...scope(), split: 'test' }),
        ]);
        const {
          differences: [ssfnMinusLate],
          bestProbes,
          ...rest
        } = reply;
        const bestProbe = probeModel(bestProbes.better, bestProbes[bestProbes.better], l);
        const n = record.labels.length;
        return { ...rest, metric, bestProbe, bestProbes, ssfnMinusLate, n, resamples: RESAMPLES };
      },
    );
  }

  function runBootstrap(): void {
    if (!layers()) return;
    stopping?.abort();
    const mine = new AbortController();
    stopping = mine;
    const { maskK: k, seed } = get();
    const metric = figureMetric('gain', get());
    const show = (progress: BootstrapProgress) => {
      if (stopping !== mine) return;
      set({ bootstrap: ready(progress) });
      refreshEnsemble();
    };
    set({ bootstrapRunning: true });
    void track<BootstrapProgress>(
      // Progress arrives as values: while it runs the page shows those, not a bar alone.
      (load) => {
        if (stopping === mine && load.state !== 'loading') set({ bootstrap: load });
      },
      'bootstrap',
      () =>
        engine.call(
          'bootstrap',
          { ...scope(), metric, resamples: RESAMPLES, k, seed },
          { lane: 'bootstrap', signal: mine.signal, onProgress: show },
        ),
    ).then((done) => {
      if (stopping !== mine) return;
      set({ bootstrapRunning: false });
      if (done) refreshEnsemble();
    });
  }

  /** The mask's test metric follows the frequencies; asked for only when the mask is another one. */
  function refreshEnsemble(): void {
    const { bootstrap, maskTau, seed } = get();
    const l = layers();
    if (bootstrap.state !== 'ready' || !l) return;
    const pairs = maskOf(bootstrap.value.frequency, maskTau, l.lb);
    const metric = figureMetric('gain', get());
    const key = JSON.stringify([scope(), metric, pairs, seed]);
    if (key === ensembleOf) return;
    ensembleOf = key;
    if (pairs.length === 0) return set({ maskMetric: idle });
    void track<{ value: number; lo: number; hi: number; pairs: number }>(
      (maskMetric) => {
        if (ensembleOf === key && maskMetric.state !== 'loading') set({ maskMetric });
      },
      'ensemble of pair heads',
      async () => ({
        ...(await engine.call(
          'ensemble',
          { ...scope(), metric, pairs, resamples: RESAMPLES, seed },
          { lane: 'ensemble' },
        )),
        pairs: pairs.length,
      }),
    );
  }

  const actions: Evaluation = {
    loadAlignments: alignments.load,
    setMask(k, tau) {
      const { maskK } = get();
      set({ maskK: k, maskTau: tau });
      if (k !== maskK) runBootstrap();
      else refreshEnsemble();
    },
    runBootstrap,
    stopBootstrap() {
      stopping?.abort();
      stopping = null;
      set({ bootstrapRunning: false });
    },
    compareModels(x, y) {
      const { seed } = get();
      const metric = figureMetric(get().metric, get());
      void track<Comparison>(
        (comparison) => set({ comparison }),
        'paired difference',
        async () => {
          const reply = await engine.call(
            'intervals',
            {
              ...scope(),
              split: 'test',
              metric,
              resamples: RESAMPLES,
              seed,
              differences: [[x, y]],
              onlyDifferences: true,
            },
            { lane: 'comparison' },
          );
          return { ...reply.differences[0], models: [x, y] };
        },
      );
    },
    setProjectionMethod(projectionMethod) {
      set({ projectionMethod });
      projections.refresh();
    },
  };

  return {
    actions,
    load() {
      actions.stopBootstrap();
      ensembleOf = '';
      alignments.forget();
      projections.forget();
      set({ similarity: idle, alignments: idle, bootstrap: idle, maskMetric: idle, comparison: idle });
      set({ projections: { a: idle, b: idle, fused: idle } });
      void loadRecord();
      void loadFigures();
      runBootstrap();
      alignments.refresh();
      around.defer(projections.refresh);
    },
    follow() {
      const { figures, metric } = get();
      if (figures.state === 'ready' && figures.value.metric !== figureMetric(metric, get()))
        void loadFigures();
      alignments.refresh();
      around.defer(projections.refresh);
    },
    replay() {
      const { record, figures, similarity, bootstrapRunning } = get();
      ensembleOf = '';
      alignments.forget();
      projections.forget();
      if (record.state !== 'ready') void loadRecord();
      if (figures.state !== 'ready') void loadFigures();
      const { state } = get().alignments;
      if (state === 'failed' || state === 'loading') alignments.load();
      else if (similarity.state !== 'ready' && state !== 'ready') alignments.refresh();
      const { penalty } = get();
      if (penalty.state === 'failed' || penalty.state === 'loading') {
        set({ penalty: idle });
        get().loadPenalty();
      }
      if (bootstrapRunning) runBootstrap();
      around.defer(projections.refresh);
    },
  };
}
