/**
 * The page's state in its address: one typed row for each piece. The inputs are private and have no row; nor has
 * what a pointer is over. Nonsense is left out row by row, and one notice names what was.
 */
import type { Degradation } from '../engine/protocol';
import { diagonalLength } from '../math/skew';
import { metricNames, numberMetricNames, type Pack } from '../packs/schema';
import { alignmentNames, canBeGiven, hasDependency, hasHeads, hasSeeds, layersOf, sidesOf } from './models';
import type { AppState } from './state';
import { atSkew, pairExists } from './strategy';

interface Row {
  key: string;
  /** Rows of the page hold before a pack is there; rows of the pack are checked against it. */
  of: 'page' | 'pack';
  /** The state as text; null where it is the default, which the address need not say. */
  write(state: AppState): string | null;
  /** What the text changes; null where it means nothing here. `pack` is there for rows of the pack. */
  read(text: string, state: AppState, pack: Pack): Partial<AppState> | null;
}

/** A decimal number and nothing else: no "1e9", no blank, no "0x10". */
function number(text: string, lo: number, hi: number, whole = false): number | null {
  if (!/^-?\d{1,6}(\.\d{1,6})?$/.test(text)) return null;
  const value = Number(text);
  return value < lo || value > hi || (whole && !Number.isInteger(value)) ? null : value;
}

const short = (x: number): string => String(Number(x.toFixed(4)));
const among = <T extends string>(names: readonly T[], text: string): T | null =>
  names.find((name) => name === text) ?? null;

const matrixMetricNames = [
  ...metricNames,
  ...numberMetricNames,
  'gain',
  'difference from late',
  ...alignmentNames,
] as const;

function choice<K extends 'mode' | 'view' | 'projectionMethod' | 'backendChoice'>(
  key: string,
  field: K,
  names: readonly AppState[K][],
  fallback: AppState[K] | null,
  of: Row['of'] = 'page',
): Row {
  return {
    key,
    of,
    write: (s) => (s[field] === fallback ? null : s[field]),
    read(text) {
      const value = among(names as readonly string[], text);
      return value === null ? null : ({ [field]: value } as Partial<AppState>);
    },
  };
}

function numeric<K extends 'seed' | 'maskK' | 'maskTau'>(
  key: string,
  field: K,
  [lo, hi]: [number, number],
  fallback: number,
  whole = false,
): Row {
  return {
    key,
    of: 'page',
    write: (s) => (s[field] === fallback ? null : short(s[field])),
    read(text) {
      const value = number(text, lo, hi, whole);
      return value === null ? null : ({ [field]: value } as Partial<AppState>);
    },
  };
}

function partOfPack<K extends 'pairing' | 'task' | 'condition'>(
  field: K,
  list: (pack: Pack) => { id: string }[],
): Row {
  return {
    key: field,
    of: 'pack',
    write: (s) => s[field] || null,
    read: (text, _, pack) =>
      list(pack).some(({ id }) => id === text) ? ({ [field]: text } as Partial<AppState>) : null,
  };
}

type NumberOf = Exclude<keyof Degradation, 'dropped' | 'seed'>;
const ranges: Record<NumberOf, [number, number]> = {
  keep: [0, 1],
  noise: [0, 1],
  snrDb: [-30, 60],
  cut: [0, 1],
  wordDrop: [0, 1],
  blur: [0, 1],
  crop: [0, 1],
};

const degradations: Row[] = (['a', 'b'] as const).flatMap((side) => {
  const change = (state: AppState, part: Degradation): Partial<AppState> => ({
    [side]: { ...state[side], degradation: { ...state[side].degradation, ...part } },
  });
  const numbers = (Object.keys(ranges) as NumberOf[]).map((field): Row => ({
    key: `${side}.${field}`,
    of: 'pack',
    write: (s) => (s[side].degradation[field] === undefined ? null : short(s[side].degradation[field]!)),
    read(text, state) {
      const value = number(text, ...ranges[field]);
      return value === null ? null : change(state, { [field]: value });
    },
  }));
  const dropped: Row = {
    key: `${side}.dropped`,
    of: 'pack',
    write(s) {
      const { dropped } = s[side].degradation;
      const modality = s.pack.state === 'ready' && sidesOf(s.pack.value, s.pairing)?.[side];
      // what nobody can give is left out from the start
      return !dropped || (dropped === 'means' && modality && !canBeGiven(modality)) ? null : dropped;
    },
    read(text, state) {
      const value = among(['means', 'noise'] as const, text);
      return value && change(state, { dropped: value });
    },
  };
  return [dropped, ...numbers];
});

