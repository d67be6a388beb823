/** The state of a page that has just been opened. */
import type { AppState, InputState, Load } from './state';
import { emptyStudy } from './study-defaults';

export const idle = { state: 'idle' } as const satisfies Load<never>;
export const loading = (what: string, done = 0, total = 0) =>
  ({ state: 'loading', done, total, what }) as const satisfies Load<never>;
export const ready = <T>(value: T) => ({ state: 'ready', value }) as const satisfies Load<T>;
export const failed = (message: string) => ({ state: 'failed', message }) as const satisfies Load<never>;

export const emptyInput = (): InputState => ({
  input: null,
  degradation: {},
  name: '',
  problem: null,
  seen: null,
});

/** Nothing computed yet: what another pack or pairing leaves of the views. */
export const nothingYet = (): Pick<
  AppState,
  | 'outputs'
  | 'predicting'
  | 'record'
  | 'figures'
  | 'similarity'
  | 'alignments'
  | 'explanation'
  | 'telling'
  | 'penalty'
  | 'variantLoad'
  | 'headsWanted'
  | 'bootstrap'
  | 'maskMetric'
  | 'comparison'
  | 'projections'
  | 'focus'
> => ({
  outputs: idle,
  predicting: false,
  record: idle,
  figures: idle,
  similarity: idle,
  alignments: idle,
  explanation: idle,
  telling: idle,
  penalty: idle,
  variantLoad: idle,
  headsWanted: null,
  bootstrap: idle,
  maskMetric: idle,
  comparison: idle,
  projections: { a: idle, b: idle, fused: idle },
  focus: null,
});

export const initialState = (): AppState => ({
  backend: idle,
  backendChoice: 'auto',
  notice: null,
  packs: idle,
  packId: '',
  pack: idle,
  warm: idle,
  packBytes: { loaded: 0, total: 0, cached: false },
  pairing: '',
  task: '',
  variant: '',
  seeds: false,
  condition: '',
  a: emptyInput(),
  b: emptyInput(),
  ...nothingYet(),
  strategy: { kind: 'skew', d: 0, k: 1 },
  wantedK: 1,
  metric: 'accuracy',
  mode: 'evaluation',
  overChance: false,
  bootstrapRunning: false,
  maskK: 12,
  maskTau: 0.5,
  projectionMethod: 'pca',
  view: 'instrument',
  theme: 'system',
  seed: 0,
  offline: { state: 'unknown', update: false },
  study: emptyStudy(),
  summaries: idle,
  clustering: idle,
  clusteringRunning: false,
});
