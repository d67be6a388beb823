/**
 * The state of the page and what may be done to it. Slices are implemented beside this file; React reads them
 * through `useApp` (store/index.ts). Everything but the private inputs can be put into the URL (store/url.ts).
 */
import type {
  BackendChoice,
  BackendStatus,
  BestProbes,
  BootstrapProgress,
  Degradation,
  Differences,
  GivenInput,
  Interval,
  ModalityInput,
  StoredSample,
  Projection,
  ProjectionSpace,
  ReplyOf,
  SampleOutputs,
  Seen,
} from '../engine/protocol';
import type { LayerPair } from '../math/skew';
import type { AlignmentMetric } from '../packs/dependency-file';
import type { EvaluationRecord } from '../packs/record-types';
import type { MetricName, Pack } from '../packs/schema';
import type { OverviewActions, OverviewState } from './overview';
import type { CheckpointStore } from './checkpoint';
import type { DependencyActions, DependencyState, WantedHeads } from './dependency';
import type { StudyActions, StudyState } from './study';

/** An entry of the pack list, models/index.json: enough to offer a pack before it is loaded. */
export interface PackEntry {
  id: string;
  title: string;
  /** "drawn × spoken" */
  subtitle: string;
  modalities: [string, string];
  url: string;
}

/** Work that the page is waiting for, with what it may say about it. */
export type Load<T> =
  | { state: 'idle' }
  | { state: 'loading'; done: number; total: number; what: string }
  | { state: 'ready'; value: T }
  | { state: 'failed'; message: string };

export type MatrixMetric = MetricName | 'gain' | 'difference from late' | AlignmentMetric;
export type MatrixMode = 'evaluation' | 'sample';

/** The strategy in use: late and pairwise and SSFN are points of the same plane, so (d, k) or one chosen pair says it. */
export type Strategy = { kind: 'skew'; d: number; k: number } | { kind: 'pair'; pair: LayerPair };

export interface OfflineState {
  state: 'unknown' | 'ready' | 'unavailable';
  /** Why not, in one sentence. */
  reason?: string;
  /** A newer version of the page waits. */
  update: boolean;
}

export interface InputState {
  input: ModalityInput | StoredSample | null;
  degradation: Degradation;
  /** "example: four, spoken", "recorded", a file's name. */
  name: string;
  /** What was wrong with the last thing given; the earlier input stays. */
  problem: string | null;
  seen: Seen | null;
}

/** Metrics of a record, worked out in the worker: [models], order of EvaluationRecord. */
export interface Figures {
  metric: MetricName;
  value: Float32Array;
  lo: Float32Array;
  hi: Float32Array;
  /** SSFN − late, paired. */
  ssfnMinusLate: Interval;
  /** Model index of the best of the probes, chosen on validation: what the gain is over. */
  bestProbe?: number;
  bestProbes: BestProbes;
  /** Head − best probe, and head − late. */
  gain?: Differences;
  overLate?: Differences;
  n: number;
  resamples: number;
}

/** The paired difference x − y of two models on the test record; models are rows of the record (store/models.ts). */
export interface Comparison extends Interval {
  models: [number, number];
}

