/** Trains the probes and heads of a pack on its frozen encoders, and writes the pack. The test split is never read. */
import { existsSync, readFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { basename, join } from 'node:path';
import * as v from 'valibot';
import { measure, standardise, type Standardisation } from '../fusion/standardise';
import { createHeads } from '../fusion/heads';
import { createProbes } from '../fusion/probe';
import { partnersByLabel } from '../fusion/pairs';
import { UserError } from '../math/errors';
import { Bootstrap } from '../math/bootstrap';
import { seededRandom } from '../math/random';
import { bestProbes } from '../engine/evaluation';
import type { StoredEncoder } from '../packs/open';
import { encodePairLogs, encodeRecord } from '../packs/record';
import { encodeSampleStates } from '../packs/sample-states';
import type { Condition, Pack } from '../packs/schema';
import { readHeads, readProbes, writeHeads, writeProbes, writeStandardisations } from '../packs/weights';
import { assemblePack, type PackContent } from '../packs/write';
import { startNode } from '../runtime/node';
import { readSamples, type Sample } from './heads/data';
import { encoderContents, readStoredEncoder } from './heads/encoder-folder';
import { defaultTraining, fitHeads, fitProbes, type TrainingData, type TrainingOptions } from './heads/fit';
import type { SharedSet, Variant } from './heads/messages';
import { listPack, writeFiles } from './heads/pack-folder';
import { addScoreSum, makeRecord, outcomes, pairLogsOf, predictPairs, type Side } from './heads/predict';
import { rankSkews } from './heads/select';
import { settingsOf, type PackSettings } from './heads/settings';
import { statesOf } from './heads/states';
import { Threads } from './heads/threads';

export interface TrainHeadsOptions {
  threads?: number;
  seed?: number;
  epochs?: number;
  /** Training variants of each sample beside the conditions: of A, of B. */
  variants?: [number, number];
  training?: Partial<TrainingOptions>;
  report?: (line: string) => void;
}

/** Pairings over which choices on validation are averaged. */
const selectionDraws = 5;
/** Samples whose pooled states the pack ships: 2.3 MB for two encoders of 12 layers and width 96. */
const shippedSamples = 500;

interface ModalityData {
  stored: StoredEncoder;
  train: Sample[];
  validation: Sample[];
}

/**
 * @param packDir models/<pack>, with the encoders in it; everything else of the pack is written there
 * @param dataDir the data folder; its training and validation splits are read
 */
export async function trainHeads(
  packDir: string,
  dataDir: string,
  options: TrainHeadsOptions = {},
): Promise<Pack> {
  const report = options.report ?? console.log;
  const packId = basename(packDir);
  const settings = settingsOf(packId);
  const training: TrainingOptions = {
    ...defaultTraining,
    seed: options.seed ?? 0,
    epochs: options.epochs ?? defaultTraining.epochs,
    ...options.training,
  };
  await startNode();
  const threads = new Threads(options.threads ?? cpus().length);
  try {
    const modalities: ModalityData[] = [];
    for (const { id, label } of settings.modalities)
      modalities.push({
        stored: await readStoredEncoder(packDir, id, label),
        train: readSamples(packId, id, dataDir, ['train']),
        validation: readSamples(packId, id, dataDir, ['validation']),
      });
    const states = (
      of: ModalityData,
      split: 'train' | 'validation',
      variants: Variant[],
    ): Promise<SharedSet> =>
      statesOf(
        { pack: packId, packDir, dataDir, stored: of.stored, split, samples: of[split], variants },
        threads,
        report,
      );
    const seeds = (count: number): Variant[] =>
      Array.from({ length: count }, (_, s) => ({ seed: training.seed * 1000 + s + 1 }));
    const [ofA, ofB] = options.variants ?? [3, 8];
    const varied = [seeds(ofA), seeds(ofB)];
    const standard =
      readCondition(packDir) ??
      (await chooseCondition(settings, modalities, varied, states, training, report));
    const conditions: Condition[] = [settings.clean, standard];
    const under = conditions.map((condition): Variant => ({ condition }));
    const [a, b] = modalities;
    const data: TrainingData = {
      train: {
        a: await states(a, 'train', [...under, ...varied[0]]),
        b: await states(b, 'train', [...under, ...varied[1]]),
      },
      validation: { a: await states(a, 'validation', under), b: await states(b, 'validation', under) },
      classes: settings.task.classes.length,
    };
    const standardisations = standardiseAll(data, a.stored.modality.id, b.stored.modality.id);
    const probes = await fitProbes(data, training);
    report(`probes of A on validation, both conditions: ${shown(probes.accuracy.a)}`);
    report(`probes of B on validation, both conditions: ${shown(probes.accuracy.b)}`);
    const heads = await fitHeads(data, training, threads, report);
    report(`${heads.epochs.length} heads trained in ${heads.seconds.toFixed(0)} s`);
    const contents = [
      ...encoderContents(packDir, a.stored.modality.id),
      ...encoderContents(packDir, b.stored.modality.id),
      ...modelContents(settings, standardisations, probes, heads.weights),
    ];
    const made = await validate(settings, conditions, data, [a, b], contents, report);
    const about: Omit<Pack, 'files'> = {
      schema: 1,
      id: packId,
      title: settings.title,
      question: settings.question,
      modalities: [a.stored.modality, b.stored.modality],
      pairings: [settings.pairing],
      tasks: [settings.task],
      conditions,
      variants: [{ id: 'none' }],
      splits: settings.splits,
      ssfn: made.ssfn,
      data: settings.data,
      licence: settings.licence,
      card: settings.card,
      training: {
        ...training,
        headWidth: heads.weights.shape.width,
        attentionHeads: heads.weights.shape.attentionHeads,
        feedForward: heads.weights.shape.hidden,
        trainingVariants: { [a.stored.modality.id]: ofA + 2, [b.stored.modality.id]: ofB + 2 },
        trainedOn: { [a.stored.modality.id]: a.train.length, [b.stored.modality.id]: b.train.length },
        ssfnChosenOver: `${selectionDraws} seeded pairings of the validation split`,
      },
    };
    const files = await assemblePack(about, [...contents, ...made.contents]);
    writeFiles(packDir, files);
    listPack(packDir, settings);
    return JSON.parse(new TextDecoder().decode(files.get('pack.json'))) as Pack;
  } finally {
    await threads.stop();
  }
}

const shown = (accuracy: Float32Array): string => Array.from(accuracy, (value) => value.toFixed(3)).join(' ');

const conditionFile = v.object({ conditions: v.array(v.looseObject({ id: v.string() })) });

/** The standard condition that conditions.json fixed before, if there is one. */
function readCondition(packDir: string): Condition | null {
  const path = join(packDir, 'conditions.json');
  if (!existsSync(path)) return null;
  const parsed = v.safeParse(conditionFile, JSON.parse(readFileSync(path, 'utf8')));
  const standard = parsed.success ? parsed.output.conditions.find(({ id }) => id === 'standard') : undefined;
  if (!standard) throw new UserError(`${path} names no condition "standard"; correct it or take it away.`);
  return standard;
}

/** The first SNR at which no probe of either modality is above the limit on validation. Before any head is trained. */
async function chooseCondition(
  settings: PackSettings,
  [a, b]: ModalityData[],
  varied: Variant[][],
  states: (of: ModalityData, split: 'train' | 'validation', variants: Variant[]) => Promise<SharedSet>,
  training: TrainingOptions,
  report: (line: string) => void,
): Promise<Condition> {
  const choices = settings.snrChoices.map(settings.standard);
  const clean: Variant = { condition: settings.clean };
  const data: TrainingData = {
    train: {
      a: await states(a, 'train', [clean, ...varied[0]]),
      b: await states(b, 'train', [clean, ...varied[1]]),
    },
    validation: {
      a: await states(
        a,
        'validation',
        choices.map((condition) => ({ condition })),
      ),
      b: await states(
        b,
        'validation',
        choices.map((condition) => ({ condition })),
      ),
    },
    classes: settings.task.classes.length,
  };
  standardiseAll(data, 'a', 'b');
  const probes = await fitProbes(data, training);
  for (const [c, condition] of choices.entries()) {
    const best = await Promise.all(
      (['a', 'b'] as const).map((side) => bestProbeAccuracy(probes[side], data.validation[side], c)),
    );
    report(
      `${condition.label}: best probes on validation ${best.map((value) => value.toFixed(3)).join(' and ')}`,
    );
    if (Math.max(...best) <= settings.accuracyLimit) return condition;
  }
  report('At every ratio a modality alone stays above the limit: the hardest is taken.');
  return choices[choices.length - 1];
}

async function bestProbeAccuracy(
  weights: Parameters<typeof createProbes>[0],
  set: SharedSet,
  condition: number,
): Promise<number> {
  const tf = await import('../runtime/tf');
  const { layers, width } = set;
  const n = set.labels.length;
  const states = conditionStates(set, condition);
  const probes = createProbes(weights);
  const x = tf.tensor(states, [n, layers, width]);
  const probabilities = await probes.run(x);
  x.dispose();
  probes.dispose();
  const { predicted } = outcomes(
    { models: layers, n, classes: weights.shape.classes, probabilities },
    set.labels,
  );
  const right = new Float64Array(layers);
  predicted.forEach(
    (answer, row) => (right[Math.floor(row / n)] += answer === set.labels[row % n] ? 1 / n : 0),
  );
  return Math.max(...right);
}

/** [samples, layers, width] of one variant. */
function conditionStates(
  { states, layers, width, variants, labels }: SharedSet,
  variant: number,
): Float32Array {
  const size = layers * width;
  const all = new Float32Array(states);
  const out = new Float32Array(labels.length * size);
  for (let s = 0; s < labels.length; s++) {
    const from = (s * variants + variant) * size;
    out.set(all.subarray(from, from + size), s * size);
  }
  return out;
}

/** In place, by the training states, all variants of a sample counting alike. */
function standardiseAll(
  { train, validation }: TrainingData,
  idA: string,
  idB: string,
): Record<string, Standardisation> {
  const of = (side: 'a' | 'b'): Standardisation => {
    const all = new Float32Array(train[side].states);
    const s = measure(all, train[side].layers, train[side].width);
    standardise(all, s);
    standardise(new Float32Array(validation[side].states), s);
    return s;
  };
  return { [idA]: of('a'), [idB]: of('b') };
}

function modelContents(
  { pairing, task }: PackSettings,
  standardisations: Record<string, Standardisation>,
  probes: Awaited<ReturnType<typeof fitProbes>>,
  heads: Parameters<typeof writeHeads>[0],
): PackContent[] {
  const first = { when: 'first' } as const;
  const keys = { pairing: pairing.id, task: task.id, variant: 'none' };
  return [
    {
      ...first,
      path: 'standardisation.safetensors',
      role: 'standardisation',
      content: writeStandardisations(standardisations),
    },
    {
      ...first,
      path: 'probes.safetensors',
      role: 'probes',
      task: task.id,
      content: writeProbes({ [pairing.a]: probes.a, [pairing.b]: probes.b }),
    },
    { ...first, path: 'heads.none.safetensors', role: 'heads', ...keys, content: writeHeads(heads) },
  ];
}

/** Records of validation by the models as they are on disk, the SSFN of each condition, and the states to ship. */
async function validate(
  settings: PackSettings,
  conditions: Condition[],
  { validation, classes }: TrainingData,
  [a, b]: ModalityData[],
  contents: PackContent[],
  report: (line: string) => void,
): Promise<{ ssfn: Pack['ssfn']; contents: PackContent[] }> {
  const { pairing, task } = settings;
  const fileOf = (role: string) => contents.find((file) => file.role === role)!.content;
  const [ma, mb] = [a.stored.modality, b.stored.modality];
  const expected = { la: ma.layers, lb: mb.layers, widthA: ma.width, widthB: mb.width, classes };
  const heads = createHeads(readHeads(fileOf('heads'), expected, 'heads'));
  const probesA = createProbes(readProbes(fileOf('probes'), ma, classes, 'probes'));
  const probesB = createProbes(readProbes(fileOf('probes'), mb, classes, 'probes'));
  const ssfn: Pack['ssfn'] = [];
  const out: PackContent[] = [];
  const scope = { pairing: pairing.id, task: task.id, variant: 'none' };
  const labels = validation.a.labels;
  for (const [c, condition] of conditions.entries()) {
    const side = (set: SharedSet, of: ModalityData, rows: ArrayLike<number>): Side => ({
      layers: set.layers,
      width: set.width,
      states: conditionStates(set, c),
      ids: of.validation.map(({ id }) => id),
      rows,
    });
    const draws = [];
    for (let draw = 0; draw < selectionDraws; draw++) {
      const partners = partnersByLabel(
        labels,
        validation.b.labels,
        seededRandom(pairing.seed + draw, 'evaluation'),
      );
      const sideA = side(
        validation.a,
        a,
        Int32Array.from(labels, (_, s) => s),
      );
      const sideB = side(validation.b, b, partners);
      const predictions = await predictPairs({ probesA, probesB, heads }, sideA, sideB);
      const made = outcomes(predictions, labels);
      const units = Uint32Array.from(labels, (_, s) => s);
      const outputs = { models: predictions.models, classes, labels, units, ...made };
      draws.push({
        metric: new Bootstrap(outputs, task.metric, 0).value,
        loss: new Bootstrap(outputs, 'log-loss', 0).value,
      });
      if (draw > 0) continue;
      const about = {
        ...scope,
        condition: condition.id,
        split: 'validation' as const,
        la: ma.layers,
        lb: mb.layers,
        idsA: sideA.ids,
        idsB: Array.from(partners, (partner) => sideB.ids[partner]),
        labels,
        unitName: settings.unitName,
      };
      const unitsOf = a.validation.map(({ unit }) => unit);
      const best = bestProbes(makeRecord(predictions, about, unitsOf), task.metric);
      addScoreSum(predictions, ma.layers, best.a - 1, best.b - 1);
      const record = makeRecord(predictions, about, unitsOf);
      const keys = { ...scope, condition: condition.id, split: 'validation', when: 'lazy' } as const;
      const name = `${condition.id}.validation.safetensors`;
      out.push({ ...keys, path: `record.${name}`, role: 'record', content: encodeRecord(record) });
      if (condition.id === 'standard') {
        const logs = encodePairLogs(record, pairLogsOf(predictions, ma.layers, mb.layers));
        out.push({ ...keys, path: `pairs.${name}`, role: 'pair-logs', content: logs });
        out.push({
          ...keys,
          path: 'samples.standard.safetensors',
          role: 'sample-states',
          content: shipStates(sideA, sideB, labels),
        });
      }
      const value = new Bootstrap({ ...outputs, ...outcomes(predictions, labels) }, task.metric, 0).value;
      report(
        `${condition.id}, validation: best probes ${value[best.a - 1].toFixed(3)} (layer ${best.a}) and ` +
          `${value[ma.layers + best.b - 1].toFixed(3)} (layer ${best.b}), score sum ${value[predictions.models - 1].toFixed(3)}`,
      );
    }
    const ranked = rankSkews(draws, ma.layers, mb.layers);
    ssfn.push({ ...scope, condition: condition.id, d: ranked[0].d, chosenOn: 'validation' });
    report(
      `${condition.id}, SSFN on validation: ` +
        ranked
          .slice(0, 5)
          .map(({ d, accuracy }) => `d = ${d} ${accuracy.toFixed(4)}`)
          .join(', '),
    );
  }
  heads.dispose();
  probesA.dispose();
  probesB.dispose();
  return { ssfn, contents: out };
}

/** The states of evenly spread validation pairs. */
function shipStates(a: Side, b: Side, labels: Uint8Array): Uint8Array<ArrayBuffer> {
  const n = Math.min(shippedSamples, labels.length);
  const chosen = Array.from({ length: n }, (_, s) => Math.floor((s * labels.length) / n));
  const pick = ({ layers, width, states, rows }: Side) => {
    const size = layers * width;
    const out = new Float32Array(n * size);
    chosen.forEach((pair, s) =>
      out.set(states.subarray(rows[pair] * size, (rows[pair] + 1) * size), s * size),
    );
    return { layers, width, states: out };
  };
  return encodeSampleStates({
    labels: Uint8Array.from(chosen, (pair) => labels[pair]),
    idsA: chosen.map((pair) => a.ids[a.rows[pair]]),
    idsB: chosen.map((pair) => b.ids[b.rows[pair]]),
    a: pick(a),
    b: pick(b),
  });
}
