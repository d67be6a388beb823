/** Evaluates the heads of one pairing and one task: what all models predict for every encoded condition. */
import { bestProbes } from '../../engine/evaluation';
import { createHeads } from '../../fusion/heads';
import { createProbes } from '../../fusion/probe';
import { headIndex } from '../../math/skew';
import type { OpenPack } from '../../packs/open';
import { ssfnSkew } from '../../packs/parse';
import { decodeRecord } from '../../packs/record';
import { metricNames, seenOnValidation, type Condition, type Pairing, type Task } from '../../packs/schema';
import type { PackContent } from '../../packs/write';
import type { Split } from '../data/digits';
import { labelsOf, type Sample } from '../heads/data';
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
import type { PackSettings } from '../heads/settings';
import { figuresOf, type Result } from './results';
import { hasSeeds, rowsOfSide, saidByEnsembles, seededHeads, strategiesOf } from './seeds';

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

export async function evaluateTask(
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
  const seeded = hasSeeds(open, pairing, task, scope.variant)
    ? await seededHeads(open, pairing, task, scope.variant, heads.shape)
    : null;
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
      const sideB = side(samplesB, b, lb, partners);
      const predictions = await predictPairs(models, sideA, sideB);
      addScoreSum(predictions, la, best.a - 1, best.b - 1);
      return { predictions, labels, partners, sideB };
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
    const said: Float32Array[][] = [];
    if (seeded) {
      const strategies = strategiesOf(open, pairing, task, condition.id, heads.shape);
      const setA = rowsOfSide(sideA, labels);
      for (const { sideB } of draws) {
        const sides = { a: setA, b: rowsOfSide(sideB, labels) };
        said.push(await saidByEnsembles(pack.id, seeded, strategies, heads.shape, sides));
      }
    }
    const input = {
      la,
      lb,
      labels,
      units: record.units,
      draws,
      ssfn: skew,
      bestProbes: best,
      ...(seeded && { ensembles: { seeds: seeded.seeds, said } }),
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

/** The best probes of a condition, by the validation record that the pack ships. */
export async function bestOnValidation(
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
