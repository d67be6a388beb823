import { beforeAll, expect, it } from 'vitest';
import { boundOf, objective } from '../../../src/fusion/dependency/bounds';
import {
  criticParameters,
  dependencyMeasures,
  largestSingularValue,
  scoreRows,
} from '../../../src/fusion/dependency/critic';
import { shiftsOf } from '../../../src/fusion/dependency/shuffles';
import { initialParameters, toTensors } from '../../../src/fusion/parameters';
import { symmetricEigen } from '../../../src/math/projection';
import { normal, seededRandom } from '../../../src/math/random';
import { startNode } from '../../../src/runtime/node';
import * as tf from '../../../src/runtime/tf';

beforeAll(async () => {
  await startNode();
}, 60_000);

const random = seededRandom('critic test');
const normals = (size: number, scale = 1): Float32Array =>
  Float32Array.from({ length: size }, () => scale * normal(random));

it('bounds the largest singular value from above, and closely', async () => {
  for (const [from, to, equal] of [
    [7, 5, false],
    [5, 9, false],
    [8, 8, true],
  ] as const) {
    const w = equal
      ? Float32Array.from({ length: 64 }, (_, at) => (at % 9 === 0 ? 3 : 0))
      : normals(from * to, 100);
    const gram = new Float64Array(from * from);
    for (let i = 0; i < from; i++)
      for (let j = 0; j < from; j++)
        for (let c = 0; c < to; c++) gram[i * from + j] += w[i * to + c] * w[j * to + c];
    const largest = Math.sqrt(symmetricEigen(gram, from).values[0]);
    const [bound] = await largestSingularValue(tf.tensor(w, [1, from, to])).data();
    expect(bound).toBeGreaterThan(largest * (1 - 1e-6));
    expect(bound).toBeLessThan(largest * Math.min(from, to) ** (1 / 128) * (1 + 1e-6));
  }
});

it('for Wasserstein never has a slope above 1, whatever its weights', async () => {
  const shape = { widths: [4, 3], hidden: 9 };
  const tensors = toTensors(initialParameters(criticParameters(shape), [1, 2]));
  tensors.mix = tf.mul(tensors.mix, 30);
  tensors.out = tf.mul(tensors.out, 50);
  const points = tf.tensor(normals(2 * 200 * 7, 3), [2, 200, 7]);
  const slopes = tf.grad((x: tf.Tensor) => tf.sum(scoreRows(tensors, x, 'wasserstein')) as tf.Scalar)(points);
  const lengths = await tf.norm(slopes, 2, 2).data();
  expect(Math.max(...lengths)).toBeLessThan(1 + 1e-5);
  expect(Math.max(...lengths)).toBeGreaterThan(0.2);
});

it('bounds are 0 for a T that says nothing, and as their definitions say for one that does', () => {
  const nothing = new Float32Array(12);
  for (const measure of dependencyMeasures) expect(boundOf(nothing, nothing, measure)).toBeCloseTo(0, 12);
  const [joint, shuffled] = [Float32Array.of(2, 1, 0.5), Float32Array.of(-1, 0.25, 0, 1)];
  const average = (values: Float32Array, f = (x: number) => x) =>
    values.reduce((sum, x) => sum + f(x), 0) / values.length;
  const log = Math.log(average(shuffled, Math.exp));
  expect(boundOf(joint, shuffled, 'kl')).toBeCloseTo(average(joint) - log, 6);
  // E[T] − E'[exp(T − 1)] with T = 1 + score
  const f = average(joint, (x) => x + 1) - average(shuffled, (x) => Math.exp(x + 1 - 1));
  expect(boundOf(joint, shuffled, 'f')).toBeCloseTo(f, 6);
  expect(boundOf(joint, shuffled, 'wasserstein')).toBeCloseTo(average(joint) - average(shuffled), 6);
  expect(boundOf(joint, Float32Array.of(900, 900), 'kl')).toBeCloseTo(7 / 6 - 900, 3);
});

it('what is climbed touches Donsker–Varadhan at the average of its own batch, and has its gradient there', async () => {
  const [joint, shuffled] = [tf.tensor(normals(20), [2, 10]), tf.tensor(normals(40), [2, 20])];
  const own = tf.mean(tf.exp(shuffled), 1);
  const { value } = objective(joint, shuffled, 'kl', own);
  const exact = (t: tf.Tensor): tf.Tensor => tf.sub(tf.mean(joint, 1), tf.log(tf.mean(tf.exp(t), 1)));
  const difference = await tf.abs(tf.sub(value, exact(shuffled))).data();
  expect(Math.max(...difference)).toBeLessThan(1e-6);
  const slope = (f: (t: tf.Tensor) => tf.Tensor) => tf.grad((t: tf.Tensor) => tf.sum(f(t)))(shuffled);
  const gap = tf.sub(
    slope((t) => objective(joint, t, 'kl', own).value),
    slope(exact),
  );
  expect(Math.max(...(await tf.abs(gap).data()))).toBeLessThan(1e-6);
});

it('shuffles so that no two of a tuple belong together', () => {
  for (const [n, modalities] of [
    [2, 2],
    [5, 3],
    [4, 4],
  ])
    for (const shifts of shiftsOf(n, modalities, 20, random)) {
      expect(new Set(shifts).size).toBe(modalities);
      expect(shifts.every((shift) => shift >= 0 && shift < n)).toBe(true);
    }
});
