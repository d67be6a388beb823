/** What the page and the worker say to each other about the dependency between A and B. Types only. */
import type { DependencyMeasure } from '../../fusion/dependency/critic';
import type { PlacedScore } from '../../fusion/dependency/explain';
import type { LayerPair } from '../../math/skew';
import type { AlignmentMetric } from '../../packs/dependency-file';
import type { GivenInput, Seen } from '../protocol';

export type { DependencyMeasure };

/** One alignment matrix, [la·lb] row by row of A, and what permuted pairings give in each cell. */
export interface Alignment {
  values: Float32Array;
  /** The permutations' mean and largest; null where none were made. */
  chance: { mean: Float32Array; largest: Float32Array } | null;
}

export interface Alignments {
  la: number;
  lb: number;
  /** Pairs it was measured on: of the validation split. */
  pairs: number;
  /** Permuted pairings; 0 where none were made. */
  rounds: number;
  /** ln(classes) where pairs are made by class, in nats: neither KL nor f can truly be above it. */
  ceiling: number | null;
  /** Without a dependency file only CKA and mutual nearest neighbours, computed here. */
  metrics: Partial<Record<AlignmentMetric, Alignment>>;
}

/** Gradient × input of T: what of one input carries the score. Positive: raises T. */
export type AttributionMap =
  /** A number for each piece, [CLS] and [SEP] included. */
  | { kind: 'tokens'; values: Float32Array }
  /** [count, size, size] pixel by pixel, so that it falls on the strokes. */
  | { kind: 'frames'; values: Float32Array }
  /** [frames, bins], [size, size]: each patch's number over its cells; where patches overlap, they add up. */
  | { kind: 'logmel'; values: Float32Array }
  | { kind: 'pixels'; values: Float32Array };

/** A pair of the evaluation sample and its T. */
export interface ScoredPair {
  idA: string;
  idB: string;
  label: number;
  score: number;
}

export interface Explanation {
  measure: DependencyMeasure;
  pair: LayerPair;
  placed: PlacedScore;
  /** T of evaluation pairs that T did not learn from, and of the same samples with other partners. */
  matched: Float32Array;
  mismatched: Float32Array;
  /** Partners of the same class were left out of `mismatched`: where pairs are made by class they belong together. */
  otherClasses: boolean;
  lowest: ScoredPair[];
  highest: ScoredPair[];
  a: { seen: Seen; map: AttributionMap };
  b: { seen: Seen; map: AttributionMap };
  /** Milliseconds for the two maps. */
  mapTime: number;
}

export interface DependencyOperations {
  alignments: {
    request: { pairing: string };
    reply: Alignments;
    progress: { done: number; total: number };
  };
  /** Do these two belong together? The statistical network T of one pair of layers, on the person's own sample. */
  explain: {
    request: {
      pairing: string;
      measure: DependencyMeasure;
      pair: LayerPair;
      a: GivenInput;
      b: GivenInput;
      seed: number;
    };
    reply: Explanation;
    progress: { done: number; total: number; stage: string };
  };
}
