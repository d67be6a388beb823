/** Trains the probes and heads of a pack on its frozen encoders, and writes the pack. The test split is never read. */
import { cpus } from 'node:os';
import { basename } from 'node:path';
import type { Standardisation } from '../fusion/standardise';
import type { Condition, Pack } from '../packs/schema';
import { writeStandardisations } from '../packs/weights';
import { assemblePack, type PackContent } from '../packs/write';
import { startNode } from '../runtime/node';
import { cardOf } from './heads/card';
import { chooseCondition } from './heads/condition';
import { encoderContents, encoderFacts, leftOutVoices } from './heads/encoder-folder';
import { defaultTraining, isBalanced, type TrainingOptions } from './heads/fit';
import { trainGroups } from './heads/groups';
import { chosenNoise, fixedNoise, noiseOf, trialsOf } from './heads/noise-of-pack';
import { noiseGrid } from './heads/noise';
import { listPack, writeFiles } from './heads/pack-folder';
import { fitPairings, lookedAt } from './heads/pairings';
import { drawsOf } from './heads/predict';
import { prepareModalities, trainingStates, variedBy } from './heads/prepare';
import { refitModalities, selectionFolder, validationRecords, type Selection } from './heads/selection';
import { settingsOf, variantCounts, type PackSettings } from './heads/settings';
import { standardiseAll } from './heads/states';
import { Threads } from './heads/threads';
import { selectionDraws } from './heads/validate';

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
    undegraded: settings.undegraded,
    averaged: settings.averaged,
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
    const given = {
      settings,
      prepared,
      states,
      conditions,
      varied,
      training,
      noise: noise.chosen,
      selection,
    };
    const fitted = await fitPairings(given, threads, report);
    const { trusted, kept, seconds, size, ssfn } = fitted;
    contents.push(...fitted.contents);
    const made = fitted.made.filter(({ role }) => !selection || role === 'sample-states');
    const groups = await trainGroups({ ...given, probes: fitted.probes, report });
    contents.push(...groups.contents);
    if (selection) made.push(...validationRecords(selection));
    const { width, attentionHeads, hidden } = size;
    const byId = <T>(of: (id: string) => T) => Object.fromEntries(ids.map((id) => [id, of(id)]));
    const [{ a: firstA, b: firstB }] = settings.pairings;
    const about: Omit<Pack, 'files'> = {
      schema: 1,
      id: packId,
      title: settings.title,
      question: settings.question,
      modalities: ids.map((id) => ({
        ...modalities[id].stored.modality,
        ...(settings.exchanged?.[id] !== undefined && { validationSeen: true }),
      })),
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
              refit: `After everything was chosen, ${encodersOf(selection.refit, settings)} learned from the validation samples too, and all probes and heads were fitted again with the same settings and epochs. The validation records are of the models before that.`,
            }
          : {}),
        noise: {
          chosen: noise.chosen,
          grid: settings.noiseGrid ?? noiseGrid,
          how: 'deviation of the noise added to standardised states while heads train; least mean log-loss of the (ℓ, ℓ) heads on validation after a third of the epochs',
          trials: selection ? trialsOf(selection.pack) : noise.trials,
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

const encodersOf = (ids: string[], { modalities }: PackSettings): string => {
  const labels = modalities.filter(({ id }) => ids.includes(id)).map(({ label }) => label);
  return `the ${labels.length > 1 ? 'encoders' : 'encoder'} of ${new Intl.ListFormat('en-GB').format(labels)}`;
};

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
