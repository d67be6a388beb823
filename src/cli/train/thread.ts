/** A thread of a data-parallel run: makes the gradients of part batches, and measures. */
import { parentPort, workerData } from 'node:worker_threads';
import { mixSeed } from '../../math/random';
import * as tf from '../../runtime/tf';
import { startNode } from '../../runtime/node';
import { greatest, lossAndGradient, paramLayout, predictLogits, toTensors } from './model';
import type { Reply, Request, ThreadData } from './messages';
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
  const { backend, kernels } = await startNode({ threads: 1 });
  const task = createTask(data.task, data.options);
  const layout = paramLayout(task.config, task.classes, data.supervised);
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
    { step, part, auxiliary }: Request & { kind: 'gradient' },
    { config, classes, draw }: EncoderTask,
    weightsAt: (step: number) => Map<string, tf.Tensor>,
  ): Reply {
    const count = data.batch / data.parts;
    const examples = Array.from({ length: count }, (_, b) =>
      draw(mixSeed(data.seed, step, part * count + b)),
    );
    const inputs = stack(examples.map((e) => e.input));
    const targets = stack(examples.map((e) => e.target));
    const training = {
      dropout: data.dropout,
      dropPath: data.dropPath,
      seed: mixSeed(data.seed, step, part, 7),
    };
    const supervised = data.supervised.map(({ layer, weight }) => ({
      layer,
      weight: layer === config.layers ? weight : auxiliary * weight,
    }));
    const made = lossAndGradient(
      config,
      layout,
      weightsAt(step),
      supervised,
      inputs,
      targets,
      training,
      gradients[part],
      1 / data.parts,
    );
    if (targets.length !== count * classes) throw new Error('a target has another number of classes');
    return { kind: 'gradient', ...made, count };
  }
}

function trialOf(
  { trial, from, to }: Request & { kind: 'trial' },
  { config, classes, trials }: EncoderTask,
  params: Map<string, tf.Tensor>,
): Reply {
  const correct = data.supervised.map(() => 0);
  let loss = 0;
  for (let start = from; start < to; start += 32) {
    const count = Math.min(32, to - start);
    const examples = Array.from({ length: count }, (_, i) => trials[trial].example(start + i));
    const all = predictLogits(config, params, data.supervised, stack(examples.map((e) => e.input)));
    examples.forEach(({ target }, b) => {
      const label = greatest(target, 0, classes);
      all.forEach((z, s) => {
        if (greatest(z, b * classes, classes) === label) correct[s]++;
      });
      loss -= logSoftmaxAt(all[all.length - 1].subarray(b * classes, (b + 1) * classes), label);
    });
  }
  return { kind: 'trial', correct, loss };
}

function logSoftmaxAt(z: Float32Array, c: number): number {
  const top = Math.max(...z);
  return z[c] - top - Math.log(z.reduce((sum, v) => sum + Math.exp(v - top), 0));
}

function stack(rows: Float32Array[]): Float32Array {
  const out = new Float32Array(rows.reduce((n, r) => n + r.length, 0));
  let at = 0;
  for (const row of rows) {
    out.set(row, at);
    at += row.length;
  }
  return out;
}

main().catch((error: Error) => send({ kind: 'failed', message: error.stack ?? error.message }));
