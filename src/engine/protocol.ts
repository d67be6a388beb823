/**
 * What the page and the worker that owns tfjs say to each other. Types only: no code, no imports of either side.
 * Every request has an id; replies, progress and failures carry it back. A request may be aborted; of requests
 * with the same `lane` only the latest is answered, the others fail with code `superseded`.
 */
import type { SeedsSay } from '../fusion/seeds';
import type { LayerPair } from '../math/skew';
import type { Drawing } from '../media/strokes';
import type { EvaluationRecord } from '../packs/record-types';
import type { MetricName, Pack } from '../packs/schema';
import type { CheckpointOperations } from './checkpoint/operations';
import type { DependencyOperations } from './dependency/operations';
import type { OverviewOperations } from './overview/operations';
import type { StudyOperations } from './study/operations';

export type BackendName = 'webgpu' | 'wasm' | 'cpu';
export type BackendChoice = 'auto' | BackendName;

/** Which backend runs, and why. */
export interface BackendStatus {
  backend: BackendName;
  threads: number;
  /** Largest difference of the self-test from its plain-array reference. */
  selfTestError: number;
  /** Why it is this one: one sentence, also after a fallback. */
  reason: string;
  /** Name of the GPU adapter, where there is one. */
  adapter?: string;
  /** Which kernels: "own, SIMD, FMA, 4 threads", or why the stock ones. */
  kernels: string;
}

/** What a person gave for one modality, before degradation. Plain data, kept by the page, never stored or sent on. */
export type ModalityInput =
  | { kind: 'drawing'; drawing: Drawing }
  | { kind: 'audio'; samples: Float32Array; sampleRate: number }
  | { kind: 'text'; text: string }
  /** RGBA pixels. */
  | { kind: 'image'; pixels: Uint8ClampedArray; width: number; height: number };

/** An evaluation sample whose layer states the pack ships with a pairing: its content stays with whoever has the data. */
export interface StoredSample {
  kind: 'stored';
  pairing: string;
  id: string;
}

/**
 * How one input is degraded: the numbers of its kind in media/degrade.ts, each 0..1 and at rest when absent but for
 * `snrDb`; `dropped` replaces its states by their means.
 */
export interface Degradation {
  dropped?: 'means' | 'noise';
  /** Video: the first part of the drawing that is kept; 1 keeps it whole. */
  keep?: number;
  /** Video and image: strength of noise. */
  noise?: number;
  /** Audio: signal to noise in dB; absent for no noise. */
  snrDb?: number;
  /** Audio: part of the start that is lost. Text: part of the words that is lost at the end. */
  cut?: number;
  /** Text: part of the words that is left out here and there, by the seed. */
  wordDrop?: number;
  /** Image: strength of blur. */
  blur?: number;
  /** Image: part of the area that is lost; what stays is the middle, or with a seed any place. */
  crop?: number;
  seed?: number;
}

/** What an encoder is given. */
export interface GivenInput {
  input: ModalityInput | null;
  degradation: Degradation;
}

/** What the page gives for a modality. */
export interface Given {
  input: ModalityInput | StoredSample | null;
  degradation: Degradation;
}

/** What the encoder saw of an input, for the page to draw. */
export type Seen =
  | { kind: 'frames'; frames: Float32Array; count: number; channels: number; size: number }
  | {
      kind: 'logmel';
      values: Float32Array;
      /** The log-mel features as the encoder takes them, [frames, bins]; `used` frames hold sound, the rest padding. */
      frames: number;
      used: number;
      bins: number;
      /** The whole recording as it was given, for the eye: the sample of largest size in each of at most 2,000 parts. */
      waveform: Float32Array;
      /** Its length, and what of it was kept, in seconds. */
      seconds: number;
      trim: [number, number];
    }
  | {
      kind: 'tokens';
      /** The pieces as the encoder takes them, [CLS] and [SEP] included. */
      tokens: string[];
      /** Pieces of the text that the encoder takes, those past its length that it does not, and the [UNK] among the first. */
      used: number;
      cut: number;
      unknown: number;
      /** The text as degraded, and where in it the first word begins that was cut for length; null if none was. */
      text: string;
      cutAt: number | null;
    }
  /** [3, size, size] as the encoder takes them, channel by channel: (colour, 0..1, − mean) / deviation. */
  | { kind: 'pixels'; values: Float32Array; size: number; mean: number[]; deviation: number[] };

