/** What is said of each pack that can be made here: its question, its data, its licence. */
import type { HeadSize } from '../../fusion/head';
import { UserError } from '../../math/errors';
import type { Condition, Pack, Pairing, Task } from '../../packs/schema';
import type { Split } from '../data/digits';
import type { Sample } from './data';
import { digits } from './packs/digits';
import { emotion } from './packs/emotion';
import { fashion } from './packs/fashion';
import { latinEnglish } from './packs/latin-english';
import { sentiment } from './packs/sentiment';

export interface PackSettings extends Pick<
  Pack,
  'title' | 'question' | 'data' | 'licence' | 'splits' | 'card'
> {
  /** The title in the page's list of packs, with what stands beside it. */
  short: string;
  subtitle: string;
  /** Modality id (its encoder's folder) → what a person calls it; of one pairing in the order of A and B. */
  modalities: { id: string; label: string }[];
  /** The first is what the page opens with, and chooses the degraded condition. */
  pairings: Pairing[];
  /** Modalities that one model takes together. */
  groups?: { id: string; modalities: string[] }[];
  /** The first chooses the degraded condition and the noise on the states. */
  tasks: Task[];
  /** Width of the heads and of their feed-forward part, where it is not `defaultHead`'s. */
  head?: HeadSize;
  /**
   * Modality → share of the training samples that have the states of some other sample while probes and heads learn:
   * for features that were learned from the labels of the training samples and tell too much of them.
   */
  exchanged?: Record<string, number>;
  /** Deviations of the noise on the states that are tried; left out: `noiseGrid`. */
  noiseGrid?: readonly number[];
  /** Modality → noise on its states, where validation cannot choose it. */
  noise?: Record<string, number>;
  /**
   * Tasks whose heads with a penalty ship as the seeds of SSFN, late and pairwise alone; of the others all heads are
   * trained with each penalty.
   */
  seedsOnly?: string[];
  /** What a bootstrap resamples, and whose samples tell which one a pair belongs to. */
  unit: { of: 'a' | 'b'; name: string };
  clean: Condition;
  /** The degraded condition, from mild to hard; the first at which no probe is above the limit on validation is taken. */
  standard: Condition[];
  accuracyLimit: number;
  /** Variants of each training sample beside the conditions, in the order of the modalities. */
  variants: number[];
  /** Epochs of the probes and heads; left out: `defaultTraining`'s. */
  epochs?: number;
  /** Pairs in an epoch of the probes and heads; left out: each sample of A once. */
  pairsPerEpoch?: number;
  /** See `TrainingOptions`. */
  undegraded?: number;
  /** See `FitOptions`; of probes and heads. */
  averaged?: number;
  /** Of truly paired modalities the n-th of both belong together. Only what is in `splits` is opened. */
  samples(modality: string, dataDir: string, splits: Split[]): Sample[];
}

const all: Record<string, PackSettings> = {
  digits,
  emotion,
  fashion,
  'latin-english': latinEnglish,
  sentiment,
};

/** @throws UserError for a pack that is not known */
export function settingsOf(pack: string): PackSettings {
  if (!Object.hasOwn(all, pack))
    throw new UserError(`There is no pack "${pack}": ${Object.keys(all).join(', ')}.`);
  return all[pack];
}

/** Of a modality, how many variants its training samples have beside the conditions. */
export const variantCounts = (
  { modalities }: Pick<PackSettings, 'modalities'>,
  counts: readonly number[],
): Record<string, number> => Object.fromEntries(modalities.map(({ id }, m) => [id, counts[m]]));
