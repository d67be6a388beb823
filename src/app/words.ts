/** Names and sentences of the page: what a metric, a model or a strategy is called. */
import {
  fixed,
  plain,
  points,
  share,
  showInterval,
  showUnit,
  signedInteger,
  type Interval,
  type Quantity,
} from '../charts/format';
import { headSpecs } from '../math/skew';
import { metricsOf, type MetricName, type Pack, type Task } from '../packs/schema';
import type { AlignmentMetric } from '../packs/dependency-file';
import { alignmentNames, isAlignment, probeModel, scoreSumModel, type Layers } from '../store/models';
import type { MatrixMetric, Strategy } from '../store/state';

const quantities: Record<MetricName, Quantity> = {
  accuracy: share('accuracy'),
  'unweighted average recall': share('unweighted average recall'),
  'macro-f1': share('macro-F1'),
  'log-loss': { ...plain('log-loss', 3), unit: ' nats', lowerIsBetter: true },
  'calibration error': { ...share('calibration error'), lowerIsBetter: true },
  'mean absolute error': { ...plain('mean absolute error', 3), lowerIsBetter: true },
  correlation: plain('correlation', 3),
};

export const quantityOf = (metric: MetricName): Quantity => quantities[metric];

/** What fits beside a figure. */
export const shortNames: Record<string, string> = {
  'unweighted average recall': 'recall (UA)',
  'calibration error': 'calib. error',
  'mutual-knn': 'mutual NN',
  kl: 'KL bound',
  f: 'f bound',
  wasserstein: 'Wasserstein',
};

/** A difference of two figures of a metric: points for a share, else the metric's own unit, signed. */
export function differenceOf(metric: MetricName, name: string): Quantity {
  const q = quantities[metric];
  return q.unit === ' %' ? { ...points(name), lowerIsBetter: q.lowerIsBetter } : { ...q, name, signed: true };
}

export const alignmentLabels: Record<AlignmentMetric, string> = {
  cka: 'CKA',
  'mutual-knn': 'mutual nearest neighbours',
  kl: 'KL dependency',
  f: 'f dependency',
  wasserstein: 'Wasserstein dependency',
};

/** KL and f count nats; a Wasserstein distance has the unit of the standardised states: their deviations. */
const alignmentQuantity = (metric: AlignmentMetric, overChance: boolean): Quantity => ({
  ...plain(alignmentLabels[metric] + (overChance ? ' above chance' : '')),
  unit: metric === 'kl' || metric === 'f' ? ' nats' : metric === 'wasserstein' ? ' deviations' : '',
  signed: overChance,
});

/** What the matrix shows. `metric` is the record's metric behind a gain. */
export function matrixQuantity(shown: MatrixMetric, metric: MetricName, overChance = false): Quantity {
  if (isAlignment(shown)) return alignmentQuantity(shown, overChance);
  switch (shown) {
    case 'gain':
      return differenceOf(metric, `gain in ${quantities[metric].name} over the best probe`);
    case 'difference from late':
      return differenceOf(metric, `difference in ${quantities[metric].name} from late fusion`);
    default:
      return quantities[shown];
  }
}

/** The choices of the matrix for a task, in the order of the menu. @param dependency the pack ships it */
export const matrixMetrics = (
  task: Pick<Task, 'target'>,
  dependency = false,
): { id: MatrixMetric; label: string }[] => [
  ...metricsOf(task).map((id) => ({ id, label: quantities[id].name })),
  { id: 'gain', label: 'gain over the best probe' },
  { id: 'difference from late', label: 'difference from late fusion' },
  ...alignmentNames
    .filter((id) => dependency || id === 'cka' || id === 'mutual-knn')
    .map((id) => ({ id, label: alignmentLabels[id] })),
];

/** The least span of a colour or an axis: two points of a share, so that a flat matrix looks flat. */
export const leastSpan = (q: Quantity): number => (q.scale === 100 ? 0.04 : 0.05);

export const skewText = signedInteger;
export const etaText = (k: number, of: number): string => `${k}/${of}`;

export interface StrategyWords {
  name: string;
  /** "d = +2, η = 3/12"; for a pair its skew. */
  detail: string;
}

/** What a strategy is called: late, pairwise and SSFN are points of the plane of skew and sparsity. */
export function strategyWords(strategy: Strategy, layers: Layers, ssfn: number | null): StrategyWords {
  const most = Math.min(layers.la, layers.lb);
  if (strategy.kind === 'pair') {
    const { i, j } = strategy.pair;
    const d = i - layers.la - (j - layers.lb);
    return { name: `pair (${i}, ${j})`, detail: `d = ${skewText(d)}, η = ${etaText(1, most)}` };
  }
  const { d, k } = strategy;
  const detail = `d = ${skewText(d)}, η = ${etaText(k, most)}`;
  if (d === 0 && k === most) return { name: 'pairwise', detail };
  if (k === 1 && d === ssfn) return { name: d === 0 ? 'late = SSFN' : 'SSFN', detail };
  if (d === 0 && k === 1) return { name: 'late', detail };
  return { name: 'skew-pair', detail };
}

