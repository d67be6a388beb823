/** Trains the probes and heads of a pack on its frozen encoders, and writes the pack. The test split is never read. */
import { cpus } from 'node:os';
import { basename } from 'node:path';
import type { Standardisation } from '../fusion/standardise';
import type { HeadWeights } from '../fusion/heads';
import type { Condition, Pack, Pairing, Task } from '../packs/schema';
import { writeHeads, writeProbes, writeStandardisations } from '../packs/weights';
import { assemblePack, type PackContent } from '../packs/write';
import { startNode } from '../runtime/node';
import { cardOf } from './heads/card';
import { chooseCondition } from './heads/condition';
import { encoderContents, encoderFacts, leftOutVoices } from './heads/encoder-folder';
import {
  defaultTraining,
  fitHeads,
  fitSide,
  isBalanced,
  type FittedProbes,
  type KeptEpochs,
  type TrainingOptions,
} from './heads/fit';
import { trainGroups } from './heads/groups';
import { chosenNoise, fixedNoise, noiseOf } from './heads/noise-of-pack';
import { bestProbeByVariant, noiseGrid } from './heads/noise';
import { listPack, writeFiles } from './heads/pack-folder';
import { drawsOf } from './heads/predict';
import { dataOfTask, prepareModalities, trainingStates, variedBy } from './heads/prepare';
import {
  keptOf,
  keyOf,
  refitModalities,
  selectionFolder,
  validationRecords,
  type Selection,
} from './heads/selection';
import { settingsOf, variantCounts, type PackSettings } from './heads/settings';
import { standardiseAll } from './heads/states';
import { Threads } from './heads/threads';
import { filesOf, selectionDraws, validate } from './heads/validate';

