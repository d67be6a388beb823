/** What the variants of a pack start from: the data and the settings that its heads were trained with. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import * as v from 'valibot';
import { standardise } from '../../fusion/standardise';
import { UserError } from '../../math/errors';
import { folderSource } from '../../packs/folder';
import { openPack, type OpenPack } from '../../packs/open';
import type { Pack, Pairing, Task } from '../../packs/schema';
import type { KeptEpochs, TrainingData, TrainingOptions } from '../heads/fit';
import { dataOfTask, prepareModalities, trainingStates, variedBy } from '../heads/prepare';
import { keyOf, selectionPath } from '../heads/selection';
import { settingsOf } from '../heads/settings';
import type { Threads } from '../heads/threads';

export interface Start {
  pack: Pack;
  /** As the heads of a pairing were trained. */
  trainingOf(pairing: Pairing): TrainingOptions;
  dataOf(pairing: Pairing, task: Task): TrainingData;
  /** Of a pack whose encoder was refit: the epochs that its heads without a penalty kept. */
  keptOf(pairing: Pairing, task: Task): KeptEpochs | undefined;
}

export interface StartOptions {
  packDir: string;
  dataDir: string;
  /** Modalities whose encoders were refit: their heads learned from the validation samples too. */
  refit: readonly string[];
  /** Leave these samples out of training all the same: the heads then are others than the pack's. */
  leaveOut?: boolean;
  /** Keep the states in .cache (true). */
  keep?: boolean;
}

/**
 * The training data as the pack's heads had it.
 * @throws UserError where the pack and the data do not belong together
 */
export async function startFrom(
  { pack, standardisations }: OpenPack,
  { packDir, dataDir, refit, leaveOut = false, keep }: StartOptions,
  threads: Threads,
  report: (line: string) => void,
): Promise<Start> {
  const settings = settingsOf(pack.id);
  const { training, noise, counts, trainedOn, kept } = recipeOf(pack);
  const prepared = await prepareModalities({ packDir, dataDir, pack: pack.id }, settings, threads, report, {
    keep,
  });
  const states = await trainingStates(
    prepared,
    pack.conditions,
    variedBy(training.seed, counts),
    leaveOut ? [] : refit,
  );
  for (const [id, { train }] of Object.entries(prepared.modalities)) {
    const left = leaveOut && refit.includes(id) ? prepared.modalities[id].validation.length : 0;
    if (train.length + left !== trainedOn[id])
      throw new UserError(
        `The heads of ${pack.id} were trained on ${trainedOn[id]} samples of ${id}, and ${dataDir} holds ${train.length}: fit the heads again (--stage heads), or give the data that they were trained on.`,
      );
    for (const split of ['train', 'validation'] as const)
      standardise(new Float32Array(states[split][id].states), standardisations[id]);
  }
  return {
    pack,
    trainingOf: ({ a, b }) => ({ ...training, stateNoise: noise && { a: noise[a], b: noise[b] } }),
    dataOf: (pairing, task) => dataOfTask(settings, prepared, states, task, pairing),
    keptOf(pairing, task) {
      if (refit.length === 0) return undefined;
      const found = kept?.[keyOf(pack, pairing, task)];
      if (found) return found;
      throw new UserError(
        `The pack does not say which epochs its heads kept: fit them again (--stage heads).`,
      );
    },
  };
}

/** How λ was chosen where an encoder was refit and the one before that is gone. */
export const seenByEncoder = (refit: readonly string[]): string =>
  `heads that left the validation samples out of their training, on the encoder of ${refit.join(' and ')} that had learned from them: their log-loss on validation is too good, alike for every λ`;

/**
 * What λ is chosen with: of a pack whose encoder was refit, the pack before that. Where it is gone, the encoders as they
 * are, with heads that leave the validation samples out of their training.
 */
export async function startBefore(
  open: OpenPack,
  options: StartOptions,
  threads: Threads,
  report: (line: string) => void,
): Promise<{ start: Start; seen: boolean }> {
  const packDir = selectionPath(open.pack.id);
  if (!existsSync(join(packDir, 'pack.json'))) {
    report(`λ is chosen by ${seenByEncoder(options.refit)}`);
    return { start: await startFrom(open, { ...options, leaveOut: true }, threads, report), seen: true };
  }
  const before = await openPack(folderSource(packDir));
  return { start: await startFrom(before, { ...options, packDir, refit: [] }, threads, report), seen: false };
}

const counts = v.record(v.string(), v.pipe(v.number(), v.integer(), v.minValue(0)));
const epochs = v.array(v.number());
const recipeSchema = v.object({
  perEpoch: v.optional(v.number()),
  undegraded: v.optional(v.number()),
  averaged: v.optional(v.number()),
  /** Conditions and seeded variants of each training sample. */
  variants: counts,
  trainedOn: counts,
  noise: v.optional(v.object({ chosen: v.record(v.string(), v.number()) })),
  kept: v.optional(
    v.record(v.string(), v.object({ probes: v.object({ a: epochs, b: epochs }), heads: epochs })),
  ),
  seed: v.number(),
  batch: v.number(),
  drop: v.number(),
  epochs: v.number(),
  rate: v.number(),
  patience: v.number(),
  labelSmoothing: v.number(),
  beta1: v.number(),
  beta2: v.number(),
  epsilon: v.number(),
  weightDecay: v.number(),
});

/** How the pack says that its heads were trained. */
function recipeOf({ id, conditions, modalities, training }: Pack) {
  const parsed = v.safeParse(recipeSchema, training);
  if (!parsed.success)
    throw new UserError(
      `The pack ${id} does not say how its heads were trained (${v.getDotPath(parsed.issues[0]) ?? 'training'}): fit them again (--stage heads).`,
    );
  const { variants, trainedOn, noise, kept, ...options } = parsed.output;
  return {
    training: options satisfies TrainingOptions,
    noise: noise?.chosen,
    counts: Object.fromEntries(modalities.map((m) => [m.id, variants[m.id] - conditions.length])),
    trainedOn,
    kept,
  };
}

/** The degraded condition, where there is one. */
export const standardOf = ({ conditions }: Pack): string =>
  (conditions.find(({ id }) => id === 'standard') ?? conditions[0]).id;
