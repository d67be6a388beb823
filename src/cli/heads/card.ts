/** A pack's card for people: README.md, from pack.json and what was measured. */
import * as v from 'valibot';
import type { PenaltyEvaluation } from '../../packs/dependency-evaluation';
import { dropSentence, measureOf, penaltySentence } from '../../packs/penalty';
import type { Pack, Pairing, Task } from '../../packs/schema';
import type { TogetherRow } from '../../packs/together';
import type { Evaluation } from '../evaluate/run';
import type { Figure, Result } from '../evaluate/results';

const shown = ({ value, lo, hi }: Pick<Figure, 'value' | 'lo' | 'hi'>): string =>
  `${value.toFixed(3)} (${lo.toFixed(3)}–${hi.toFixed(3)})`;

function table(results: Result[], labels: [string, string]): string[] {
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
  ];
  return [
    `| ${results[0].metric} (95 % interval) | ${results.map(({ condition }) => condition).join(' | ')} |`,
    `| --- | ${results.map(() => '---').join(' | ')} |`,
    ...rows.map(([name, cell]) => `| ${name} | ${results.map(cell).join(' | ')} |`),
  ];
}

/** Where SSFN does not win, in words: a result like any other. */
function verdicts(results: Result[]): string[] {
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

/** How the encoders came about, as their training noted it. */
function encoderNotes({ modalities, training }: Omit<Pack, 'files'>): string[] {
  const facts = (training.encoders ?? {}) as Record<string, { history?: string[]; data?: object } | null>;
  return modalities.flatMap(({ id, label }) => {
    const own = facts[id];
    if (!own) return [];
    return [`${label}: ${JSON.stringify(own.data)}.`, ...(own.history ?? []).map((line) => `- ${line}`), ''];
  });
}

const pairedHow = ({ pairings }: Omit<Pack, 'files'>, evaluation: Evaluation): string =>
  pairings[0].paired === 'truly' ? 'truly paired' : `paired by label, seed ${evaluation.pairing.seed}`;

const trustSchema = v.object({
  exchanged: v.optional(v.record(v.string(), v.number())),
  noise: v.object({ chosen: v.record(v.string(), v.number()) }),
  bestProbes: v.object({
    tasks: v.record(
      v.string(),
      v.record(v.string(), v.object({ training: v.array(v.number()), validation: v.array(v.number()) })),
    ),
  }),
});

/** How much better the encoders know their training samples, and what was done about it. */
function trustLines({ modalities, training, tasks }: Omit<Pack, 'files'>): string[] {
  const parsed = v.safeParse(trustSchema, training);
  if (!parsed.success) return [];
  const { noise, bestProbes, exchanged = {} } = parsed.output;
  return modalities.map(({ id, label }) => {
    const { training: seen, validation } = bestProbes.tasks[tasks[0].id][id];
    return `${label}: undegraded, the best probe reaches ${seen[0].toFixed(3)} on training samples and ${validation[0].toFixed(3)} on validation; the states that heads train on have noise of deviation ${noise.chosen[id]}, ${exchanged[id] ? `fixed beforehand, and ${100 * exchanged[id]} % of them are another sample’s` : 'chosen on validation'}.`;
  });
}

const leftOutSchema = v.object({
  leftOutVoices: v.record(
    v.string(),
    v.object({ steps: v.number(), count: v.number(), accuracy: v.number() }),
  ),
});

/** What a new voice may expect: each training voice by an encoder that has not heard it. */
function voiceLines({ training }: Omit<Pack, 'files'>): string[] {
  const parsed = v.safeParse(leftOutSchema, training);
  if (!parsed.success) return [];
  const voices = Object.entries(parsed.output.leftOutVoices);
  return [
    `Leave one voice out: encoders trained on the other training voices and the synthesised ones, the best step by the voice left out, reach on it (clean, last layer): ${voices
      .map(
        ([voice, { accuracy, count, steps }]) =>
          `${voice} ${accuracy.toFixed(3)} (${count} recordings, ${steps} steps)`,
      )
      .join(
        ', ',
      )}. Fewer steps are a shorter training, not a harder voice: the shipped encoder learned from all of them, for longer.`,
    '',
  ];
}

/** Of the models that take several modalities: what is left as some of them are missing. */
function togetherLines(
  { groups = [], modalities, tasks }: Omit<Pack, 'files'>,
  rows: readonly TogetherRow[],
): string[] {
  const labelOf = (id: string) => modalities.find((modality) => modality.id === id)?.label ?? id;
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
function penaltyLines(pack: Omit<Pack, 'files'>, penalty: PenaltyEvaluation | null): string[] {
  if (!penalty) return [];
  const { pairings, tasks, modalities } = pack;
  const labelOf = (id: string) => modalities.find((modality) => modality.id === id)?.label ?? id;
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

/**
 * @param evaluation of the test split; null before it was evaluated
 * @param penalty what was measured of heads with a dependency in their loss; null where nothing was
 */
export function cardOf(
  pack: Omit<Pack, 'files'>,
  evaluation: Evaluation | null,
  penalty: PenaltyEvaluation | null = null,
): string {
  const labelOf = (id: string) => pack.modalities.find((modality) => modality.id === id)?.label ?? id;
  const labelsOf = ({ a, b }: Pairing): [string, string] => [labelOf(a), labelOf(b)];
  const labels = labelsOf(pack.pairings[0]);
  const ofTask = (pairing: Pairing, task: Task): string[] => {
    const main =
      evaluation?.results.filter(
        (r) => r.pairing === pairing.id && r.task === task.id && r.metric === task.metric,
      ) ?? [];
    if (main.length === 0) return [];
    const names = [
      ...(pack.pairings.length > 1 ? [labelsOf(pairing).join(' × ')] : []),
      ...(pack.tasks.length > 1 ? [task.label] : []),
    ];
    const title = names.length > 0 ? [`### ${names.join(', ')}`, ''] : [];
    return [...title, ...table(main, labelsOf(pairing)), '', ...verdicts(main), ''];
  };
  const { training } = pack;
  const lines = [
    `# ${pack.title}`,
    '',
    pack.card?.use ?? pack.question,
    '',
    '## Encoders',
    ...pack.modalities.map(
      ({ label, family, layers, width, pooling }) =>
        `- ${label}: ${family}, ${layers} layers of width ${width}, pooled by ${pooling}; trained from scratch, then frozen.`,
    ),
    '',
    ...encoderNotes(pack),
    '## What it reaches',
    ...(evaluation
      ? [
          `On ${evaluation.n} pairs of the ${evaluation.split} split, ${pairedHow(pack, evaluation)}. Intervals resample ${evaluation.bootstrap.units} ${evaluation.bootstrap.unit}s ${evaluation.bootstrap.resamples} times; they say nothing about more than ${evaluation.bootstrap.unit}s like those. SSFN, best probes and conditions were chosen on validation.`,
          '',
          ...pack.pairings.flatMap((pairing) => pack.tasks.flatMap((task) => ofTask(pairing, task))),
          ...togetherLines(pack, evaluation.together ?? []),
          ...penaltyLines(pack, penalty),
          ...(evaluation.shifts ? [...shiftLines(evaluation, labels), ''] : []),
          ...voiceLines(pack),
        ]
      : ['Not evaluated yet: run `npm run evaluate` with `--write-record`.', '']),
    '## Conditions',
    ...pack.conditions.map(({ id, label }) => `- ${id}: ${label ?? ''}`),
    '',
    '## Splits',
    `- Test: ${pack.splits.test}.`,
    `- Validation: ${pack.splits.validation}.`,
    '',
    '## Training',
    `Seed ${training.seed}; all settings are in pack.json under "training". Heads and probes learn from frozen, standardised, pooled layer states; each keeps the epoch that was best on validation.`,
    ...(training.undegraded
      ? [
          `Of the pairs that probes and heads learn from, ${Number(training.undegraded)} are undegraded on both sides, beside those that are so by chance.`,
        ]
      : []),
    ...trustLines(pack),
    ...(typeof training.refit === 'string' ? [training.refit] : []),
    '',
    '## Limits',
    ...(pack.card?.limits ?? []).map((limit) => `- ${limit}`),
    '',
    '## Data and licence',
    ...pack.data.map(
      ({ name, licence, citation, url }) => `- ${name}. ${citation}. ${licence}.${url ? ` ${url}` : ''}`,
    ),
    '',
    `These weights: ${pack.licence}.`,
    '',
  ];
  return lines.join('\n');
}

const shiftLines = (evaluation: Evaluation, labels: [string, string]): string[] => [
  `| every voice's pitch and formants | condition | ${labels[1]} alone | late | SSFN | score sum |`,
  '| --- | --- | --- | --- | --- | --- |',
  ...(evaluation.shifts ?? []).map(
    (s) =>
      `| × ${s.pitchAndFormants} | ${s.condition} | ${s.probe.toFixed(3)} | ${s.late.toFixed(3)} | ${s.ssfn.toFixed(3)} | ${s.scoreSum.toFixed(3)} |`,
  ),
];
