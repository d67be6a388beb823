/** Evaluates a pack on one split of its data: each input encoded once a condition, the heads as they are on disk. */
import { bestProbes } from '../../engine/evaluation';
import { createHeads } from '../../fusion/heads';
import { createProbes } from '../../fusion/probe';
import { standardise } from '../../fusion/standardise';
import { UserError } from '../../math/errors';
import { headIndex } from '../../math/skew';
import { folderSource } from '../../packs/folder';
import { openPack, type OpenPack } from '../../packs/open';
import { ssfnSkew } from '../../packs/parse';
import { decodeRecord } from '../../packs/record';
import { metricNames, seenOnValidation, type Condition, type Pairing, type Task } from '../../packs/schema';
import type { PackContent } from '../../packs/write';
import { startNode } from '../../runtime/node';
import type { Split } from '../data/digits';
import { checkPaired, labelsOf, type Sample } from '../heads/data';
import { readStoredEncoder } from '../heads/encoder-folder';
import type { Variant } from '../heads/messages';
import {
  addScoreSum,
  drawsOf,
  makeRecord,
  metricOfAll,
  partnersOf,
  predictPairs,
  recordContents,
  unitsOf,
  type Side,
} from '../heads/predict';
import { settingsOf, type PackSettings } from '../heads/settings';
import { conditionStates, statesOf } from '../heads/states';
import { Threads } from '../heads/threads';
import { filesOf } from '../heads/validate';
import type { DependencyEvaluation } from './dependency';
import { figuresOf, type Result } from './results';
import { evaluateTogether } from './together';
import { evaluateVariants } from './variants';
import type { TogetherRow } from '../../packs/together';

export interface EvaluateOptions {
  split: Exclude<Split, 'train'>;
  /** Ids; left out: all of the pack. */
  conditions?: string[];
  /** Voices with their pitch and formants times these. */
  shifts: number[];
  draws: number;
  resamples: number;
  threads: number;
  /** Also every variant of the heads, under modality drops. */
  dependency?: boolean;
  report: (line: string) => void;
}

/** Accuracy with every voice shifted. */
export interface ShiftResult {
  condition: string;
  pitchAndFormants: number;
  /** Of the shifted modality's best probe. */
  probe: number;
  late: number;
  ssfn: number;
  scoreSum: number;
}

export interface Evaluation {
  schema: 1;
  pack: string;
  split: string;
  n: number;
  backend: string;
  pairing: { seed: number; draws: number };
  bootstrap: { resamples: number; unit: string; units: number };
  seconds: number;
  results: Result[];
  shifts?: ShiftResult[];
  /** Of packs with groups of modalities: each with every set of them missing. */
  together?: TogetherRow[];
  dependency?: DependencyEvaluation;
}

/** A condition, or a condition with every voice shifted, with the standardised states of the samples by modality. */
export interface Encoded {
  condition: Condition;
  shift?: number;
  /** [samples, layers, width] */
  states: Record<string, Float32Array>;
}

/** What all pairings and tasks share. */
export interface Given {
  open: OpenPack;
  settings: PackSettings;
  options: EvaluateOptions;
  /** By modality. */
  samples: Record<string, Sample[]>;
  encoded: Encoded[];
}

