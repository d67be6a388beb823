/** What the page and the worker say to each other about a person's own study. Types only. */
import type { StudyPreview } from '../../packs/study/preview';
import type { StudySettings } from '../../packs/study/settings';

/** A file as the page holds it: read in the worker, never sent on. */
export interface NamedBlob {
  name: string;
  blob: Blob;
}

export interface StudyRequest {
  files: NamedBlob[];
  /** Which file each side is in, and which array of it where there are several. */
  a: { file: number; array?: string };
  b: { file: number; array?: string };
  /** The table of labels among the files. */
  table: number | null;
  title?: string;
  settings: Partial<StudySettings>;
}

/** A study as an entry of the list of packs. */
export interface StudyEntry {
  id: string;
  title: string;
  subtitle: string;
  url: string;
}

export interface StudyProgress {
  stage: 'states' | 'probes' | 'heads';
  /** Heads that are done, of how many. */
  done: number;
  total: number;
  /** How much of the work is done, 0..1: dense heads take longer than pair heads. */
  share: number;
  epoch: number;
  epochs: number;
  /** The heads that report, as indices into `headSpecs`, and their accuracy on validation; of a number the correlation. */
  heads: number[];
  accuracy: Float32Array;
  /** Whether what is finished outlives the tab: kept in this browser. */
  keeps: boolean;
}

export interface StudyOperations {
  /** Read and check the files of a study; nothing is trained. It takes the place of the one before it. */
  studyRead: {
    request: StudyRequest;
    reply: {
      preview: StudyPreview;
      seconds: number;
      la: number;
      lb: number;
      /** Heads of this study that an earlier visit finished and this browser kept. */
      kept: number;
    };
    progress: { stage: string };
  };
  /** Train the study that was read; after an abort it goes on with the heads that are missing. */
  studyTrain: { request: Record<string, never>; reply: StudyEntry; progress: StudyProgress };
  /** Hold the training after the step in hand, or let it go on. */
  studyPause: { request: { paused: boolean }; reply: Record<string, never>; progress: never };
  /** The file of the trained study; `pack`: its pack folder in a zip archive, heads included. */
  studySave: {
    request: { withHeads: boolean; pack?: boolean };
    reply: { name: string; bytes: Uint8Array<ArrayBuffer> };
    progress: never;
  };
  /** One trained head for use elsewhere; its names are those of `headOfName`. */
  studyHead: {
    request: { head: string };
    reply: { weights: Uint8Array<ArrayBuffer>; description: Uint8Array<ArrayBuffer> };
    progress: never;
  };
  /** Forget what this browser kept of studies. */
  studyForget: { request: Record<string, never>; reply: { bytes: number }; progress: never };
  /** Open a study's file. */
  studyOpen: { request: NamedBlob; reply: StudyEntry; progress: never };
}
