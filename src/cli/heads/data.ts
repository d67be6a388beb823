/** The samples of a pack's modalities as the page would be given them, and how training varies them. */
import { UserError } from '../../math/errors';
import { mixSeed, normal, seededRandom } from '../../math/random';
import type { Degradation, ModalityInput } from '../../engine/protocol';
import { scaleFeatures, type FeatureScale } from '../../encoders/feature-scale';
import type { LogMelConfig } from '../../encoders/logmel';
import { revealSome, varyDrawing, varyLogMel, varySpeech } from '../../media/augment';
import { stretch } from '../../media/tempo';
import type { Condition } from '../../packs/schema';

/** Feature vectors of a whole video, which the page cannot be given: see `sequenceInput`. */
export interface FeatureRows {
  kind: 'rows';
  rows: readonly Float32Array[];
  /** Of the utterances, which their noise follows from. */
  ids: readonly string[];
  /** Which of them is asked about. */
  at: number;
}

export type SampleInput = ModalityInput | FeatureRows;

export interface Sample {
  id: string;
  /** Of each task of the pack. */
  labels: number[];
  /** Who made it, or where it is from: what a bootstrap resamples. */
  unit: string;
  /** Pitch and tempo carry the class, so variants leave them as they are. */
  keepVoice?: boolean;
  read(): SampleInput;
}

export const labelsOf = (samples: readonly Sample[], task: number): Uint8Array =>
  Uint8Array.from(samples, ({ labels }) => labels[task]);

/** @throws UserError where sample n of A is not the partner of sample n of B */
export function checkPaired(a: readonly Sample[], b: readonly Sample[]): void {
  const at = a.findIndex(({ id }, n) => id !== b[n]?.id);
  if (at >= 0 || a.length !== b.length)
    throw new UserError(
      `The two sides are not truly paired: ${a.length} and ${b.length} samples${at >= 0 ? `, number ${at + 1} is ${a[at].id} and ${b[at]?.id}` : ''}.`,
    );
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

/** Another hand, another voice in another place, another framing, or fewer words; and how it is degraded. */
export function variedInput(sample: Sample, seed: number): { input: SampleInput; degradation: Degradation } {
  const random = seededRandom(seed, 'variant', sample.id);
  const input = sample.read();
  const own = mixSeed(seed, sample.id);
  const sometimes = (share: number, most: number) => (random() < share ? most * random() : 0);
  switch (input.kind) {
    case 'drawing': {
      const { drawing } = revealSome(varyDrawing(input.drawing, random), 0.35, random);
      return { input: { kind: 'drawing', drawing }, degradation: {} };
    }
    case 'audio': {
      const varied = sample.keepVoice ? input : varySpeech(input, random);
      const noisy = random() < 0.8;
      const snrDb = noisy ? (sample.keepVoice ? 4 : -2) + 26 * random() : undefined;
      return { input: { kind: 'audio', ...varied }, degradation: { snrDb, seed: own } };
    }
    case 'text':
      return {
        input,
        degradation: { wordDrop: sometimes(0.85, 0.7), cut: sometimes(0.3, 0.4), seed: own },
      };
    case 'image':
      return {
        input: random() < 0.5 ? mirrored(input) : input,
        degradation: {
          crop: sometimes(0.85, 0.6),
          blur: sometimes(0.5, 0.6),
          noise: sometimes(0.4, 0.2),
          seed: own,
        },
      };
    case 'rows':
      return { input, degradation: { noise: sometimes(0.85, 1.5), seed: own } };
  }
}

/**
 * The rows one after another, standardised, each with noise of its own.
 * @param noise deviation of the noise, in deviations of a feature
 */
export function scaledRows(
  { rows, ids }: FeatureRows,
  scale: FeatureScale,
  { noise = 0, seed = 0 }: Degradation,
): Float32Array {
  const width = scale.mean.length;
  const out = new Float32Array(rows.length * width);
  rows.forEach((row, r) => {
    const scaled = scaleFeatures(row, scale);
    const random = seededRandom(seed, 'feature noise', ids[r]);
    out.set(noise > 0 ? scaled.map((x) => x + noise * normal(random)) : scaled, r * width);
  });
  return out;
}

type ImageInput = Extract<ModalityInput, { kind: 'image' }>;

/** Left and right exchanged. */
function mirrored({ pixels, width, height }: ImageInput): ImageInput {
  const out = new Uint8ClampedArray(pixels.length);
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      const from = 4 * (y * width + x);
      out.set(pixels.subarray(from, from + 4), 4 * (y * width + width - 1 - x));
    }
  return { kind: 'image', pixels: out, width, height };
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
export function shiftVoice(input: SampleInput, factor: number): SampleInput {
  if (input.kind !== 'audio' || factor === 1) return input;
  const samples = stretch(input.samples, input.sampleRate, factor);
  return { kind: 'audio', samples, sampleRate: input.sampleRate * factor };
}
