/**
 * What the page shows, worked out of what the worker gave: only indexing and sums over classes, so that it follows
 * a slider within a frame. All are null where what they need is not there yet.
 */
import { diagonalLength, pairIndex, skewOf, strategyPairs, type LayerPair } from '../math/skew';
import type { Alignment, Alignments, Chance as Nulls } from '../engine/dependency/operations';
import type { SampleOutputs } from '../engine/protocol';
import type { MetricName } from '../packs/schema';
import { derived } from './derived';
import type { WantedHeads } from './dependency';
import { maskOf } from './evaluation';
import {
  hasDependency,
  hasSeeds,
  headModel,
  isAlignment,
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

/** Index of the largest entry of row `row`. */
function argmax(table: Float32Array, row: number, width: number): number {
  let best = 0;
  for (let c = 1; c < width; c++) if (table[row * width + c] > table[row * width + best]) best = c;
  return best;
}

export interface PredictionRow {
  id: 'strategy' | 'late' | 'pairwise' | 'score-sum' | 'a' | 'b';
  /** Layers of the probes that this row uses. */
  layerA?: number;
  layerB?: number;
  /** [classes] */
  probabilities: Float32Array;
  answer: number;
  /** Where several seeds say this together: how many, and what each of them says of the answer at least and at most. */
  seeds?: { count: number; least: number; most: number };
}

/** Sum of the log-probabilities of two probes, normalised again: the product rule. */
function scoreSum(a: Float32Array, b: Float32Array): Float32Array {
  const logs = a.map((p, c) => Math.log(Math.max(p, 1e-30)) + Math.log(Math.max(b[c], 1e-30)));
  const top = Math.max(...logs);
  const weights = logs.map((x) => Math.exp(x - top));
  const total = weights.reduce((sum, w) => sum + w, 0);
  return weights.map((w) => w / total);
}

/**
 * The rows of the prediction table for one sample. A alone and B alone are the probes that are best on validation;
 * until the figures are there, those of the last layer: `layerA` and `layerB` say which, and the page shows it.
 */
export function rowsOf(
  o: SampleOutputs,
  strategy: Strategy,
  best: { a: number; b: number } | null,
): PredictionRow[] {
  const row = (table: Float32Array, index: number) => table.slice(index * o.classes, (index + 1) * o.classes);
  const layerA = best?.a ?? o.la;
  const layerB = best?.b ?? o.lb;
  const a = row(o.probesA, layerA - 1);
  const b = row(o.probesB, layerB - 1);
  const said = (id: PredictionRow['id'], probabilities: Float32Array): PredictionRow => ({
    id,
    probabilities,
    answer: argmax(probabilities, 0, o.classes),
  });
  const fused = (id: PredictionRow['id'], head: number): PredictionRow => {
    const at = o.seeds?.heads.indexOf(head) ?? -1;
    if (!o.seeds || at < 0) return said(id, row(o.heads, head));
    const together = said(id, row(o.seeds.probabilities, at));
    const of = (table: Float32Array) => table[at * o.classes + together.answer];
    const { count, least, most } = o.seeds;
    return { ...together, seeds: { count, least: of(least), most: of(most) } };
  };
  return [
    fused('strategy', strategyHead(strategy, o)),
    fused('late', lateHead(o)),
    fused('pairwise', pairwiseHead(o)),
    { ...said('score-sum', scoreSum(a, b)), layerA, layerB },
    { ...said('a', a), layerA },
    { ...said('b', b), layerB },
  ];
}

export const predictionRows = derived(
  (s) => [s.outputs, s.strategy, valueOf(s.figures)?.bestProbes ?? null] as const,
  (outputs, strategy, best): PredictionRow[] | null => {
    const o = valueOf(outputs);
    return o && rowsOf(o, strategy, best);
  },
);

export interface SampleMatrix {
  /** The class that the strategy in use predicts. */
  answer: number;
  /** [la·lb] each pair head's probability of that class. */
  values: Float32Array;
  /** [la·lb] each pair head's own answer. */
  answers: Uint8Array;
  /** [la], [lb] the probes' probability of that class. */
  marginA: Float32Array;
  marginB: Float32Array;
}

const sampleMatrixOf = (o: SampleOutputs, strategy: Strategy): SampleMatrix => {
  const answer = argmax(o.heads, strategyHead(strategy, o), o.classes);
  const column = (table: Float32Array, rows: number) =>
    Float32Array.from({ length: rows }, (_, r) => table[r * o.classes + answer]);
  const pairs = o.la * o.lb;
  return {
    answer,
    values: column(o.heads, pairs),
    answers: Uint8Array.from({ length: pairs }, (_, p) => argmax(o.heads, p, o.classes)),
    marginA: column(o.probesA, o.la),
    marginB: column(o.probesB, o.lb),
  };
};

/** The matrix of the person's own sample. */
export const sampleMatrix = derived(
  (s) => [s.outputs, s.strategy] as const,
  (outputs, strategy) => (outputs.state === 'ready' ? sampleMatrixOf(outputs.value, strategy) : null),
);

export interface MatrixValues {
  /** [la·lb], with bounds where the measure has an interval. */
  values: Float32Array;
  lo: Float32Array | null;
  hi: Float32Array | null;
  /** [la], [lb] of the probes; null where the measure has no meaning for one modality. */
  marginA: Float32Array | null;
  marginB: Float32Array | null;
  /** `diverging`: around zero. */
  scale: 'sequential' | 'diverging';
  higherIsBetter: boolean;
  /** Of an alignment with nulls: its own values, and what permuted pairings give. */
  chance?: Chance;
  /** What a dependency of label-made pairs cannot truly be above, in nats; only where the values are on that scale. */
  ceiling?: number;
}

export interface Chance extends Nulls {
  /** The values as measured, [la·lb]. */
  raw: Float32Array;
  /** Permuted pairings. */
  rounds: number;
  /** The matrix shows the values minus the mean. */
  subtracted: boolean;
}

const onlyValues = { lo: null, hi: null, marginA: null, marginB: null, higherIsBetter: true } as const;

function alignmentMatrix(
  { values: raw, chance }: Alignment,
  overChance: boolean,
  rounds: number,
  ceiling: number | null,
): MatrixValues {
  const limit = ceiling === null || overChance ? {} : { ceiling };
  if (!chance) return { values: raw, ...onlyValues, scale: 'sequential', ...limit };
  return {
    ...onlyValues,
    values: overChance ? raw.map((value, cell) => value - chance.mean[cell]) : raw,
    scale: overChance ? 'diverging' : 'sequential',
    chance: { raw, ...chance, rounds, subtracted: overChance },
    ...limit,
  };
}

/** ln(classes) where the metric is bounded by it: KL and f, of pairs made by label. Nats. */
export const ceilingOf = (
  { ceiling }: Pick<Alignments, 'ceiling'>,
  metric: AppState['metric'],
): number | null => (metric === 'kl' || metric === 'f' ? ceiling : null);

function figureMatrix(f: Figures, metric: AppState['metric'], l: Layers): MatrixValues | null {
  const pairs = l.la * l.lb;
  const higherIsBetter = isHigherBetter(f.metric);
  if (metric === 'gain' || metric === 'difference from late') {
    const differences = metric === 'gain' ? f.gain : f.overLate;
    if (!differences) return null;
    const { value, lo, hi } = differences;
    return {
      values: value.subarray(0, pairs),
      lo: lo.subarray(0, pairs),
      hi: hi.subarray(0, pairs),
      marginA: null,
      marginB: null,
      scale: 'diverging',
      higherIsBetter,
    };
  }
  if (metric !== f.metric) return null;
  const first = headModel(0, l);
  return {
    values: f.value.subarray(first, first + pairs),
    lo: f.lo.subarray(first, first + pairs),
    hi: f.hi.subarray(first, first + pairs),
    marginA: f.value.subarray(0, l.la),
    marginB: f.value.subarray(l.la, first),
    scale: 'sequential',
    higherIsBetter,
  };
}

/** The alignment matrix of the evaluation set, for the metric in use. */
export const matrixValues = derived(
  (s) =>
    [s.figures, s.similarity, s.alignments, withDependency(s), s.overChance, s.metric, layers(s)] as const,
  (figures, similarity, alignments, shipped, overChance, metric, l): MatrixValues | null => {
    if (!l) return null;
    if (isAlignment(metric)) {
      const all = shipped ? valueOf(alignments) : null;
      const found = all?.metrics[metric];
      if (all && found) return alignmentMatrix(found, overChance, all.rounds, ceilingOf(all, metric));
      const values = shipped ? null : valueOf(similarity);
      return values && alignmentMatrix({ values, chance: null }, false, 0, null);
    }
    const f = valueOf(figures);
    return f && figureMatrix(f, metric, l);
  },
);

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
