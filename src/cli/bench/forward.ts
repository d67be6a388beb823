/** The forward pass of the same stack, ours and onnxruntime-web's, in turn in one process or page. */
import type * as Ort from 'onnxruntime-web';
import * as tf from '../../runtime/tf';
import { forwardStates, makeInput, makeStack, toOnnx, toTensors } from './model';
import { interleave } from './timing';

export interface ForwardCase {
  width: number;
  batch: number;
}

export interface ForwardResult extends ForwardCase {
  ours: number;
  theirs: number;
  /** Which ONNX graph was the faster one. */
  graph: string;
  /** max|x − y| / max|y| of the last state. */
  difference: number;
}

export const sequenceLength = 64;
const tolerance = 1e-4;

export function relativeDifference(x: ArrayLike<number>, y: ArrayLike<number>): number {
  let difference = 0;
  let size = 0;
  for (let i = 0; i < y.length; i++) {
    difference = Math.max(difference, Math.abs(x[i] - y[i]));
    size = Math.max(size, Math.abs(y[i]));
  }
  return x.length === y.length ? difference / size : Infinity;
}

const graphs = { 'standard operators': false, 'fused operators': true };

/** @param ort set to its number of threads; our backend is started */
export async function compareForward(ort: typeof Ort, cases: ForwardCase[]): Promise<ForwardResult[]> {
  const rest = (ort.env.wasm.numThreads ?? 1) > 1 ? 100 : 0;
  const results: ForwardResult[] = [];
  for (const { width, batch } of cases) {
    const stack = makeStack(width);
    const input = makeInput(batch, sequenceLength, width);
    const shape = [batch, sequenceLength, width];
    const weights = toTensors(stack);
    const x = tf.tensor(input, shape);
    const ours = () => {
      const states = tf.tidy(() => forwardStates(stack.config, weights, x));
      const last = states[states.length - 1].dataSync() as Float32Array;
      tf.dispose(states);
      return last;
    };
    const sessions = new Map<string, Ort.InferenceSession>();
    for (const [graph, fused] of Object.entries(graphs))
      sessions.set(
        graph,
        await ort.InferenceSession.create(toOnnx(stack, batch, sequenceLength, fused), {
          executionProviders: ['wasm'],
          graphOptimizationLevel: 'all',
        }),
      );
    const theirs = async (graph: string) => {
      const { y } = await sessions.get(graph)!.run({ x: new ort.Tensor('float32', input, shape) });
      return y.data as Float32Array;
    };
    let difference = 0;
    for (const graph of sessions.keys())
      difference = Math.max(difference, relativeDifference(ours(), await theirs(graph)));
    if (!(difference <= tolerance))
      throw new Error(`Width ${width}: the outputs differ by ${difference}; a time would mean nothing.`);
    const run = (graph: string) => ({ name: graph, run: async () => void (await theirs(graph)) });
    const trial = await interleave([...sessions.keys()].map(run), { least: 3, budget: 2000, rest });
    const graph = Object.entries(trial).sort((a, b) => a[1] - b[1])[0][0];
    const times = await interleave([{ name: 'ours', run: () => void ours() }, run(graph)], { rest });
    results.push({ width, batch, ours: times.ours, theirs: times[graph], graph, difference });
    for (const session of sessions.values()) await session.release();
    tf.dispose([x, ...weights.values()]);
  }
  return results;
}