/** Pairing, task and condition come first: the rows after them are read against what they chose. */
export const urlRows: readonly Row[] = [
  {
    key: 'pack',
    of: 'page',
    write: (s) => s.packId || null,
    read: (text) => (/^[a-z0-9][a-z0-9-]{0,40}$/.test(text) ? { packId: text } : null),
  },
  choice('view', 'view', ['instrument', 'published', 'packs', 'card', 'study'], 'instrument'),
  choice('backend', 'backendChoice', ['auto', 'webgpu', 'wasm', 'cpu'], 'auto'),
  choice('mode', 'mode', ['evaluation', 'sample'], 'evaluation'),
  choice('projection', 'projectionMethod', ['pca', 'umap'], 'pca'),
  numeric('K', 'maskK', [1, 144], 12, true),
  numeric('tau', 'maskTau', [0, 1], 0.5),
  numeric('seed', 'seed', [0, 999_999], 0, true),
  partOfPack('pairing', (pack) => pack.pairings),
  partOfPack('task', (pack) => pack.tasks),
  {
    key: 'variant',
    of: 'pack',
    write: (s) => s.variant || null,
    // some variants' heads ship with one pairing only
    read: (text, { pairing, task }, pack) =>
      text === pack.variants[0].id || hasHeads(pack, pairing, task, text) ? { variant: text } : null,
  },
  {
    key: 'seeds',
    of: 'pack',
    write: (s) => (s.seeds ? 'all' : null),
    read: (text, { pairing, task, variant }, pack) =>
      text === 'all' && hasSeeds(pack, pairing, task, variant) ? { seeds: true } : null,
  },
  partOfPack('condition', (pack) => pack.conditions),
  {
    key: 'metric',
    of: 'pack',
    write: (s) => s.metric,
    read(text, state, pack) {
      const metric = among(matrixMetricNames, text);
      // dependency is known only where the pack ships it
      const absent = metric === 'kl' || metric === 'f' || metric === 'wasserstein';
      return metric && !(absent && !hasDependency(pack, state.pairing)) ? { metric } : null;
    },
  },
  {
    key: 'chance',
    of: 'page',
    write: (s) => (s.overChance ? 'over' : null),
    read: (text) => (text === 'over' ? { overChance: true } : null),
  },
  {
    key: 'k',
    of: 'pack',
    write: (s) => String(s.wantedK),
    read(text, state, pack) {
      const l = layersOf(pack, state.pairing);
      const k = l && number(text, 1, Math.min(l.la, l.lb), true);
      if (!l || !k) return null;
      const d = state.strategy.kind === 'skew' ? state.strategy.d : 0;
      return { wantedK: k, strategy: atSkew(d, k, l) };
    },
  },
  {
    key: 'd',
    of: 'pack',
    write: (s) => (s.strategy.kind === 'skew' ? String(s.strategy.d) : null),
    read(text, state, pack) {
      const l = layersOf(pack, state.pairing);
      const d = l && number(text, -(l.la - 1), l.lb - 1, true);
      if (!l || d === null || diagonalLength(d, l.la, l.lb) < 1) return null;
      return { strategy: atSkew(d, state.wantedK, l) };
    },
  },
  {
    key: 'pair',
    of: 'pack',
    write: ({ strategy: s }) => (s.kind === 'pair' ? `${s.pair.i}.${s.pair.j}` : null),
    read(text, state, pack) {
      const l = layersOf(pack, state.pairing);
      const [, i, j] = /^(\d{1,3})\.(\d{1,3})$/.exec(text) ?? [];
      const pair = { i: Number(i), j: Number(j) };
      return l && pairExists(pair, l) ? { strategy: { kind: 'pair', pair } } : null;
    },
  },
  ...degradations,
];

/** The address's query for a state, in the order of the rows. */
export function writeQuery(state: AppState): string {
  const query = new URLSearchParams();
  for (const row of urlRows) {
    const text = row.write(state);
    if (text !== null) query.set(row.key, text);
  }
  return query.toString();
}

/**
 * Apply the rows of one kind to a state.
 * @returns what changes, and the keys whose text means nothing here
 */
export function readQuery(
  query: string,
  of: Row['of'],
  state: AppState,
  pack: Pack | null,
): { changes: Partial<AppState>; ignored: string[] } {
  const given = new URLSearchParams(query);
  const changes: Partial<AppState> = {};
  const ignored: string[] = [];
  for (const row of urlRows) {
    const text = given.get(row.key);
    if (row.of !== of || text === null) continue;
    const change = row.read(text, { ...state, ...changes }, pack as Pack);
    if (change) Object.assign(changes, change);
    else ignored.push(row.key);
  }
  return { changes, ignored };
}

export const ignoredSentence = (keys: string[]): string =>
  `The link holds settings that mean nothing here, and the page opened without them: ${keys.join(', ')}.`;
