/** The alignment matrix of the evaluation set: a metric's figures, or an alignment above chance. */
import type { Alignment, Alignments, Chance as Nulls } from '../engine/dependency/operations';
import { derived } from './derived';
import { headModel, isAlignment, type Layers } from './models';
import { isHigherBetter, layers, valueOf, withDependency } from './selectors';
import type { AppState, Figures } from './state';

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
