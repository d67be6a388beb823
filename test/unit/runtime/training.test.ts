import { afterEach, beforeAll, expect, test } from 'vitest';
import * as ops from '../../../src/runtime/ops';
import { AdamW, type AdamWState } from '../../../src/runtime/optimiser';
import * as tf from '../../../src/runtime/tf';
import { expectClose, startBoth } from './both';
import { batch, lossOf, type Parameters, parameters, type Size } from './model';

const size: Size = { layers: 2, width: 20, heads: 2, length: 5, vocabulary: 29, classes: 3 };
const options = { learningRate: 3e-3, weightDecay: 0.05, clipNorm: 0.5 };

beforeAll(() => startBoth(), 60_000);
afterEach(() => tf.disposeVariables());

async function train(p: Parameters, optimiser: AdamW, from: number, to: number): Promise<number[]> {
  const losses: number[] = [];
  for (let step = from; step < to; step++) {
    const data = batch(step % 5, 4, size);
    const loss = optimiser.minimize(() => lossOf(p, data, size), Object.values(p));
    losses.push((await loss.data())[0]);
    tf.dispose([loss, data.ids, data.targets]);
  }
  return losses;
}

test('a training run has the loss curve of the cpu backend', async () => {
  const curves: number[][] = [];
  for (const backend of ['cpu', 'wasm']) {
    await tf.setBackend(backend);
    curves.push(await train(parameters(size), new AdamW(options), 0, 30));
    tf.disposeVariables();
  }
  const [cpu, wasm] = curves;
  // The run must have learnt something, or equal curves say little.
  expect(cpu.at(-1)!).toBeLessThan(cpu[0] * 0.7);
  wasm.forEach((loss, step) => expect(Math.abs(loss - cpu[step]), `step ${step}`).toBeLessThan(1e-4));
});

test('gradients of the whole model agree with finite differences', async () => {
  await tf.setBackend('wasm');
  const p = parameters(size);
  const data = batch(0, 3, size);
  const { grads } = tf.variableGrads(() => lossOf(p, data, size), Object.values(p));
  const h = 1e-2;
  for (const [name, variable] of Object.entries(p)) {
    const analytic = grads[variable.name].dataSync<'float32'>();
    const values = variable.dataSync().slice();
    // The element with the largest gradient of each parameter: float32 differences of small ones are noise.
    const at = analytic.reduce((best, v, i) => (Math.abs(v) > Math.abs(analytic[best]) ? i : best), 0);
    const lossAt = (offset: number) =>
      tf.tidy(() => {
        const moved = values.slice();
        moved[at] += offset;
        return lossOf({ ...p, [name]: tf.tensor(moved, variable.shape) }, data, size).dataSync()[0];
      });
    const numeric = (lossAt(h) - lossAt(-h)) / (2 * h);
    expect(Math.abs(numeric - analytic[at]), `${name}[${at}]`).toBeLessThan(
      1e-4 + 0.01 * Math.abs(analytic[at]),
    );
  }
});

test('weights changed in place are seen by every matrix product', async () => {
  await tf.setBackend('wasm');
  // 64 x 64 is above the size from which the stock kernel packs weights and keeps them by their data's identity.
  const w = tf.tidy(() => tf.variable(tf.fill([64, 64], 0.5)));
  const x = tf.ones([64, 64]);
  const products = () =>
    tf
      .tidy(() => [
        tf.matMul(x, w as tf.Tensor2D),
        tf.matMul(x, w as tf.Tensor2D, false, true),
        tf.fused.matMul({ a: x as tf.Tensor2D, b: w as unknown as tf.Tensor2D }),
        ops.linear(x, w, null),
      ])
      .map((t) => t.dataSync()[77]);
  expect(products()).toEqual([32, 32, 32, 32]);
  const optimiser = new AdamW({ learningRate: 0.1 });
  const data = w.dataId;
  optimiser.minimize(() => tf.sum(w), [w]).dispose();
  expect(w.dataId, 'the fused step works in place').toBe(data);
  const updated = w.dataSync()[0];
  expect(updated).toBeCloseTo(0.4, 4);
  for (const value of products()) expect(value).toBeCloseTo(64 * updated, 3);
});