/** What the model of a group of modalities says of one sample. */
export interface Together {
  /** Its id in the pack. */
  group: string;
  /** Ids of its modalities that are not given, or dropped. */
  missing: string[];
  /** [classes]; left out where the model could not be had. */
  probabilities?: Float32Array;
  problem?: string;
}

/** Everything that fusing one sample gives: computed once, then only indexed by sliders and clicks. */
export interface SampleOutputs {
  la: number;
  lb: number;
  classes: number;
  /** [la, classes] probabilities by the probes of A; [lb, classes] of B. */
  probesA: Float32Array;
  probesB: Float32Array;
  /** [heads, classes] probabilities, heads in the order of `headSpecs`. */
  heads: Float32Array;
  /** Where all seeds were asked for: what they say together, and how far apart they are. */
  seeds?: SeedsSay;
  /** By the groups of the pack that have every modality given; left out where the pack has no group. */
  together?: Together[];
  /** Milliseconds: front ends, encoder A, encoder B, heads, and the whole in the worker. */
  timing: { features: number; a: number; b: number; heads: number; total: number };
}

export interface Projection {
  /** [n, 2], the evaluation samples; axes scaled to a common unit. */
  points: Float32Array;
  labels: Uint8Array;
  ids: string[];
  /** Where the person's sample falls, if there is one. */
  sample: [number, number] | null;
  method: 'pca' | 'umap';
  /** PCA: share of variance on the two axes. */
  explained?: [number, number];
}

/** Which states to project: layer of A, of B, or the fused vector of a head. */
export type ProjectionSpace = { side: 'a' | 'b'; layer: number } | { side: 'fused'; head: number };

export interface BootstrapProgress {
  done: number;
  total: number;
  /** [la·lb] share of the resamples so far in which the pair is among the K best. */
  frequency: Float32Array;
}

/** A figure with its 95 % bootstrap interval. */
export interface Interval {
  value: number;
  lo: number;
  hi: number;
}

/** Paired differences of the heads from one model, from the same resamples: [heads], order of `headSpecs`. */
export interface Differences {
  value: Float32Array;
  lo: Float32Array;
  hi: Float32Array;
}

/** The best probe of each modality on the validation record, as layers from 1, and whose is the better one. */
export interface BestProbes {
  a: number;
  b: number;
  better: 'a' | 'b';
}

