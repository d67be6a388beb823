/** What the page and the worker say to each other about a person's own checkpoints. Types only. */
import type { Pooling } from '../../encoders/network';
import type { ModalityInput } from '../protocol';
import type { NamedBlob } from '../study/operations';

export type { Pooling } from '../../encoders/network';

/** What a checkpoint is given, in the words of packs. */
export type Takes = 'text' | 'audio' | 'image' | 'video';

/** Which encoder computes the states: a checkpoint that is open, or one of the open pack's own. */
export type EncoderSource = { kind: 'checkpoint'; id: string } | { kind: 'pack'; modality: string };

export interface CheckpointInfo {
  id: string;
  /** Its folder's name. */
  name: string;
  /** Hugging Face's class: "BertModel". */
  architecture: string;
  takes: Takes;
  /** Frames of a video, pictures otherwise: 1. */
  frames: number;
  layers: number;
  width: number;
  /** Bytes of the weights that the encoder needs, and of all files it is opened from. */
  bytes: number;
  fileBytes: number;
  /** The family's own pooling, and those that it can be given. */
  pooling: Pooling;
  poolings: Pooling[];
}

export interface KeptCheckpoint {
  key: string;
  name: string;
  architecture: string;
  bytes: number;
  /** False where keeping it was cut off: it can only be deleted. */
  complete: boolean;
}

/** Rows of a table whose states are kept, so that an extraction goes on after a reload. */
export interface KeptRows {
  key: string;
  title: string;
  done: number;
  rows: number;
  bytes: number;
}

/** A drawing has no file, and only packs' own encoders take one. */
export type CheckpointInput =
  Exclude<ModalityInput, { kind: 'drawing' }> | { kind: 'video'; frames: VideoFrame[] };

/** RGBA, row by row. */
export interface VideoFrame {
  pixels: Uint8ClampedArray;
  width: number;
  height: number;
}

export interface LayerReport {
  layers: number;
  width: number;
  /** Tokens, patches or frames of sound that have a state. */
  positions: number;
  /** The pieces of a text, [CLS] and [SEP] included. */
  pieces: string[] | null;
  /** Pieces that were past the encoder's length and were left out. */
  cut: number;
  pooling: Pooling;
  /** [layers] length of the states: their mean over the positions, the tenth and ninetieth percentile, and the pooled state's. */
  norms: { mean: Float32Array; lo: Float32Array; hi: Float32Array; pooled: Float32Array };
  /** [layers, layers] cosine of the pooled states. */
  cosine: Float32Array;
  /** [layers, layers] debiased linear CKA over positions; null where there are fewer than four. */
  cka: Float32Array | null;
  /** How many positions the CKA is over; evenly spread where there are more. */
  ckaPositions: number;
  /** Seconds of preparing the input and of the forward pass. */
  seconds: { input: number; forward: number };
}

export interface Progress {
  stage: string;
  done: number;
  total: number;
}

export interface CheckpointOperations {
  /** Open a Hugging Face folder: all but the weights is read and checked, and of those the headers. */
  checkpointOpen: { request: { name: string; files: NamedBlob[] }; reply: CheckpointInfo; progress: never };
  /** Open one that is kept. */
  checkpointReopen: { request: { key: string }; reply: CheckpointInfo; progress: never };
  /** Let go of one: its weights' memory is free again. */
  checkpointClose: { request: { id: string }; reply: Record<string, never>; progress: never };
  /** Keep its files in the origin's private file system. */
  checkpointKeep: { request: { id: string }; reply: KeptCheckpoint; progress: Progress };
  /** What is kept; `unavailable` says why nothing can be. */
  keptList: {
    request: Record<string, never>;
    reply: { checkpoints: KeptCheckpoint[]; rows: KeptRows[]; unavailable: string | null };
    progress: never;
  };
  keptDelete: { request: { key: string }; reply: { bytes: number }; progress: never };
  /** Layer states of one input. */
  checkpointStates: {
    request: { id: string; input: CheckpointInput; pooling: Pooling };
    reply: LayerReport;
    progress: Progress;
  };
  /** The states of the last input as a file: `csv` holds the pooled states only. */
  checkpointSave: {
    request: { format: 'safetensors' | 'npz' | 'csv' };
    reply: { name: string; bytes: Uint8Array<ArrayBuffer> };
    progress: never;
  };
  /** The rows of a table of samples, checked to have labels. */
  tableRead: {
    request: NamedBlob;
    reply: { header: string[]; rows: string[][] };
    progress: never;
  };
  /** Begin, or go on with, the pooled states of a table's rows; `rows` says what each row is made from. */
  extractBegin: {
    request: { source: EncoderSource; pooling: Pooling | null; rows: string[]; title: string };
    /** `done`: rows that are there already; `kept`: whether the next ones outlive the page. */
    reply: { key: string; done: number; kept: boolean; layers: number; width: number };
    progress: Progress;
  };
  /** The next row. */
  extractRow: {
    request: { key: string; row: number; input: CheckpointInput };
    reply: Record<string, never>;
    progress: never;
  };
  /** All rows as a file of layer states, [rows, layers, width], as a study takes it. */
  extractEnd: { request: { key: string; name: string }; reply: NamedBlob; progress: never };
}
