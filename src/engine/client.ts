/**
 * The page's side of the protocol. The worker is spawned when it is first needed; when it is lost (a lost device, a
 * crash, no memory) it is started again on the next best backend, and the store asks again for what it needs.
 */
import { EngineError, type CallOptions, type Engine, type Restart } from './engine';
import type {
  BackendChoice,
  BackendName,
  BackendStatus,
  FromWorker,
  OperationName,
  ProgressOf,
  ReplyOf,
  RequestOf,
  ToWorker,
} from './protocol';

/** As much of a Worker as the client uses; tests bring their own. */
export interface WorkerLike {
  postMessage(message: ToWorker): void;
  terminate(): void;
  onmessage: ((event: { data: FromWorker }) => void) | null;
  onerror: ((event: { message?: string; preventDefault?(): void }) => void) | null;
}

interface Waiting {
  lane?: string;
  resolve(reply: unknown): void;
  reject(error: EngineError): void;
  progress?(progress: unknown): void;
}

const order: readonly BackendName[] = ['webgpu', 'wasm', 'cpu'];
const label: Record<BackendName, string> = {
  webgpu: 'WebGPU',
  wasm: 'WebAssembly',
  cpu: 'plain JavaScript',
};

const NOT_LOADED =
  'The part of the page that computes could not be loaded: check the network, then try again.';

const fullStop = (text: string): string => (/[.!?]$/.test(text) ? text : `${text}.`);

/** @param spawn makes a new worker */
export function createEngine(spawn: () => WorkerLike): Engine {
  let worker: WorkerLike | null = null;
  /** The worker that answers; null while one starts. */
  let status: BackendStatus | null = null;
  let starting: Promise<BackendStatus> | null = null;
  let choice: BackendChoice = 'auto';
  let failed: BackendName[] = [];
  let attempt = 0;
  let nextId = 1;
  const waiting = new Map<number, Waiting>();
  const restarted = new Set<(restart: Restart) => void>();
  const dead = new Set<(message: string) => void>();

  /** The worker goes, and everything that waits for it fails. */
  function drop(error: EngineError): void {
    if (worker) {
      worker.onmessage = worker.onerror = null;
      worker.terminate();
    }
    worker = null;
    status = null;
    const left = [...waiting.values()];
    waiting.clear();
    for (const { reject } of left) reject(error);
  }

  function receive(message: FromWorker): void {
    if (message.type === 'lost') return lose(message.reason);
    const request = waiting.get(message.id);
    if (!request) return;
    if (message.type === 'progress') return request.progress?.(message.body);
    waiting.delete(message.id);
    if (message.type === 'reply') request.resolve(message.body);
    else request.reject(new EngineError(message.code, message.message, message.subject));
  }

  function request<K extends OperationName>(
    op: K,
    body: RequestOf<K>,
    { lane, signal, onProgress }: CallOptions<K> = {},
  ): Promise<ReplyOf<K>> {
    return new Promise<ReplyOf<K>>((resolve, reject) => {
      if (signal?.aborted) return reject(new EngineError('aborted', 'Aborted.'));
      const id = nextId++;
      const end = (error: EngineError) => {
        if (!waiting.delete(id)) return;
        worker?.postMessage({ type: 'abort', id });
        reject(error);
      };
      if (lane)
        for (const [earlier, { lane: other, reject: refuse }] of waiting)
          if (other === lane) {
            waiting.delete(earlier);
            worker?.postMessage({ type: 'abort', id: earlier });
            refuse(new EngineError('superseded', 'A newer request took its place.'));
          }
      const onAbort = () => end(new EngineError('aborted', 'Aborted.'));
      signal?.addEventListener('abort', onAbort, { once: true });
      const settle = () => signal?.removeEventListener('abort', onAbort);
      waiting.set(id, {
        lane,
        resolve: (reply) => {
          settle();
          resolve(reply as ReplyOf<K>);
        },
        reject: (error) => {
          settle();
          reject(error);
        },
        progress: onProgress && ((progress) => onProgress(progress as ProgressOf<K>)),
      });
      worker!.postMessage({ type: 'request', id, lane, op, body } as ToWorker);
    });
  }

  /** A new worker on the best backend that has not failed. A crash while starting rules out the one it tried. */
  async function startWorker(): Promise<BackendStatus> {
    const mine = ++attempt;
    for (;;) {
      const preferred = choice === 'auto' ? order : [choice, ...order.filter((name) => name !== choice)];
      const candidate = preferred.find((name) => !failed.includes(name));
      if (!candidate)
        throw new EngineError(
          'user',
          'No backend works in this browser: close other tabs, then reload the page.',
        );
      drop(new EngineError('device-lost', 'The worker was started again.'));
      worker = spawn();
      worker.onmessage = ({ data }) => receive(data);
      worker.onerror = (event) => {
        event.preventDefault?.();
        // An error without words while it starts: its script did not arrive, and no other backend helps.
        if (!event.message && !status) drop(new EngineError('user', NOT_LOADED));
        else lose(event.message ? `The worker crashed (${event.message}).` : 'The worker crashed.');
      };
      try {
        const now = await request('start', { choice, except: failed });
        status = now;
        return now;
      } catch (error) {
        // Another start has taken over, and the worker is its.
        if (mine !== attempt) throw error;
        const gone =
          error instanceof EngineError && (error.code === 'device-lost' || error.code === 'out-of-memory');
        if (!gone) {
          drop(new EngineError('device-lost', 'The worker did not start.'));
          throw error;
        }
        failed.push(candidate);
      }
    }
  }

  /** The worker is of no use any more: everything that waits fails, and the next best backend takes over. */
  function lose(reason: string): void {
    const before = status;
    drop(new EngineError('device-lost', reason));
    // While it starts, `startWorker` itself goes on to the next backend.
    if (!before) return;
    failed.push(before.backend);
    const again = startWorker();
    starting = again;
    void again.then(
      (now) => {
        if (starting !== again) return;
        const sentence = `${label[before.backend]} stopped working: ${fullStop(reason)} The page went on with ${label[now.backend]}; your input and settings are kept.`;
        for (const listener of restarted) listener({ status: now, reason: sentence });
      },
      (error: unknown) => {
        if (starting !== again) return;
        const message = error instanceof Error ? error.message : String(error);
        for (const listener of dead) listener(`${fullStop(reason)} ${message}`);
      },
    );
  }

  function start(wanted: BackendChoice): Promise<BackendStatus> {
    choice = wanted;
    failed = [];
    drop(new EngineError('superseded', 'The worker was started again.'));
    starting = startWorker();
    return starting;
  }

  function listen<T>(set: Set<T>, listener: T): () => void {
    set.add(listener);
    return () => set.delete(listener);
  }

  return {
    start,
    async call(op, body, options) {
      const running = starting ?? start(choice);
      try {
        await running;
      } catch {
        throw new EngineError('device-lost', 'No worker runs.');
      }
      if (!worker) throw new EngineError('device-lost', 'The worker is being started again.');
      return request(op, body, options);
    },
    onRestart: (listener) => listen(restarted, listener),
    onDead: (listener) => listen(dead, listener),
    close: () => drop(new EngineError('aborted', 'The page is closed.')),
  };
}

/** The engine in its real worker. */
export const browserEngine = (): Engine =>
  createEngine(
    () =>
      new Worker(new URL('./worker.ts', import.meta.url), {
        type: 'module',
        name: 'skewscope',
      }) as unknown as WorkerLike,
  );
