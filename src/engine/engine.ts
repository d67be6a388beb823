/** The engine as the page sees it. `client.ts` is the one that spawns the worker; tests bring their own. */
import type {
  BackendChoice,
  BackendStatus,
  FailureCode,
  OperationName,
  ProgressOf,
  ReplyOf,
  RequestOf,
} from './protocol';

export interface CallOptions<K extends OperationName> {
  /** Of the requests of one lane only the latest is answered; the earlier ones fail with `superseded`. */
  lane?: string;
  /** Aborting fails the request with `aborted` and tells the worker to stop. */
  signal?: AbortSignal;
  onProgress?: (progress: ProgressOf<K>) => void;
}

/** The worker went away and another one runs: everything that lived in the old one has to be asked for again. */
export interface Restart {
  status: BackendStatus;
  /** What happened, in one sentence for the person. */
  reason: string;
}

export interface Engine {
  /** Run on this backend: starts the worker, or starts it again. Loaded packs are gone after it. */
  start(choice: BackendChoice): Promise<BackendStatus>;
  /** @throws EngineError */
  call<K extends Exclude<OperationName, 'start'>>(
    op: K,
    body: RequestOf<K>,
    options?: CallOptions<K>,
  ): Promise<ReplyOf<K>>;
  /** Told after the worker was replaced by itself, and when no backend is left to try. */
  onRestart(listener: (restart: Restart) => void): () => void;
  onDead(listener: (message: string) => void): () => void;
  close(): void;
}

export class EngineError extends Error {
  override name = 'EngineError';
  /**
   * @param code `user` is for the person as it stands; `aborted` and `superseded` need no words
   * @param subject what it is about: a file's name, a field's path
   */
  constructor(
    readonly code: FailureCode,
    message: string,
    readonly subject?: string,
  ) {
    super(message);
  }
}

/** Requests that ended because something newer came, not because something went wrong. */
export const isQuiet = (error: unknown): boolean =>
  error instanceof EngineError && (error.code === 'aborted' || error.code === 'superseded');
