import { beforeAll, describe, expect, it } from 'vitest';
import { runHeads, headParameters, type HeadShape } from '../../../src/fusion/head';
import { createHeads, groupsByPairs, layersOf } from '../../../src/fusion/heads';
import { initialParameters, members, toTensors, type Parameters } from '../../../src/fusion/parameters';
import { createProbes } from '../../../src/fusion/probe';
import { headIndex, headSpecs, pairIndex, strategyPairs } from '../../../src/math/skew';
import { normal, seededRandom } from '../../../src/math/random';
import { startNode } from '../../../src/runtime/node';
import * as tf from '../../../src/runtime/tf';
import { randomHeads, randomProbes } from '../../fixtures/tiny-pack/tiny-pack';
import { headByHand } from './head-by-hand';

const shape: HeadShape = {
  la: 3,
  lb: 4,
  widthA: 6,
  widthB: 5,
  width: 8,
  attentionHeads: 2,
  hidden: 12,
  classes: 3,
};
const n = 5;
const random = seededRandom(1);
const gaussian = (size: number) => Float32Array.from({ length: size }, () => normal(random));
const statesA = gaussian(n * shape.la * shape.widthA);
const statesB = gaussian(n * shape.lb * shape.widthB);
/** Random in every parameter: the usual start leaves biases at zero, where they would not be seen. */
function shaken(parameters: Parameters): Parameters {
  for (const { data } of Object.values(parameters))
    data.forEach((v, i) => (data[i] = v + 0.3 * normal(random)));
  return parameters;
}
const weights = randomHeads(shape, 3);
weights.groups.forEach((group) => shaken(group.parameters));
const rowsOf = (states: Float32Array, layers: number, width: number, sample: number, layer: number) =>
  states.subarray((sample * layers + layer) * width, (sample * layers + layer + 1) * width);

beforeAll(async () => {
  await startNode({ backend: 'cpu' });
});

