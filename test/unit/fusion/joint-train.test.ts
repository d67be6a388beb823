import { beforeAll, describe, expect, it } from 'vitest';
import { defaultFit } from '../../../src/fusion/fit';
import { createJoint, type JointShape } from '../../../src/fusion/joint';
import { fitJoint, presences, type FittedJoint, type JointFitOptions } from '../../../src/fusion/joint-train';
import { createPairSource, type StateSet } from '../../../src/fusion/pairs';
import { members } from '../../../src/fusion/parameters';
import { normal, seededRandom } from '../../../src/math/random';
import { startNode } from '../../../src/runtime/node';
import * as tf from '../../../src/runtime/tf';

const shape: JointShape = { widths: [4, 3, 5], width: 8, attentionHeads: 2, hidden: 8, classes: 2 };
const layers = 2;

/** Each modality tells the class in its last layer, in one direction among noise; its first layer is noise alone. */
function made(count: number, seed: number): StateSet[] {
  const random = seededRandom(seed, 'made');
  const labels = Uint8Array.from({ length: count }, (_, s) => s % 2);
  return shape.widths.map((width) => ({
    layers,
    width,
    variants: 1,
    labels,
    states: Float32Array.from({ length: count * layers * width }, (_, at) => {
      const [s, layer, c] = [Math.floor(at / (layers * width)), Math.floor(at / width) % layers, at % width];
      const told = layer === 1 && c === 0 ? 1.5 * (2 * labels[s] - 1) : 0;
      return told + 0.7 * normal(random);
    }),
  }));
}

const train = made(400, 1);
const validation = made(100, 2);
const options: JointFitOptions = {
  ...defaultFit,
  epochs: 12,
  rate: 5e-3,
  seed: 3,
  batch: 50,
  drop: 0.3,
  noise: [0, 0.1, 0],
  exchanged: [0, 0, 0],
};
const told = { layers: [1, 1, 1], seed: 5 };
const fit = (list: (typeof told)[], more: Partial<JointFitOptions> = {}): Promise<FittedJoint> =>
  fitJoint(shape, list, train, validation, { ...options, ...more });

let both: FittedJoint;
beforeAll(async () => {
  await startNode({ threads: 1 });
  both = await fit([{ layers: [0, 0, 0], seed: 4 }, told]);
}, 60_000);

/** Accuracy on validation of one member with some modalities missing. */
async function accuracy({ parameters }: FittedJoint, member: number, layer: number, present: boolean[]) {
  const joint = createJoint({ shape, parameters: members(parameters, member, member + 1) });
  const { labels } = validation[0];
  const given = validation.map(({ states, width }, m) => {
    if (!present[m]) return null;
    const rows = Float32Array.from(
      { length: labels.length * width },
      (_, i) => states[(Math.floor(i / width) * layers + layer) * width + (i % width)],
    );
    return tf.tensor(rows, [labels.length, width]);
  });
  const said = await joint.run(given);
  joint.dispose();
  return labels.filter((label, s) => said[2 * s + label] > 0.5).length / labels.length;
}

describe('presences', () => {
  it('are all sets but the empty one, the whole first', () => {
    expect(presences(2)).toEqual([
      [true, true],
      [false, true],
      [true, false],
    ]);
    const four = presences(4);
    expect(new Set(four.map(String)).size).toBe(15);
    expect(four.every((set) => set.some(Boolean))).toBe(true);
    expect(four[0].every(Boolean)).toBe(true);
  });
});

describe('training several modalities together', () => {
  it('learns from the layers a member takes, and survives what is missing', async () => {
    // by one modality alone the best rule is right in 98 % of cases, by three in nearly all
    for (const present of presences(3))
      expect(await accuracy(both, 1, 1, present)).toBeGreaterThan(
        present.filter(Boolean).length > 1 ? 0.95 : 0.88,
      );
    expect(both.loss[1]).toBeLessThan(0.3);
    // noise tells nothing: ln 2 is the least that can be hoped for
    expect(both.loss[0]).toBeGreaterThan(0.6);
  });

  it('gives a member the same numbers whoever trains beside it', async () => {
    const alone = await fit([told]);
    expect(alone.epoch[0]).toBe(both.epoch[1]);
    expect(alone.loss[0]).toBeCloseTo(both.loss[1], 4);
    for (const [name, { data }] of Object.entries(members(both.parameters, 1, 2)))
      data.forEach((value, i) => expect(alone.parameters[name].data[i]).toBeCloseTo(value, 3));
  }, 60_000);

  it('keeps a given epoch, whatever validation says', async () => {
    const again = await fit([told], { keptEpochs: [both.epoch[1]] });
    for (const [name, { data }] of Object.entries(members(both.parameters, 1, 2)))
      data.forEach((value, i) => expect(again.parameters[name].data[i]).toBeCloseTo(value, 3));
    const first = await fit([told], { keptEpochs: [0] });
    expect(first.epoch[0]).toBe(0);
    expect(first.loss[0]).toBeGreaterThan(both.loss[1]);
  }, 60_000);

  it('leans less on a modality whose states are often another sample’s', async () => {
    const wary = await fit([told], { exchanged: [0.9, 0, 0] });
    const sure = async (of: FittedJoint, member: number) => {
      const joint = createJoint({ shape, parameters: members(of.parameters, member, member + 1) });
      const [said] = [await joint.run([tf.tensor([[3, 0, 0, 0]]), null, null])];
      joint.dispose();
      return Math.max(...said);
    };
    expect(await sure(wary, 0)).toBeLessThan(0.85);
    expect(await sure(both, 1)).toBeGreaterThan(0.85);
    expect(await accuracy(wary, 0, 1, [false, true, true])).toBeGreaterThan(0.95);
  }, 60_000);

  it('refuses modalities of different samples', async () => {
    const [a, b, c] = train;
    const fewer = { ...c, labels: c.labels.subarray(1) };
    await expect(fitJoint(shape, [told], [a, b, fewer], validation, options)).rejects.toThrow(RangeError);
  });
});

describe('pairs with exchanged states', () => {
  const [a, b] = made(200, 7);
  const source = (exchanged?: { a?: number; b?: number }) =>
    createPairSource(a, b, { paired: 'truly', classes: 2, batch: 100, seed: 1, exchanged });
  const batches = (exchanged?: { a?: number; b?: number }) => [...source(exchanged).epoch(0)];

  it('keep their order, labels and the other side, and have another’s states as often as asked', () => {
    const [plain, exchanged] = [batches(), batches({ b: 0.6 })];
    let moved = 0;
    plain.forEach((batch, at) => {
      expect(exchanged[at].labels).toEqual(batch.labels);
      expect(exchanged[at].a).toEqual(batch.a);
      for (let s = 0; s < batch.n; s++)
        moved += Number(batch.b[s * b.width] !== exchanged[at].b[s * b.width]);
    });
    // of 200 pairs; five deviations are 35
    expect(Math.abs(moved - 120)).toBeLessThan(35);
  });

  it('are the same as without where the share is zero', () => {
    const [plain, none] = [batches(), batches({ a: 0, b: 0 })];
    plain.forEach((batch, at) => {
      expect(none[at].b).toEqual(batch.b);
      expect(none[at].labels).toEqual(batch.labels);
    });
  });
});
