/**
 * One batch: a table and its files, predicted row by row in the worker through the same path as the page's own
 * sample. It goes on while its drawer is closed; what a row gave stays whatever happens after it.
 */
import { createStore } from 'zustand/vanilla';
import { EngineError } from '../../engine/engine';
import type { Degradation, GivenInput, ModalityInput } from '../../engine/protocol';
import { UserError } from '../../math/errors';
import { rowsOf, type PredictionRow } from '../../store/sample';
import { headsInUse, valueOf } from '../../store/selectors';
import type { AppStore } from '../../store/store';
import { ssfnSkew } from '../../store/strategy';
import { readFile } from '../inputs/files';
import { findFile, namesFiles, readBatch, type BatchRow, type BatchSide, type BatchTable } from './table';

export type Sides = Record<'a' | 'b', BatchSide>;

/** The columns of the answer: what is in use now, and all that it is compared with. */
export const strategies = ['strategy', 'ssfn', 'late', 'pairwise', 'score-sum', 'a', 'b'] as const;
export type StrategyId = (typeof strategies)[number];

export interface Said {
  answer: number;
  probability: number;
}

export interface Outcome {
  /** Null for a strategy that has nothing to say: a side that was not given, a pack without SSFN. */
  said: Partial<Record<StrategyId, Said | null>> | null;
  /** Why the row has no prediction. */
  problem: string | null;
}

export interface BatchState {
  packId: string;
  table: BatchTable | null;
  /** The chosen files by their paths. */
  files: ReadonlyMap<string, File>;
  /** What could not be used of the last choice. */
  problem: string | null;
  outcomes: Outcome[];
  running: boolean;
  /** Why it stands still before its end. */
  stopped: string | null;
  /** In words, how the inputs of these outcomes were degraded, and which strategy was in use. */
  done: { degradation: string; strategy: string } | null;
}

const empty = (packId: string): BatchState => ({
  packId,
  table: null,
  files: new Map(),
  problem: null,
  outcomes: [],
  running: false,
  stopped: null,
  done: null,
});

/** The batch of this page; another pack begins another one. */
export const batch = createStore<BatchState>()(() => empty(''));
const set = batch.setState;
let controller: AbortController | null = null;

export function beginAnew(packId: string): void {
  controller?.abort();
  set(empty(packId), true);
}

const isTable = (path: string): boolean => /\.(csv|tsv)$/i.test(path);

/** Takes a table, files, or both; files add to those that were chosen before. */
export async function takeFiles(given: ReadonlyMap<string, File>, sides: Sides): Promise<void> {
  if (batch.getState().running) return;
  const tables = [...given].filter(([path]) => isTable(path));
  const others = [...given].filter(([path]) => !isTable(path));
  try {
    if (tables.length > 1)
      throw new UserError(
        `There are ${tables.length} tables (${tables
          .map(([path]) => path)
          .join(', ')
          .slice(0, 120)}): choose one of them.`,
      );
    if (tables.length === 1) {
      const [[path, file]] = tables;
      const bytes = new Uint8Array(
        await file.arrayBuffer().catch(() => {
          throw new UserError(`${path} could not be read: choose it again.`);
        }),
      );
      set({ table: readBatch(file.name, bytes, sides), outcomes: [], done: null, stopped: null });
    }
    set({ problem: null, files: new Map([...batch.getState().files, ...others]) });
    if (!batch.getState().table)
      set({
        problem:
          'There is no table among these files: choose a CSV or TSV file that names them, one row for each pair.',
      });
  } catch (error) {
    set({ problem: error instanceof Error ? error.message : String(error) });
  }
}

async function inputOf(cell: string, side: BatchSide): Promise<ModalityInput | null> {
  // what nobody can give is missing in every row
  if (cell === '' || side.kind === 'features') return null;
  if (!namesFiles(side)) return { kind: 'text', text: cell };
  const file = findFile(cell, batch.getState().files);
  if (!file) throw new UserError(`${cell} is not among the chosen files.`);
  return (await readFile(side.kind, file)).input;
}

