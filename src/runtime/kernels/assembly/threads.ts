// A pool of threads in one shared memory. The first thread posts a kernel with its arguments and takes part;
// the others wait in `work`. Units of work are handed out by counting `remaining` down, so a late thread finds none.
import { attention, attentionGrad } from './attention';
import { criticScores, criticSteps } from './critic';
import { matMul } from './gemm';
import { headLogits, headSteps } from './heads';
import { sumMiddle } from './move';
import { activate, activateGrad, adamStep } from './pointwise';
import { layerNorm, layerNormGrad, softmax } from './rows';

// The control block, in bytes from its start.
const GENERATION = 0, REMAINING = 4, FINISHED = 8, KERNEL = 12, COUNT = 16, CHUNK = 20, SCRATCH = 24, SCRATCH_BYTES = 28, ARGUMENTS = 64;
/** Size of the control block: 24 arguments of 8 bytes. */
export const CONTROL_BYTES: i32 = 256;
/** How often a thread looks before it sleeps: some tens of microseconds, the usual gap between two kernels. */
const LOOKS = 20000;

// @ts-ignore: decorator
@inline
function p(control: usize, i: i32): usize {
  return <usize>load<f64>(control + ARGUMENTS + (<usize>i << 3));
}
// @ts-ignore: decorator
@inline
function n(control: usize, i: i32): i32 {
  return <i32>load<f64>(control + ARGUMENTS + (<usize>i << 3));
}
// @ts-ignore: decorator
@inline
function f(control: usize, i: i32): f32 {
  return <f32>load<f64>(control + ARGUMENTS + (<usize>i << 3));
}

/** Runs units begin..end of the posted kernel; numbers as in kernels/threads.ts. */
function dispatch(c: usize, begin: i32, end: i32, scratch: usize): void {
  switch (load<i32>(c + KERNEL)) {
    case 0: matMul(p(c, 0), n(c, 1), n(c, 2), p(c, 3), n(c, 4), n(c, 5), p(c, 6), p(c, 7), n(c, 8), p(c, 9), n(c, 10), n(c, 11), n(c, 12), n(c, 13), n(c, 14), n(c, 15), begin, end, scratch); break;
    case 1: attention(p(c, 0), p(c, 1), p(c, 2), p(c, 3), n(c, 4), n(c, 5), n(c, 6), begin, end, scratch); break;
    case 2: attentionGrad(p(c, 0), p(c, 1), p(c, 2), p(c, 3), p(c, 4), p(c, 5), n(c, 6), n(c, 7), n(c, 8), begin, end, scratch); break;
    case 3: layerNorm(p(c, 0), p(c, 1), p(c, 2), p(c, 3), n(c, 4), n(c, 5), f(c, 6), begin, end); break;
    case 4: layerNormGrad(p(c, 0), p(c, 1), p(c, 2), p(c, 3), p(c, 4), p(c, 5), n(c, 6), n(c, 7), n(c, 8), n(c, 9), f(c, 10), begin, end); break;
    case 5: activate(p(c, 0), p(c, 1), n(c, 2), begin, end); break;
    case 6: activateGrad(p(c, 0), p(c, 1), p(c, 2), n(c, 3), begin, end); break;
    case 7: softmax(p(c, 0), p(c, 1), n(c, 2), begin, end); break;
    case 8: sumMiddle(p(c, 0), p(c, 1), n(c, 2), n(c, 3), n(c, 4), begin, end); break;
    case 9: adamStep(p(c, 0), p(c, 1), p(c, 2), p(c, 3), f(c, 4), f(c, 5), f(c, 6), f(c, 7), f(c, 8), f(c, 9), f(c, 10), begin, end); break;
    case 10: headSteps(p(c, 0), begin, end, scratch); break;
    case 11: headLogits(p(c, 0), begin, end, scratch); break;
    case 12: criticSteps(p(c, 0), begin, end, scratch); break;
    case 13: criticScores(p(c, 0), begin, end, scratch); break;
    default: unreachable();
  }
}

/** Takes chunks until none is left. @param me 0 for the thread that posts */
function takePart(control: usize, me: i32): void {
  if (!ASC_FEATURE_THREADS) return;
  while (true) {
    const left = atomic.sub<i32>(control + REMAINING, 1);
    if (left <= 0) return;
    const count = load<i32>(control + COUNT), chunk = load<i32>(control + CHUNK);
    const begin = (left - 1) * chunk;
    const scratch = <usize>load<u32>(control + SCRATCH) + <usize>me * <usize>load<u32>(control + SCRATCH_BYTES);
    dispatch(control, begin, min(begin + chunk, count), scratch);
    const finished = atomic.add<i32>(control + FINISHED, 1) + 1;
    if (finished * chunk >= count) atomic.notify(control + FINISHED, 1);
  }
}

/**
 * Runs the kernel whose number and arguments the caller has written, on the caller and up to `helpers` others, in chunks
 * of units. Returns the number of chunks that are not done yet: others may still be at them, and notify FINISHED after
 * the last. (Sleeping is left to JavaScript: in V8 11 a local was lost over memory.atomic.wait32.)
 */
export function parallel(control: usize, kernel: i32, count: i32, chunk: i32, helpers: i32, scratch: usize, scratchBytes: i32): i32 {
  if (!ASC_FEATURE_THREADS) return 0;
  const chunks = (count + chunk - 1) / chunk;
  store<i32>(control + KERNEL, kernel);
  store<i32>(control + COUNT, count);
  store<i32>(control + CHUNK, chunk);
  store<u32>(control + SCRATCH, <u32>scratch);
  store<i32>(control + SCRATCH_BYTES, scratchBytes);
  atomic.store<i32>(control + FINISHED, 0);
  atomic.store<i32>(control + REMAINING, chunks);
  atomic.add<i32>(control + GENERATION, 1);
  atomic.notify(control + GENERATION, helpers);
  takePart(control, 0);
  let left = chunks - atomic.load<i32>(control + FINISHED);
  for (let looks = 0; left > 0 && looks < LOOKS; looks++) left = chunks - atomic.load<i32>(control + FINISHED);
  return left;
}

/**
 * Takes part in all that is posted after generation `seen`, until nothing has come for a while.
 * Returns the last generation seen, on whose change the caller sleeps. @param me from 1
 */
export function work(control: usize, me: i32, seen: i32): i32 {
  if (!ASC_FEATURE_THREADS) return 0;
  for (let looks = 0; looks < LOOKS; looks++) {
    const now = atomic.load<i32>(control + GENERATION);
    if (now == seen) continue;
    seen = now;
    looks = 0;
    takePart(control, me);
  }
  return seen;
}
