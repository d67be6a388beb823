import { beforeAll, describe, expect, it } from 'vitest';
import * as tf from '../../../src/runtime/tf';
import { attribute, joinPatches } from '../../../src/encoders/attribution';
import { createEncoder, initialise, type EncoderBatch } from '../../../src/encoders/encoder';
import { cutPatches, patchLayout } from '../../../src/encoders/patches';
import { gatherRows } from '../../../src/runtime/ops';
import { useBackend, type BackendName } from '../../parity/backends';
import { batchFor, configs } from './models';

const sum = (values: ArrayLike<number>): number => Array.from(values).reduce((a, b) => a + b, 0);

describe.each(['cpu', 'wasm'] satisfies BackendName[])('gradient × input on %s', (backend) => {
  beforeAll(() => useBackend(backend));

  it.each(configs)('of %s sums to the slope of the score along the input', async (_, config) => {
    const encoder = createEncoder(config, initialise({ ...config, initialDeviation: 0.3 }, 2));
    const given = batchFor(config);
    const batch: EncoderBatch =
      'ids' in given ? { ...given, words: gatherRows(encoder.params.get('words')!, given.ids!) } : given;
    const score = (states: tf.Tensor[]): tf.Scalar => {
      const [pooled] = encoder.pool([states[config.layers]], batch);
      return tf.sum(tf.mul(pooled, tf.sin(tf.range(0, config.width)))) as tf.Scalar;
    };
    const before = tf.memory().numTensors;
    const { parts, shape, values } = await attribute(encoder, batch, score);
    expect(tf.memory().numTensors).toBe(before);
    expect(parts).toHaveLength(shape[0] * shape[1]);
    if ('patches' in batch) expect(sum(values!)).toBeCloseTo(sum(parts), 3);

    const scaled = (by: number): EncoderBatch =>
      Object.fromEntries(
        Object.entries(batch).map(([key, tensor]) => [
          key,
          /patches|words|wave/.test(key) ? tf.mul(tensor as tf.Tensor, by) : tensor,
        ]),
      ) as unknown as EncoderBatch;
    const step = 1e-2;
    const [up, down] = await Promise.all(
      [1 + step, 1 - step].map(async (by) => (await score(encoder.forward(scaled(by))).data())[0]),
    );
    const slope = (up - down) / (2 * step);
    expect(Math.abs(sum(parts) - slope)).toBeLessThan(0.02 * Math.max(0.3, Math.abs(slope)));
  });
});

it('patches go back to where they were cut, as often as they were taken', () => {
  for (const [, config] of configs) {
    if (config.family === 'bert' || config.family === 'wav2vec2') continue;
    const { inputs, index } = patchLayout(config);
    const values = Float32Array.from({ length: 2 * inputs }, (_, i) => i + 1);
    const joined = joinPatches(config, cutPatches(config, values));
    const times = new Float32Array(inputs);
    for (const at of index) times[at]++;
    joined.forEach((value, i) => expect(value).toBe(values[i] * times[i % inputs]));
  }
});
