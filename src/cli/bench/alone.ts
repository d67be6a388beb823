/** The forward pass on our kernels or on tfjs's own: a process has the one or the other. */
import * as tf from '../../runtime/tf';
import { sequenceLength, type ForwardCase } from './forward';
import { forwardStates, makeInput, makeStack, toTensors } from './model';
import { startOwn, startStock } from './start';
import { interleave } from './timing';

export async function timeAlone(
  cases: ForwardCase[],
  stock: boolean,
): Promise<(ForwardCase & { ms: number })[]> {
  await (stock ? startStock() : startOwn(1));
  const results = [];
  for (const { width, batch } of cases) {
    const stack = makeStack(width);
    const weights = toTensors(stack);
    const x = tf.tensor(makeInput(batch, sequenceLength, width), [batch, sequenceLength, width]);
    const run = () => {
      const states = tf.tidy(() => forwardStates(stack.config, weights, x));
      states[states.length - 1].dataSync();
      tf.dispose(states);
    };
    const { ms } = await interleave([{ name: 'ms', run }], { least: 3, budget: 2500 });
    results.push({ width, batch, ms });
    tf.dispose([x, ...weights.values()]);
  }
  return results;
}
