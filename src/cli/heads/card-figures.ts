/** What was measured of a pack, in the lines and tables of its card. */
import * as v from 'valibot';
import type { PenaltyEvaluation } from '../../packs/dependency-evaluation';
import { dropSentence, measureOf, penaltySentence } from '../../packs/penalty';
import { labelsIn, type Pack } from '../../packs/schema';
import type { TogetherRow } from '../../packs/together';
import type { Evaluation } from '../evaluate/run';
import type { Figure, Result } from '../evaluate/results';

const shown = ({ value, lo, hi }: Pick<Figure, 'value' | 'lo' | 'hi'>): string =>
  `${value.toFixed(3)} (${lo.toFixed(3)}–${hi.toFixed(3)})`;

export function table(results: Result[], labels: [string, string]): string[] {
  const of = (result: Result) => result.bestProbes;
  const rows: [string, (result: Result) => string][] = [
    [`${labels[0]} alone, best probe`, (r) => `${shown(r.probes.a[of(r).a - 1])}, layer ${of(r).a}`],
    [`${labels[1]} alone, best probe`, (r) => `${shown(r.probes.b[of(r).b - 1])}, layer ${of(r).b}`],
    ['Score sum of the two', (r) => shown(r.scoreSum)],
    ['Late', (r) => shown(r.late)],
    ['Pairwise', (r) => shown(r.pairwise)],
    ['SSFN', (r) => `${shown(r.ssfn)}, d = ${r.ssfn.d}`],
    ['SSFN − late', (r) => shown(r.ssfnMinusLate)],
    ['SSFN − score sum', (r) => shown(r.ssfnMinusScoreSum)],
    ...ensembleRows(results),
  ];
  return [
    `| ${results[0].metric} (95 % interval) | ${results.map(({ condition }) => condition).join(' | ')} |`,
    `| --- | ${results.map(() => '---').join(' | ')} |`,
    ...rows.map(([name, cell]) => `| ${name} | ${results.map(cell).join(' | ')} |`),
  ];
}

function ensembleRows(results: Result[]): [string, (result: Result) => string][] {
  const count = results[0].ensembles?.seeds.length;
  if (!count || !results.every(({ ensembles }) => ensembles)) return [];
  const row = (
    name: string,
    of: (ensembles: NonNullable<Result['ensembles']>) => Figure,
  ): [string, (result: Result) => string] => [
    `${count} seeds together: ${name}`,
    ({ ensembles }) => shown(of(ensembles!)),
  ];
  return [
    row('late', ({ late }) => late),
    row('pairwise', ({ pairwise }) => pairwise),
    row('SSFN', ({ ssfn }) => ssfn),
    row('SSFN − late', ({ ssfnMinusLate }) => ssfnMinusLate),
    row('SSFN − score sum', ({ ssfnMinusScoreSum }) => ssfnMinusScoreSum),
  ];
}

/** Where SSFN does not win, in words: a result like any other. */
export function verdicts(results: Result[]): string[] {
  return results.flatMap((r) => {
    const out: string[] = [];
    const { lo, hi, value } = r.ssfnMinusScoreSum;
    const against = lo > 0 ? 'above' : hi < 0 ? 'below' : 'not told apart from';
    out.push(
      `- ${r.condition}: the SSFN is ${against} the score sum (${value >= 0 ? '+' : '−'}${Math.abs(value).toFixed(3)}).`,
    );
    if (r.ssfn.d === 0) out.push(`- ${r.condition}: the best skew is 0, so the SSFN is late fusion itself.`);
    return out;
  });
}

