/** What the trainer needs to know of a modality: its examples and its encoder. */
import type { EncoderConfig } from '../../encoders/config';
import type { Encoder } from '../../encoders/encoder';
import type { ParamSpec } from '../../encoders/params';
import type * as tf from '../../runtime/tf';

export interface Example {
  /** What the encoder takes, flat: pixels, log-mel values, or token ids padded to the task's length. */
  input: Float32Array;
  /** The probability of each class that the loss asks for. */
  target: Float32Array;
  /** Text: tokens that were hidden. */
  hidden?: { at: number[]; ids: number[] };
  /** Text: token ids of its translation. */
  translation?: number[];
  /** Probability of each finer class, where they are known; of a sequence, of each row's classes. */
  fine?: Float32Array;
  /** Indices of further labels, −1 where one is not known. */
  attributes?: number[];
  /** Numbers that the whole input is described by, standardised. */
  statistics?: Float32Array;
  /** What each patch of a picture looks like, as numbers: [patches × values]. */
  appearance?: Float32Array;
}

/** Losses beside classification, with parameters of their own. */
export interface Extra {
  specs: ParamSpec[];
  /** Scalars, weighted. @param states of all layers, 0 to L */
  losses: (
    encoder: Encoder,
    params: Map<string, tf.Tensor>,
    states: tf.Tensor[],
    examples: Example[],
  ) => tf.Tensor[];
}

/** A set of examples on which the encoder is measured: a split under a condition. */
export interface Trial {
  name: string;
  count: number;
  /** The group of each class, where an answer counts by its group: right if the group's classes together lead. */
  groups?: number[];
  example: (index: number) => Example;
}

export interface EncoderTask {
  config: EncoderConfig;
  classes: number;
  /** Shape of one input. */
  inputShape: number[];
  /** A training example, drawn and varied by seed; `refining` in the second cycle of the learning rate. */
  draw: (seed: number, refining: boolean) => Example;
  /** Token ids that end in padding: a step's examples are sorted by length, so that each part pads to a length of its own. */
  sortable?: boolean;
  /** The first is the one that is reported most often. */
  trials: Trial[];
  extra?: Extra;
  regularisation: { dropout: number; dropPath: number };
  /** The second cycle learns from the validation samples too: it chooses nothing, and what it ends with is kept. */
  refit?: boolean;
  /** What goes beside the weights, by name: preprocessor_config.json, or tokenizer.json for text. */
  files: Record<string, Record<string, unknown>>;
  /** What the card should say about the data: counts, extra voices. */
  facts: Record<string, unknown>;
}

/** The target of a label: 1 − smoothing, and the rest spread over all classes (Szegedy et al. 2016, §7). */
export function smoothed(label: number, classes: number, smoothing: number): Float32Array {
  const target = new Float32Array(classes).fill(smoothing / classes);
  target[label] += 1 - smoothing;
  return target;
}
