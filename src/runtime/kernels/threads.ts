/** Helpers: threads that share tfjs's memory and run the same side module. */
import { SIDE_MODULE_MEMORY, type SideModule } from './module';

/** What a helper needs to begin; all of it can be posted to a worker. */
export interface HelperStart {
  module: WebAssembly.Module;
  memory: WebAssembly.Memory;
  /** Address of the control block, and of the constants. */
  control: number;
  table: number;
  /** From 1; the thread that posts work is 0. */
  index: number;
}

/** Starts a thread that calls `runHelper`; resolves once it waits for work. */
export type SpawnHelper = (start: HelperStart) => Promise<void>;

/** A helper's whole life; never returns. @param ready is called when it waits for work */
export function runHelper({ module, memory, control, table, index }: HelperStart, ready: () => void): void {
  const instance = new WebAssembly.Instance(module, SIDE_MODULE_MEMORY(memory));
  const { initialise, work } = instance.exports as unknown as SideModule;
  initialise(table);
  const block = new Int32Array(memory.buffer, control);
  ready();
  for (let seen = 0; ; Atomics.wait(block, GENERATION, seen)) seen = work(control, index, seen);
}

/** Kernels that can be cut into units; the numbers are those of `dispatch` in assembly/threads.ts. */
export const parallelKernels = {
  matMul: 0,
  attention: 1,
  attentionGrad: 2,
  layerNorm: 3,
  layerNormGrad: 4,
  activate: 5,
  activateGrad: 6,
  softmax: 7,
  sumMiddle: 8,
  adamStep: 9,
  headSteps: 10,
  headLogits: 11,
  criticSteps: 12,
  criticScores: 13,
} as const;
export type ParallelKernel = keyof typeof parallelKernels;

/** The control block: words of 4 bytes, and the byte offset of the arguments. */
const GENERATION = 0;
const FINISHED = 2;
const ARGUMENTS = 64;
/** Below this a kernel is done sooner than a sleeping helper wakes. */
const WORTH_SHARING_NS = 40_000;
const SMALLEST_CHUNK_NS = 8_000;

/** Every so many kernels worth sharing one runs alone, so that there is something to compare with. */
const PROBE_EVERY = 256;
/** What sharing has lost is waited for so many times over before it is tried again: it can cost a twentieth at most. */
const PAUSE_PER_LOSS = 20;

export class ThreadPool {
  /** False to share all that is worth it, however long it takes: for tests. */
  adaptive = true;
  /** Time over estimate of what ran alone: how fast this machine is just now. */
  private pace = 1;
  /** Until when (ms) all runs alone. */
  private pausedUntil = 0;
  private sinceProbe = 0;

  constructor(
    private readonly call: SideModule,
    private readonly memory: WebAssembly.Memory,
    private readonly control: number,
    /** This thread and its helpers. */
    readonly threads: number,
  ) {}

  /**
   * Whether a kernel goes to the helpers. On a busy machine a helper may lose its core with work in hand while all wait:
   * where sharing took longer than working alone, it pauses for a time in proportion to the loss.
   * @param now in ms
   */
  shares(units: number, nanoseconds: number, now: number): boolean {
    if (units <= 1 || nanoseconds <= WORTH_SHARING_NS) return false;
    if (!this.adaptive) return true;
    if (now < this.pausedUntil) return false;
    if (++this.sinceProbe < PROBE_EVERY) return true;
    this.sinceProbe = 0;
    return false;
  }

  /** Learns from how long a kernel worth sharing took, from and to in ms, beside its estimate in ns. */
  learn(shared: boolean, from: number, to: number, estimate: number): void {
    const milliseconds = to - from;
    const alone = this.pace * estimate * 1e-6;
    if (shared) this.pausedUntil = to + PAUSE_PER_LOSS * Math.max(0, milliseconds - alone);
    else this.pace += 0.2 * (milliseconds / (estimate * 1e-6) - this.pace);
  }

  isWorthTiming(nanoseconds: number): boolean {
    return this.adaptive && nanoseconds > WORTH_SHARING_NS;
  }

  /** @param scratch memory for `threads` times `scratchBytes` */
  run(
    kernel: ParallelKernel,
    args: readonly number[],
    work: { units: number; align: number; nanoseconds: number; scratch: number; scratchBytes: number },
  ): void {
    new Float64Array(this.memory.buffer, this.control + ARGUMENTS, args.length).set(args);
    const most = Math.max(this.threads, Math.floor(work.nanoseconds / SMALLEST_CHUNK_NS));
    const chunks = Math.min(4 * this.threads, most, work.units);
    const chunk = Math.ceil(work.units / chunks / work.align) * work.align;
    const helpers = Math.min(this.threads, Math.ceil(work.units / chunk)) - 1;
    const { control, call } = this;
    const left = call.parallel(
      control,
      parallelKernels[kernel],
      work.units,
      chunk,
      helpers,
      work.scratch,
      work.scratchBytes,
    );
    if (left > 0) this.sleepUntil(Math.ceil(work.units / chunk));
  }

  /** A helper that lost its core may take long: leave it ours. The last to finish wakes this thread. */
  private sleepUntil(chunks: number): void {
    const block = new Int32Array(this.memory.buffer, this.control);
    for (let done = Atomics.load(block, FINISHED); done < chunks; done = Atomics.load(block, FINISHED))
      Atomics.wait(block, FINISHED, done);
  }
}
