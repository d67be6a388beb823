/** What the heads' trainer and its threads say to each other. Large arrays are shared, not copied. */
import type { PenaltyOptions } from '../../fusion/dependency/penalty';
import type { FitOptions } from '../../fusion/fit';
import type { HeadShape } from '../../fusion/head';
import type { StateNoise } from '../../fusion/noise';
import type { PairSourceOptions } from '../../fusion/pairs';
import type { HeadChunk, TrainedChunk } from '../../fusion/train';
import type { Condition } from '../../packs/schema';
import type { Split } from '../data/digits';

/** States of one modality as they are shared: see `StateSet`. */
export interface SharedSet {
  layers: number;
  width: number;
  variants: number;
  states: SharedArrayBuffer;
  labels: Uint8Array;
  values?: Float32Array;
}

/** How a sample is given to the encoder: under a condition, a voice's pitch and formants times `shift`; or varied by a seed. */
export type Variant = { condition: Condition; shift?: number } | { seed: number };

export interface EncodeJob {
  kind: 'encode';
  pack: string;
  packDir: string;
  dataDir: string;
  modality: string;
  split: Split;
  variants: Variant[];
  /** Samples to encode; the first one's rows are those of index `from`. */
  ids: string[];
  from: number;
  /** [samples, variants, layers, width] float32, of which this job fills its rows. */
  out: SharedArrayBuffer;
}

export interface ChunkJob {
  kind: 'chunk';
  shape: HeadShape;
  chunk: HeadChunk;
  train: { a: SharedSet; b: SharedSet; options: PairSourceOptions; noise?: StateNoise };
  validation: { a: SharedSet; b: SharedSet; rowsA: Int32Array; rowsB: Int32Array; labels?: Uint8Array };
  options: FitOptions & { seed: number; dependency?: DependencyTerm };
}

/** The dependency that is taken from the loss: a pack's variant. */
export type DependencyTerm = Pick<PenaltyOptions, 'measure' | 'lambda'>;

export type Job = EncodeJob | ChunkJob;
export type Result<J extends Job> = J extends ChunkJob ? TrainedChunk : null;
export type Reply =
  { kind: 'ready' } | { kind: 'done'; result: TrainedChunk | null } | { kind: 'failed'; message: string };
