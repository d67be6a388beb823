/**
 * One measurement in a process of its own: a thread count, or stock kernels in the place of ours, is chosen once a
 * process. Called as `child.ts <task> <options as JSON>`; its result is the last line of standard output.
 */
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import * as ort from 'onnxruntime-web';
import { timeGradients, timeMatrix, timePenalty } from './dependency-run';
import { compareForward, type ForwardCase } from './forward';
import { timeSingleHeads } from './heads-single';
import { timeMatMul } from './matmul';
import { startOwn } from './start';
import { timeAlone } from './alone';
import { timeOneByOne, timeStudy, type StudyFiles } from './study-run';
import { timeTraining } from './training';

const tasks = {
  /** `threads` of onnxruntime; ours takes as many as it finds right for each shape, up to this. */
  async forward({ cases, threads }: { cases: ForwardCase[]; threads: number }) {
    const status = await startOwn(threads);
    ort.env.wasm.numThreads = threads;
    return { threads: status.threads, results: await compareForward(ort, cases) };
  },
  alone: ({ cases, stock }: { cases: ForwardCase[]; stock: boolean }) => timeAlone(cases, stock),
  singleHeads: ({ fused }: { fused: boolean }) => timeSingleHeads(fused),
  matMul: () => timeMatMul(),
  study: ({ files, of }: { files: StudyFiles; of?: number }) => timeStudy(files, of),
  studyOneByOne: ({ files, epochs }: { files: StudyFiles; epochs: number[] }) => timeOneByOne(files, epochs),
  dependencyMatrix: (options: { threads: number }) => timeMatrix(options),
  dependencyGradients: () => timeGradients(),
  dependencyPenalty: () => timePenalty(),
  training: ({ stock, steps }: { stock: boolean; steps: number }) => timeTraining(stock, steps),
};
export type TaskName = keyof typeof tasks;
type Options<K extends TaskName> = Parameters<(typeof tasks)[K]> extends [infer O] ? O : undefined;
type Result<K extends TaskName> = Awaited<ReturnType<(typeof tasks)[K]>>;

const self = fileURLToPath(import.meta.url);

/** Runs a task in a new process. Its errors are shown as they come. */
export function measure<K extends TaskName>(
  task: K,
  ...[options]: Options<K> extends undefined ? [] : [Options<K>]
): Promise<Result<K>> {
  const args = [
    '--experimental-wasm-relaxed-simd',
    '--import',
    'tsx',
    self,
    task,
    JSON.stringify(options ?? {}),
  ];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  let out = '';
  child.stdout.on('data', (data: Buffer) => (out += data.toString()));
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => {
      const last = out.trim().split('\n').at(-1) ?? '';
      if (code === 0) resolve(JSON.parse(last) as Result<K>);
      else reject(new Error(`The benchmark ${task} ended with code ${code}.`));
    });
  });
}

if (process.argv[1] === self) {
  const [task, options] = process.argv.slice(2);
  const run = tasks[task as TaskName] as (options: unknown) => Promise<unknown>;
  run(JSON.parse(options)).then(
    // onnxruntime's threads would keep the process alive.
    (result) => process.stdout.write(`\n${JSON.stringify(result)}\n`, () => process.exit(0)),
    (error: Error) => {
      console.error(error.stack ?? error.message);
      process.exit(1);
    },
  );
}
