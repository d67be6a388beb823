/**
 * An engine with MADE-UP numbers, for building and testing views without a worker, a model or data. Nothing here
 * is a result. It is under test/ and never part of the built page.
 */
import { EngineError, type CallOptions, type Engine } from '../../src/engine/engine';
import type {
  BackendStatus,
  Operations,
  OperationName,
  Projection,
  ReplyOf,
  RequestOf,
  SampleOutputs,
  Seen,
} from '../../src/engine/protocol';
import { headSpecs } from '../../src/math/skew';
import { normal, seededRandom } from '../../src/math/random';
import type { EvaluationRecord } from '../../src/packs/record-types';
import type { Pack } from '../../src/packs/schema';
import type { PackEntry } from '../../src/store/state';

const LA = 12;
const LB = 12;
const CLASSES = 10;
const N = 200;
const HEADS = headSpecs(LA, LB);
const MODELS = LA + LB + HEADS.length + 1;

export const madeUpPacks: PackEntry[] = [
  {
    id: 'made-up',
    title: 'Made up',
    subtitle: 'drawn × spoken',
    modalities: ['video', 'audio'],
    url: 'http://localhost/made-up/pack.json',
  },
  {
    id: 'made-up-too',
    title: 'Made up too',
    subtitle: 'written × spoken',
    modalities: ['text', 'audio'],
    url: 'http://localhost/made-up-too/pack.json',
  },
];

export const madeUpPack = (url = madeUpPacks[0].url): Pack => {
  const text = url.includes('too');
  return {
    schema: 1,
    id: text ? 'made-up-too' : 'made-up',
    title: text ? 'Made up too' : 'Made up',
    question: 'Which digit?',
    modalities: [
      {
        id: text ? 'text' : 'video',
        modality: text ? 'text' : 'video',
        label: text ? 'Written' : 'Drawn',
        encoder: 'encoders/a',
        family: text ? 'BERT' : 'TimeSformer',
        layers: LA,
        width: 96,
        pooling: 'cls',
      },
      {
        id: 'audio',
        modality: 'audio',
        label: 'Spoken',
        encoder: 'encoders/b',
        family: 'Audio Spectrogram Transformer',
        layers: LB,
        width: 96,
        pooling: 'cls-distillation',
      },
    ],
    pairings: [{ id: 'a-b', a: text ? 'text' : 'video', b: 'audio', paired: 'by-label', seed: 0 }],
    tasks: [
      {
        id: 'digit',
        label: 'digit',
        classes: Array.from({ length: CLASSES }, (_, c) => String(c)),
        metric: 'accuracy',
      },
    ],
    conditions: [
      { id: 'clean', label: 'clean' },
      {
        id: 'standard',
        label: 'first 60 % of the drawing, speech at 5 dB',
        seed: 0,
        video: { keep: 0.6 },
        audio: { snrDb: 5 },
      },
    ],
    variants: [{ id: 'none' }],
    splits: { test: 'made up', validation: 'made up' },
    ssfn: [
      {
        pairing: 'a-b',
        task: 'digit',
        variant: 'none',
        condition: 'standard',
        d: 2,
        chosenOn: 'validation',
      },
      { pairing: 'a-b', task: 'digit', variant: 'none', condition: 'clean', d: -1, chosenOn: 'validation' },
    ],
    files: [
      {
        path: 'heads.none.safetensors',
        role: 'heads',
        bytes: 9_800_000,
        sha256: '0'.repeat(64),
        when: 'first',
      },
    ],
    data: [{ name: 'made up', licence: 'none', citation: 'none' }],
    licence: 'none',
    training: { seed: 0 },
    card: { use: 'Made-up numbers for tests.', limits: ['Nothing here is a result.'] },
  };
};

/** A smooth made-up accuracy: rises with depth, falls off the diagonal of skew 2. */
const madeUpAccuracy = (i: number, j: number) =>
  0.35 + 0.5 * (1 - Math.exp(-(i + j) / 9)) - 0.012 * Math.abs(i - j - 2);

