/** Where the published figures do not agree with one another, worked out from them: nothing here is typed in. */
import { fixed, signedInteger } from '../../charts/format';
import { LAYERS, pairAt, sweepAt, type PublishedSweep, type PublishedTask } from './results';

export interface Disagreement {
  i: number;
  j: number;
  d: number;
  /** The same pair's figure in the table of pairs and in the sweep at η = 1/12. */
  table: number;
  sweep: number;
}

/** Figures of one and the same pair, printed twice: all that both the table and the sweep hold. */
export function printedTwice(task: PublishedTask): Disagreement[] {
  const [sweep] = task.sweeps;
  return (task.pairs ?? []).flatMap(([i, j, table]) => {
    const d = i - j;
    const other = sweepAt(sweep, 1, d);
    return Number.isFinite(other) ? [{ i, j, d, table, sweep: other }] : [];
  });
}

/** One decimal, cut or rounded, moves a figure by less than this. */
const ROUNDING = 0.1 + 1e-9;

/** Position and value of the best point of a series. */
export const bestOf = (points: [number, number][], lowerIsBetter = false): { d: number; value: number } =>
  points
    .map(([d, value]) => ({ d, value }))
    .reduce((best, p) => ((lowerIsBetter ? p.value < best.value : p.value > best.value) ? p : best));

/** Half width of the 95 % Wilson interval of a share, in points. */
export function wilsonHalfWidth(percent: number, n: number): number {
  const [p, z] = [percent / 100, 1.96];
  return ((100 * z) / (1 + (z * z) / n)) * Math.sqrt((p * (1 - p)) / n + (z * z) / (4 * n * n));
}

/** The least count of test samples of which every printed percentage is a whole number of hits; null if none. */
export function impliedSamples(task: PublishedTask, upTo = 1500): number | null {
  const values = (task.pairs ?? []).map(([, , v]) => v);
  for (let n = 100; n <= upTo; n++)
    if (values.every((v) => Math.abs(v - (100 * Math.round((v / 100) * n)) / n) < 0.0101)) return n;
  return null;
}

const pair = (i: number, j: number): string => `(${i}, ${j})`;

/** Sentences for a person, one a contradiction or trait that matters when the figures are compared. */
export function remarks(task: PublishedTask): string[] {
  return [
    ...(task.pairs ? tableAgainstSweep(task) : []),
    ...metricsDiffer(task),
    ...task.sweeps.flatMap((s) => (s.note ? [`${capital(s.note)}.`] : [])),
    ...bestOfMany(task),
    ...(task.grid ? textText(task) : []),
  ];
}

const capital = (text: string): string => text[0].toUpperCase() + text.slice(1);

function tableAgainstSweep(task: PublishedTask): string[] {
  const twice = printedTwice(task);
  const apart = twice.filter((x) => Math.abs(x.table - x.sweep) > ROUNDING);
  if (!apart.length)
    return [
      `The table of pairs and the sweep at η = 1/12 print ${twice.length} pairs twice and agree on all of them up to one cut decimal.`,
    ];
  const worst = apart.reduce((a, b) => (Math.abs(b.table - b.sweep) > Math.abs(a.table - a.sweep) ? b : a));
  const out = [
    `The table of pairs and the sweep at η = 1/12 print ${twice.length} pairs twice and disagree on ${apart.length} of them, most on ${pair(worst.i, worst.j)}: ${fixed(worst.table, 1)} in the table, ${fixed(worst.sweep, 1)} in the sweep.`,
  ];
  const byTable = twice.reduce((a, b) => (b.table > a.table ? b : a));
  const bySweep = twice.reduce((a, b) => (b.sweep > a.sweep ? b : a));
  if (byTable.d !== bySweep.d)
    out.push(
      `So the best skew depends on which is read: d = ${signedInteger(byTable.d)} in the table (${fixed(byTable.table, 1)}), d = ${signedInteger(bySweep.d)} in the sweep (${fixed(bySweep.sweep, 1)}).`,
    );
  const late = twice.find((x) => x.d === 0);
  if (late && Math.abs(late.table - late.sweep) > ROUNDING)
    out.push(
      `Late fusion itself stands at ${fixed(late.table, 1)} in the table and at ${fixed(late.sweep, 1)} in the sweep.`,
    );
  return out;
}

