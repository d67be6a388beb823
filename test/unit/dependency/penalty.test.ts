import { beforeAll, describe, expect, it } from 'vitest';
import { measureDependency } from '../../../src/fusion/dependency/estimate';
import { criticParameters, dependencyMeasures } from '../../../src/fusion/dependency/critic';
import {
  centred,
  dependencyOf,
  Opponents,
  type PenaltyOptions,
} from '../../../src/fusion/dependency/penalty';
import { defaultFit } from '../../../src/fusion/fit';
import { runHeads, type HeadShape } from '../../../src/fusion/head';
import { createPairSource, gatherPairs, type StateSet } from '../../../src/fusion/pairs';
import { initialParameters, toTensors } from '../../../src/fusion/parameters';
import { headChunks, trainChunk, type TrainedChunk } from '../../../src/fusion/train';
import { normal, seededRandom } from '../../../src/math/random';
import { startNode } from '../../../src/runtime/node';
import * as tf from '../../../src/runtime/tf';

beforeAll(async () => {
  await startNode();
}, 60_000);

describe('the gradient that reaches the heads', () => {
  const random = seededRandom('penalty test');
  const [groups, n, width] = [2, 12, 3];
  const normals = (): Float32Array => Float32Array.from({ length: groups * n * width }, () => normal(random));
  const shifts = [
    [0, 5],
    [0, 1],
  ];

  it.each(dependencyMeasures)('of %s agrees with finite differences', async (measure) => {
    const parameters = toTensors(
      initialParameters(criticParameters({ widths: [width, width], hidden: 6 }), [3, 4]),
    );
    parameters.out = tf.mul(parameters.out, 10);
    const average = tf.tensor1d([0.8, 1.7]);
    const value = (a: tf.Tensor, b: tf.Tensor): tf.Scalar =>
      tf.sum(dependencyOf(parameters, [centred(a), centred(b)], shifts, measure, average).value) as tf.Scalar;
    const at = [normals(), normals()];
    const tensor = (data: Float32Array): tf.Tensor => tf.tensor(data, [groups, n, width]);
    const slopes = tf.grads((a: tf.Tensor, b: tf.Tensor) => value(a, b))(at.map(tensor));
    for (let trial = 0; trial < 6; trial++) {
      const direction = [normals(), normals()];
      // small, as T has kinks
      const step = 3e-4;
      const moved = async (by: number): Promise<number> => {
        const [a, b] = at.map((x, side) => tensor(x.map((v, i) => v + by * direction[side][i])));
        return (await value(a, b).data())[0];
      };
      const numeric = ((await moved(step)) - (await moved(-step))) / (2 * step);
      let exact = 0;
      for (const side of [0, 1]) {
        const slope = await slopes[side].data();
        direction[side].forEach((v, i) => (exact += v * slope[i]));
      }
      expect(Math.abs(exact - numeric)).toBeLessThan(0.02 * Math.max(0.3, Math.abs(numeric)));
    }
  });

  it.each(dependencyMeasures)('of %s holds what T and its average are after its climbs', async (measure) => {
    const options = { measure, lambda: 0.7, seed: 5, hidden: 8, rate: 0.05, climbs: 4 };
    const opponents = new Opponents(options, [3, 4], width);
    const at = [normals(), normals()];
    const tensor = (data: Float32Array): tf.Tensor => tf.tensor(data, [groups, n, width]);
    const [a, b] = at.map(tensor);
    // T knows these few samples by heart in the end, and its average no longer fits every shuffle
    for (let step = 0; step < 5; step++) opponents.penalty(a, b, opponents.nextShifts(n));
    const own = opponents.nextShifts(n);
    const slopes = tf.grads((a: tf.Tensor, b: tf.Tensor) => opponents.penalty(a, b, own) as tf.Scalar)([
      a,
      b,
    ]);
    const { parameters, average } = opponents;
    const loss = async (a: Float32Array, b: Float32Array): Promise<number> => {
      const views = [centred(tensor(a)), centred(tensor(b))];
      const values = await dependencyOf(
        parameters,
        views,
        own[own.length - 1],
        measure,
        average,
      ).value.data();
      return -0.7 * (values[0] + values[1]);
    };
    for (let trial = 0; trial < 6; trial++) {
      const direction = [normals(), normals()];
      const moved = (by: number): Promise<number> => {
        const [a, b] = at.map((x, side) => x.map((v, i) => v + by * direction[side][i]));
        return loss(a, b);
      };
      const numeric = ((await moved(3e-4)) - (await moved(-3e-4))) / 6e-4;
      let exact = 0;
      for (const side of [0, 1]) {
        const slope = await slopes[side].data();
        direction[side].forEach((v, i) => (exact += v * slope[i]));
      }
      expect(Math.abs(exact - numeric)).toBeLessThan(0.02 * Math.max(0.3, Math.abs(numeric)));
    }
    opponents.dispose();
  });

  it('has no part along the length of the vectors', async () => {
    const x = tf.tensor(normals(), [groups, n, width]);
    const [one, longer] = [await centred(x).data(), await centred(tf.mul(x, 7)).data()];
    one.forEach((value, i) => expect(longer[i]).toBeCloseTo(value, 4));
  });
});

