/** Trains one encoder: data-parallel steps, measured on validation as it goes, the best average of the weights kept. */
import { appendFileSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { rateAt, startAdamW, stepAdamW, type Refinement } from './adamw';
import {
  exportEncoder,
  loadCheckpoint,
  loadEncoder,
  saveCheckpoint,
  writeWhole,
  type RunState,
} from './checkpoint';
import type { TaskName, TaskOptions, ThreadData } from './messages';
import { initialWeights, paramLayout, type Supervision } from './model';
import { ThreadPool } from './pool';
import type { EncoderTask } from './task';
import { createTask } from './tasks';

export interface EncoderRun {
  task: TaskName;
  options: TaskOptions;
  /** Where the encoder goes, in Hugging Face layout. */
  out: string;
  /** Where checkpoint and log go, and before a refit the encoder that validation chose. */
  work: string;
  threads: number;
  steps: number;
  /** A second cycle after `steps`. */
  refine?: Refinement;
  batch: number;
  parts: number;
  learningRate: number;
  seed: number;
  resume: boolean;
  /** Without a checkpoint: begin the second cycle with the encoder that is in `out`. */
  again?: boolean;
  /** Steps from one measurement on validation to the next. */
  measureEvery: number;
  /** Called with each line of progress, which also goes to the log. */
  report: (line: string) => void;
}

const warmUp = 300;
/** Share of the steps in which the rate falls. */
const decay = 0.5;
const adamW = { beta1: 0.9, beta2: 0.98, epsilon: 1e-8, weightDecay: 0.05, clip: 1, averageDecay: 0.998 };

/** The last layer in full; some of those below lightly, so that gradients reach the first layers early on. */
const supervision = (layers: number): Supervision[] =>
  [0.25, 0.5, 0.75, 1]
    .map((depth) => ({ layer: Math.max(1, Math.round(depth * layers)), weight: depth === 1 ? 1 : 0.1 }))
    .filter(({ layer }, i, all) => all.findLastIndex((other) => other.layer === layer) === i);

/**
 * The lower layers' own losses carry the start; then they fade, so that what a layer knows is what the last one needs
 * of it. They never vanish, so that their classifiers still tell.
 */
export const auxiliaryAt = (progress: number): number => Math.max(0.1, 1 - 2 * progress);

export interface TrialResult {
  name: string;
  count: number;
  /** Accuracy by supervised layer. */
  accuracy: Record<number, number>;
  /** Mean of −log p of the right class, by the last layer. */
  logLoss: number;
}

interface Progress {
  best: number;
  bestStep: number;
  seconds: number;
  results: TrialResult[];
}

/** Float32 memory that all threads see. */
const sharedFloats = (count: number) => new Float32Array(new SharedArrayBuffer(4 * count));

/** What the kept encoder reached, and how it was made. */
export interface EncoderResult {
  task: TaskName;
  validation: TrialResult[];
  bestStep: number;
  steps: number;
  batch: number;
  seed: number;
  /** After `validation` was measured: steps with the validation samples among the training samples. */
  refit?: number;
  minutes: number;
  threads: number;
  backend: string;
  data: Record<string, unknown>;
}

export async function trainEncoder(run: EncoderRun): Promise<EncoderResult> {
  const task = createTask(run.task, run.options);
  const refits = Boolean(task.refit && run.refine);
  const supervised = supervision(task.config.layers);
  const layout = paramLayout(task.config, task.classes, supervised, task.extra);
  const state: RunState = {
    ...startAdamW(sharedFloats(layout.total)),
    average: sharedFloats(layout.total),
    best: new Float32Array(layout.total),
  };
  state.weights.set(initialWeights(layout, task.config.initialDeviation, run.seed));
  state.average.set(state.weights);
  const checkpoint = join(run.work, 'checkpoint.safetensors');
  const logFile = join(run.work, 'train.log');
  mkdirSync(run.work, { recursive: true });
  if (!run.resume) rmSync(logFile, { force: true });
  const fresh: Progress = { best: -Infinity, bestStep: 0, seconds: 0, results: [] };
  const progress = (run.resume && loadCheckpoint<Progress>(checkpoint, state)) || fresh;
  const again = Boolean(run.again && progress === fresh);
  if (again) {
    loadEncoder(run.out, task.config, layout, state.weights);
    state.average.set(state.weights);
    // where the cycle refits, this is the encoder before it; its classifiers are new, and so its figures no measure of it
    state.best.set(state.weights);
    state.step = run.steps;
  }
  const say = (line: string) => {
    appendFileSync(logFile, line + '\n');
    run.report(line);
  };
  const gradients = Array.from({ length: run.parts }, () => sharedFloats(layout.total));
  const data: ThreadData = {
    task: run.task,
    options: run.options,
    supervised,
    batch: run.batch,
    parts: run.parts,
    seed: run.seed,
    weights: state.weights.buffer as SharedArrayBuffer,
    average: state.average.buffer as SharedArrayBuffer,
    gradients: gradients.map((g) => g.buffer as SharedArrayBuffer),
  };
  // What refining needs is made once, before the threads look for it.
  if (run.refine) task.draw(0, true);
  const { pool, backend } = await ThreadPool.start(run.threads, data);
  say(`${run.task}: ${layout.total} parameters, ${run.threads} threads, ${backend}, from step ${state.step}`);
  const total = run.steps + (run.refine?.steps ?? 0);
  const clock = new Clock(progress.seconds);
  const recent = { loss: 0, correct: 0, count: 0, steps: 0, since: performance.now() };
  try {
    while (state.step < total) {
      const step = state.step;
      if (refits && step === run.steps) await choose(progress);
      const parts = Array.from({ length: run.parts }, (_, part) => ({
        kind: 'gradient' as const,
        step,
        part,
        auxiliary: auxiliaryAt(step / run.steps),
        refining: step >= run.steps,
      }));
      const replies = await pool.askAll<'gradient'>(parts);
      const schedule = { peak: run.learningRate, warmUp, total: run.steps, decay, refine: run.refine };
      const options = { ...adamW, learningRate: rateAt(step, schedule) };
      const norm = stepAdamW(state, gradients, layout.decayed, options);
      if (!Number.isFinite(norm)) throw new Error(`the gradient of step ${step} is not finite`);
      for (const { lastLoss, correct, count } of replies) {
        recent.loss += lastLoss / run.parts;
        recent.correct += correct;
        recent.count += count;
      }
      recent.steps++;
      if (state.step % 25 === 0) {
        const each = (performance.now() - recent.since) / 1000 / recent.steps;
        say(
          `step ${state.step}/${total} loss ${(recent.loss / recent.steps).toFixed(3)} ` +
            `accuracy ${(recent.correct / recent.count).toFixed(3)} norm ${norm.toFixed(2)} ` +
            `rate ${options.learningRate.toExponential(1)} ${each.toFixed(2)} s a step, ` +
            `${Math.round((each * (total - state.step)) / 60)} min left`,
        );
        Object.assign(recent, { loss: 0, correct: 0, count: 0, steps: 0, since: performance.now() });
      }
      if (state.step % run.measureEvery === 0 || state.step === total) {
        progress.seconds = clock.seconds();
        if (refits && state.step > run.steps) state.best.set(state.average);
        else {
          const results = await measure(pool, task, supervised, state.step, 2);
          const last = task.config.layers;
          const score = results.reduce((sum, r) => sum + r.accuracy[last], 0) / results.length;
          say(results.map(describe).join('\n'));
          if (score >= progress.best) {
            Object.assign(progress, { best: score, bestStep: state.step });
            state.best.set(state.average);
            exportEncoder(run.out, task.config, layout, state.average, task.files);
          }
        }
        saveCheckpoint(checkpoint, state, { ...progress });
        recent.since = performance.now();
      }
    }
    if (!refits) await choose(progress);
    exportEncoder(run.out, task.config, layout, state.best, task.files);
    const result: EncoderResult = {
      task: run.task,
      validation: progress.results,
      bestStep: progress.bestStep,
      steps: state.step,
      batch: run.batch,
      seed: run.seed,
      ...(refits ? { refit: total - run.steps } : {}),
      minutes: Math.round(progress.seconds / 60),
      threads: run.threads,
      backend,
      data: task.facts,
    };
    writeWhole(join(run.work, 'result.json'), JSON.stringify(result, null, 2) + '\n');
    return result;
  } finally {
    await pool.stop();
  }

  /** Measures the best so far under every condition, and keeps it. */
  async function choose(progress: Progress): Promise<void> {
    const latest = state.average.slice();
    state.average.set(state.best);
    progress.results = await measure(pool, task, supervised, -1);
    state.average.set(latest);
    exportEncoder(join(run.work, 'selected'), task.config, layout, state.best, task.files);
    say(`the best, of step ${progress.bestStep}:\n${progress.results.map(describe).join('\n')}`);
  }
}

const describe = ({ name, accuracy, logLoss }: TrialResult): string =>
  `  validation, ${name}: ${Object.entries(accuracy)
    .map(([layer, a]) => `layer ${layer} ${a.toFixed(3)}`)
    .join(', ')}; log-loss ${logLoss.toFixed(3)}`;

/** @param most trials, the first of the task's */
export async function measure(
  pool: ThreadPool,
  task: EncoderTask,
  supervised: Supervision[],
  step: number,
  most = Infinity,
): Promise<TrialResult[]> {
  const chunk = 64;
  const out: TrialResult[] = [];
  for (const [trial, { name, count }] of task.trials.entries()) {
    if (trial >= most) break;
    const requests = Array.from({ length: Math.ceil(count / chunk) }, (_, c) => ({
      kind: 'trial' as const,
      step,
      trial,
      from: c * chunk,
      to: Math.min(count, (c + 1) * chunk),
      averaged: true,
    }));
    const replies = await pool.askAll<'trial'>(requests);
    const share = (s: number) => replies.reduce((sum, r) => sum + r.correct[s], 0) / count;
    out.push({
      name,
      count,
      accuracy: Object.fromEntries(supervised.map(({ layer }, s) => [layer, share(s)])),
      logLoss: replies.reduce((sum, r) => sum + r.loss, 0) / count,
    });
  }
  return out;
}

/** Seconds of training, over all the runs that made it. */
class Clock {
  private readonly start = performance.now();
  constructor(private readonly before: number) {}
  seconds(): number {
    return this.before + (performance.now() - this.start) / 1000;
  }
}
