/** Trains the probes and heads of a pack on its frozen encoders, and writes the pack. The test split is never read. */
import { cpus } from 'node:os';
import { basename } from 'node:path';
import type { Standardisation } from '../fusion/standardise';
import type { HeadWeights } from '../fusion/heads';
import type { StateNoise } from '../fusion/noise';
import type { Condition, Pack, Task } from '../packs/schema';
import { writeHeads, writeProbes, writeStandardisations } from '../packs/weights';
import { assemblePack, type PackContent } from '../packs/write';
import { startNode } from '../runtime/node';
import { cardOf } from './heads/card';
import { chooseCondition } from './heads/condition';
import { encoderContents, encoderFacts, leftOutVoices } from './heads/encoder-folder';
import {
  defaultTraining,
  fitHeads,
  fitProbes,
  isBalanced,
  type KeptEpochs,
  type TrainingData,
  type TrainingOptions,
} from './heads/fit';
import { bestProbeByVariant, chooseNoise, noiseGrid } from './heads/noise';
import { listPack, writeFiles } from './heads/pack-folder';
import { drawsOf } from './heads/predict';
import { dataOfTask, prepareSides, trainingStates, variedBy } from './heads/prepare';
import {
  keptOf,
  refitModalities,
  selectionFolder,
  validationRecords,
  type Selection,
} from './heads/selection';
import { settingsOf, type PackSettings } from './heads/settings';
import { standardiseAll } from './heads/states';
import { Threads } from './heads/threads';
import { filesOfTask, selectionDraws, validate } from './heads/validate';

export interface TrainHeadsOptions {
  threads?: number;
  seed?: number;
  epochs?: number;
  /** Variants of each training sample beside the conditions: of A, of B. */
  variants?: [number, number];
  training?: Partial<TrainingOptions>;
  /** To try things out: at most so many training samples of each modality. */
  limit?: number;
  /** Keep the states in .cache for the next run (true). */
  keep?: boolean;
  /** What was chosen before an encoder was refit; left out: chosen here. */
  selection?: Selection;
  report?: (line: string) => void;
}

/**
 * @param packDir models/<pack>, with the encoders in it; everything else of the pack is written there
 * @param dataDir the data folder; only its training and validation splits are read
 */