export interface ModelChoice {
  /** Row of the evaluation record. */
  model: number;
  label: string;
}

/** Every model of a record by name, in groups: score sum and probes, pairs, denser strategies. */
export function modelChoices(l: Layers): { group: string; models: ModelChoice[] }[] {
  const most = Math.min(l.la, l.lb);
  const first = l.la + l.lb;
  const probes = (side: 'a' | 'b', count: number): ModelChoice[] =>
    Array.from({ length: count }, (_, n) => ({
      model: probeModel(side, n + 1, l),
      label: `${side.toUpperCase()} alone, layer ${n + 1}`,
    }));
  const heads = headSpecs(l.la, l.lb).map((h, n) => ({ ...h, model: first + n }));
  return [
    {
      group: 'No fusion',
      models: [{ model: scoreSumModel(l), label: 'score sum' }, ...probes('a', l.la), ...probes('b', l.lb)],
    },
    {
      group: 'Pair heads',
      models: heads
        .filter((h) => h.k === 1)
        .map((h) => ({
          model: h.model,
          label: `${h.d === 0 && h.pairs[0].i === l.la ? 'late, ' : ''}pair (${h.pairs[0].i}, ${h.pairs[0].j}), d = ${skewText(h.d)}`,
        })),
    },
    {
      group: 'Denser strategies',
      models: heads
        .filter((h) => h.k > 1)
        .map((h) => ({
          model: h.model,
          label: h.d === 0 && h.k === most ? 'pairwise' : `d = ${skewText(h.d)}, η = ${etaText(h.k, most)}`,
        })),
    },
  ];
}

/** "+2.7 points, 95 % −0.4 to +5.9". */
export const differenceText = (q: Quantity, x: Interval): string =>
  `${showUnit(q, x.value)}, 95 % ${showInterval(q, x)}`;

/**
 * What the best d of SSFN means, SSFN − late with its paired interval, and SSFN − score sum, which fusion has to beat.
 * @param overScoreSum NaN where it is not known
 */
export function ssfnSentence(
  d: number | null,
  difference: Interval | null,
  q: Quantity,
  unit: string,
  overScoreSum = NaN,
): string {
  if (d === null) return 'This pack names no SSFN for this condition.';
  const where =
    d === 0
      ? 'On validation the best skew is 0: SSFN is late fusion here, and SSFN − late is 0 by definition.'
      : `SSFN (d = ${skewText(d)}, chosen on validation)`;
  const sum = Number.isFinite(overScoreSum) ? showUnit(q, overScoreSum) : null;
  if (d === 0 || !difference)
    return d === 0 && sum ? `${where} SSFN − score sum ${sum}.` : `${where}${d === 0 ? '' : '.'}`;
  const crosses = difference.lo <= 0 && difference.hi >= 0 ? ' (holds 0)' : '';
  return `${where} − late ${differenceText(q, difference)}${crosses}, paired over ${unit}s${sum ? `; − score sum ${sum}` : ''}.`;
}

/** Fusion over label-paired data: what the gain cannot tell. */
export const pairedByLabel = 'A and B are paired by label, not by event: the gain of fusing is optimistic.';

/** The condition's numbers in words: "video keep 0.6, audio snrDb 5". */
export function conditionWords(condition: Pack['conditions'][number]): string {
  if (condition.label) return condition.label;
  const parts = Object.entries(condition).flatMap(([modality, value]) =>
    value && typeof value === 'object'
      ? Object.entries(value as Record<string, unknown>).map(
          ([what, x]) => `${modality} ${what} ${String(x)}`,
        )
      : [],
  );
  return parts.length ? `${condition.id}: ${parts.join(', ')}` : condition.id;
}

/** "n = 402 test samples; 95 % over 1,000 resamples of writers". */
export const intervalNote = (n: number, resamples: number, unit: string): string =>
  `n = ${n} test samples; 95 % over ${resamples.toLocaleString('en')} resamples of ${unit}s`;

/** Whether the SSFN is above the score sum, which is no fusion at all: said either way. */
export function scoreSumVerdict(ssfn: number, scoreSum: number, q: Quantity): string {
  const better = q.lowerIsBetter ? ssfn < scoreSum : ssfn > scoreSum;
  return `SSFN is ${better ? 'better than' : ssfn === scoreSum ? 'equal to' : 'not better than'} the score sum on this set (${showUnit(q, ssfn)} and ${showUnit(q, scoreSum)}).`;
}

/** How flat the matrix is: pair heads that differ from late by more than their own paired interval. */
export function flatness(overLate: { lo: ArrayLike<number>; hi: ArrayLike<number> }, pairs: number): string {
  let above = 0;
  let below = 0;
  for (let n = 0; n < pairs; n++) {
    if (overLate.lo[n] > 0) above++;
    else if (overLate.hi[n] < 0) below++;
  }
  return `Of the ${pairs} pair heads ${above} lie above late fusion and ${below} below by more than their own paired 95 % interval (not corrected for ${pairs} looks); the others cannot be told from it on this set.`;
}

export const percent = (x: number): string => `${fixed(100 * x, 0)} %`;