/** @returns the figures, and the records of the split as pack files */
export async function evaluatePack(
  packDir: string,
  dataDir: string,
  options: EvaluateOptions,
): Promise<{ evaluation: Evaluation; contents: PackContent[]; open: OpenPack }> {
  const start = performance.now();
  const { backend } = await startNode();
  const open = await openPack(folderSource(packDir));
  const { pack } = open;
  const settings = settingsOf(pack.id);
  const conditions = chosenConditions(open, options.conditions);
  const ids = pack.modalities.map(({ id }) => id);
  const samples = Object.fromEntries(ids.map((id) => [id, settings.samples(id, dataDir, [options.split])]));
  if (ids.some((id) => samples[id].length === 0))
    throw new UserError(
      `${dataDir} holds no ${options.split} samples of ${ids.length > 2 ? 'all' : 'both'} modalities.`,
    );
  for (const { a, b, paired } of pack.pairings) if (paired === 'truly') checkPaired(samples[a], samples[b]);
  const [first] = pack.pairings;
  const kindOf = (id: string) => pack.modalities.find((modality) => modality.id === id)?.modality;
  if (options.shifts.length > 0 && kindOf(first.b) !== 'audio')
    throw new UserError(`--shifts is for packs whose second modality is audio, and ${pack.id} is none.`);
  const threads = new Threads(options.threads);
  const under = conditions.map((condition): Variant & object => ({ condition }));
  const shifted = options.shifts.flatMap((shift) => conditions.map((condition) => ({ condition, shift })));
  const encode = async (id: string) => {
    // encoders of feature vectors are no part of an open pack: the page does not run them
    const stored = open.encoders[id] ?? (await readStoredEncoder(packDir, id));
    const variants = id === first.b ? [...under, ...shifted] : under;
    const { split } = options;
    const request = {
      pack: pack.id,
      packDir,
      dataDir,
      stored,
      split,
      samples: samples[id],
      variants,
      keep: false,
    };
    const set = await statesOf(request, threads, options.report);
    return variants.map((_, at) => standardise(conditionStates(set, at), open.standardisations[id]));
  };
  try {
    const states: Record<string, Float32Array[]> = {};
    for (const id of ids) states[id] = await encode(id);
    const encoded = [...conditions.map((condition) => ({ condition })), ...shifted].map(
      (variant, at): Encoded => ({
        ...variant,
        // only voices are shifted
        states: Object.fromEntries(
          ids.map((id) => [id, states[id][at] ?? states[id][conditions.indexOf(variant.condition)]]),
        ),
      }),
    );
    const given: Given = { open, settings, options, samples, encoded };
    const results: Result[] = [];
    const contents: PackContent[] = [];
    const shifts: ShiftResult[] = [];
    for (const pairing of pack.pairings)
      for (const task of pack.tasks) {
        const found = await evaluateTask(given, pairing, task);
        results.push(...found.results);
        shifts.push(...found.shifts);
        contents.push(...filesOf(pack, pairing, task, found.contents));
        options.report(`${pack.pairings.length > 1 ? `${pairing.id}, ` : ''}${task.id}: ${seconds(start)} s`);
      }
    const together = pack.groups?.length ? await evaluateTogether(given) : undefined;
    const dependency = options.dependency ? await evaluateVariants(given) : undefined;
    const [samplesA, samplesB] = [samples[first.a], samples[first.b]];
    const partners = partnersOf(first, labelsOf(samplesA, 0), labelsOf(samplesB, 0), 0);
    const units = new Set(unitsOf(settings.unit.of, samplesA, samplesB, partners)).size;
    const evaluation: Evaluation = {
      schema: 1,
      pack: pack.id,
      split: options.split,
      n: samplesA.length,
      backend,
      pairing: { seed: first.seed, draws: drawsOf(first, options.draws) },
      bootstrap: { resamples: options.resamples, unit: settings.unit.name, units },
      seconds: seconds(start),
      results,
      ...(shifts.length > 0 ? { shifts } : {}),
      ...(together ? { together } : {}),
      ...(dependency ? { dependency } : {}),
    };
    return { evaluation, contents, open };
  } finally {
    await threads.stop();
  }
}

