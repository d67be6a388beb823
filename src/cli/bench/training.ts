/** One training step, forward, gradients and Adam: ours, or the same model on stock kernels with stock Adam. */
import { crossEntropy } from '../../runtime/ops';
import { AdamW } from '../../runtime/optimiser';
import * as tf from '../../runtime/tf';
import { forwardStates, makeInput, makeStack, toTensors } from './model';
import { startOwn, startStock } from './start';
import { median } from './timing';

export interface TrainingResult {
  /** Median time of a step in ms. */
  ms: number;
  steps: number;
  /** Loss of each step, first to last: both must learn the same. */
  losses: number[];
}

type Step = (loss: () => tf.Scalar, variables: tf.Variable[]) => tf.Scalar;

function stockAdam(learningRate: number): Step {
  const adam = tf.train.adam(learningRate);
  return (loss, variables) => adam.minimize(loss, true, variables)!;
}

function ourAdam(learningRate: number): Step {
  const adam = new AdamW({ learningRate, eps: tf.backend().epsilon() });
  return (loss, variables) => adam.minimize(loss, variables);
}

export async function timeTraining(stock: boolean, steps: number): Promise<TrainingResult> {
  await (stock ? startStock() : startOwn(1));
  const [batch, length, width, classes] = [32, 32, 128, 10];
  const stack = makeStack(width);
  const variables = new Map([...toTensors(stack)].map(([name, value]) => [name, tf.variable(value)]));
  const classifier = tf.variable(tf.zeros([width, classes]));
  const trained = [...variables.values(), classifier] as tf.Variable[];
  const x = tf.tensor(makeInput(batch, length, width), [batch, length, width]);
  // Not tf.oneHot: stock wasm writes whole numbers into its float32 output.
  const isTarget = (at: number) => at % classes === Math.floor(at / classes) % classes;
  const targets = tf.tensor(
    Float32Array.from({ length: batch * classes }, (_, at) => (isTarget(at) ? 1 : 0)),
    [batch, classes],
  );
  const learningRate = 1e-4;
  const step = stock ? stockAdam(learningRate) : ourAdam(learningRate);
  const losses: number[] = [];
  const times: number[] = [];
  for (let round = 0; round < steps + 1; round++) {
    const from = performance.now();
    const loss = step(() => {
      const last = forwardStates(stack.config, variables, x)[stack.config.layers - 1];
      const logits = tf.matMul(tf.mean(last, 1) as tf.Tensor2D, classifier as unknown as tf.Tensor2D);
      return tf.mean(crossEntropy(logits, targets)) as tf.Scalar;
    }, trained);
    losses.push(loss.dataSync()[0]);
    loss.dispose();
    if (round > 0) times.push(performance.now() - from);
  }
  return { ms: median(times), steps, losses };
}
