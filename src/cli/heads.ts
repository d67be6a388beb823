/** Trains the probes and heads of a pack on its frozen encoders, and writes the pack. The test split is never read. */
import { cpus } from 'node:os';
import { basename } from 'node:path';
import type { Standardisation } from '../fusion/standardise';
import type { HeadWeights } from '../fusion/heads';
import type { Condition, Pack } from '../packs/schema';
import { writeHeads, writeProbes, writeStandardisations } from '../packs/weights';
import { assemblePack, type PackContent } from '../packs/write';
import { startNode } from '../runtime/node';
import { cardOf } from './heads/card';
import { chooseCondition } from './heads/condition';
import { readSamples, spread } from './heads/data';
import { encoderContents, encoderFacts, readStoredEncoder } from './heads/encoder-folder';
import { defaultTraining, fitHeads, fitProbes, type TrainingData, type TrainingOptions } from './heads/fit';
import type { Variant } from './heads/messages';
import { listPack, writeFiles } from './heads/pack-folder';
import { settingsOf, type PackSettings } from './heads/settings';
import { standardiseAll, statesOf } from './heads/states';
import { Threads } from './heads/threads';
import { selectionDraws, validate, type ModalityData } from './heads/validate';

export interface TrainHeadsOptions {
  threads?: number;
  seed?: number;
  epochs?: number;
  /** Variants of each training sample beside the conditions: of A, of B. */
  variants?: [number, number];
  training?: Partial<TrainingOptions>;
  /** To try things out: at most so many training samples of each modality. */
  limit?: number;
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
  const [ofA, ofB] = options.variants ?? [3, 6];
  const { seed = 0, epochs = defaultTraining.epochs } = options;
  const training: TrainingOptions = { ...defaultTraining, seed, epochs, ...options.training };
  await startNode();
  const threads = new Threads(options.threads ?? cpus().length);
  try {
    const [a, b] = await Promise.all(
      settings.modalities.map(async ({ id, label }): Promise<ModalityData> => ({
        stored: await readStoredEncoder(packDir, id, label),
        train: spread(readSamples(packId, id, dataDir, ['train']), options.limit),
        validation: readSamples(packId, id, dataDir, ['validation']),
      })),
    );
    const states = async (split: 'train' | 'validation', [forA, forB]: [Variant[], Variant[]]) => {
      const of = ({ stored, ...samples }: ModalityData, variants: Variant[]) =>
        statesOf(
          {
            pack: packId,
            packDir,
            dataDir,
            stored,
            split,
            samples: samples[split],
            variants,
            keep: true,
          },
          threads,
          report,
        );
      return { a: await of(a, forA), b: await of(b, forB) };
    };
    const seeds = (count: number): Variant[] =>
      Array.from({ length: count }, (_, s) => ({ seed: seed * 1000 + s + 1 }));
    const varied: [Variant[], Variant[]] = [seeds(ofA), seeds(ofB)];
    const standard = await chooseCondition(settings, varied, states, training, report);
    const conditions: Condition[] = [settings.clean, standard];
    const under = conditions.map((condition): Variant => ({ condition }));
    const data: TrainingData = {
      train: await states('train', [
        [...under, ...varied[0]],
        [...under, ...varied[1]],
      ]),
      validation: await states('validation', [under, under]),
      classes: settings.task.classes.length,
    };
    const { id: idA } = a.stored.modality;
    const { id: idB } = b.stored.modality;
    const standardisations = standardiseAll(data, idA, idB);
    const probes = await fitProbes(data, training);
    report(`probes of A on validation, all conditions: ${shown(probes.accuracy.a)}`);
    report(`probes of B on validation, all conditions: ${shown(probes.accuracy.b)}`);
    const heads = await fitHeads(data, training, threads, report);
    const contents = [
      ...encoderContents(packDir, idA),
      ...encoderContents(packDir, idB),
      ...modelContents(settings, standardisations, probes, heads.weights),
    ];
    const made = await validate(settings, conditions, data, [a, b], contents, report);
    const { width, attentionHeads, hidden } = heads.weights.shape;
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
        head: { width, attentionHeads, feedForward: hidden },
        seconds: Math.round(heads.seconds),
        variants: { [idA]: ofA + under.length, [idB]: ofB + under.length },
        encoders: { [idA]: encoderFacts(packDir, idA), [idB]: encoderFacts(packDir, idB) },
        trainedOn: { [idA]: a.train.length, [idB]: b.train.length },
        validatedOn: { [idA]: a.validation.length, [idB]: b.validation.length },
        ssfn: `best mean over ${selectionDraws} seeded pairings of the validation split; equal ones by log-loss`,
      },
    };
    const card: PackContent = {
      path: 'README.md',
      role: 'card',
      when: 'lazy',
      content: new TextEncoder().encode(cardOf(about, null)),
    };
    const files = await assemblePack(about, [...contents, ...made.contents, card]);
    writeFiles(packDir, files);
    listPack(packDir, settings, [a.stored.modality.modality, b.stored.modality.modality]);
    return JSON.parse(new TextDecoder().decode(files.get('pack.json'))) as Pack;
  } finally {
    await threads.stop();
  }
}

const shown = (accuracy: Float32Array): string => Array.from(accuracy, (value) => value.toFixed(3)).join(' ');

function modelContents(
  { pairing, task }: PackSettings,
  standardisations: Record<string, Standardisation>,
  probes: Awaited<ReturnType<typeof fitProbes>>,
  heads: HeadWeights,
): PackContent[] {
  const probesOf = { [pairing.a]: probes.a, [pairing.b]: probes.b };
  const keys = { pairing: pairing.id, task: task.id, variant: 'none' };
  const file = <K extends object>(
    path: string,
    role: PackContent['role'],
    content: PackContent['content'],
    of: K,
  ) => ({ path, role, when: 'first', content, ...of }) as const;
  return [
    file('standardisation.safetensors', 'standardisation', writeStandardisations(standardisations), {}),
    file('probes.safetensors', 'probes', writeProbes(probesOf), { task: task.id }),
    file('heads.none.safetensors', 'heads', writeHeads(heads), keys),
  ];
}
