/** What the comparison shows: our packs' figures, and the published task of the same kinds of modality beside each. */
import type { GainRow } from '../../charts/GainsChart';
import type { Interval, Quantity } from '../../charts/format';
import { points, signedInteger } from '../../charts/format';
import type { PackSummary, SummaryPairing, SummaryRow } from '../../packs/summary';
import { tasks, type PublishedTask } from '../published/results';
import { quantityOf, shortNames } from '../words';

export const baselines = [
  { id: 'late', label: 'late' },
  { id: 'pairwise', label: 'pairwise' },
  { id: 'scoreSum', label: 'score sum' },
  { id: 'bestProbe', label: 'best probe' },
] as const;

export const difference: Quantity = points('difference');

/** The task of the paper between the same kinds of modality, in the same order. */
export const publishedFor = ({ a, b }: SummaryPairing): PublishedTask | null =>
  tasks.find((task) => task.a.label.endsWith(a.kind) && task.b.label.endsWith(b.kind)) ?? null;

/** What tells a pack's row from its others: its modalities where there are several pairings, its task where several. */
export function rowName({ rows }: PackSummary, { pairing, task }: SummaryRow): string {
  const several = <T>(of: (row: SummaryRow) => T) => new Set(rows.map(of)).size > 1;
  const { a, b } = pairing;
  return [
    several((row) => row.pairing.id) ? `${a.label.toLowerCase()} × ${b.label.toLowerCase()}` : '',
    several((row) => row.task) ? task : '',
  ]
    .filter(Boolean)
    .join(', ');
}

/** The rows of a condition: every pairing and task of the packs, by their own metric. Log-loss and the like are no shares. */
export const rowsOf = (packs: PackSummary[], condition: string): { pack: PackSummary; row: SummaryRow }[] =>
  packs.flatMap((pack) =>
    pack.rows
      .filter((row) => row.condition === condition && quantityOf(row.metric).unit === ' %')
      .map((row) => ({ pack, row })),
  );

/** The published best skew at η = 1/12, chosen on the paper's test set, and its distances; null where its unit is another. */
export function publishedGain(task: PublishedTask): { d: number; over: Record<string, Interval> } | null {
  const sweep = task.sweeps.find(({ unit }) => unit === 'percent');
  const series = sweep?.series.find(({ k }) => k === 1);
  if (!sweep || !series) return null;
  const [d, best] = series.points.reduce((x, y) => (y[1] > x[1] ? y : x));
  const from = (value: number): Interval => ({ value: (best - value) / 100, lo: NaN, hi: NaN });
  const probes = task.probes ? [...task.probes.a, ...task.probes.b] : [];
  return {
    d,
    over: {
      late: from(sweep.late),
      pairwise: from(sweep.pairwise),
      ...(probes.length && task.probes?.metric === sweep.measure
        ? { bestProbe: from(Math.max(...probes)) }
        : {}),
    },
  };
}

export function gainRows(packs: PackSummary[], condition: string): GainRow[] {
  return rowsOf(packs, condition).flatMap(({ pack, row }, at, all) => {
    const name = rowName(pack, row);
    const pairings = new Set(pack.rows.map(({ pairing }) => pairing.id)).size;
    const d = `d = ${signedInteger(row.ssfn.d)}`;
    // two modalities are too long a name for one line with the pack's
    const ours: GainRow = {
      label: name && pairings < 2 ? `${pack.title}: ${name}` : pack.title,
      detail:
        pairings < 2
          ? `SSFN ${d}, ${shortNames[row.metric] ?? quantityOf(row.metric).name}`
          : `${name}, ${d}`,
      values: baselines.map(({ id }) => row.over[id]),
    };
    const next = all[at + 1];
    const more = next?.pack === pack && next.row.pairing.id === row.pairing.id;
    const task = more ? null : publishedFor(row.pairing);
    const theirs = task && publishedGain(task);
    if (!theirs) return [ours];
    return [
      ours,
      {
        label: `published: ${task.title}`,
        detail: `best d = ${signedInteger(theirs.d)}, on its test set`,
        values: baselines.map(({ id }) => theirs.over[id] ?? null),
        hollow: true,
      },
    ];
  });
}
