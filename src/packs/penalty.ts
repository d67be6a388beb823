/** What training with a dependency in the loss brought: counted, and said in sentences. For the page and the card. */
import { largerIsBetter } from '../math/bootstrap-rules';
import type { PenaltyEvaluation, PenaltyRow } from './dependency-evaluation';
import type { MetricName } from './schema';

export const measureNames = { kl: 'KL', f: 'f', wasserstein: 'Wasserstein' } as const;
export const strategyLabels = { ssfn: 'SSFN', late: 'late', pairwise: 'pairwise' } as const;

/** Largest gain of accuracy that the paper reports (Colombo et al. 2021, abstract). */
export const publishedGain = 0.043;

/** Whether a penalty's difference to none is beyond its own 95 % interval, and which way. Null for `none` itself. */
export function standing({ metric, minusNone }: Pick<PenaltyRow, 'metric' | 'minusNone'>) {
  if (!minusNone) return null;
  const { lo, hi } = minusNone;
  if (lo <= 0 && hi >= 0) return 'open';
  return lo > 0 === largerIsBetter(metric) ? 'for' : 'against';
}

export interface PenaltyTally {
  /** How many differences were looked at. */
  count: number;
  /** Beyond their own interval, for the penalty and against it. */
  for: number;
  against: number;
  /** The rows that gain and lose most; null where nothing was compared. */
  best: PenaltyRow | null;
  worst: PenaltyRow | null;
}

/** Where the best skew is 0, the SSFN is late fusion: the same head is counted once. */
const isCounted = ({ strategy, d, minusNone }: PenaltyRow): boolean =>
  minusNone !== null && !(strategy === 'ssfn' && d === 0);

export function tallyPenalty(rows: readonly PenaltyRow[]): PenaltyTally {
  const compared = rows.filter(isCounted);
  const gain = ({ metric, minusNone }: PenaltyRow): number =>
    (largerIsBetter(metric) ? 1 : -1) * (minusNone?.value ?? 0);
  const byGain = [...compared].sort((x, y) => gain(y) - gain(x));
  return {
    count: compared.length,
    for: compared.filter((row) => standing(row) === 'for').length,
    against: compared.filter((row) => standing(row) === 'against').length,
    best: byGain[0] ?? null,
    worst: byGain.at(-1) ?? null,
  };
}

/**
 * `holds`: more than half of the comparisons are for the penalty beyond their interval. `in part`: more are for it than
 * against it, and more than the 2.5 % that would be for it were there no difference at all.
 */
export function verdictOf({
  count,
  for: better,
  against,
}: PenaltyTally): 'holds' | 'in part' | 'does not hold' {
  if (2 * better > count) return 'holds';
  return better > against && better > Math.ceil(0.025 * count) ? 'in part' : 'does not hold';
}

export interface PenaltyScope {
  pairing: string;
  task: string;
  metric: MetricName;
  /** Left out: all conditions. */
  condition?: string;
}

const inScope =
  ({ pairing, task, metric, condition }: PenaltyScope) =>
  (row: PenaltyRow): boolean =>
    row.pairing === pairing &&
    row.task === task &&
    row.metric === metric &&
    (condition === undefined || row.condition === condition);

/** Rows with both modalities whole. */
export const wholeRows = ({ rows }: PenaltyEvaluation, scope: PenaltyScope): PenaltyRow[] =>
  rows.filter((row) => inScope(scope)(row) && row.drop === null);

/** Rows with nothing left of one modality: its means, or noise alone. */
export const goneRows = ({ rows }: PenaltyEvaluation, scope: PenaltyScope): PenaltyRow[] =>
  rows.filter((row) => inScope(scope)(row) && row.drop?.share === 1);

const isShare = (metric: MetricName): boolean =>
  ['accuracy', 'unweighted average recall', 'macro-f1', 'calibration error'].includes(metric);

/** "+0.8": points of a share with one decimal, else three, with a true minus; zero has no sign. */
function signed(x: number, metric: MetricName): string {
  const text = (isShare(metric) ? 100 * Math.abs(x) : Math.abs(x)).toFixed(isShare(metric) ? 1 : 3);
  return (Number(text) === 0 ? '' : x < 0 ? '−' : '+') + text;
}

const unitOf = (metric: MetricName): string =>
  isShare(metric) ? ' points' : metric === 'log-loss' ? ' nats' : '';

/** "+0.8 points (95 % −0.1 to +1.8) by KL, late, standard" */
function extreme(
  { metric, minusNone, variant, strategy, condition, drop }: PenaltyRow,
  evaluation: PenaltyEvaluation,
): string {
  const { value, lo, hi } = minusNone!;
  const how = drop && `${drop.modality.toUpperCase()} ${drop.by === 'means' ? 'by its means' : 'by noise'}`;
  const where = [measureOf(evaluation, variant), strategyLabels[strategy], condition, how]
    .filter(Boolean)
    .join(', ');
  return `${signed(value, metric)}${unitOf(metric)} (95 % ${signed(lo, metric)} to ${signed(hi, metric)}; ${where})`;
}

export function measureOf({ variants }: Pick<PenaltyEvaluation, 'variants'>, id: string): string {
  const measure = variants.find((variant) => variant.id === id)?.measure;
  return measure ? measureNames[measure] : id;
}

const are = (n: number): string => (n === 1 ? 'is' : 'are');

function counted(tally: PenaltyTally, metric: MetricName, evaluation: PenaltyEvaluation): string {
  const { count, for: better, against, best, worst } = tally;
  const chance = 0.025 * count;
  return `Of ${count} differences in ${metric} to the same heads without a penalty, ${better} ${are(better)} for the penalty and ${against} against it by more than their own 95 % interval, where chance alone would give about ${chance < 10 ? chance.toFixed(1) : chance.toFixed(0)} each way. Most for it: ${extreme(best!, evaluation)}; most against: ${extreme(worst!, evaluation)}.`;
}

const nothing = 'Nothing was compared here: the pack’s evaluation has no heads with a penalty for this.';

/** The paper's first claim on this pack: a penalty makes fusion more accurate. */
export function penaltySentence(evaluation: PenaltyEvaluation, scope: PenaltyScope): string {
  const tally = tallyPenalty(wholeRows(evaluation, scope));
  if (!tally.best) return nothing;
  const verdict = verdictOf(tally);
  const gain = isShare(scope.metric)
    ? ` The paper reports gains of up to ${(100 * publishedGain).toFixed(1)} points of accuracy.`
    : '';
  const ending = {
    holds: 'That a penalty helps holds on this pack',
    'in part': 'That a penalty helps holds on this pack in part',
    'does not hold': 'That a penalty helps does not hold on this pack',
  }[verdict];
  return `${ending}. ${counted(tally, scope.metric, evaluation)}${gain}`;
}

/** Its second claim: fusion survives better when a modality is missing. */
export function dropSentence(evaluation: PenaltyEvaluation, scope: PenaltyScope): string {
  const tally = tallyPenalty(goneRows(evaluation, scope));
  if (!tally.best) return nothing;
  const ending = {
    holds: 'That a penalty makes fusion robust to a missing modality holds on this pack',
    'in part': 'That a penalty makes fusion robust to a missing modality holds on this pack in part',
    'does not hold': 'That a penalty makes fusion robust to a missing modality does not hold on this pack',
  }[verdictOf(tally)];
  return `${ending}. With A or B replaced by its means or by noise alone: ${counted(tally, scope.metric, evaluation).replace(/^Of/, 'of')}`;
}
