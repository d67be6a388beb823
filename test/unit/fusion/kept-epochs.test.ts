import { beforeAll, describe, expect, it } from 'vitest';
import { createPairSource, gatherPairs } from '../../../src/fusion/pairs';
import { trainProbes } from '../../../src/fusion/train';
import { defaultFit } from '../../../src/fusion/fit';
import { normal, seededRandom } from '../../../src/math/random';
import { runProbes } from '../../../src/fusion/probe';
import { toTensors } from '../../../src/fusion/parameters';
import { startNode } from '../../../src/runtime/node';
import * as tf from '../../../src/runtime/tf';

const [layers, width, classes, n] = [2, 4, 2, 24];
const random = seededRandom('kept epochs');
const labels = Uint8Array.from({ length: n }, (_, s) => s % classes);
const set = {
  layers,
  width,
  variants: 1,
  labels,
  states: Float32Array.from({ length: n * layers * width }, () => normal(random)),
};
const rows = Int32Array.from({ length: n }, (_, s) => s);
const source = createPairSource(set, set, { paired: 'truly', classes, batch: 8, seed: 1 });
const options = { ...defaultFit, seed: 1, epochs: 6, patience: 6 };
const train = (more: { epochs?: number; keptEpochs?: number[]; averaged?: number }) =>
  trainProbes(
    'a',
    { layers, width, classes },
    { la: layers, lb: layers },
    source,
    gatherPairs(set, set, rows, rows),
    { ...options, ...more },
  );

describe('epochs fixed beforehand', () => {
  beforeAll(() => startNode());

  it('keeps each member as it is after its own epoch, whatever validation says', async () => {
    const { fitted } = await train({ keptEpochs: [1, 4] });
    expect(Array.from(fitted.epoch)).toEqual([1, 4]);
    // each equals the member of a run in which all keep that epoch
    for (const [member, epoch] of [1, 4].entries()) {
      const alone = (await train({ keptEpochs: [epoch, epoch] })).fitted;
      for (const [name, { data }] of Object.entries(fitted.parameters)) {
        const size = data.length / layers;
        const of = (values: Float32Array) => values.subarray(member * size, (member + 1) * size);
        expect(of(data)).toEqual(of(alone.parameters[name].data));
      }
    }
  });

  it('gives what validation chose where the epochs are those that validation chose', async () => {
    const chosen = (await train({})).fitted;
    const again = (await train({ keptEpochs: Array.from(chosen.epoch) })).fitted;
    for (const [name, { data }] of Object.entries(chosen.parameters))
      expect(again.parameters[name].data).toEqual(data);
  });
});

describe('a mean over epochs', () => {
  beforeAll(() => startNode());

  it.each([
    ['the last three', 4, [2, 3, 4]],
    ['those that there are', 1, [0, 1]],
  ])('is of %s, and training goes on as without it', async (_, epoch, of) => {
    const { parameters } = (await train({ keptEpochs: [epoch, epoch], averaged: 3 })).fitted;
    const each = await Promise.all(
      of.map(async (e) => (await train({ keptEpochs: [e, e] })).fitted.parameters),
    );
    for (const [name, { data }] of Object.entries(parameters))
      data.forEach((x, i) => {
        const mean = each.reduce((sum, one) => sum + one[name].data[i], 0) / of.length;
        expect(x).toBeCloseTo(mean, 6);
      });
  });

  it('is what is measured on validation', async () => {
    const { weights, fitted } = await train({ averaged: 3 });
    const states = gatherPairs(set, set, rows, rows).a;
    const logp = tf.tidy(() => {
      const given = tf.tensor(states, [layers, n, width]);
      return tf.logSoftmax(runProbes(toTensors(weights.parameters), given)).dataSync<'float32'>();
    });
    for (let layer = 0; layer < layers; layer++) {
      const loss = labels.reduce((sum, label, s) => sum - logp[(layer * n + s) * classes + label] / n, 0);
      expect(fitted.loss[layer]).toBeCloseTo(loss, 5);
    }
  });
});