export interface AppState extends OverviewState, DependencyState {
  // engine
  backend: Load<BackendStatus>;
  backendChoice: BackendChoice;
  /** One sentence where something went wrong and the page went on. */
  notice: string | null;
  // pack
  packs: Load<PackEntry[]>;
  packId: string;
  pack: Load<Pack>;
  /** The models run once on nothing before the first sample, as their kernels and shaders compile then. */
  warm: Load<{ milliseconds: number }>;
  packBytes: { loaded: number; total: number; cached: boolean };
  pairing: string;
  task: string;
  variant: string;
  /** Late, pairwise and SSFN of the person's sample by all seeds as one model each, where the pack ships them. */
  seeds: boolean;
  condition: string;
  // inputs
  a: InputState;
  b: InputState;
  outputs: Load<SampleOutputs>;
  /** The outputs shown are of an earlier input or degradation; the new ones are being computed. */
  predicting: boolean;
  // what is looked at
  strategy: Strategy;
  /** The sparsity last asked for; `strategy.k` may be less where the diagonal is shorter, and returns. */
  wantedK: number;
  metric: MatrixMetric;
  mode: MatrixMode;
  /** The pair that hover or the arrow keys read out; null for the strategy's own. */
  focus: LayerPair | null;
  // evaluation
  figures: Load<Figures>;
  record: Load<EvaluationRecord>;
  similarity: Load<Float32Array>;
  bootstrap: Load<BootstrapProgress>;
  bootstrapRunning: boolean;
  maskK: number;
  maskTau: number;
  /** Test metric of the ensemble of the mask's pair heads. */
  maskMetric: Load<Interval & { pairs: number }>;
  /** The paired difference last asked for. */
  comparison: Load<Comparison>;
  projections: { a: Load<Projection>; b: Load<Projection>; fused: Load<Projection> };
  projectionMethod: 'pca' | 'umap';
  // page
  view: 'instrument' | 'published' | 'packs' | 'card' | 'study';
  theme: 'system' | 'light' | 'dark';
  seed: number;
  /** Whether the page opens without a network: the service worker's word. */
  offline: OfflineState;
  /** A person's own study. */
  study: StudyState;
}

export interface AppActions extends StudyActions, OverviewActions, DependencyActions {
  /** Start the worker, read the list of packs, load the chosen one. Called once, by app/main.tsx. */
  start(): Promise<void>;
  /** Try again what failed: the worker, the list of packs, the pack or the evaluation. */
  retry(): void;
  chooseBackend(choice: BackendChoice): void;
  choosePack(id: string): void;
  /** Another two modalities of the open pack: what was given for a modality that is in both stays. */
  choosePairing(id: string): void;
  /** Put a study among the packs and choose it. */
  addPack(entry: PackEntry): void;
  chooseCondition(id: string): void;
  chooseTask(id: string): void;
  /** Heads trained with another penalty or none, by one seed or by all. */
  chooseHeads(part: Partial<WantedHeads>): void;
  /** Stop fetching the pack; `retry` fetches it again. */
  cancelPack(): void;
  deletePack(): void;
  setInput(side: 'a' | 'b', input: InputState['input'], name: string): void;
  /** Something given could not be used: say so, keep the earlier input. */
  rejectInput(side: 'a' | 'b', problem: string): void;
  setDegradation(side: 'a' | 'b', change: Partial<Degradation>): void;
  /** Undo the last setInput(null) or replacement. */
  undoInput(side: 'a' | 'b'): void;
  /** What all models say of a sample that does not come onto the page. Throws EngineError. */
  predictAside(a: GivenInput, b: GivenInput, signal?: AbortSignal): Promise<SampleOutputs>;
  /** The evaluation samples whose layer states the pack ships for the pairing. Throws EngineError. */
  evaluationSamples(): Promise<ReplyOf<'samples'>>;
  setSkew(d: number): void;
  setSparsity(k: number): void;
  choosePair(pair: LayerPair): void;
  jump(to: 'late' | 'pairwise' | 'ssfn'): void;
  /** Esc: from a single pair back to the last skew strategy. */
  backToStrategy(): void;
  setMetric(metric: MatrixMetric): void;
  setMode(mode: MatrixMode): void;
  setFocus(pair: LayerPair | null): void;
  setMask(k: number, tau: number): void;
  runBootstrap(): void;
  stopBootstrap(): void;
  /** Ask for the paired difference of two models of the record: x − y. */
  compareModels(x: number, y: number): void;
  setProjectionMethod(method: 'pca' | 'umap'): void;
  setView(view: AppState['view']): void;
  setTheme(theme: AppState['theme']): void;
  setSeed(seed: number): void;
  /** The store of a person's own checkpoints, made when it is first asked for. */
  checkpoints(): Promise<CheckpointStore>;
  notify(notice: string): void;
  dismissNotice(): void;
  setOffline(offline: OfflineState): void;
  /** Reload into the new version of the page; state is in the URL, inputs are kept by the service worker's client. */
  applyUpdate(): void;
}

export type App = AppState & AppActions;

/** What a projection is of, for captions. */
export type { Differences, ProjectionSpace };
