/** The forward pass on tfjs's own kernels. */
import * as tf from '../../runtime/tf';
import { sequenceLength, type ForwardCase } from './forward';
import { forwardStates, makeInput, makeStack, toTensors } from './model';
import { startStock } from './start';
import { interleave } from './timing';

export async function timeStockForward(cases: ForwardCase[]): Promise<(ForwardCase & { ms: number })[]> {
  await startStock();
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
    const { stock } = await interleave([{ name: 'stock', run }], { least: 3, budget: 5000 });
    results.push({ width, batch, ms: stock });
    tf.dispose([x, ...weights.values()]);
  }
  return results;
}