/** Of the models that take several modalities: what is left as some of them are missing. */
export function togetherLines(
  { groups = [], modalities, tasks }: Omit<Pack, 'files'>,
  rows: readonly TogetherRow[],
): string[] {
  const labelOf = labelsIn(modalities);
  return groups.flatMap(({ id, modalities: own, layers }) =>
    tasks.flatMap((task) => {
      const found = rows.filter(
        (row) => row.group === id && row.task === task.id && row.metric === task.metric,
      );
      const conditions = [...new Set(found.map(({ condition }) => condition))];
      const missing = [...new Set(found.map((row) => row.missing.join()))];
      if (found.length === 0) return [];
      return [
        `### ${own.map(labelOf).join(', ')} together${tasks.length > 1 ? `, ${task.label}` : ''}`,
        '',
        `One model of layers ${layers.join(', ')}; what is missing is given as its stored means. Beside it the sum of the log-probabilities of the best probes of what is there.`,
        '',
        `| ${task.metric} (95 % interval) | ${conditions.map((condition) => `${condition} | score sum`).join(' | ')} |`,
        `| --- | ${conditions.map(() => '--- | ---').join(' | ')} |`,
        ...missing.map((without) => {
          const cells = conditions.flatMap((condition) => {
            const row = found.find((own) => own.condition === condition && own.missing.join() === without)!;
            return [shown(row), row.scoreSum ? shown(row.scoreSum) : 'not measured'];
          });
          const name = without === '' ? 'Whole' : `Without ${without.split(',').map(labelOf).join(', ')}`;
          return `| ${name} | ${cells.join(' | ')} |`;
        }),
        '',
      ];
    }),
  );
}

const chosenSchema = v.object({
  dependency: v.record(v.string(), v.object({ chosenWith: v.optional(v.string()) })),
});

/** On what λ was chosen, where that is not the encoders that ship on samples that they have not seen. */
function lambdaLines({ training }: Omit<Pack, 'files'>): string[] {
  const parsed = v.safeParse(chosenSchema, training);
  if (!parsed.success) return [];
  const how = Object.values(parsed.output.dependency).flatMap(({ chosenWith }) => chosenWith ?? []);
  return [...new Set(how)].map((on) => `λ was chosen with ${on}.`);
}

/** What training with a dependency in the loss brought, task by task, whole and without a modality. */
export function penaltyLines(pack: Omit<Pack, 'files'>, penalty: PenaltyEvaluation | null): string[] {
  if (!penalty) return [];
  const { pairings, tasks, modalities } = pack;
  const labelOf = labelsIn(modalities);
  const lambdas = penalty.variants
    .filter(({ measure }) => measure)
    .map(({ id, lambda }) => `${measureOf(penalty, id)} λ = ${lambda}`);
  return [
    '### With a dependency in the loss',
    '',
    `Colombo et al. (2021): ${lambdas.join(', ')}, chosen on validation; ${penalty.variants[0].seeds.length} seeds each.`,
    ...lambdaLines(pack),
    ...pairings.flatMap(({ id, a, b }) =>
      tasks.flatMap((task) => {
        const scope = { pairing: id, task: task.id, metric: task.metric };
        const names = [
          ...(pairings.length > 1 ? [`${labelOf(a)} × ${labelOf(b)}`] : []),
          ...(tasks.length > 1 ? [task.label] : []),
        ];
        const before = names.length > 0 ? `${names.join(', ')}: ` : '';
        return [
          `- ${before}${penaltySentence(penalty, scope)}`,
          `- ${before}${dropSentence(penalty, scope)}`,
        ];
      }),
    ),
    '',
  ];
}

export const shiftLines = (evaluation: Evaluation, labels: [string, string]): string[] => [
  `| every voice's pitch and formants | condition | ${labels[1]} alone | late | SSFN | score sum |`,
  '| --- | --- | --- | --- | --- | --- |',
  ...(evaluation.shifts ?? []).map(
    (s) =>
      `| × ${s.pitchAndFormants} | ${s.condition} | ${s.probe.toFixed(3)} | ${s.late.toFixed(3)} | ${s.ssfn.toFixed(3)} | ${s.scoreSum.toFixed(3)} |`,
  ),
];
