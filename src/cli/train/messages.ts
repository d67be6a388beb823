/** What the trainer and its threads say to each other. */
import type { Supervision } from './model';

/** Given to a thread when it starts. */
export interface ThreadData {
  task: TaskName;
  options: TaskOptions;
  supervised: Supervision[];
  batch: number;
  /** Part batches of a step: each has its own gradient, whatever thread makes it, so the sum is always the same. */
  parts: number;
  seed: number;
  weights: SharedArrayBuffer;
  average: SharedArrayBuffer;
  gradients: SharedArrayBuffer[];
}

export type TaskName =
  | 'digits-video'
  | 'digits-audio'
  | 'latin'
  | 'english'
  | 'fashion-text'
  | 'fashion-image'
  | 'emotion-text'
  | 'emotion-audio'
  | 'sentiment-text'
  | 'sentiment-audio'
  | 'sentiment-video'
  | 'sentiment-text-features';

export interface TaskOptions {
  dataDir: string;
  /** Folder for what is made once and used by every thread. */
  cache: string;
  /** Voice that validates, for leave-one-voice-out. */
  heldOut?: string;
  /** Folder of synthesised recordings; left out if there is none. */
  synthetic?: string;
  /** Depth of the encoder; left out: 12. */
  layers?: number;
}

export type Request =
  /** `auxiliary`: what the losses of all layers but the last are multiplied by. */
  | { kind: 'gradient'; step: number; part: number; auxiliary: number; refining: boolean }
  | { kind: 'trial'; step: number; trial: number; from: number; to: number; averaged: boolean };

export type Reply =
  | { kind: 'ready'; backend: string }
  | { kind: 'gradient'; loss: number; lastLoss: number; correct: number; count: number }
  /** For each supervised layer, how many answers are right; the summed loss of the last. */
  | { kind: 'trial'; correct: number[]; loss: number }
  | { kind: 'failed'; message: string };
