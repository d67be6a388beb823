/** What every training of a pack's heads starts from: the samples of its modalities and their states. */
import type { Condition, Pairing, Task } from '../../packs/schema';
import { checkPaired, labelsOf, spread } from './data';
import { readStoredEncoder } from './encoder-folder';
import { isBalanced, type TrainingData } from './fit';
import type { SharedSet, Variant } from './messages';
import { joinSets } from './selection';
import type { PackSettings } from './settings';
import { statesOf } from './states';
import type { Threads } from './threads';
import type { ModalityData } from './validate';

/** How training samples are varied beside the conditions, by modality. */
export type Varied = Record<string, Variant[]>;

/** The same variants whenever asked for the same seed. @param counts by modality */
export const variedBy = (seed: number, counts: Readonly<Record<string, number>>): Varied =>
  Object.fromEntries(
    Object.entries(counts).map(([id, count]) => [
      id,
      Array.from({ length: count }, (_, s): Variant => ({ seed: seed * 1000 + s + 1 })),
    ]),
  );

/** By modality. */
export type Sets = Record<string, SharedSet>;
export type BothSplits = Record<'train' | 'validation', Sets>;

export interface Prepared {
  /** By modality, in the order of the settings. */
  modalities: Record<string, ModalityData>;
  /** Not standardised. */
  states: (split: 'train' | 'validation', variants: Varied) => Promise<Sets>;
}

/** @param keep keep the states in .cache, and look for them there @param limit at most so many training samples */
export async function prepareModalities(
  { packDir, dataDir, pack }: { packDir: string; dataDir: string; pack: string },
  settings: PackSettings,
  threads: Threads,
  report: (line: string) => void,
  { keep = true, limit }: { keep?: boolean; limit?: number } = {},
): Promise<Prepared> {
  const modalities: Prepared['modalities'] = Object.fromEntries(
    await Promise.all(
      settings.modalities.map(async ({ id, label }): Promise<[string, ModalityData]> => [
        id,
        {
          stored: await readStoredEncoder(packDir, id, label),
          train: spread(settings.samples(id, dataDir, ['train']), limit),
          validation: settings.samples(id, dataDir, ['validation']),
        },
      ]),
    ),
  );
  for (const { a, b, paired } of settings.pairings) {
    if (paired !== 'truly') continue;
    checkPaired(modalities[a].train, modalities[b].train);
    checkPaired(modalities[a].validation, modalities[b].validation);
  }
  return {
    modalities,
    async states(split, variants) {
      const sets: Sets = {};
      for (const [id, { stored, ...samples }] of Object.entries(modalities))
        sets[id] = await statesOf(
          { pack, packDir, dataDir, stored, split, samples: samples[split], variants: variants[id], keep },
          threads,
          report,
        );
      return sets;
    },
  };
}

/**
 * States under the conditions, those of training samples also varied; not standardised.
 * @param refit modalities whose heads learn from the validation samples too: these are added to the training samples
 */
export async function trainingStates(
  prepared: Prepared,
  conditions: readonly Condition[],
  varied: Varied,
  refit: readonly string[] = [],
): Promise<BothSplits> {
  const under = conditions.map((condition): Variant => ({ condition }));
  const each = (variants: (id: string) => Variant[]): Varied =>
    Object.fromEntries(Object.keys(prepared.modalities).map((id) => [id, variants(id)]));
  const all = each((id) => [...under, ...varied[id]]);
  const states = {
    train: await prepared.states('train', all),
    validation: await prepared.states(
      'validation',
      each(() => under),
    ),
  };
  if (refit.length === 0) return states;
  const more = await prepared.states('validation', all);
  for (const [id, from] of Object.entries(prepared.modalities)) {
    if (!refit.includes(id)) continue;
    states.train[id] = joinSets(states.train[id], more[id]);
    from.train = [...from.train, ...from.validation];
  }
  return states;
}

/** The states of a pairing with the labels of a task of the pack. */
export function dataOfTask(
  settings: PackSettings,
  { modalities }: Pick<Prepared, 'modalities'>,
  states: BothSplits,
  task: Task,
  pairing: Pairing,
): TrainingData {
  const labelled = (split: 'train' | 'validation') => ({
    a: labelledSet(settings, modalities, states, task, split, pairing.a),
    b: labelledSet(settings, modalities, states, task, split, pairing.b),
  });
  const { exchanged, head } = settings;
  return {
    train: labelled('train'),
    validation: labelled('validation'),
    classes: task.classes.length,
    paired: pairing.paired,
    balanced: isBalanced(task),
    ...(head ? { head } : {}),
    ...(exchanged ? { exchanged: { a: exchanged[pairing.a], b: exchanged[pairing.b] } } : {}),
  };
}

/** The states of one modality with the labels of a task. */
export function labelledSet(
  { tasks }: PackSettings,
  modalities: Prepared['modalities'],
  states: BothSplits,
  task: Task,
  split: 'train' | 'validation',
  id: string,
): SharedSet {
  const t = tasks.findIndex((other) => other.id === task.id);
  return { ...states[split][id], labels: labelsOf(modalities[id][split], t) };
}
