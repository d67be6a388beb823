/** Evaluates a pack on one split of its data: each input encoded once a condition, the heads as they are on disk. */
import { bestProbes } from '../../engine/evaluation';
import { createHeads } from '../../fusion/heads';
import { createProbes } from '../../fusion/probe';
import { standardise } from '../../fusion/standardise';
import { UserError } from '../../math/errors';
import { headIndex } from '../../math/skew';
import { folderSource } from '../../packs/folder';
import { openPack, type OpenPack } from '../../packs/open';
import { decodeRecord } from '../../packs/record';
import { metricNames, type Condition } from '../../packs/schema';
import type { PackContent } from '../../packs/write';
import { startNode } from '../../runtime/node';
import type { Split } from '../data/digits';
import { readSamples, type Sample } from '../heads/data';
import type { Variant } from '../heads/messages';
import {
  addScoreSum,
  evaluationPartners,
  makeRecord,
  metricOfAll,
  predictPairs,
  recordContents,
  type Side,
} from '../heads/predict';
import { settingsOf } from '../heads/settings';
import { conditionStates, statesOf } from '../heads/states';
import { Threads } from '../heads/threads';
import { figuresOf, type Result } from './results';

export interface EvaluateOptions {
  split: Exclude<Split, 'train'>;
  /** Ids; left out: all of the pack. */
  conditions?: string[];
  /** Voices with their pitch and formants times these. */
  shifts: number[];
  draws: number;
  resamples: number;
  threads: number;
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
  const [pairing] = pack.pairings;
  const [task] = pack.tasks;
  const [variant] = pack.variants;
  const scope = { pairing: pairing.id, task: task.id, variant: variant.id };
  const conditions = chosenConditions(open, options.conditions);
  const samplesA = readSamples(pack.id, pairing.a, dataDir, [options.split]);
  const samplesB = readSamples(pack.id, pairing.b, dataDir, [options.split]);
  if (samplesA.length === 0 || samplesB.length === 0)
    throw new UserError(`${dataDir} holds no ${options.split} samples of both modalities.`);
  const { unitName } = settingsOf(pack.id);
  const unitNames = [...new Set(samplesA.map(({ unit }) => unit))];
  const heads = createHeads(await open.heads(pairing.id, task.id, variant.id));
  const models = {
    heads,
    probesA: createProbes(open.probes(task.id, pairing.a)),
    probesB: createProbes(open.probes(task.id, pairing.b)),
  };
  const { la, lb } = heads.shape;
  const threads = new Threads(options.threads);
  const encode = async (modality: string, samples: Sample[], variants: Variant[]) => {
    const stored = open.encoders[modality];
    const request = {
      pack: pack.id,
      packDir,
      dataDir,
      stored,
      split: options.split,
      samples,
      variants,
      keep: false,
    };
    const set = await statesOf(request, threads, options.report);
    return variants.map((_, at) => standardise(conditionStates(set, at), open.standardisations[modality]));
  };
  try {
    const under: Variant[] = conditions.map((condition) => ({ condition }));
    const shifted = options.shifts.flatMap((shift) => conditions.map((condition) => ({ condition, shift })));
    const statesA = await encode(pairing.a, samplesA, under);
    const statesB = await encode(pairing.b, samplesB, [...under, ...shifted]);
    const labels = Uint8Array.from(samplesA, ({ label }) => label);
    const labelsB = Uint8Array.from(samplesB, ({ label }) => label);
    const side = (
      samples: Sample[],
      states: Float32Array,
      layers: number,
      rows: ArrayLike<number>,
    ): Side => ({
      layers,
      width: states.length / (samples.length * layers),
      states,
      ids: samples.map(({ id }) => id),
      rows,
    });
    const results: Result[] = [];
    const contents: PackContent[] = [];
    const shifts: ShiftResult[] = [];
    for (const [c, condition] of conditions.entries()) {
      const best = await bestOnValidation(open, scope, condition.id);
      const ssfn = pack.ssfn.find(
        (entry) => entry.condition === condition.id && entry.pairing === pairing.id && entry.task === task.id,
      );
      if (!ssfn) throw new UserError(`The pack names no SSFN for the condition ${condition.id}.`);
      const sideA = side(
        samplesA,
        statesA[c],
        la,
        Int32Array.from(labels, (_, s) => s),
      );
      const predict = async (states: Float32Array, draw: number) => {
        const partners = evaluationPartners(labels, labelsB, pairing.seed + draw);
        const sideB = side(samplesB, states, lb, partners);
        const predictions = await predictPairs(models, sideA, sideB);
        addScoreSum(predictions, la, best.a - 1, best.b - 1);
        return { predictions, labels, sideB, partners };
      };
      const draws: Awaited<ReturnType<typeof predict>>[] = [];
      for (let draw = 0; draw < options.draws; draw++) draws.push(await predict(statesB[c], draw));
      const units = samplesA.map(({ unit }) => unit);
      const record = makeRecord(
        draws[0].predictions,
        {
          ...scope,
          condition: condition.id,
          split: options.split,
          la,
          lb,
          idsA: sideA.ids,
          idsB: Array.from(draws[0].partners, (partner) => draws[0].sideB.ids[partner]),
          labels,
          unitName,
        },
        units,
      );
      contents.push(...recordContents(draws[0].predictions, record, condition.id === 'standard'));
      const input = {
        la,
        lb,
        labels,
        units: record.units,
        draws,
        ssfn: ssfn.d,
        bestProbes: best,
        resamples: options.resamples,
        seed: pairing.seed,
      };
      // the metric that selects first
      const metrics = [task.metric, ...metricNames.filter((metric) => metric !== task.metric)];
      for (const metric of metrics)
        results.push(figuresOf({ ...scope, condition: condition.id, metric }, input));
      options.report(`${condition.id}: ${seconds(start)} s`);
      for (const [at, { condition: own, shift }] of shifted.entries()) {
        if (own.id !== condition.id) continue;
        const { predictions } = await predict(statesB[under.length + at], 0);
        const value = metricOfAll(predictions, labels, 'accuracy');
        const head = (d: number) => value[la + lb + headIndex({ d, k: 1 }, la, lb)];
        shifts.push({
          condition: condition.id,
          pitchAndFormants: shift,
          probe: value[la + best.b - 1],
          late: head(0),
          ssfn: head(ssfn.d),
          scoreSum: value[predictions.models - 1],
        });
      }
    }
    const evaluation: Evaluation = {
      schema: 1,
      pack: pack.id,
      split: options.split,
      n: labels.length,
      backend,
      pairing: { seed: pairing.seed, draws: options.draws },
      bootstrap: { resamples: options.resamples, unit: unitName, units: unitNames.length },
      seconds: seconds(start),
      results,
      ...(shifts.length > 0 ? { shifts } : {}),
    };
    return { evaluation, contents, open };
  } finally {
    await threads.stop();
  }
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
  condition: string,
): Promise<Result['bestProbes']> {
  const bytes = await open.file('record', { ...scope, condition, split: 'validation' });
  const { a, b, better } = bestProbes(decodeRecord(bytes, 'validation record'), open.pack.tasks[0].metric);
  return { a, b, better };
}
