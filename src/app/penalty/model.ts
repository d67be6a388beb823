/** What the views of the penalties draw, worked out of the pack's evaluation of them. */
import type { ForestGroup } from '../../charts/forest';
import { signedInteger } from '../../charts/format';
import type { StepSeries } from '../../charts/StepsChart';
import {
  penaltyStrategies,
  type PenaltyEvaluation,
  type PenaltyRow,
  type PenaltyStrategy,
} from '../../packs/dependency-evaluation';
import { measureNames, strategyLabels, wholeRows, type PenaltyScope } from '../../packs/penalty';
import type { MetricName, Pack } from '../../packs/schema';

/** Whether the pack ships what its penalties brought. */
export const hasPenalties = (pack: Pack, pairing: string): boolean =>
  pack.files.some(
    (file) => file.role === 'dependency-evaluation' && (!file.pairing || file.pairing === pairing),
  );

export type Scope = PenaltyScope & { condition: string };

/** "KL", "no penalty". */
export function variantLabel({ variants }: Pick<PenaltyEvaluation, 'variants'>, id: string): string {
  const measure = variants.find((variant) => variant.id === id)?.measure;
  return measure ? measureNames[measure] : id === 'none' ? 'no penalty' : id;
}

export const lambdaText = (lambda: number): string => `λ ${String(lambda).replace(/^0\./, '.')}`;

/** The metrics that a task was evaluated by, in the file's order. */
export const metricsIn = ({ rows }: PenaltyEvaluation, task: string): MetricName[] => [
  ...new Set(rows.filter((row) => row.task === task).map(({ metric }) => metric)),
];

export const headName = ({ strategy, d }: Pick<PenaltyRow, 'strategy' | 'd'>): string =>
  strategy === 'ssfn' ? `SSFN, d = ${signedInteger(d)}${d === 0 ? ' (late)' : ''}` : strategyLabels[strategy];

export interface PenaltyGroup {
  head: string;
  /** Without a penalty. */
  none: PenaltyRow;
  penalised: { row: PenaltyRow; label: string; lambda: number }[];
}

/** Whole inputs: each strategy without a penalty, and what each penalty makes of it. */
export function penaltyGroups(evaluation: PenaltyEvaluation, scope: Scope): PenaltyGroup[] {
  const rows = wholeRows(evaluation, scope);
  return penaltyStrategies.flatMap((strategy) => {
    const own = rows.filter((row) => row.strategy === strategy);
    const none = own.find(({ variant }) => variant === 'none');
    if (!none) return [];
    const penalised = evaluation.variants.flatMap(({ id, lambda }) => {
      const row = own.find(({ variant, minusNone }) => variant === id && minusNone !== null);
      return row ? [{ row, label: variantLabel(evaluation, id), lambda }] : [];
    });
    return [{ head: headName(none), none, penalised }];
  });
}

export const forestOf = (groups: readonly PenaltyGroup[]): ForestGroup[] =>
  groups.map(({ head, penalised }) => ({
    name: head,
    rows: penalised.map(({ row, label, lambda }) => ({
      label,
      detail: lambdaText(lambda),
      difference: row.minusNone!,
    })),
  }));

export interface DropCurves {
  /** Shares of noise, ascending from 0. */
  at: number[];
  series: StepSeries[];
  /** By variant: the row at each step, and at the means. */
  rows: { variant: string; label: string; steps: (PenaltyRow | null)[]; means: PenaltyRow | null }[];
}

/** One modality worn away by steps and dropped, for each variant of one strategy. */
export function dropCurves(
  evaluation: PenaltyEvaluation,
  { pairing, task, metric, condition }: Scope,
  modality: 'a' | 'b',
  strategy: PenaltyStrategy,
): DropCurves {
  const own = evaluation.rows.filter(
    (row) =>
      row.pairing === pairing &&
      row.task === task &&
      row.metric === metric &&
      row.condition === condition &&
      row.strategy === strategy &&
      (row.drop === null || row.drop.modality === modality),
  );
  const shareOf = ({ drop }: PenaltyRow): number | null =>
    drop === null ? 0 : drop.by === 'noise' ? drop.share : null;
  const at = [...new Set(own.map(shareOf))].filter((share) => share !== null).sort((x, y) => x - y);
  const rows = evaluation.variants.flatMap(({ id }) => {
    const mine = own.filter(({ variant }) => variant === id);
    if (mine.length === 0) return [];
    return [
      {
        variant: id,
        label: variantLabel(evaluation, id),
        steps: at.map((share) => mine.find((row) => shareOf(row) === share) ?? null),
        means: mine.find(({ drop }) => drop?.by === 'means') ?? null,
      },
    ];
  });
  return {
    at,
    rows,
    series: rows.map(({ variant, label, steps, means }) => ({ id: variant, label, steps, end: means })),
  };
}