/** Each operation: what it takes and what it gives; `progress` is what it reports on the way. */
export interface Operations
  extends StudyOperations, OverviewOperations, CheckpointOperations, DependencyOperations {
  start: {
    /** `except`: backends that failed in this visit. */
    request: { choice: BackendChoice; except?: BackendName[] };
    reply: BackendStatus;
    progress: never;
  };
  loadPack: {
    request: { url: string };
    /** `notices`: sentences about what went on differently, such as no room to keep the files. */
    reply: { pack: Pack; bytes: number; cached: boolean; notices: string[] };
    /** Monotone, with a constant total. */
    progress: { loaded: number; total: number; file: string };
  };
  /** Run everything once on nothing in particular, so that the first prediction need not wait for shaders to compile. */
  warm: {
    request: { pairing: string; task: string; variant: string };
    reply: { milliseconds: number };
    progress: { stage: string };
  };
  /** Forget the files of a pack that the browser keeps. */
  deletePack: { request: { url: string }; reply: { bytes: number }; progress: never };
  predict: {
    request: {
      pairing: string;
      task: string;
      variant: string;
      /** Late, pairwise and SSFN by all seeds too. */
      seeds?: boolean;
      a: Given;
      b: Given;
      /** What was given for modalities outside the pairing, by their ids: a group's model hears them too. */
      others?: Record<string, Given>;
      /** One of many, and not the sample of the page: projections go on showing that one. */
      aside?: boolean;
    };
    reply: { outputs: SampleOutputs; seenA: Seen | null; seenB: Seen | null };
    /** With bytes where heads are fetched that were not among the pack's first files. */
    progress: { stage: string; loaded?: number; total?: number };
  };
  /** The evaluation samples of a pairing whose layer states the pack ships: row by row what is paired, and its class. */
  samples: {
    request: { pairing: string };
    reply: { idsA: string[]; idsB: string[]; labels: Uint8Array };
    progress: never;
  };
  record: {
    request: {
      pairing: string;
      task: string;
      variant: string;
      condition: string;
      split: 'validation' | 'test';
    };
    reply: EvaluationRecord;
    progress: { loaded: number; total: number };
  };
  /** Selection frequencies of the pair heads on the validation record; results stream from the start. */
  bootstrap: {
    request: {
      pairing: string;
      task: string;
      variant: string;
      condition: string;
      metric: MetricName;
      resamples: number;
      k: number;
      seed: number;
    };
    reply: BootstrapProgress;
    progress: BootstrapProgress;
  };
  /** Bootstrap intervals on a record: [models] of each row, and of SSFN − late. */
  intervals: {
    request: {
      pairing: string;
      task: string;
      variant: string;
      condition: string;
      split: 'validation' | 'test';
      metric: MetricName;
      resamples: number;
      seed: number;
      /** Pairs of model indices whose paired difference is wanted. */
      differences: [number, number][];
      /** Leave the rows out (empty arrays): only the differences are wanted. */
      onlyDifferences?: boolean;
    };
    reply: {
      value: Float32Array;
      lo: Float32Array;
      hi: Float32Array;
      differences: Interval[];
      bestProbes: BestProbes;
      /** Head − best probe, and head − late; left out with the rows. */
      gain?: Differences;
      overLate?: Differences;
    };
    progress: { done: number; total: number };
  };
  /** The test metric that the mean of the log-probabilities of some pair heads reaches: "ensemble of pair heads". */
  ensemble: {
    request: {
      pairing: string;
      task: string;
      variant: string;
      condition: string;
      metric: MetricName;
      pairs: LayerPair[];
      resamples: number;
      seed: number;
    };
    reply: Interval;
    progress: never;
  };
  similarity: {
    request: { pairing: string; measure: 'cka' | 'mutual-knn' };
    /** [la·lb] row by row of A. */
    reply: { values: Float32Array; n: number };
    progress: { done: number; total: number };
  };
  projection: {
    request: {
      pairing: string;
      task: string;
      variant: string;
      space: ProjectionSpace;
      method: 'pca' | 'umap';
      seed: number;
    };
    reply: Projection;
    progress: { done: number; total: number };
  };
  /** Test only: how many tensors are alive. */
  memory: { request: Record<string, never>; reply: { tensors: number; bytes: number }; progress: never };
}

export type OperationName = keyof Operations;
export type RequestOf<K extends OperationName> = Operations[K]['request'];
export type ReplyOf<K extends OperationName> = Operations[K]['reply'];
export type ProgressOf<K extends OperationName> = Operations[K]['progress'];

export type FailureCode = 'user' | 'aborted' | 'superseded' | 'device-lost' | 'out-of-memory' | 'fault';

export type ToWorker =
  | {
      [K in OperationName]: { type: 'request'; id: number; lane?: string; op: K; body: RequestOf<K> };
    }[OperationName]
  | { type: 'abort'; id: number };

export type FromWorker =
  | { [K in OperationName]: { type: 'reply'; id: number; op: K; body: ReplyOf<K> } }[OperationName]
  | { [K in OperationName]: { type: 'progress'; id: number; op: K; body: ProgressOf<K> } }[OperationName]
  | { type: 'failure'; id: number; code: FailureCode; message: string; subject?: string }
  /** The device is gone or memory is out: the client starts the worker again on the next best backend. */
  | { type: 'lost'; reason: string };
