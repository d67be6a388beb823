/** What is said of each pack that can be made here: its question, its data, its licence. */
import { UserError } from '../../math/errors';
import type { Condition, Pack, Pairing, Task } from '../../packs/schema';
import type { Split } from '../data/digits';
import type { Sample } from './data';
import { digits } from './packs/digits';
import { emotion } from './packs/emotion';
import { fashion } from './packs/fashion';
import { latinEnglish } from './packs/latin-english';

export interface PackSettings extends Pick<
  Pack,
  'title' | 'question' | 'data' | 'licence' | 'splits' | 'card'
> {
  /** The title in the page's list of packs, with what stands beside it. */
  short: string;
  subtitle: string;
  /** Modality id (its encoder's folder) → what a person calls it, in the order of A and B. */
  modalities: { id: string; label: string }[];
  pairing: Pairing;
  /** The first chooses the degraded condition and the noise on the states. */
  tasks: Task[];
  /** What a bootstrap resamples, and whose samples tell which one a pair belongs to. */
  unit: { of: 'a' | 'b'; name: string };
  clean: Condition;
  /** The degraded condition, from mild to hard; the first at which no probe is above the limit on validation is taken. */
  standard: Condition[];
  accuracyLimit: number;
  /** Variants of each training sample beside the conditions: of A, of B. */
  variants: [number, number];
  /** Pairs in an epoch of the probes and heads; left out: each sample of A once. */
  pairsPerEpoch?: number;
  /** Of truly paired modalities the n-th of both belong together. Only what is in `splits` is opened. */
  samples(modality: string, dataDir: string, splits: Split[]): Sample[];
}

const all: Record<string, PackSettings> = { digits, emotion, fashion, 'latin-english': latinEnglish };

/** @throws UserError for a pack that is not known */
export function settingsOf(pack: string): PackSettings {
  if (!Object.hasOwn(all, pack))
    throw new UserError(`There is no pack "${pack}": ${Object.keys(all).join(', ')}.`);
  return all[pack];
}