describe('the co-attention head', () => {
  it('agrees with its definition written out sample by sample', async () => {
    const heads = createHeads(weights);
    const all = await heads.run(
      tf.tensor(statesA, [n, shape.la, shape.widthA]),
      tf.tensor(statesB, [n, shape.lb, shape.widthB]),
    );
    expect(heads.count).toBe(headSpecs(shape.la, shape.lb).length);
    expect(all.length).toBe(heads.count * n * shape.classes);
    for (const { k, heads: list, specs } of groupsByPairs(shape.la, shape.lb))
      list.forEach((head, g) => {
        const own = members(weights.groups[k - 1].parameters, g, g + 1);
        for (let s = 0; s < n; s++) {
          const pairs = specs[g].pairs.map(({ i, j }) => ({
            a: rowsOf(statesA, shape.la, shape.widthA, s, i - 1),
            b: rowsOf(statesB, shape.lb, shape.widthB, s, j - 1),
          }));
          headByHand(own, pairs, shape).forEach((p, c) =>
            expect(all[(head * n + s) * shape.classes + c]).toBeCloseTo(p, 5),
          );
        }
      });
    heads.dispose();
  });

  it('gives each sample the same answer whatever its neighbours are', async () => {
    const heads = createHeads(weights);
    const a = tf.tensor(statesA, [n, shape.la, shape.widthA]);
    const b = tf.tensor(statesB, [n, shape.lb, shape.widthB]);
    const all = await heads.run(a, b);
    const one = await heads.run(
      tf.slice(a, [2, 0, 0], [1, shape.la, shape.widthA]),
      tf.slice(b, [2, 0, 0], [1, shape.lb, shape.widthB]),
    );
    for (let head = 0; head < heads.count; head++)
      for (let c = 0; c < shape.classes; c++)
        expect(one[head * shape.classes + c]).toBeCloseTo(all[(head * n + 2) * shape.classes + c], 6);
  });

  it('transposes when A and B are exchanged', async () => {
    const square: HeadShape = { ...shape, lb: 3, widthB: 6 };
    const forth = randomHeads(square, 5);
    forth.groups.forEach((group) => shaken(group.parameters));
    // the same heads with the roles exchanged: pair (i, j) becomes (j, i), so strategy d becomes −d
    const back = randomHeads(square, 5);
    const mirrored: [string, string][] = [
      ['projectA', 'projectB'],
      ['layerA', 'layerB'],
    ];
    forth.groups.forEach(({ k, parameters }, index) => {
      const { heads, specs } = groupsByPairs(3, 3)[index];
      const swapped = back.groups[index].parameters;
      specs.forEach((spec, g) => {
        const other =
          k === 1
            ? pairIndex({ i: spec.pairs[0].j, j: spec.pairs[0].i }, 3)
            : headIndex({ d: -spec.d, k }, 3, 3);
        const to = heads.indexOf(other);
        const move = (from: string, into: string) => {
          const size = parameters[from].data.length / heads.length;
          swapped[into].data.set(parameters[from].data.subarray(g * size, (g + 1) * size), to * size);
        };
        for (const name of Object.keys(parameters)) move(name, name);
        for (const [one, two] of mirrored) {
          move(one, two);
          move(two, one);
        }
        const w = square.width;
        const embedding = swapped.modality.data.subarray(to * 2 * w, (to + 1) * 2 * w);
        embedding.set([...embedding.slice(w), ...embedding.slice(0, w)]);
      });
    });
    const a = tf.tensor(gaussian(2 * 3 * 6), [2, 3, 6]);
    const b = tf.tensor(gaussian(2 * 3 * 6), [2, 3, 6]);
    const one = await createHeads(forth).run(a, b);
    const two = await createHeads(back).run(b, a);
    const block = 2 * square.classes;
    headSpecs(3, 3).forEach((spec, head) => {
      const other =
        spec.k === 1
          ? pairIndex({ i: spec.pairs[0].j, j: spec.pairs[0].i }, 3)
          : headIndex({ d: -spec.d, k: spec.k }, 3, 3);
      for (let c = 0; c < block; c++) expect(two[other * block + c]).toBeCloseTo(one[head * block + c], 6);
    });
  });

  it('runs a k = 1 strategy as the pair head of its pair', () => {
    for (let d = -2; d <= 3; d++) {
      const [pair] = strategyPairs({ d, k: 1 }, shape.la, shape.lb);
      expect(headIndex({ d, k: 1 }, shape.la, shape.lb)).toBe(pairIndex(pair, shape.lb));
    }
  });

  it('ignores what A was once its states are replaced', async () => {
    const heads = createHeads(weights);
    const b = tf.tensor(statesB, [n, shape.lb, shape.widthB]);
    // the training mean of a standardised state is zero
    const dropped = tf.zeros([n, shape.la, shape.widthA]);
    const given = tf.tensor(statesA, [n, shape.la, shape.widthA]);
    const [one, two, free] = [
      await heads.run(tf.mul(given, 0), b),
      await heads.run(dropped, b),
      await heads.run(given, b),
    ];
    expect(one).toEqual(two);
    expect(Math.max(...free.map((v, i) => Math.abs(v - one[i])))).toBeGreaterThan(0.01);
  });

  it.each([1, 2])('has the gradient that finite differences give, k = %i', (k) => {
    const group = groupsByPairs(shape.la, shape.lb)[k - 1];
    const specs = group.specs.slice(0, 2);
    const parameters = shaken(initialParameters(headParameters(shape, k), [11, 12]));
    const layers = layersOf(specs);
    const a = tf.gather(tf.transpose(tf.tensor(statesA, [n, shape.la, shape.widthA]), [1, 0, 2]), layers.a);
    const b = tf.gather(tf.transpose(tf.tensor(statesB, [n, shape.lb, shape.widthB]), [1, 0, 2]), layers.b);
    const names = Object.keys(parameters);
    const direction = Object.fromEntries(names.map((name) => [name, gaussian(parameters[name].data.length)]));
    const mix = tf.tensor(gaussian(2 * n * shape.classes), [2, n, shape.classes]);
    const mixFused = tf.tensor(gaussian(2 * n * shape.width), [2, n, shape.width]);
    const f = (...tensors: tf.Tensor[]): tf.Scalar => {
      const out = runHeads(Object.fromEntries(names.map((name, i) => [name, tensors[i]])), a, b, shape);
      const projected = tf.mul(tf.add(out.projectedA(), out.projectedB()), mixFused);
      return tf.add(tf.sum(tf.mul(tf.tanh(out.logits), mix)), tf.sum(tf.tanh(projected))) as tf.Scalar;
    };
    const tensors = toTensors(parameters);
    const grads = tf.grads(f)(names.map((name) => tensors[name]));
    names.forEach((name, i) => {
      const along = tf
        .sum(tf.mul(grads[i], tf.tensor(direction[name], parameters[name].shape)))
        .dataSync()[0];
      const step = 5e-4;
      const at = (sign: number) =>
        f(
          ...names.map((other) =>
            other === name
              ? tf.add(tensors[name], tf.mul(tf.tensor(direction[name], parameters[name].shape), sign * step))
              : tensors[other],
          ),
        ).dataSync()[0];
      // small against the kinks of the ReLU, large against float32's rounding
      const slope = (at(1) - at(-1)) / (2 * step);
      expect(Math.abs(along - slope), name).toBeLessThan(2e-2 * Math.max(1, Math.abs(slope)));
    });
  });

  it('frees every tensor', async () => {
    const before = tf.memory().numTensors;
    const heads = createHeads(weights);
    const probes = createProbes(randomProbes(shape.la, shape.widthA, 3, 1));
    const a = tf.tensor(statesA, [n, shape.la, shape.widthA]);
    const b = tf.tensor(statesB, [n, shape.lb, shape.widthB]);
    await heads.run(a, b);
    const after = tf.memory().numTensors;
    await heads.run(a, b);
    await heads.fused(4, a, b);
    await probes.run(a);
    expect(tf.memory().numTensors).toBe(after);
    tf.dispose([a, b]);
    heads.dispose();
    probes.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });
});

describe('probes', () => {
  it('are a softmax of a linear map of each layer', async () => {
    const weights = randomProbes(3, 6, 3, 2);
    const got = await createProbes(weights).run(tf.tensor(statesA, [n, 3, 6]));
    const { classify, classifyBias } = weights.parameters;
    for (let layer = 0; layer < 3; layer++)
      for (let s = 0; s < n; s++) {
        const x = rowsOf(statesA, 3, 6, s, layer);
        const z = [0, 1, 2].map((c) =>
          x.reduce(
            (sum, v, i) => sum + v * classify.data[(layer * 6 + i) * 3 + c],
            classifyBias.data[layer * 3 + c],
          ),
        );
        const total = z.reduce((sum, v) => sum + Math.exp(v), 0);
        z.forEach((v, c) => expect(got[(layer * n + s) * 3 + c]).toBeCloseTo(Math.exp(v) / total, 5));
      }
  });
});
