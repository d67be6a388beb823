/** What a slice gets: the store's two functions, the engine, and the page's surroundings, which tests replace. */
import type { StoreApi } from 'zustand/vanilla';
import { EngineError, isQuiet, type Engine } from '../engine/engine';
import { UserError } from '../math/errors';
import { failed, loading } from './defaults';
import type { App, InputState, Load, PackEntry } from './state';

/** What is kept over a reload into a new version: the inputs, in memory, never on disk. */
export type KeptInputs = { pack: string; a: Kept; b: Kept };
type Kept = Pick<InputState, 'input' | 'name' | 'degradation'>;

export interface Surroundings {
  /** The page's address, for the URL state: its query, and how to replace it. */
  query(): string;
  replaceQuery(query: string): void;
  /** The browser's storage for the remembered settings; null where it is forbidden. */
  storage: Pick<Storage, 'getItem' | 'setItem'> | null;
  packList(): Promise<PackEntry[]>;
  /** Inputs kept over a reload, once. */
  takeKept(): Promise<KeptInputs | null>;
  /** Reload into the new version of the page with these inputs. */
  reload(keep: KeptInputs): void;
  /** Run later, after the frame: a slider that moves on takes the place of what was not yet run. */
  defer(run: () => void): void;
}

export interface Context {
  set: StoreApi<App>['setState'];
  get: StoreApi<App>['getState'];
  engine: Engine;
  around: Surroundings;
}

/** What a failure says to a person. Faults of ours say so and name themselves. */
export function sentence(error: unknown): string {
  if (error instanceof UserError) return error.message;
  if (error instanceof EngineError)
    return error.code === 'user' ? error.message : `Something went wrong in the worker: ${error.message}`;
  return `Something went wrong: ${error instanceof Error ? error.message : String(error)}`;
}

/** The worker was replaced while this ran; what is needed is asked for again elsewhere. */
const isReplayed = (error: unknown): boolean =>
  error instanceof EngineError && (error.code === 'device-lost' || error.code === 'out-of-memory');

/**
 * Run some work whose state the page shows.
 * @param put where its state goes
 * @param work is given the function that reports progress
 * @returns its value, or null where it failed, which the state then says, or was overtaken, which nothing says
 */
export async function track<T>(
  put: (load: Load<T>) => void,
  what: string,
  work: (progress: (p: { done: number; total: number }) => void) => Promise<T>,
): Promise<T | null> {
  put(loading(what));
  try {
    const value = await work(({ done, total }) => put(loading(what, done, total)));
    put({ state: 'ready', value });
    return value;
  } catch (error) {
    if (!isQuiet(error) && !isReplayed(error)) put(failed(sentence(error)));
    return null;
  }
}