test('a clone taken as the best so far does not move on', async () => {
  await tf.setBackend('wasm');
  const w = tf.variable(tf.fill([3, 4], 0.5));
  const [clone, flat] = [tf.clone(w), tf.reshape(w, [12])];
  const optimiser = new AdamW({ learningRate: 0.1 });
  optimiser.minimize(() => tf.sum(w), [w]).dispose();
  expect([...clone.dataSync(), ...flat.dataSync()]).toEqual(Array(24).fill(0.5));
  expect(w.dataSync()[0]).toBeCloseTo(0.4, 4);
});

test.each(['cpu', 'wasm'])('on %s a run continued from a checkpoint is the same run', async (backend) => {
  await tf.setBackend(backend);
  const p = parameters(size);
  const optimiser = new AdamW(options);
  await train(p, optimiser, 0, 4);
  const state: AdamWState = await optimiser.exportState();
  const saved = Object.entries(p).map(([name, v]) => [name, v.dataSync().slice(), v.shape] as const);
  const whole = await train(p, optimiser, 4, 9);
  optimiser.dispose();
  tf.disposeVariables();

  // Variables get new names in a new process: moments go by the model's own names, so give them.
  const names = Object.values(p).map((v) => v.name);
  const restored: Parameters = Object.fromEntries(
    saved.map(([name, values, shape], i) => [
      name,
      tf.variable(tf.tensor(values, [...shape]), true, names[i]),
    ]),
  );
  const second = new AdamW(options);
  second.importState(state, Object.values(restored));
  expectClose(await train(restored, second, 4, 9), whole, 1e-6);
});

test('a checkpoint of another shape is refused', async () => {
  await tf.setBackend('wasm');
  const w = tf.variable(tf.zeros([3]), true, 'w-other');
  const moments = { 'w-other': { first: new Float32Array(2), second: new Float32Array(2) } };
  expect(() => new AdamW(options).importState({ step: 1, moments }, [w])).toThrow(/w-other/);
});

test.each(['cpu', 'wasm'])('on %s one step is the algorithm of the paper', async (backend) => {
  await tf.setBackend(backend);
  const [lr, decay, beta1, beta2, eps] = [0.1, 0.2, 0.8, 0.9, 1e-3];
  const w = tf.variable(tf.tensor2d([[1, -2, 3]]));
  const gradient = [0.3, -4, 0];
  const optimiser = new AdamW({ learningRate: lr, weightDecay: decay, beta1, beta2, eps, clipNorm: 1 });
  const scale = 1 / Math.hypot(...gradient);
  const expected = [1, -2, 3];
  const [m, v] = [
    [0, 0, 0],
    [0, 0, 0],
  ];
  for (let t = 1; t <= 3; t++) {
    optimiser.apply({ [w.name]: tf.tensor2d([gradient]) }, [w]);
    gradient.forEach((raw, i) => {
      const g = raw * scale;
      m[i] = beta1 * m[i] + (1 - beta1) * g;
      v[i] = beta2 * v[i] + (1 - beta2) * g * g;
      const step = m[i] / (1 - beta1 ** t) / (Math.sqrt(v[i] / (1 - beta2 ** t)) + eps);
      expected[i] -= lr * (step + decay * expected[i]);
    });
  }
  expectClose(w.dataSync(), expected, 1e-5);
});

test.each(['cpu', 'wasm'])('on %s a training step leaks no tensor', async (backend) => {
  await tf.setBackend(backend);
  const p = parameters(size);
  const optimiser = new AdamW(options);
  await train(p, optimiser, 0, 2);
  const before = tf.memory();
  await train(p, optimiser, 2, 6);
  const after = tf.memory();
  expect([after.numTensors, after.numBytes]).toEqual([before.numTensors, before.numBytes]);
});