function madeUpOutputs(seed: number): SampleOutputs {
  const random = seededRandom(seed);
  const table = (rows: number, sharpness: (row: number) => number) => {
    const out = new Float32Array(rows * CLASSES);
    for (let r = 0; r < rows; r++) {
      const z = Array.from({ length: CLASSES }, (_, c) => normal(random) + (c === 4 ? sharpness(r) : 0));
      const total = z.reduce((sum, x) => sum + Math.exp(x), 0);
      z.forEach((x, c) => (out[r * CLASSES + c] = Math.exp(x) / total));
    }
    return out;
  };
  return {
    la: LA,
    lb: LB,
    classes: CLASSES,
    probesA: table(LA, (r) => r / 4),
    probesB: table(LB, (r) => r / 5),
    heads: table(HEADS.length, (h) => HEADS[h].pairs[0].i / 4 + HEADS[h].k / 6),
    timing: { features: 3, a: 8, b: 7, heads: 4, total: 22 },
  };
}

function madeUpFigures() {
  const value = new Float32Array(MODELS);
  for (let l = 0; l < LA; l++) value[l] = madeUpAccuracy(l + 1, 0) - 0.05;
  for (let l = 0; l < LB; l++) value[LA + l] = madeUpAccuracy(0, l + 1) - 0.06;
  HEADS.forEach(({ pairs }, h) => {
    const mean = pairs.reduce((sum, { i, j }) => sum + madeUpAccuracy(i, j), 0) / pairs.length;
    value[LA + LB + h] = mean + 0.004 * Math.min(3, pairs.length - 1);
  });
  value[MODELS - 1] = 0.8;
  const half = 0.04;
  const over = (model: number) => {
    const difference = value.slice(LA + LB, MODELS - 1).map((x) => x - value[model]);
    return { value: difference, lo: difference.map((x) => x - half), hi: difference.map((x) => x + half) };
  };
  return {
    value,
    lo: value.map((x) => x - half),
    hi: value.map((x) => x + half),
    gain: over(LA - 1),
    overLate: over(LA + LB + LA * LB - 1),
    bestProbes: { a: 12, b: 12, better: 'a' as const },
  };
}

function madeUpRecord(body: RequestOf<'record'>): EvaluationRecord {
  const random = seededRandom(1);
  const { value } = madeUpFigures();
  const labels = Uint8Array.from({ length: N }, (_, s) => s % CLASSES);
  const predicted = new Uint8Array(MODELS * N);
  const confidence = new Uint8Array(MODELS * N);
  const trueLoss = new Uint8Array(MODELS * N);
  for (let m = 0; m < MODELS; m++)
    for (let s = 0; s < N; s++) {
      const right = random() < value[m];
      const p = 0.4 + 0.6 * random();
      predicted[m * N + s] = right ? labels[s] : Math.floor(random() * CLASSES);
      confidence[m * N + s] = Math.round(255 * p);
      trueLoss[m * N + s] = Math.min(255, Math.round(-16 * Math.log(right ? p : (1 - p) / 9 + 1e-3)));
    }
  return {
    ...body,
    la: LA,
    lb: LB,
    classes: CLASSES,
    idsA: Array.from({ length: N }, (_, s) => `a${s}`),
    idsB: Array.from({ length: N }, (_, s) => `b${s}`),
    labels,
    units: Uint16Array.from({ length: N }, (_, s) => s % 20),
    unitName: 'writer',
    predicted,
    confidence,
    trueLoss,
  };
}

