/** What every training of a pack's heads starts from: the samples of both modalities and their states. */
import type { Condition, Task } from '../../packs/schema';
import { checkPaired, labelsOf, spread } from './data';
import { readStoredEncoder } from './encoder-folder';
import { isBalanced, type TrainingData } from './fit';
import type { Variant } from './messages';
import { joinSets } from './selection';
import type { PackSettings } from './settings';
import { statesOf } from './states';
import type { Threads } from './threads';
import type { ModalityData } from './validate';

/** How training samples are varied beside the conditions: those of A, those of B. */
export type Varied = [Variant[], Variant[]];

/** The same variants whenever asked for the same seed. @param counts of A, of B */
export const variedBy = (seed: number, counts: readonly [number, number]): Varied => {
  const seeds = (count: number): Variant[] =>
    Array.from({ length: count }, (_, s) => ({ seed: seed * 1000 + s + 1 }));
  return [seeds(counts[0]), seeds(counts[1])];
};

export interface PreparedSides {
  a: ModalityData;
  b: ModalityData;
  /** Not standardised. */
  states: (split: 'train' | 'validation', variants: Varied) => Promise<TrainingData['train']>;
}

/** @param keep keep the states in .cache, and look for them there @param limit at most so many training samples */
export async function prepareSides(
  { packDir, dataDir, pack }: { packDir: string; dataDir: string; pack: string },
  settings: PackSettings,
  threads: Threads,
  report: (line: string) => void,
  { keep = true, limit }: { keep?: boolean; limit?: number } = {},
): Promise<PreparedSides> {
  const [a, b] = await Promise.all(
    settings.modalities.map(async ({ id, label }): Promise<ModalityData> => ({
      stored: await readStoredEncoder(packDir, id, label),
      train: spread(settings.samples(id, dataDir, ['train']), limit),
      validation: settings.samples(id, dataDir, ['validation']),
    })),
  );
  if (settings.pairing.paired === 'truly') {
    checkPaired(a.train, b.train);
    checkPaired(a.validation, b.validation);
  }
  return {
    a,
    b,
    states: async (split, [forA, forB]) => {
      const of = ({ stored, ...samples }: ModalityData, variants: Variant[]) =>
        statesOf(
          { pack, packDir, dataDir, stored, split, samples: samples[split], variants, keep },
          threads,
          report,
        );
      return { a: await of(a, forA), b: await of(b, forB) };
    },
  };
}

export type BothSplits = Pick<TrainingData, 'train' | 'validation'>;

/**
 * States under the conditions, those of training samples also varied; not standardised.
 * @param refit modalities whose heads learn from the validation samples too: these are added to `sides`' training samples
 */
export async function trainingStates(
  sides: PreparedSides,
  conditions: readonly Condition[],
  varied: Varied,
  refit: readonly string[] = [],
): Promise<BothSplits> {
  const under = conditions.map((condition): Variant => ({ condition }));
  const all: Varied = [
    [...under, ...varied[0]],
    [...under, ...varied[1]],
  ];
  const states = {
    train: await sides.states('train', all),
    validation: await sides.states('validation', [under, under]),
  };
  if (refit.length === 0) return states;
  const more = await sides.states('validation', all);
  for (const side of ['a', 'b'] as const) {
    const from = sides[side];
    if (!refit.includes(from.stored.modality.id)) continue;
    states.train[side] = joinSets(states.train[side], more[side]);
    from.train = [...from.train, ...from.validation];
  }
  return states;
}

/** The states with the labels of a task of the pack. */
export function dataOfTask(
  settings: PackSettings,
  { a, b }: PreparedSides,
  states: BothSplits,
  task: Task,
): TrainingData {
  const t = settings.tasks.findIndex(({ id }) => id === task.id);
  const labelled = (split: 'train' | 'validation') => ({
    a: { ...states[split].a, labels: labelsOf(a[split], t) },
    b: { ...states[split].b, labels: labelsOf(b[split], t) },
  });
  return {
    train: labelled('train'),
    validation: labelled('validation'),
    classes: task.classes.length,
    paired: settings.pairing.paired,
    balanced: isBalanced(task),
  };
}
