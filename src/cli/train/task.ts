/** What the trainer needs to know of a modality: its examples and its encoder. */
import type { EncoderConfig } from '../../encoders/config';

export interface Example {
  /** What the encoder takes, flat. */
  input: Float32Array;
  /** The probability of each class that the loss asks for. */
  target: Float32Array;
}

/** A set of examples on which the encoder is measured: a split under a condition. */
export interface Trial {
  name: string;
  count: number;
  example: (index: number) => Example;
}

export interface EncoderTask {
  config: EncoderConfig;
  classes: number;
  /** Shape of one input. */
  inputShape: number[];
  /** A training example, drawn and varied by seed. */
  draw: (seed: number) => Example;
  /** The first is the one that is reported most often. */
  trials: Trial[];
  /** Of preprocessor_config.json. */
  preprocessor: Record<string, unknown>;
  /** What the card should say about the data: counts, extra voices. */
  facts: Record<string, unknown>;
}

/** The target of a label: 1 − smoothing, and the rest spread over all classes (Szegedy et al. 2016, §7). */
export function smoothed(label: number, classes: number, smoothing: number): Float32Array {
  const target = new Float32Array(classes).fill(smoothing / classes);
  target[label] += 1 - smoothing;
  return target;
}