export interface TrainHeadsOptions {
  threads?: number;
  seed?: number;
  epochs?: number;
  /** Variants of each training sample beside the conditions, in the order of the modalities. */
  variants?: number[];
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
  const ids = settings.modalities.map(({ id }) => id);
  const counts = variantCounts(settings, options.variants ?? settings.variants);
  const { seed = 0, epochs = settings.epochs ?? defaultTraining.epochs } = options;
  const training: TrainingOptions = {
    ...defaultTraining,
    seed,
    epochs,
    perEpoch: settings.pairsPerEpoch,
    ...options.training,
  };
  const refit = refitModalities(packDir, ids);
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
    const prepared = await prepareModalities({ packDir, dataDir, pack: packId }, settings, threads, report, {
      keep: options.keep,
      limit: options.limit,
    });
    const varied = variedBy(seed, counts);
    const conditions: Condition[] = selection?.pack.conditions ?? [
      settings.clean,
      await chooseCondition(settings, varied, prepared.states, training, report),
    ];
    const states = await trainingStates(prepared, conditions, varied, selection?.refit);
    const { modalities } = prepared;
    const standardisations = standardiseAll(states);
    const contents = [
      ...ids.flatMap((id) => encoderContents(packDir, modalities[id].stored.modality)),
      standardisationFile(standardisations),
    ];
    const noise = await noiseOf(
      { settings, prepared, states, training, threads, report },
      selection ? chosenNoise(selection.pack) : fixedNoise(settings, options.training?.stateNoise),
    );
    const variantNames = (id: string) => [
      ...conditions.map((condition) => condition.id),
      ...varied[id].map((_, v) => `${id} varied ${v + 1}`),
    ];
    const made: PackContent[] = [];
    const ssfn: Pack['ssfn'] = [];
    const trusted: Record<string, Record<string, TrustedStates>> = {};
    const kept: Record<string, KeptEpochs> = {};
    const probesOf: Record<string, Record<string, FittedProbes>> = {};
    let seconds = 0;
    let shape: HeadWeights['shape'] | null = null;
    for (const pairing of settings.pairings)
      for (const task of settings.tasks) {
        report(settings.pairings.length > 1 ? `${pairing.id}, task ${task.id}` : `task ${task.id}`);
        const data = dataOfTask(settings, prepared, states, task, pairing);
        const fixed = selection && keptOf(selection, settings, pairing, task);
        const own = { ...training, stateNoise: { a: noise.chosen[pairing.a], b: noise.chosen[pairing.b] } };
        const fitted = (probesOf[task.id] ??= {});
        trusted[task.id] ??= {};
        for (const side of ['a', 'b'] as const) {
          const id = pairing[side];
          if (fitted[id]) continue;
          fitted[id] = await fitSide(data, side, own, fixed);
          const reach = async (split: 'train' | 'validation') =>
            (await bestProbeByVariant(fitted[id].weights, data[split][side], task.metric, lookedAt)).map(
              rounded,
            );
          const reached = { training: await reach('train'), validation: await reach('validation') };
          trusted[task.id][id] = reached;
          const told = (values: number[]) =>
            values.map((value, v) => `${variantNames(id)[v]} ${value}`).join(', ');
          report(`${id}, best probe on training states: ${told(reached.training)}`);
          report(`${id}, best probe on validation states: ${told(reached.validation)}`);
        }
        const heads = await fitHeads(data, own, threads, report, fixed);
        const { a, b } = pairing;
        kept[keyOf(settings, pairing, task)] = {
          probes: { a: fitted[a].kept, b: fitted[b].kept },
          heads: heads.kept,
        };
        seconds += heads.seconds;
        shape = heads.weights.shape;
        const weights = { [a]: fitted[a].weights, [b]: fitted[b].weights };
        const models = modelContents(settings, pairing, task, weights, heads.weights);
        const sides = [modalities[a], modalities[b]];
        const found = await validate(settings, pairing, task, conditions, data, sides, models, report);
        contents.push(...models.filter(({ role }) => role === 'heads' || settings.pairings.length === 1));
        made.push(...found.contents.filter(({ role }) => !selection || role === 'sample-states'));
        ssfn.push(...found.ssfn);
      }
    // of several pairings, one file with the probes of all modalities
    if (settings.pairings.length > 1)
      for (const task of settings.tasks) {
        const weights = Object.fromEntries(ids.map((id) => [id, probesOf[task.id][id].weights]));
        contents.push(...filesOf(settings, settings.pairings[0], task, [probesFile(task, weights)]));
      }
    const groups = await trainGroups({
      settings,
      prepared,
      states,
      training,
      noise: noise.chosen,
      probes: probesOf,
      report,
    });
    contents.push(...groups.contents);
    if (selection) made.push(...validationRecords(selection));
    const { width, attentionHeads, hidden } = shape!;
    const byId = <T>(of: (id: string) => T) => Object.fromEntries(ids.map((id) => [id, of(id)]));
    const [{ a: firstA, b: firstB }] = settings.pairings;
    const about: Omit<Pack, 'files'> = {
      schema: 1,
      id: packId,
      title: settings.title,
      question: settings.question,
      modalities: ids.map((id) => modalities[id].stored.modality),
      pairings: settings.pairings,
      ...(groups.groups.length > 0 ? { groups: groups.groups } : {}),
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
        ...(settings.pairings.length === 1
          ? { stateNoise: { a: noise.chosen[firstA], b: noise.chosen[firstB] } }
          : {}),
        ...(settings.exchanged ? { exchanged: settings.exchanged } : {}),
        head: { width, attentionHeads, feedForward: hidden },
        seconds: Math.round(seconds),
        variants: byId((id) => counts[id] + conditions.length),
        encoders: byId((id) => encoderFacts(packDir, id)),
        trainedOn: byId((id) => modalities[id].train.length),
        validatedOn: byId((id) => modalities[id].validation.length),
        kept,
        leftOutVoices: leftOutVoices(packDir) ?? undefined,
        ...(selection
          ? {
              refit: `After everything was chosen, the encoder of ${selection.refit.join(' and ')} learned from the validation samples too, and all probes and heads were fitted again with the same settings and epochs. The validation records are of the models before that.`,
            }
          : {}),
        noise: {
          chosen: noise.chosen,
          grid: settings.noiseGrid ?? noiseGrid,
          how: 'deviation of the noise added to standardised states while heads train; least mean log-loss of the (ℓ, ℓ) heads on validation after a third of the epochs',
          trials: noise.trials,
        },
        bestProbes: {
          how: `the metric of the best probe on at most ${lookedAt} training samples and on validation, under ${conditions.map(({ id }) => id).join(', ')}, then varied by seed`,
          tasks: trusted,
        },
        balanced: settings.tasks.filter(isBalanced).map(({ id }) => id),
        ssfn: ssfnChoice(settings),
        ...(groups.facts.length > 0 ? { groups: groups.facts } : {}),
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
    listPack(
      packDir,
      settings,
      [firstA, firstB].map((id) => modalities[id].stored.modality.modality) as [string, string],
    );
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

const ssfnChoice = ({ pairings: [pairing] }: PackSettings): string => {
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

const probesFile = (task: Task, weights: Parameters<typeof writeProbes>[0]): PackContent => ({
  path: 'probes.safetensors',
  role: 'probes',
  when: 'first',
  task: task.id,
  content: writeProbes(weights),
});

/** The heads of the first pairing and task are there for the first prediction, others' when they are asked for. */
function modelContents(
  settings: PackSettings,
  pairing: Pairing,
  task: Task,
  probes: Parameters<typeof writeProbes>[0],
  heads: HeadWeights,
): PackContent[] {
  const { pairings, tasks } = settings;
  return filesOf(settings, pairing, task, [
    probesFile(task, probes),
    {
      path: 'heads.none.safetensors',
      role: 'heads',
      when: task === tasks[0] && pairing === pairings[0] ? 'first' : 'lazy',
      content: writeHeads(heads),
      pairing: pairing.id,
      task: task.id,
      variant: 'none',
    },
  ]);
}
