/** A thread of a data-parallel run: makes the gradients of part batches, and measures. */
import { parentPort, workerData } from 'node:worker_threads';
import { UserError } from '../../math/errors';
import { mixSeed } from '../../math/random';
import * as tf from '../../runtime/tf';
import { startNode } from '../../runtime/node';
import { greatest, lossAndGradient, paramLayout, predictLogits, toTensors } from './model';
import type { Reply, Request, ThreadData } from './messages';
import { examplesOfParts } from './parts';
import type { EncoderTask } from './task';
import { createTask } from './tasks';

const data = workerData as ThreadData;
const port = parentPort!;
const send = (reply: Reply) => port.postMessage(reply);

const weights = new Float32Array(data.weights);
const average = new Float32Array(data.average);
const gradients = data.gradients.map((g) => new Float32Array(g));

/** The weights as tensors are kept for a step: several of its part batches may come here. */
let held: { key: string; params: Map<string, tf.Tensor> } | null = null;

async function main(): Promise<void> {
  const { backend, kernels, reason } = await startNode({ threads: 1 });
  if (kernels === 'stock')
    throw new UserError(`Training needs the project's own kernels: run "npm run build:kernels". ${reason}`);
  const task = createTask(data.task, data.options);
  const examplesOf = examplesOfParts(task, data);
  const layout = paramLayout(task.config, task.classes, data.supervised, task.extra);
  const params = (key: string, from: Float32Array) => {
    if (held?.key !== key) {
      held?.params.forEach((tensor) => tensor.dispose());
      held = { key, params: toTensors(layout, from) };
    }
    return held.params;
  };
  port.on('message', (request: Request) => {
    try {
      send(
        request.kind === 'gradient'
          ? gradientOf(request, task, (step) => params(`step ${step}`, weights))
          : trialOf(
              request,
              task,
              request.averaged
                ? params(`average ${request.step}`, average)
                : params(`step ${request.step}`, weights),
            ),
      );
    } catch (error) {
      send({
        kind: 'failed',
        message: error instanceof Error ? (error.stack ?? error.message) : String(error),
      });
    }
  });
  send({ kind: 'ready', backend: `${backend} (${kernels})` });

  function gradientOf(
    { step, part, auxiliary, refining }: Request & { kind: 'gradient' },
    { config, extra, regularisation }: EncoderTask,
    weightsAt: (step: number) => Map<string, tf.Tensor>,
  ): Reply {
    const count = data.batch / data.parts;
    const examples = examplesOf(step, part, refining);
    const training = { ...regularisation, seed: mixSeed(data.seed, step, part, 7) };
    const supervised = data.supervised.map(({ layer, weight }) => ({
      layer,
      weight: layer === config.layers ? weight : auxiliary * weight,
    }));
    const made = lossAndGradient(
      config,
      layout,
      weightsAt(step),
      supervised,
      examples,
      training,
      gradients[part],
      1 / data.parts,
      extra,
    );
    return { kind: 'gradient', ...made, count };
  }
}

function trialOf(
  { trial, from, to }: Request & { kind: 'trial' },
  { config, classes, trials }: EncoderTask,
  params: Map<string, tf.Tensor>,
): Reply {
  const correct = data.supervised.map(() => 0);
  const { example, groups = Array.from({ length: classes }, (_, c) => c) } = trials[trial];
  const groupCount = Math.max(...groups) + 1;
  let loss = 0;
  for (let start = from; start < to; start += 32) {
    const examples = Array.from({ length: Math.min(32, to - start) }, (_, i) => example(start + i));
    const all = predictLogits(config, params, data.supervised, examples);
    examples.forEach(({ target }, b) => {
      const label = groups[greatest(target, 0, classes)];
      all.forEach((z, s) => {
        const shares = grouped(z.subarray(b * classes, (b + 1) * classes), groups, groupCount);
        if (greatest(shares, 0, groupCount) === label) correct[s]++;
        if (s === all.length - 1) loss -= Math.log(Math.max(1e-12, shares[label]));
      });
    });
  }
  return { kind: 'trial', correct, loss };
}

/** Softmax, summed by group. */
function grouped(z: Float32Array, groups: number[], count: number): Float64Array {
  const top = Math.max(...z);
  const total = z.reduce((sum, v) => sum + Math.exp(v - top), 0);
  const out = new Float64Array(count);
  z.forEach((v, c) => (out[groups[c]] += Math.exp(v - top) / total));
  return out;
}

main().catch((error: Error) => send({ kind: 'failed', message: error.stack ?? error.message }));
