/** What a pack's evaluation says of its strategies, without its models: for comparing packs. */
import * as v from 'valibot';
import { UserError } from '../math/errors';
import type { FileCache } from './cache';
import { createReader } from './open';
import { findFile, parsePack } from './parse';
import { labelsIn, type MetricName, type ModalityKind, type Pack } from './schema';
import type { Source } from './source';
import { togetherSchema, type TogetherRow } from './together';

export interface SummaryFigure {
  value: number;
  lo: number;
  hi: number;
}

export interface SummaryPairing {
  id: string;
  /** A and B: what a person calls them, and their kinds. */
  a: { label: string; kind: ModalityKind };
  b: { label: string; kind: ModalityKind };
  paired: 'by-label' | 'truly';
}

/** One pairing and task under one condition, by the metric that selected its SSFN, on test. */
export interface SummaryRow {
  pairing: SummaryPairing;
  task: string;
  condition: string;
  metric: MetricName;
  ssfn: SummaryFigure & { d: number };
  late: SummaryFigure;
  pairwise: SummaryFigure;
  scoreSum: SummaryFigure;
  /** The heads of all seeds as one model; null where the pack ships one seed. */
  ensembles: ({ seeds: number } & Record<'ssfn' | 'late' | 'pairwise', SummaryFigure>) | null;
  /** Of the better modality; the layer was chosen on validation. */
  bestProbe: SummaryFigure;
  /** SSFN minus each, paired; null where an older evaluation has it not. */
  over: Record<'late' | 'pairwise' | 'scoreSum' | 'bestProbe', SummaryFigure | null>;
  /** By number of fused pairs, from 1: along the SSFN's skew and along skew 0. */
  byPairs: { ssfn: SummaryFigure[]; late: SummaryFigure[] };
}

/** What the model of a group of modalities reaches, whole and with each set of them missing. */
export interface SummaryTogether {
  group: string;
  /** What a person calls its modalities. */
  labels: string[];
  /** By each task's own metric; `missing` in the labels' words. */
  rows: TogetherRow[];
}

export interface PackSummary {
  id: string;
  title: string;
  /** Pairs of the test split, and what the intervals resample. */
  n: number;
  units: string;
  rows: SummaryRow[];
  /** By group of modalities; empty where the pack has none. */
  together: SummaryTogether[];
}

const figure = v.object({ value: v.number(), lo: v.number(), hi: v.number() });
const result = v.object({
  pairing: v.string(),
  task: v.string(),
  condition: v.string(),
  variant: v.string(),
  metric: v.string(),
  probes: v.object({ a: v.array(figure), b: v.array(figure) }),
  strategies: v.record(v.string(), figure),
  late: figure,
  pairwise: figure,
  scoreSum: figure,
  ssfn: v.object({ ...figure.entries, d: v.number() }),
  ssfnMinusLate: figure,
  ssfnMinusPairwise: v.optional(figure),
  ssfnMinusScoreSum: v.optional(figure),
  ssfnMinusBestProbe: v.optional(figure),
  ensembles: v.optional(
    v.object({ seeds: v.array(v.number()), ssfn: figure, late: figure, pairwise: figure }),
  ),
  bestProbes: v.object({ a: v.number(), b: v.number(), better: v.picklist(['a', 'b']) }),
});
const evaluation = v.object({
  n: v.number(),
  bootstrap: v.object({ unit: v.string(), units: v.number() }),
  results: v.array(result),
  together: v.optional(v.array(togetherSchema)),
});

/**
 * Of all pairings, in the order of the pack, without a penalty.
 * @throws UserError if the pack was not evaluated, or its evaluation is not of this form
 */
export async function readSummary(
  source: Source,
  { cache = null, signal }: { cache?: FileCache | null; signal?: AbortSignal } = {},
): Promise<PackSummary> {
  const json = await source.read('pack.json', { signal, limit: 4 * 2 ** 20 });
  const pack = parsePack(new TextDecoder().decode(json), source.name);
  const file = findFile(pack, 'evaluation');
  if (!file)
    throw new UserError(`The pack ${pack.title} was not evaluated on test, so there is nothing to compare.`);
  const { contents } = await createReader(source, cache, []).readAll([file], { signal });
  const parsed = v.safeParse(
    evaluation,
    JSON.parse(new TextDecoder().decode(contents.get(file.path) as Uint8Array)),
  );
  if (!parsed.success)
    throw new UserError(
      `The evaluation of the pack ${pack.title} is not of a form that this page reads: evaluate it again.`,
      file.path,
    );
  const side = (id: string) => {
    const { label, modality } = pack.modalities.find((m) => m.id === id)!;
    return { label, kind: modality };
  };
  const { n, bootstrap, results } = parsed.output;
  const selecting = (r: v.InferOutput<typeof result>) =>
    r.variant === 'none' && r.metric === pack.tasks.find(({ id }) => id === r.task)?.metric;
  return {
    id: pack.id,
    title: pack.title,
    n,
    units: `${bootstrap.units} ${bootstrap.unit}s`,
    together: togetherOf(pack, parsed.output.together ?? []),
    rows: pack.pairings.flatMap(({ id, a, b, paired }) => {
      const pairing = { id, a: side(a), b: side(b), paired };
      return results.filter((r) => r.pairing === id && selecting(r)).map((r) => rowOf(r, pairing));
    }),
  };
}

function rowOf(r: v.InferOutput<typeof result>, pairing: SummaryPairing): SummaryRow {
  const { better } = r.bestProbes;
  const along = (d: number): SummaryFigure[] => {
    const out: SummaryFigure[] = [];
    for (let k = 1; r.strategies[`${d},${k}`]; k++) out.push(r.strategies[`${d},${k}`]);
    return out;
  };
  return {
    pairing,
    task: r.task,
    condition: r.condition,
    metric: r.metric as MetricName,
    ssfn: r.ssfn,
    late: r.late,
    pairwise: r.pairwise,
    scoreSum: r.scoreSum,
    ensembles: r.ensembles ? { ...r.ensembles, seeds: r.ensembles.seeds.length } : null,
    bestProbe: r.probes[better][r.bestProbes[better] - 1],
    over: {
      late: r.ssfnMinusLate,
      pairwise: r.ssfnMinusPairwise ?? null,
      scoreSum: r.ssfnMinusScoreSum ?? null,
      bestProbe: r.ssfnMinusBestProbe ?? null,
    },
    byPairs: { ssfn: along(r.ssfn.d), late: along(0) },
  };
}

function togetherOf(pack: Pack, measured: readonly TogetherRow[]): SummaryTogether[] {
  const label = labelsIn(pack.modalities);
  const own = ({ task, metric }: TogetherRow) => pack.tasks.find(({ id }) => id === task)?.metric === metric;
  return (pack.groups ?? []).flatMap(({ id, modalities }) => {
    const rows = measured
      .filter((row) => row.group === id && own(row))
      .map((row) => ({ ...row, missing: row.missing.map(label) }));
    return rows.length ? [{ group: id, labels: modalities.map(label), rows }] : [];
  });
}
