/** Does alignment say where fusion pays? Alignment against fusion gain over all pairs of layers. */
import { ScatterMarks } from '../charts/ScatterChart';
import { fixed } from '../charts/format';
import { spearmanInterval } from '../math/rank-correlation';
import type { AlignmentMetric } from '../packs/dependency-file';
import { layers, strategyPairsNow, valueOf } from '../store/selectors';
import type { AppState } from '../store/state';
import { notesOf, stemOf, type Figure } from './figure-notes';
import { differenceOf, matrixQuantity } from './words';

export interface AlignmentGain {
  metric: AlignmentMetric;
  /** [la·lb] the alignment, and the pair head's metric minus that of the best probe. */
  x: Float32Array;
  y: Float32Array;
  rho: { value: number; lo: number; hi: number };
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
  const rho = spearmanInterval(found.values, y, { resamples, seed: state.seed });
  return { metric, x: found.values, y, rho, lb: l.lb };
}

/** "ρ = 0.42, 95 % 0.28 to 0.54". */
export const rhoText = ({ value, lo, hi }: AlignmentGain['rho']): string =>
  `ρ = ${fixed(value, 2)}, 95 % ${fixed(lo, 2)} to ${fixed(hi, 2)}`;

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

export function alignmentGainFigure(state: AppState, metric: AlignmentMetric): Figure | null {
  const found = alignmentGain(state, metric);
  if (!found) return null;
  const { x, y, lb, rho } = found;
  const quantities = quantitiesOf(state, metric);
  return {
    stem: stemOf(state, 'alignment-gain', metric),
    notes: notesOf(
      state,
      `Alignment and fusion gain: ${quantities.quantityX.name}`,
      `Each dot a pair of layers; alignment on validation pairs, gain on the test set. ${rhoText(rho)}. ${rhoNote(x.length)}`,
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
