/** The worker's side of the protocol: requests by id, aborts, and failures with the code that the page acts on. */
import { UserError } from '../math/errors';
import { BackendLost, type Handler, type HandlerContext, type Handlers } from './handler';
import type { FailureCode, FromWorker, OperationName, ToWorker } from './protocol';
import type { Session } from './session';

/** What engines say when memory is out: V8, SpiderMonkey, JavaScriptCore, emscripten, WebGPU. */
const outOfMemory =
  /out of memory|\bOOM\b|allocation failed|cannot enlarge memory|Invalid array buffer length|array length|Memory\.grow|memory access out of bounds/i;

export function failureCode(error: unknown, aborted: boolean): FailureCode {
  if (aborted) return 'aborted';
  if (error instanceof UserError) return 'user';
  if (error instanceof BackendLost) return 'device-lost';
  if (error instanceof Error && outOfMemory.test(error.message)) return 'out-of-memory';
  return 'fault';
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/**
 * @param post how a message reaches the page
 * @returns what takes the page's messages
 */
export function createDispatcher(
  handlers: Handlers,
  session: Session,
  post: (message: FromWorker) => void,
): (message: ToWorker) => void {
  const running = new Map<number, AbortController>();
  const lost = (reason: string) => post({ type: 'lost', reason });

  async function run<K extends OperationName>(
    id: number,
    op: K,
    body: Parameters<Handler<K>>[0],
  ): Promise<void> {
    const controller = new AbortController();
    running.set(id, controller);
    const { signal } = controller;
    try {
      const context: HandlerContext<K> = {
        session,
        signal,
        progress: (progress) => {
          if (!signal.aborted) post({ type: 'progress', id, op, body: progress } as FromWorker);
        },
        lost,
      };
      const reply = await handlers[op](body, context);
      post({ type: 'reply', id, op, body: reply } as FromWorker);
    } catch (error) {
      const code = failureCode(error, signal.aborted);
      const subject = error instanceof UserError ? error.subject : undefined;
      post({ type: 'failure', id, code, message: messageOf(error), subject });
      if (code === 'out-of-memory') lost('It ran out of memory.');
      if (code === 'device-lost') lost(messageOf(error));
    } finally {
      running.delete(id);
    }
  }

  return (message) => {
    if (message.type === 'abort') running.get(message.id)?.abort();
    else void run(message.id, message.op, message.body);
  };
}
