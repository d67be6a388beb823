/** A person's own checkpoints: two encoders, the states of one input, a table of samples. */
import type {
  CheckpointInfo,
  CheckpointInput,
  KeptCheckpoint,
  KeptRows,
  LayerReport,
  Pooling,
} from '../../engine/checkpoint/operations';
import type { NamedBlob } from '../../engine/study/operations';
import type { Load } from '../state';
import type { SampleTable } from './table';

export type Side = 'a' | 'b';

/** What an encoder is, as far as the page needs it; those of packs have no checkpoint. */
export type EncoderAbout = Omit<CheckpointInfo, 'id' | 'fileBytes' | 'bytes'> & {
  source:
    { kind: 'checkpoint'; id: string; bytes: number } | { kind: 'pack'; modality: string; pack: string };
};

export interface EncoderSlot {
  encoder: Load<EncoderAbout>;
  pooling: Pooling | null;
  /** Keeping it in the browser: how far that is. */
  keeping: { done: number; total: number } | null;
  /** It is among those kept. */
  kept: boolean;
}

export interface Kept {
  checkpoints: KeptCheckpoint[];
  rows: KeptRows[];
  unavailable: string | null;
}

export interface StatesOf {
  side: Side;
  name: string;
  report: LayerReport;
  /** Of the input. */
  given: string;
}

export interface Extraction {
  side: Side;
  stage: string;
  done: number;
  total: number;
  /** Rows that were there already when it began. */
  found: number;
  /** Seconds, for this side, by the rows since it began; null while that says nothing. */
  left: number | null;
  /** Whether the rows outlive the page. */
  kept: boolean;
}

export interface CheckpointState {
  a: EncoderSlot;
  b: EncoderSlot;
  kept: Kept | null;
  /** Of the latest input; while the next one is computed, what that waits for. */
  states: Load<StatesOf>;
  table: Load<SampleTable>;
  /** Files that the table may name. */
  media: NamedBlob[];
  columns: Record<Side, number | null>;
  extraction: Extraction | null;
  /** The files of layer states of the last extraction. */
  result: NamedBlob[] | null;
  problem: string | null;
}

export interface CheckpointActions {
  /** The files of a Hugging Face folder. */
  openFolder(side: Side, files: NamedBlob[]): void;
  openKept(side: Side, key: string): void;
  /** An encoder of the open pack. */
  takeFromPack(side: Side, modality: string): void;
  close(side: Side): void;
  keep(side: Side): void;
  cancelKeep(): void;
  deleteKept(key: string): void;
  setPooling(side: Side, pooling: Pooling): void;
  computeStates(side: Side, input: CheckpointInput, given: string): void;
  /** A file as the input. */
  computeFile(side: Side, file: NamedBlob): void;
  cancelStates(): void;
  saveStates(
    format: 'safetensors' | 'npz' | 'csv',
  ): Promise<{ name: string; bytes: Uint8Array<ArrayBuffer> } | null>;
  /** A table, and the files that it names. */
  giveSamples(files: NamedBlob[]): void;
  setColumn(side: Side, column: number): void;
  extract(): void;
  cancelExtraction(): void;
  /** The extracted states as a study: to the preview. */
  preview(): void;
  reject(problem: unknown): void;
}

export type CheckpointPage = CheckpointState & CheckpointActions;