function madeUpProjection(body: RequestOf<'projection'>): Projection {
  const random = seededRandom(JSON.stringify(body.space).length + (body.method === 'umap' ? 99 : 0));
  const points = new Float32Array(2 * N);
  for (let s = 0; s < N; s++) {
    const angle = ((s % CLASSES) / CLASSES) * 2 * Math.PI;
    points[2 * s] = Math.cos(angle) + 0.2 * normal(random);
    points[2 * s + 1] = Math.sin(angle) + 0.2 * normal(random);
  }
  return {
    points,
    labels: Uint8Array.from({ length: N }, (_, s) => s % CLASSES),
    ids: Array.from({ length: N }, (_, s) => `made-up-${s}`),
    sample: [-0.7, 0.6],
    method: body.method,
    ...(body.method === 'pca' && { explained: [0.31, 0.17] }),
  };
}

const madeUpFrequency = (progress: number): Float32Array => {
  const random = seededRandom(Math.round(1000 * progress));
  return Float32Array.from({ length: LA * LB }, (_, p) => {
    const [i, j] = [Math.floor(p / LB) + 1, (p % LB) + 1];
    const base = 1 / (1 + Math.exp(-60 * (madeUpAccuracy(i, j) - 0.8)));
    return Math.min(1, Math.max(0, base + (0.1 * (random() - 0.5)) / (progress + 0.1)));
  });
};

function madeUpSeen(body: RequestOf<'predict'>): { seenA: Seen | null; seenB: Seen | null } {
  const audio = (): Seen => ({
    kind: 'logmel',
    values: Float32Array.from({ length: 100 * 64 }, (_, p) => Math.sin(p / 300) * Math.cos((p % 64) / 9)),
    frames: 100,
    used: 80,
    bins: 64,
    waveform: Float32Array.from(
      { length: 800 },
      (_, t) => Math.sin(t / 5) * Math.exp(-(((t - 400) / 150) ** 2)),
    ),
    seconds: 0.8,
    trim: [0.2, 0.6],
  });
  const frames = (): Seen => ({
    kind: 'frames',
    frames: Float32Array.from({ length: 8 * 32 * 32 }, (_, p) =>
      (p % 32) + ((p >> 5) % 32) < 8 * (1 + (p >> 10)) ? 1 : 0,
    ),
    count: 8,
    channels: 1,
    size: 32,
  });
  const of = (given: RequestOf<'predict'>['a']): Seen | null =>
    given.input === null
      ? null
      : given.input.kind === 'audio'
        ? audio()
        : given.input.kind === 'text'
          ? {
              kind: 'tokens',
              tokens: ['[CLS]', ...given.input.text.split(/\s+/), '[SEP]'],
              used: 3,
              cut: 0,
              unknown: 0,
              text: given.input.text,
              cutAt: null,
            }
          : frames();
  return { seenA: of(body.a), seenB: of(body.b) };
}

export interface MadeUpOptions {
  /** Milliseconds that each operation takes; 0 for tests. */
  delay?: number;
  status?: BackendStatus;
  /** Replace or watch an operation. */
  on?: { [K in OperationName]?: (body: RequestOf<K>) => ReplyOf<K> | Promise<ReplyOf<K>> };
}