describe('heads trained with it', () => {
  const wide = 12;
  const shape: HeadShape = {
    la: 1,
    lb: 1,
    widthA: wide,
    widthB: wide,
    width: 4,
    attentionHeads: 2,
    hidden: 8,
    classes: 2,
  };
  /** Column 0 hints at the class; 1 and 2 show a source that A and B share, which the task has no use for; noise. */
  function made(samples: number, seed: number): { a: StateSet; b: StateSet } {
    const random = seededRandom('shared', seed);
    const labels = Uint8Array.from({ length: samples }, (_, s) => s % 2);
    const source = Float32Array.from({ length: samples * 2 }, () => normal(random));
    const side = (): StateSet => ({
      layers: 1,
      width: wide,
      variants: 1,
      labels,
      states: Float32Array.from({ length: samples * wide }, (_, at) => {
        const [s, c] = [Math.floor(at / wide), at % wide];
        if (c === 0) return 0.4 * (labels[s] * 2 - 1) + normal(random);
        return c < 3 ? 0.98 * source[s * 2 + c - 1] + 0.2 * normal(random) : normal(random);
      }),
    });
    return { a: side(), b: side() };
  }
  const train = made(768, 1);
  const held = made(800, 2);
  const source = createPairSource(train.a, train.b, { paired: 'truly', classes: 2, batch: 64, seed: 5 });
  const rows = Array.from({ length: 800 }, (_, s) => s);
  const validation = gatherPairs(held.a, held.b, rows, rows);
  const [chunk] = headChunks(1, 1);
  const trained = (penalty?: PenaltyOptions, fused = false): Promise<TrainedChunk> =>
    trainChunk(shape, chunk, source, validation, {
      ...defaultFit,
      epochs: 6,
      rate: 5e-3,
      patience: 6,
      seed: 7,
      fused,
      penalty,
    });
  /** KL between p(a) and p(b) of held-out pairs. */
  async function dependencyOfProjected({ parameters }: TrainedChunk): Promise<number> {
    const sides = tf.tidy(() => {
      const out = runHeads(
        toTensors(parameters),
        tf.tensor(validation.a, [1, 800, wide]),
        tf.tensor(validation.b, [1, 800, wide]),
        shape,
      );
      return [out.projectedA(), out.projectedB()];
    });
    const [a, b] = await Promise.all(
      sides.map(async (side, m) => ({
        name: 'AB'[m],
        layers: 1,
        width: 4,
        states: (await side.data<'float32'>()).slice(),
      })),
    );
    tf.dispose(sides);
    return (await measureDependency([a, b], [[0, 0]], { measure: 'kl', seed: 1 })).bound[0];
  }

  it('at λ = 0 are the same as without it', async () => {
    const none = await trained();
    const same = await trained({ measure: 'kl', lambda: 0, seed: 1 });
    for (const [name, { data }] of Object.entries(none.parameters))
      expect(same.parameters[name].data, name).toEqual(data);
  });

  it.each([
    ['op by op', false],
    ['in one kernel', true],
  ])(
    '%s depend more on each other, by every measure, and leave no tensor',
    async (_, fused) => {
      const without = await dependencyOfProjected(await trained());
      for (const measure of dependencyMeasures) {
        const before = tf.memory().numTensors;
        const result = await trained({ measure, lambda: 1, seed: 1 }, fused);
        expect(tf.memory().numTensors, measure).toBe(before);
        expect(await dependencyOfProjected(result), measure).toBeGreaterThan(without + 0.1);
        expect(result.accuracy[0]).toBeGreaterThan(0.55);
      }
    },
    240_000,
  );
});
