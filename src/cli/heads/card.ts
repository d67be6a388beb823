/** A pack's card for people: README.md, from pack.json and what was measured. */
import * as v from 'valibot';
import type { PenaltyEvaluation } from '../../packs/dependency-evaluation';
import { labelsIn, type Pack, type Pairing, type Task } from '../../packs/schema';
import type { Evaluation } from '../evaluate/run';
import { penaltyLines, shiftLines, table, togetherLines, verdicts } from './card-figures';

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

const ensembleNote = ({ results }: Evaluation): string =>
  results.some(({ ensembles }) => ensembles)
    ? ' “Seeds together” is the mean of the log-probabilities of heads that were trained by several seeds.'
    : '';

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

/**
 * @param evaluation of the test split; null before it was evaluated
 * @param penalty what was measured of heads with a dependency in their loss; null where nothing was
 */
export function cardOf(
  pack: Omit<Pack, 'files'>,
  evaluation: Evaluation | null,
  penalty: PenaltyEvaluation | null = null,
): string {
  const labelOf = labelsIn(pack.modalities);
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
          `On ${evaluation.n} pairs of the ${evaluation.split} split, ${pairedHow(pack, evaluation)}. Intervals resample ${evaluation.bootstrap.units} ${evaluation.bootstrap.unit}s ${evaluation.bootstrap.resamples} times; they say nothing about more than ${evaluation.bootstrap.unit}s like those. SSFN, best probes and conditions were chosen on validation.${ensembleNote(evaluation)}`,
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
    ...(training.averaged
      ? [
          `What is measured and kept after an epoch is the mean of the parameters after the last ${Number(training.averaged)} epochs.`,
        ]
      : []),
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
