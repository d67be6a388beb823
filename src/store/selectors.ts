/**
 * What the page shows, worked out of what the worker gave: only indexing and sums over classes, so that it follows
 * a slider within a frame. All are null where what they need is not there yet. What is said of the person's sample is
 * in `sample.ts`, the alignment matrix in `matrix.ts`.
 */
import { diagonalLength, pairIndex, skewOf, strategyPairs, type LayerPair } from '../math/skew';
import type { MetricName } from '../packs/schema';
import { derived } from './derived';
import type { WantedHeads } from './dependency';
import { maskOf } from './evaluation';
import {
  hasDependency,
  hasSeeds,
  headModel,
  lateHead,
  layersOf,
  pairwiseHead,
  probeModel,
  strategyHead,
  type Layers,
} from './models';
import type { AppState, Figures, Load, Strategy } from './state';
import { atSkew, ssfnSkew } from './strategy';

export const valueOf = <T>(load: Load<T>): T | null => (load.state === 'ready' ? load.value : null);

/** Layers of A and B of the pairing in use. */
export const layers = derived(
  (s) => [s.pack, s.pairing] as const,
  (pack, pairing) => (pack.state === 'ready' ? layersOf(pack.value, pairing) : null),
);

/** Whether the pack in use ships alignment matrices with nulls, and statistical networks. */
export const withDependency = (s: AppState): boolean =>
  s.pack.state === 'ready' && hasDependency(s.pack.value, s.pairing);

/** The pack's modalities, task and condition in use. */
export const scene = derived(
  (s) => [s.pack, s.pairing, s.task, s.condition] as const,
  (load, pairingId, taskId, conditionId) => {
    const pack = valueOf(load);
    const pairing = pack?.pairings.find(({ id }) => id === pairingId);
    const task = pack?.tasks.find(({ id }) => id === taskId);
    const a = pack?.modalities.find(({ id }) => id === pairing?.a);
    const b = pack?.modalities.find(({ id }) => id === pairing?.b);
    const condition = pack?.conditions.find(({ id }) => id === conditionId);
    return pack && pairing && task && a && b && condition ? { pack, pairing, task, a, b, condition } : null;
  },
);

/** The layer pairs that the strategy fuses, the deepest first. */
export const strategyPairsNow = derived(
  (s) => [s.strategy, layers(s)] as const,
  (strategy, l): LayerPair[] =>
    !l ? [] : strategy.kind === 'pair' ? [strategy.pair] : strategyPairs(strategy, l.la, l.lb),
);

/** Index of the head in use. */
export const currentHead = (s: AppState): number | null => {
  const l = layers(s);
  return l && strategyHead(s.strategy, l);
};

/** What the person's sample is asked of: all seeds only where the pack ships them. */
export const headsInUse = ({ pack, pairing, task, variant, seeds }: AppState): WantedHeads => ({
  variant,
  seeds: seeds && pack.state === 'ready' && hasSeeds(pack.value, pairing, task, variant),
});

export const isHigherBetter = (metric: MetricName): boolean =>
  metric !== 'log-loss' && metric !== 'calibration error' && metric !== 'mean absolute error';

/** A strategy's figure; null where the strategy does not exist (the diagonal is shorter than k). */
export interface Point {
  d: number;
  k: number;
  figure: { value: number; lo: number; hi: number } | null;
}

export const figureOf = (f: Figures, model: number) => ({
  value: f.value[model],
  lo: f.lo[model],
  hi: f.hi[model],
});

function point(f: Figures | null, d: number, k: number, l: Layers): Point {
  const exists = k <= diagonalLength(d, l.la, l.lb);
  const model = exists ? headModel(strategyHead({ kind: 'skew', d, k }, l), l) : 0;
  return { d, k, figure: f && exists ? figureOf(f, model) : null };
}

/** The strategy's place in the plane of skew and sparsity; a single pair counts as k = 1 on its diagonal. */
export const placeOf = (strategy: Strategy, l: Layers): { d: number; k: number } =>
  strategy.kind === 'skew' ? strategy : { d: skewOf(strategy.pair, l.la, l.lb), k: 1 };

/** Metric by skew at the strategy's sparsity. */
export const skewSeries = derived(
  (s) => [s.figures, s.strategy, layers(s)] as const,
  (figures, strategy, l): Point[] => {
    if (!l) return [];
    const { k } = placeOf(strategy, l);
    return Array.from({ length: l.la + l.lb - 1 }, (_, n) => point(valueOf(figures), n - (l.la - 1), k, l));
  },
);

/** Metric by sparsity at the strategy's skew. */
export const sparsitySeries = derived(
  (s) => [s.figures, s.strategy, layers(s)] as const,
  (figures, strategy, l): Point[] => {
    if (!l) return [];
    const { d } = placeOf(strategy, l);
    return Array.from({ length: Math.min(l.la, l.lb) }, (_, n) => point(valueOf(figures), d, n + 1, l));
  },
);

/** The figures that the charts draw as reference lines, and the head in use. */
export const references = derived(
  (s) => [s.figures, s.strategy, layers(s), ssfnSkew(s)] as const,
  (figures, strategy, l, ssfn) => {
    const f = valueOf(figures);
    if (!f || !l) return null;
    const head = (index: number) => figureOf(f, headModel(index, l));
    return {
      late: head(lateHead(l)),
      pairwise: head(pairwiseHead(l)),
      ssfn: ssfn === null ? null : { d: ssfn, ...head(strategyHead(atSkew(ssfn, 1, l), l)) },
      now: head(strategyHead(strategy, l)),
      a: figureOf(f, probeModel('a', f.bestProbes.a, l)),
      b: figureOf(f, probeModel('b', f.bestProbes.b, l)),
    };
  },
);

/** What the strategy in use reaches on test by all seeds as one model, once the figures of the variants are there. */
export const ensembleFigure = derived(
  (s) => [s.penalty, s.variant, s.strategy, scene(s), layers(s)] as const,
  (penalty, variant, strategy, now, l) => {
    const evaluation = valueOf(penalty);
    if (!evaluation || !now || !l) return null;
    const { d, k } = placeOf(strategy, l);
    // a single pair off the last layers is no strategy
    if (strategyHead(strategy, l) !== strategyHead({ kind: 'skew', d, k }, l)) return null;
    const row = evaluation.rows.find(
      (row) =>
        row.pairing === now.pairing.id &&
        row.task === now.task.id &&
        row.condition === now.condition.id &&
        row.metric === now.task.metric &&
        row.drop === null &&
        row.variant === variant &&
        row.d === d &&
        row.k === k,
    );
    return row ? { count: row.seeds.length, metric: row.metric, figure: row.ensemble } : null;
  },
);

/** The bootstrapped sparsity mask at the K and τ in use. */
export const maskPairs = derived(
  (s) => [s.bootstrap, s.maskTau, layers(s)] as const,
  (bootstrap, tau, l): LayerPair[] =>
    bootstrap.state === 'ready' && l ? maskOf(bootstrap.value.frequency, tau, l.lb) : [],
);

/** Everything the read-out says of one pair. */
export const pairFigure = (s: AppState, pair: LayerPair) => {
  const f = valueOf(s.figures);
  const l = layers(s);
  return f && l ? figureOf(f, headModel(pairIndex(pair, l.lb), l)) : null;
};