export async function trainHeads(
  packDir: string,
  dataDir: string,
  options: TrainHeadsOptions = {},
): Promise<Pack> {
  const report = options.report ?? console.log;
  const packId = basename(packDir);
  const settings = settingsOf(packId);
  const [ofA, ofB] = options.variants ?? settings.variants;
  const { seed = 0, epochs = defaultTraining.epochs } = options;
  const training: TrainingOptions = {
    ...defaultTraining,
    seed,
    epochs,
    perEpoch: settings.pairsPerEpoch,
    ...options.training,
  };
  const refit = refitModalities(
    packDir,
    settings.modalities.map(({ id }) => id),
  );
  if (refit.length > 0 && !options.selection) {
    report(`${refit.join(' and ')} was refit: everything is chosen with the encoder before that`);
    const folder = selectionFolder(packDir, packId, refit);
    const pack = await trainHeads(folder, dataDir, options);
    return trainHeads(packDir, dataDir, { ...options, selection: { folder, pack, refit } });
  }
  const { selection } = options;
  await startNode();
  const threads = new Threads(options.threads ?? cpus().length);
  try {
    const sides = await prepareSides({ packDir, dataDir, pack: packId }, settings, threads, report, {
      keep: options.keep,
      limit: options.limit,
    });
    const { a, b } = sides;
    const varied = variedBy(seed, [ofA, ofB]);
    const conditions: Condition[] = selection?.pack.conditions ?? [
      settings.clean,
      await chooseCondition(settings, varied, sides.states, training, report),
    ];
    const states = await trainingStates(sides, conditions, varied, selection?.refit);
    const ofTask = (task: Task): TrainingData => dataOfTask(settings, sides, states, task);
    const { id: idA } = a.stored.modality;
    const { id: idB } = b.stored.modality;
    const standardisations = standardiseAll(states, idA, idB);
    const contents = [
      ...encoderContents(packDir, idA),
      ...encoderContents(packDir, idB),
      standardisationFile(standardisations),
    ];
    const fixedNoise = selection ? chosenNoise(selection.pack) : options.training?.stateNoise;
    const noise =
      fixedNoise === undefined
        ? await chooseNoise(ofTask(settings.tasks[0]), training, threads, report)
        : { chosen: fixedNoise, trials: [] };
    training.stateNoise = noise.chosen;
    const names = [idA, idB].map((id, side) => [
      ...conditions.map((condition) => condition.id),
      ...varied[side].map((_, v) => `${id} varied ${v + 1}`),
    ]);
    const made: PackContent[] = [];
    const ssfn: Pack['ssfn'] = [];
    const trusted: Record<string, Record<string, TrustedStates>> = {};
    const kept: Record<string, KeptEpochs> = {};
    let seconds = 0;
    let shape: HeadWeights['shape'] | null = null;
    for (const task of settings.tasks) {
      report(`task ${task.id}`);
      const data = ofTask(task);
      const fixed = selection && keptOf(selection, task.id);
      const probes = await fitProbes(data, training, fixed);
      trusted[task.id] = {};
      for (const [side, id] of [idA, idB].entries()) {
        const ab = side === 0 ? 'a' : 'b';
        const reach = async (split: 'train' | 'validation') =>
          (await bestProbeByVariant(probes[ab], data[split][ab], task.metric, lookedAt)).map(rounded);
        const own = { training: await reach('train'), validation: await reach('validation') };
        trusted[task.id][id] = own;
        const told = (values: number[]) => values.map((value, v) => `${names[side][v]} ${value}`).join(', ');
        report(`${id}, best probe on training states: ${told(own.training)}`);
        report(`${id}, best probe on validation states: ${told(own.validation)}`);
      }
      const heads = await fitHeads(data, training, threads, report, fixed);
      kept[task.id] = { probes: probes.kept, heads: heads.kept };
      seconds += heads.seconds;
      shape = heads.weights.shape;
      const models = modelContents(settings, task, probes, heads.weights);
      const found = await validate(settings, task, conditions, data, [a, b], models, report);
      contents.push(...models);
      made.push(...found.contents.filter(({ role }) => !selection || role === 'sample-states'));
      ssfn.push(...found.ssfn);
    }
    if (selection) made.push(...validationRecords(selection));
    const { width, attentionHeads, hidden } = shape!;
    const about: Omit<Pack, 'files'> = {
      schema: 1,
      id: packId,
      title: settings.title,
      question: settings.question,
      modalities: [a.stored.modality, b.stored.modality],
      pairings: [settings.pairing],
      tasks: settings.tasks,
      conditions,
      variants: [{ id: 'none' }],
      splits: settings.splits,
      ssfn: selection?.pack.ssfn ?? ssfn,
      data: settings.data,
      licence: settings.licence,
      card: settings.card,
      training: {
        ...training,
        head: { width, attentionHeads, feedForward: hidden },
        seconds: Math.round(seconds),
        variants: { [idA]: ofA + conditions.length, [idB]: ofB + conditions.length },
        encoders: { [idA]: encoderFacts(packDir, idA), [idB]: encoderFacts(packDir, idB) },
        trainedOn: { [idA]: a.train.length, [idB]: b.train.length },
        validatedOn: { [idA]: a.validation.length, [idB]: b.validation.length },
        kept,
        leftOutVoices: leftOutVoices(packDir) ?? undefined,
        ...(selection
          ? {
              refit: `After everything was chosen, the encoder of ${selection.refit.join(' and ')} learned from the validation samples too, and all probes and heads were fitted again with the same settings and epochs. The validation records are of the models before that.`,
            }
          : {}),
        noise: {
          chosen: { [idA]: noise.chosen.a, [idB]: noise.chosen.b },
          grid: noiseGrid,
          how: 'deviation of the noise added to standardised states while heads train; least mean log-loss of the (ℓ, ℓ) heads on validation after a third of the epochs',
          trials: noise.trials,
        },
        bestProbes: {
          how: `the metric of the best probe on at most ${lookedAt} training samples and on validation, under ${conditions.map(({ id }) => id).join(', ')}, then varied by seed`,
          tasks: trusted,
        },
        balanced: settings.tasks.filter(isBalanced).map(({ id }) => id),
        ssfn: ssfnChoice(settings),
      },
    };
    const card: PackContent = {
      path: 'README.md',
      role: 'card',
      when: 'lazy',
      content: new TextEncoder().encode(cardOf(about, null)),
    };
    const files = await assemblePack(about, [...contents, ...made, card]);
    writeFiles(packDir, files);
    listPack(packDir, settings, [a.stored.modality.modality, b.stored.modality.modality]);
    return JSON.parse(new TextDecoder().decode(files.get('pack.json'))) as Pack;
  } finally {
    await threads.stop();
  }
}

/** What the best probe reaches on states of each variant: far apart, the encoder knows its training samples too well. */
interface TrustedStates {
  training: number[];
  validation: number[];
}

/** Training samples on which the probes are looked at. */
const lookedAt = 3000;
const rounded = (value: number): number => Number(value.toFixed(3));

const ssfnChoice = ({ pairing }: PackSettings): string => {
  const draws = drawsOf(pairing, selectionDraws);
  const over =
    draws === 1
      ? 'best on the validation split'
      : `best mean over ${draws} seeded pairings of the validation split`;
  return `${over}; equal ones by log-loss`;
};

const standardisationFile = (standardisations: Record<string, Standardisation>): PackContent => ({
  path: 'standardisation.safetensors',
  role: 'standardisation',
  when: 'first',
  content: writeStandardisations(standardisations),
});

/** The first task's heads are there for the first prediction, other tasks' when they are asked for. */
function modelContents(
  settings: PackSettings,
  task: Task,
  probes: Awaited<ReturnType<typeof fitProbes>>,
  heads: HeadWeights,
): PackContent[] {
  const { pairing, tasks } = settings;
  const probesOf = { [pairing.a]: probes.a, [pairing.b]: probes.b };
  const keys = { pairing: pairing.id, task: task.id, variant: 'none' };
  return filesOfTask(settings, task, [
    {
      path: 'probes.safetensors',
      role: 'probes',
      when: 'first',
      task: task.id,
      content: writeProbes(probesOf),
    },
    {
      path: 'heads.none.safetensors',
      role: 'heads',
      when: task === tasks[0] ? 'first' : 'lazy',
      content: writeHeads(heads),
      ...keys,
    },
  ]);
}

/** The noise that a pack's heads were trained with, by side. */
function chosenNoise({ pairings: [{ a, b }], training }: Pack): StateNoise {
  const { chosen } = training.noise as { chosen: Record<string, number> };
  return { a: chosen[a], b: chosen[b] };
}
