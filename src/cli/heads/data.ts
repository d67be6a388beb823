/** The samples of a pack's modalities as the page would be given them, and how training varies them. */
import { UserError } from '../../math/errors';
import { mixSeed, seededRandom } from '../../math/random';
import type { Degradation, ModalityInput } from '../../engine/protocol';
import type { LogMelConfig } from '../../encoders/logmel';
import { revealSome, varyDrawing, varyLogMel, varySpeech } from '../../media/augment';
import { stretch } from '../../media/tempo';
import type { Condition } from '../../packs/schema';
import { digitsFolder, readDrawings, readSpeech, type Split } from '../data/digits';

export interface Sample {
  id: string;
  label: number;
  /** Who made it: what a bootstrap resamples. */
  unit: string;
  input: ModalityInput;
}

/** @throws UserError where the data set is not there, or there is no reader for the pack */
export function readSamples(packId: string, modality: string, dataDir: string, splits: Split[]): Sample[] {
  if (packId !== 'digits') throw new UserError(`There is no reader for the data of the pack ${packId}.`);
  const folder = digitsFolder(dataDir);
  if (modality === 'video')
    return readDrawings(folder, splits).map(({ id, label, unit, drawing }) => ({
      id,
      label,
      unit,
      input: { kind: 'drawing', drawing },
    }));
  return readSpeech(folder, splits).map(({ id, label, unit, samples, sampleRate }) => ({
    id,
    label,
    unit,
    input: { kind: 'audio', samples, sampleRate },
  }));
}

/** So many of the items, evenly over all of them. */
export const spread = <T>(items: T[], most = items.length): T[] =>
  most >= items.length
    ? items
    : Array.from({ length: most }, (_, i) => items[Math.floor((i * items.length) / most)]);

/** How a condition degrades one sample: its noise follows from the condition's seed and the sample's id. */
export function degradationOf(condition: Condition, modality: string, id: string): Degradation {
  const own = condition[modality] as Omit<Degradation, 'seed'> | undefined;
  return own ? { ...own, seed: mixSeed(condition.seed ?? 0, id) } : {};
}

/** Another hand or another voice in another place, and how it is degraded. */
export function variedInput(
  sample: Sample,
  seed: number,
): { input: ModalityInput; degradation: Degradation } {
  const random = seededRandom(seed, 'variant', sample.id);
  const { input } = sample;
  if (input.kind === 'drawing') {
    const { drawing } = revealSome(varyDrawing(input.drawing, random), 0.35, random);
    return { input: { kind: 'drawing', drawing }, degradation: {} };
  }
  if (input.kind === 'audio') {
    const varied = varySpeech(input, random);
    const noisy = random() < 0.8;
    const snrDb = noisy ? -2 + 26 * random() : undefined;
    return { input: { kind: 'audio', ...varied }, degradation: { snrDb, seed: mixSeed(seed, sample.id) } };
  }
  return { input, degradation: {} };
}

/** Another microphone, on the finished log-mel values, in place. @param used frames that hold sound */
export function variedLogMel(
  values: Float32Array,
  config: LogMelConfig,
  used: number,
  seed: number,
  id: string,
): void {
  const perDecibel = Math.LN10 / 10 / (2 * config.deviation);
  const random = seededRandom(seed, 'microphone', id);
  if (random() < 0.7)
    varyLogMel(values, { frames: config.frames, bins: config.mels, used }, perDecibel, random);
}

/** A voice with its pitch and its formants times `factor`, at the same tempo. */
export function shiftVoice(input: ModalityInput, factor: number): ModalityInput {
  if (input.kind !== 'audio' || factor === 1) return input;
  const samples = stretch(input.samples, input.sampleRate, factor);
  return { kind: 'audio', samples, sampleRate: input.sampleRate * factor };
}