async function evaluateTask(
  { open, settings, options, samples, encoded }: Given,
  pairing: Pairing,
  task: Task,
): Promise<{ results: Result[]; shifts: ShiftResult[]; contents: PackContent[] }> {
  const { pack } = open;
  const [samplesA, samplesB] = [samples[pairing.a], samples[pairing.b]];
  const scope = { pairing: pairing.id, task: task.id, variant: pack.variants[0].id };
  const heads = createHeads(await open.heads(scope.pairing, scope.task, scope.variant));
  const models = {
    heads,
    probesA: createProbes(open.probes(task.id, pairing.a)),
    probesB: createProbes(open.probes(task.id, pairing.b)),
  };
  const { la, lb } = heads.shape;
  const t = settings.tasks.findIndex(({ id }) => id === task.id);
  const [labels, labelsB] = [labelsOf(samplesA, t), labelsOf(samplesB, t)];
  const results: Result[] = [];
  const contents: PackContent[] = [];
  const shifts: ShiftResult[] = [];
  const side = (samples: Sample[], states: Float32Array, layers: number, rows: ArrayLike<number>): Side => ({
    layers,
    width: states.length / (samples.length * layers),
    states,
    ids: samples.map(({ id }) => id),
    rows,
  });
  for (const { condition, shift, states } of encoded) {
    const { [pairing.a]: a, [pairing.b]: b } = states;
    if (shift !== undefined && pairing !== pack.pairings[0]) continue;
    const best = await bestOnValidation(open, scope, task, condition.id);
    const skew = ssfnSkew(pack, { ...scope, condition: condition.id });
    const each = Int32Array.from(labels, (_, s) => s);
    const sideA = side(samplesA, a, la, each);
    const predict = async (draw: number) => {
      const partners = partnersOf(pairing, labels, labelsB, draw);
      const predictions = await predictPairs(models, sideA, side(samplesB, b, lb, partners));
      addScoreSum(predictions, la, best.a - 1, best.b - 1);
      return { predictions, labels, partners };
    };
    const first = await predict(0);
    if (shift !== undefined) {
      const value = metricOfAll(first.predictions, labels, 'accuracy');
      const head = (d: number) => value[la + lb + headIndex({ d, k: 1 }, la, lb)];
      shifts.push({
        condition: condition.id,
        pitchAndFormants: shift,
        probe: value[la + best.b - 1],
        late: head(0),
        ssfn: head(skew),
        scoreSum: value[first.predictions.models - 1],
      });
      continue;
    }
    const record = makeRecord(
      first.predictions,
      {
        ...scope,
        condition: condition.id,
        split: options.split,
        la,
        lb,
        idsA: sideA.ids,
        idsB: Array.from(first.partners, (partner) => samplesB[partner].id),
        labels,
        unitName: settings.unit.name,
      },
      unitsOf(settings.unit.of, samplesA, samplesB, first.partners),
    );
    contents.push(...recordContents(first.predictions, record, condition.id === 'standard'));
    const draws = [first];
    for (let draw = 1; draw < drawsOf(pairing, options.draws); draw++) draws.push(await predict(draw));
    const input = {
      la,
      lb,
      labels,
      units: record.units,
      draws,
      ssfn: skew,
      bestProbes: best,
      resamples: options.resamples,
      seed: pairing.seed,
    };
    // the metric that selects first
    const metrics = [task.metric, ...metricNames.filter((metric) => metric !== task.metric)];
    for (const metric of metrics)
      results.push(figuresOf({ ...scope, condition: condition.id, metric }, input));
  }
  for (const model of Object.values(models)) model.dispose();
  return { results, shifts, contents };
}

const seconds = (start: number): number => Math.round((performance.now() - start) / 1000);

function chosenConditions({ pack }: OpenPack, ids: string[] | undefined): Condition[] {
  if (!ids) return pack.conditions;
  return ids.map((id) => {
    const condition = pack.conditions.find((candidate) => candidate.id === id);
    if (!condition)
      throw new UserError(
        `The pack ${pack.id} has no condition "${id}": it has ${pack.conditions.map((c) => c.id).join(' and ')}.`,
      );
    return condition;
  });
}

/** The best probes of a condition, by the validation record that the pack ships. */
async function bestOnValidation(
  open: OpenPack,
  scope: { pairing: string; task: string; variant: string },
  task: Task,
  condition: string,
): Promise<Result['bestProbes']> {
  const bytes = await open.file('record', { ...scope, condition, split: 'validation' });
  const record = decodeRecord(bytes, 'validation record');
  const { a, b, better } = bestProbes(record, task.metric, seenOnValidation(open.pack, scope.pairing));
  return { a, b, better };
}
