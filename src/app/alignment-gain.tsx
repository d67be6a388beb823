/** Does alignment say where fusion pays? Alignment against fusion gain over all pairs of layers. */
import { ScatterMarks } from '../charts/ScatterChart';
import { fixed } from '../charts/format';
import type { Limit } from '../charts/Legend';
import { spearmanInterval } from '../math/rank-correlation';
import type { AlignmentMetric } from '../packs/dependency-file';
import { ceilingOf } from '../store/matrix';
import { layers, strategyPairsNow, valueOf } from '../store/selectors';
import type { AppState } from '../store/state';
import { notesOf, stemOf, type Figure } from './figure-notes';
import { ceilingName } from './matrix-model';
import { differenceOf, matrixQuantity } from './words';

export interface AlignmentGain {
  metric: AlignmentMetric;
  /** [la·lb] the alignment, and the pair head's metric minus that of the best probe. */
  x: Float32Array;
  y: Float32Array;
  /** Over the pairs that have both; null where those do not differ, so that there are no ranks. */
  rho: { value: number; lo: number; hi: number } | null;
  /** Pairs of layers that have both. */
  count: number;
  lb: number;
}

const resamples = 1000;

/** Null where its data are not there yet. */
export function alignmentGain(state: AppState, metric: AlignmentMetric): AlignmentGain | null {
  const l = layers(state);
  const found = valueOf(state.alignments)?.metrics[metric];
  const gain = valueOf(state.figures)?.gain;
  if (!l || !found || !gain) return null;
  const y = gain.value.subarray(0, l.la * l.lb);
  const x = found.values;
  const both = Array.from(x, (_, n) => n).filter((n) => Number.isFinite(x[n]) && Number.isFinite(y[n]));
  const [ownX, ownY] = [both.map((n) => x[n]), both.map((n) => y[n])];
  const varies = (values: number[]): boolean => values.some((value) => value !== values[0]);
  const rho =
    varies(ownX) && varies(ownY) ? spearmanInterval(ownX, ownY, { resamples, seed: state.seed }) : null;
  return { metric, x, y, rho, count: both.length, lb: l.lb };
}

/** "ρ = 0.42, 95 % 0.28 to 0.54". */
export const rhoText = (rho: AlignmentGain['rho']): string =>
  rho
    ? `ρ = ${fixed(rho.value, 2)}, 95 % ${fixed(rho.lo, 2)} to ${fixed(rho.hi, 2)}`
    : 'No rank correlation: alignment or gain is the same for all pairs of layers';

/** Whether alignment says where fusion pays here, as far as ranks do. */
export function rhoSentence(rho: AlignmentGain['rho']): string {
  if (!rho) return '';
  if (rho.lo <= 0 && rho.hi >= 0)
    return 'Alignment does not say where fusion pays here: the interval holds 0.';
  if (rho.value < 0) return 'Fusion pays where layers are less aligned.';
  return rho.value >= 0.7
    ? 'Fusion pays where layers are aligned.'
    : 'Fusion pays where layers are aligned, in part: most of the order is something else.';
}

/** What the interval is over, and what it leaves out. */
export const rhoNote = (pairs: number): string =>
  `Spearman’s rank correlation over ${pairs} pairs of layers, interval over ${resamples.toLocaleString('en')} resamples of pairs. Pairs share layers, and the samples are held fixed: the interval is too narrow.`;

export const pairName = (lb: number) => (index: number) =>
  `A layer ${Math.floor(index / lb) + 1}, B layer ${(index % lb) + 1}`;

export const quantitiesOf = (state: Pick<AppState, 'figures'>, metric: AlignmentMetric) => {
  const of = valueOf(state.figures)?.metric ?? 'accuracy';
  return { quantityX: matrixQuantity(metric, of), quantityY: differenceOf(of, 'gain over the best probe') };
};

export const currentCells = (state: AppState, lb: number): number[] =>
  strategyPairsNow(state).map(({ i, j }) => (i - 1) * lb + j - 1);

/** ln(classes), where the alignment cannot truly be above it. */
export function scatterCeiling(
  state: Pick<AppState, 'alignments'>,
  metric: AlignmentMetric,
): Limit | undefined {
  const all = valueOf(state.alignments);
  const ceiling = all && ceilingOf(all, metric);
  return ceiling === null ? undefined : { value: ceiling, name: ceilingName(ceiling) };
}

export function alignmentGainFigure(state: AppState, metric: AlignmentMetric): Figure | null {
  const found = alignmentGain(state, metric);
  if (!found) return null;
  const { x, y, lb, rho, count } = found;
  const ceiling = scatterCeiling(state, metric);
  const quantities = quantitiesOf(state, metric);
  return {
    stem: stemOf(state, 'alignment-gain', metric),
    notes: notesOf(
      state,
      `Alignment and fusion gain: ${quantities.quantityX.name}`,
      `Each dot a pair of layers; alignment on validation pairs, gain on the test set. ${rhoText(rho)}. ${rhoSentence(rho)} ${rhoNote(count)}${ceiling ? ` Dotted: ${ceiling.name}, the ceiling of pairs made by label.` : ''}`,
      { pairing: true },
    ),
    width: 520,
    height: 360,
    marks: (
      <ScatterMarks
        x={x}
        y={y}
        {...quantities}
        current={currentCells(state, lb)}
        name={pairName(lb)}
        limit={ceiling}
        width={520}
        height={360}
      />
    ),
    table: {
      columns: ['layer_a', 'layer_b', metric, 'gain'],
      rows: Array.from(x, (value, n) => [Math.floor(n / lb) + 1, (n % lb) + 1, value, y[n]]),
    },
  };
}