function metricsDiffer(task: PublishedTask): string[] {
  const [sweep] = task.sweeps;
  return task.probes && task.probes.metric.toLowerCase() !== sweep.measure.toLowerCase()
    ? [
        `The single layers are given in ${task.probes.metric}, the fused pairs in ${sweep.measure}: no gain over the best single layer can be read off.`,
      ]
    : [];
}

function bestOfMany(task: PublishedTask): string[] {
  const [sweep] = task.sweeps;
  const single = sweep.series.find((s) => s.k === 1);
  if (!single || sweep.anchor === 'first') return [];
  const best = bestOf(single.points, sweep.lowerIsBetter);
  const out = [
    `Best at η = 1/12: d = ${signedInteger(best.d)}, ${fixed(best.value, 1)} against ${fixed(sweep.late, 1)} for late and ${fixed(sweep.pairwise, 1)} for pairwise; the best of ${single.points.length}, picked on the test set, without an interval.`,
  ];
  const n = sweep.measure === 'accuracy' ? impliedSamples(task) : null;
  if (n !== null)
    out.push(
      `The decimals imply n = ${n} test samples: a 95 % interval (Wilson) at ${fixed(best.value, 1)} % would be ±${fixed(wilsonHalfWidth(best.value, n), 1)} points.`,
    );
  return out;
}

function textText(task: PublishedTask): string[] {
  const out = [
    'This sweep is anchored at the first layers, the other three at the last: it cannot be laid over ours by d.',
  ];
  for (const sweep of task.sweeps) out.push(...repeated(sweep));
  const bests = task.sweeps.map((s) =>
    bestOf(s.series.find((x) => x.k === 1)?.points ?? [[0, NaN]], s.lowerIsBetter),
  );
  if (bests.every((b) => b.d === 0))
    out.push(
      `By all ${bests.length} measures the best skew at η = 1/12 is 0, the pair (1, 1): no offset helps here.`,
    );
  const [silhouette] = task.sweeps;
  const first = silhouette.series.find((s) => s.k === 1)?.points.find(([d]) => d === 0)?.[1] ?? NaN;
  const g = task.grid?.silhouette ?? [];
  const low = Math.min(...g);
  const high = Math.max(...g);
  const at = g.indexOf(high);
  out.push(
    `The 144-pair grid is of another, smaller run: its silhouette of (1, 1) is ${fixed(g[0], 3)} where the sweep has ${fixed(first, 3)}; it runs from ${fixed(low, 3)} to ${fixed(high, 3)}, best at ${pair(Math.floor(at / LAYERS) + 1, (at % LAYERS) + 1)}, which is not the sweep's best.`,
  );
  const agreement = signAgreement(task);
  out.push(
    `Of the ${agreement.compared} pairs that both hold, grid and sweep agree on the sign of the silhouette in ${agreement.same}.`,
  );
  return out;
}

/** Two skews with one figure to the last digit: one of them is likely a slip. */
function repeated(sweep: PublishedSweep): string[] {
  return sweep.series.flatMap((s) => {
    const out: string[] = [];
    for (let n = 1; n < s.points.length; n++) {
      const [[d0, v0], [d1, v1]] = [s.points[n - 1], s.points[n]];
      if (v0 === v1 && String(v0).length > 8)
        out.push(
          `At η = ${s.k}/12 the ${sweep.measure} of d = ${signedInteger(d0)} and d = ${signedInteger(d1)} is the same to the last printed digit (${v0}), where the other measures differ: one of the two is likely a slip.`,
        );
    }
    return out;
  });
}

/** Silhouettes of the same pairs in the two runs of text × text. */
export function signAgreement(task: PublishedTask): { compared: number; same: number } {
  const [silhouette] = task.sweeps;
  const grid = task.grid?.silhouette ?? [];
  let same = 0;
  const points = silhouette.series.find((s) => s.k === 1)?.points ?? [];
  for (const [d, value] of points) {
    const { i, j } = pairAt(d, silhouette.anchor);
    if (Math.sign(grid[(i - 1) * LAYERS + j - 1]) === Math.sign(value)) same++;
  }
  return { compared: points.length, same };
}