/** What all strategies say of one row. Throws what the worker or the readers throw. */
async function predictRow(
  store: AppStore,
  row: BatchRow,
  sides: Sides,
  degradations: Record<'a' | 'b', Degradation>,
  signal: AbortSignal,
): Promise<Outcome['said']> {
  const give = async (side: 'a' | 'b'): Promise<GivenInput> => ({
    input: await inputOf(row[side], sides[side]),
    degradation: degradations[side],
  });
  const [a, b] = [await give('a'), await give('b')];
  if (!a.input && !b.input) throw new UserError('Neither side is given in this row.');
  const outputs = await store.getState().predictAside(a, b, signal);
  const state = store.getState();
  const best = valueOf(state.figures)?.bestProbes ?? null;
  const skew = ssfnSkew(state);
  const rows: (PredictionRow & { name?: StrategyId })[] = rowsOf(outputs, state.strategy, best);
  if (skew !== null) {
    const [ssfn] = rowsOf(outputs, { kind: 'skew', d: skew, k: 1 }, best);
    rows.push({ ...ssfn, name: 'ssfn' });
  }
  const absent = { a: !a.input || !!a.degradation.dropped, b: !b.input || !!b.degradation.dropped };
  const silent = (id: StrategyId) =>
    id === 'a' || id === 'b' ? absent[id] : id === 'score-sum' && (absent.a || absent.b);
  return Object.fromEntries(
    rows.map(({ id, name = id, answer, probabilities }) => [
      name,
      silent(name) ? null : { answer, probability: probabilities[answer] },
    ]),
  );
}

/** The worker is being started again, or went: the rows that are left wait for a person. */
const isInterruption = (error: unknown): boolean =>
  error instanceof EngineError &&
  ['aborted', 'superseded', 'device-lost', 'out-of-memory'].includes(error.code);

/** Predicts the rows that have no outcome yet. */
export async function run(
  store: AppStore,
  sides: Sides,
  degradations: Record<'a' | 'b', Degradation>,
  done: BatchState['done'],
): Promise<void> {
  const { table, packId } = batch.getState();
  if (!table || controller) return;
  const mine = (controller = new AbortController());
  const outcomes = batch.getState().outcomes.slice();
  set({ running: true, stopped: null, done });
  let shown = performance.now();
  const scope = (state: ReturnType<AppStore['getState']>) => {
    const { variant, seeds } = headsInUse(state);
    return [state.pack, state.task, state.pairing, variant, seeds];
  };
  const before = scope(store.getState());
  let stopped: string | null = null;
  while (outcomes.length < table.rows.length) {
    const now = scope(store.getState());
    if (now.some((part, n) => part !== before[n])) {
      stopped = 'Another pack, task or kind of heads was chosen: the rows before it are kept.';
      break;
    }
    try {
      const row = table.rows[outcomes.length];
      outcomes.push({ said: await predictRow(store, row, sides, degradations, mine.signal), problem: null });
    } catch (error) {
      if (mine.signal.aborted) stopped = 'Stopped: the rows so far are kept.';
      else if (isInterruption(error)) stopped = 'The worker had to be started again: go on when it is ready.';
      if (stopped) break;
      outcomes.push({ said: null, problem: error instanceof Error ? error.message : String(error) });
    }
    if (performance.now() - shown < 100) continue;
    shown = performance.now();
    if (batch.getState().packId === packId && !mine.signal.aborted) set({ outcomes: outcomes.slice() });
  }
  if (controller === mine) controller = null;
  if (batch.getState().table === table) set({ outcomes, running: false, stopped });
}

export const stop = (): void => controller?.abort();

/** Forget the outcomes, as before running under other settings. */
export const forget = (): void => set({ outcomes: [], stopped: null, done: null });