export function madeUpEngine({ delay = 0, on = {}, ...options }: MadeUpOptions = {}): Engine {
  const status: BackendStatus = options.status ?? {
    backend: 'wasm',
    threads: 1,
    selfTestError: 2.4e-6,
    reason: 'Made up: no worker runs behind this page.',
    kernels: 'made up',
  };
  const wait = (part = 1) => new Promise<void>((resolve) => setTimeout(resolve, delay * part));
  const latest = new Map<string, number>();
  let serial = 0;

  const noStudy = async (): Promise<never> => {
    throw new EngineError('user', 'Made-up numbers have no study.');
  };
  type Progress<K extends OperationName> = (progress: Operations[K]['progress']) => void;
  const run: { [K in OperationName]: (body: RequestOf<K>, progress: Progress<K>) => Promise<ReplyOf<K>> } = {
    start: async () => status,
    async loadPack({ url }, progress) {
      const total = 9_800_000;
      for (let step = 0; step <= 4; step++) {
        await wait(0.25);
        progress({ loaded: (total * step) / 4, total, file: 'heads.none.safetensors' });
      }
      return { pack: madeUpPack(url), bytes: total, cached: false, notices: [] };
    },
    warm: async () => ({ milliseconds: 0 }),
    deletePack: async () => ({ bytes: 9_800_000 }),
    async predict(body) {
      return { outputs: madeUpOutputs(++serial), ...madeUpSeen(body) };
    },
    samples: async () => ({ idsA: [], idsB: [], labels: new Uint8Array(0) }),
    record: async (body) => madeUpRecord(body),
    async bootstrap({ resamples }, progress) {
      for (let done = 50; done <= resamples; done += 50) {
        progress({ done, total: resamples, frequency: madeUpFrequency(done / resamples) });
        await wait(0.2);
      }
      return { done: resamples, total: resamples, frequency: madeUpFrequency(1) };
    },
    async intervals({ differences, onlyDifferences }) {
      const figures = madeUpFigures();
      const pairs = differences.map(([x, y]) => {
        const value = figures.value[x] - figures.value[y];
        return { value, lo: value - 0.03, hi: value + 0.03 };
      });
      const none = new Float32Array(0);
      return onlyDifferences
        ? { value: none, lo: none, hi: none, bestProbes: figures.bestProbes, differences: pairs }
        : { ...figures, differences: pairs };
    },
    ensemble: async ({ pairs }) => ({ value: 0.8 + 0.001 * pairs.length, lo: 0.76, hi: 0.85 }),
    summaries: async () => ({ packs: [] }),
    async clustering() {
      throw new EngineError('user', 'Made-up numbers have no states to cluster.');
    },
    async alignments() {
      throw new EngineError('user', 'Made-up numbers have no alignment.');
    },
    async penalty() {
      throw new EngineError('user', 'Made-up numbers have no penalty.');
    },
    variant: async () => ({}),
    telling: async () => ({ looks: 3 * LA * LB, places: [] }),
    async explain() {
      throw new EngineError('user', 'Made-up numbers have no statistical network.');
    },
    similarity: async () => ({
      values: Float32Array.from({ length: LA * LB }, (_, p) =>
        Math.exp(-Math.abs(Math.floor(p / LB) - (p % LB)) / 6),
      ),
      n: N,
    }),
    projection: async (body) => madeUpProjection(body),
    memory: async () => ({ tensors: 0, bytes: 0 }),
    studyRead: noStudy,
    studyTrain: noStudy,
    studyPause: noStudy,
    studySave: noStudy,
    studyHead: noStudy,
    studyForget: noStudy,
    studyOpen: noStudy,
    checkpointOpen: noStudy,
    checkpointReopen: noStudy,
    checkpointClose: noStudy,
    checkpointKeep: noStudy,
    checkpointStates: noStudy,
    checkpointSave: noStudy,
    keptList: noStudy,
    keptDelete: noStudy,
    tableRead: noStudy,
    extractBegin: noStudy,
    extractRow: noStudy,
    extractEnd: noStudy,
  };

  return {
    start: async (choice) => {
      await wait();
      return on.start ? on.start({ choice }) : status;
    },
    async call<K extends Exclude<OperationName, 'start'>>(op: K, body: RequestOf<K>, call?: CallOptions<K>) {
      const mine = ++serial;
      if (call?.lane) latest.set(call.lane, mine);
      await wait();
      const replaced = on[op] as ((body: RequestOf<K>) => ReplyOf<K> | Promise<ReplyOf<K>>) | undefined;
      const reply = replaced
        ? await replaced(body)
        : await run[op](body, (p) => {
            if (call?.signal?.aborted) throw new EngineError('aborted', 'aborted');
            if (!call?.lane || latest.get(call.lane) === mine) call?.onProgress?.(p);
          });
      if (call?.signal?.aborted) throw new EngineError('aborted', 'aborted');
      if (call?.lane && latest.get(call.lane) !== mine) throw new EngineError('superseded', 'superseded');
      return reply;
    },
    onRestart: () => () => undefined,
    onDead: () => () => undefined,
    close: () => undefined,
  };
}
