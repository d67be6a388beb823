/** The threads of a run: hands out requests, collects replies in the order of the requests. */
import { Worker } from 'node:worker_threads';
import type { Reply, Request, ThreadData } from './messages';

interface Waiting {
  request: Request;
  resolve: (reply: Reply) => void;
  reject: (error: Error) => void;
}

export class ThreadPool {
  private readonly idle: Worker[] = [];
  private readonly queue: Waiting[] = [];
  private readonly busy = new Map<Worker, Waiting>();
  private readonly all: Worker[] = [];

  private constructor() {}

  /** Starts the threads and waits until each has its backend and its data. */
  static async start(count: number, data: ThreadData): Promise<{ pool: ThreadPool; backend: string }> {
    const pool = new ThreadPool();
    const backends = await Promise.all(Array.from({ length: count }, () => pool.add(data)));
    return { pool, backend: backends[0] };
  }

  private add(data: ThreadData): Promise<string> {
    const worker = new Worker(new URL('./thread.mjs', import.meta.url), { workerData: data });
    this.all.push(worker);
    return new Promise((resolve, reject) => {
      const fail = (error: Error) => {
        reject(error);
        this.busy.get(worker)?.reject(error);
      };
      worker.on('error', fail);
      worker.on('message', (reply: Reply) => {
        if (reply.kind === 'failed') return fail(new Error(reply.message));
        if (reply.kind === 'ready') resolve(reply.backend);
        this.busy.get(worker)?.resolve(reply);
        this.busy.delete(worker);
        this.idle.push(worker);
        this.next();
      });
    });
  }

  private next(): void {
    while (this.idle.length > 0 && this.queue.length > 0) {
      const worker = this.idle.pop() as Worker;
      const waiting = this.queue.shift() as Waiting;
      this.busy.set(worker, waiting);
      worker.postMessage(waiting.request);
    }
  }

  private ask(request: Request): Promise<Reply> {
    return new Promise((resolve, reject) => {
      this.queue.push({ request, resolve, reject });
      this.next();
    });
  }

  async askAll<K extends Request['kind']>(
    requests: (Request & { kind: K })[],
  ): Promise<(Reply & { kind: K })[]> {
    return (await Promise.all(requests.map((r) => this.ask(r)))) as (Reply & { kind: K })[];
  }

  async stop(): Promise<void> {
    await Promise.all(this.all.map((worker) => worker.terminate()));
  }
}
