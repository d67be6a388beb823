/** What an operation's handler is, and what it is given. */
import type { OperationName, ProgressOf, ReplyOf, RequestOf } from './protocol';
import type { Session } from './session';

export interface HandlerContext<K extends OperationName> {
  session: Session;
  signal: AbortSignal;
  progress(progress: ProgressOf<K>): void;
  /** Say that the backend is gone: the client starts the worker again on the next best. */
  lost(reason: string): void;
}

export type Handler<K extends OperationName> = (
  body: RequestOf<K>,
  context: HandlerContext<K>,
) => Promise<ReplyOf<K>>;

export type Handlers = { [K in OperationName]: Handler<K> };

/** The backend computes no longer, or wrongly: only another one helps. */
export class BackendLost extends Error {
  override name = 'BackendLost';
}
