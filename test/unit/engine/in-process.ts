/** The worker's side of the engine in this process: the same dispatcher and handlers, messages cloned as over a border. */
import { createDispatcher } from '../../../src/engine/dispatch';
import type { Handlers } from '../../../src/engine/handler';
import { handlers } from '../../../src/engine/handlers';
import type { WorkerLike } from '../../../src/engine/client';
import type { FromWorker, ToWorker } from '../../../src/engine/protocol';
import { Session } from '../../../src/engine/session';
import type { FileCache } from '../../../src/packs/cache';
import { memorySource } from '../../../src/packs/source';
import { startNode } from '../../../src/runtime/node';

const start: Handlers['start'] = ({ choice }) => startNode({ backend: choice });

export interface InProcess extends WorkerLike {
  session: Session;
  /** Pretend to be a crash. */
  crash(message: string): void;
}

/** @param files the packs, by address: path → bytes each */
export function inProcessWorker(
  packs: Record<string, ReadonlyMap<string, Uint8Array>>,
  change: Partial<Handlers> = {},
  cache: FileCache | null = null,
): InProcess {
  const session = new Session((url) => memorySource(packs[url] ?? new Map(), url), cache);
  const worker: InProcess = {
    session,
    onmessage: null,
    onerror: null,
    postMessage: (message) => void dispatch(structuredClone(message)),
    terminate: () => undefined,
    crash: (message) => worker.onerror?.({ message }),
  };
  const dispatch = createDispatcher({ start, ...handlers, ...change }, session, (message: FromWorker) => {
    const data = structuredClone(message);
    queueMicrotask(() => worker.onmessage?.({ data }));
  });
  return worker;
}

/** A worker that keeps what it is sent and says only what a test makes it say. */
export function silentWorker() {
  const sent: ToWorker[] = [];
  const worker = {
    sent,
    terminated: false,
    onmessage: null as WorkerLike['onmessage'],
    onerror: null as WorkerLike['onerror'],
    postMessage: (message: ToWorker) => void sent.push(message),
    terminate: () => {
      worker.terminated = true;
    },
    say: (message: FromWorker) => worker.onmessage?.({ data: message }),
    crash: (message: string) => worker.onerror?.({ message }),
    /** Ids of the requests for an operation. */
    ids: (op: string) => sent.flatMap((m) => (m.type === 'request' && m.op === op ? [m.id] : [])),
  };
  return worker;
}
