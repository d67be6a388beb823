/** What the page and the worker say to each other about the dependency between A and B. Types only. */
import type { DependencyMeasure } from '../../fusion/dependency/critic';
import type { PlacedScore } from '../../fusion/dependency/explain';
import type { LayerPair } from '../../math/skew';
import type { PenaltyEvaluation } from '../../packs/dependency-evaluation';
import type { AlignmentMetric } from '../../packs/dependency-file';
import type { Given, Seen } from '../protocol';

export type { DependencyMeasure };

/** One alignment matrix, [la·lb] row by row of A, and what permuted pairings give in each cell. */
export interface Alignment {
  values: Float32Array;
  /** Null where no permuted pairings were made. */
  chance: Chance | null;
}

/** What permuted pairings give in each cell, [la·lb] each. */
export interface Chance {
  mean: Float32Array;
  deviation: Float32Array;
  largest: Float32Array;
  /** How many of the permuted pairings the cell's value is above. */
  beaten: Uint16Array;
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

/** Do matched pairs score above mismatched ones? Mann–Whitney, one-sided. */
export interface Telling {
  /** How often a matched pair scores above a mismatched one: one half where T tells nothing. */
  area: number;
  p: number;
  level: number;
  tells: boolean;
}

/** A pair of layers at which T of a measure tells best. */
export interface TellingPlace {
  measure: DependencyMeasure;
  pair: LayerPair;
  area: number;
}

/** Mean distance to the five nearest evaluation samples, of the standardised states of the layer asked about. */
export interface Likeness {
  distance: number;
  /** The largest of an evaluation sample to its own five nearest: who lies further is unlike any. */
  furthest: number;
}

export interface ExplainedSide {
  likeness: Likeness;
  /** What was seen, and what of it carries the score; null of an evaluation sample, whose content is not here. */
  drawn: { seen: Seen; map: AttributionMap } | null;
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
  /** Whether T tells the two kinds of pairs apart here at all: where it does not, its score is no verdict. */
  telling: Telling;
  lowest: ScoredPair[];
  highest: ScoredPair[];
  a: ExplainedSide;
  b: ExplainedSide;
  /** Milliseconds for the two maps. */
  mapTime: number;
}

export interface DependencyOperations {
  /** What heads trained with each penalty reach, of this pairing. */
  penalty: {
    request: { pairing: string };
    reply: PenaltyEvaluation;
    progress: { done: number; total: number };
  };
  /** Fetch the heads of a variant, or those of all its seeds, so that the prediction that follows has them. */
  variant: {
    request: { pairing: string; task: string; variant: string; seeds?: boolean };
    reply: Record<string, never>;
    progress: { done: number; total: number };
  };
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
      a: Given;
      b: Given;
      seed: number;
    };
    reply: Explanation;
    progress: { done: number; total: number; stage: string };
  };
  /** Where T tells matched from mismatched evaluation pairs: at most one place a measure, the best first. */
  telling: {
    request: { pairing: string; seed: number };
    /** `looks`: at how many places it was asked; the test's level is divided by them. */
    reply: { looks: number; places: TellingPlace[] };
    progress: { done: number; total: number };
  };
}
