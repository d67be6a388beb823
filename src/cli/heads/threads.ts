/** A few threads that take jobs in their order. */
import { Worker } from 'node:worker_threads';
import type { Job, Reply, Result } from './messages';

interface Waiting {
  job: Job;
  resolve: (result: never) => void;
  reject: (error: Error) => void;
}

export class Threads {
  private readonly workers: Worker[] = [];
  private readonly idle: Worker[] = [];
  private readonly busy = new Map<Worker, Waiting>();
  private readonly queue: Waiting[] = [];

  constructor(count: number) {
    for (let w = 0; w < count; w++) {
      const worker = new Worker(new URL('./thread.mjs', import.meta.url));
      this.workers.push(worker);
      worker.on('message', (reply: Reply) => this.hear(worker, reply));
      worker.on('error', (error: Error) => this.fail(worker, error));
    }
  }

  run<J extends Job>(job: J): Promise<Result<J>> {
    return new Promise((resolve, reject) => {
      this.queue.push({ job, resolve, reject });
      this.next();
    });
  }

  async stop(): Promise<void> {
    await Promise.all(this.workers.map((worker) => worker.terminate()));
  }

  private hear(worker: Worker, reply: Reply): void {
    if (reply.kind === 'failed') return this.fail(worker, new Error(reply.message));
    if (reply.kind === 'done') this.busy.get(worker)?.resolve(reply.result as never);
    this.busy.delete(worker);
    this.idle.push(worker);
    this.next();
  }

  /** A job that fails ends the run: those that wait for it must hear of it. */
  private fail(worker: Worker, error: Error): void {
    this.busy.get(worker)?.reject(error);
    this.busy.delete(worker);
    for (const { reject } of this.queue.splice(0)) reject(error);
  }

  private next(): void {
    while (this.idle.length > 0 && this.queue.length > 0) {
      const worker = this.idle.pop() as Worker;
      const waiting = this.queue.shift() as Waiting;
      this.busy.set(worker, waiting);
      worker.postMessage(waiting.job);
    }
  }
}
