import { beforeAll, describe, expect, it } from 'vitest';
import * as tf from '../../../src/runtime/tf';
import { attribute } from '../../../src/encoders/attribution';
import { parseConfig, writeConfig, type BertConfig, type SequenceConfig } from '../../../src/encoders/config';
import { createEncoder, exportCheckpoint, initialise, loadCheckpoint } from '../../../src/encoders/encoder';
import {
  measureScale,
  parseFeatureScale,
  scaleFeatures,
  writeFeatureScale,
} from '../../../src/encoders/feature-scale';
import { batchOf, blankInput } from '../../../src/encoders/frontend';
import { sequenceBatch, sequenceInput } from '../../../src/encoders/sequence';
import { readSafetensors, toFloat32, toInt32 } from '../../../src/runtime/safetensors';
import { useBackend } from '../../parity/backends';
import { readFixture, relativeError } from '../../parity/fixture';

beforeAll(async () => {
  expect(await useBackend('cpu')).toBe(true);
});

const config: SequenceConfig = {
  family: 'sequence',
  layers: 2,
  width: 8,
  heads: 2,
  intermediate: 16,
  activation: 'gelu',
  eps: 1e-12,
  initialDeviation: 0.2,
  features: 3,
  positions: 5,
};
const rows = (count: number) => Float32Array.from({ length: 3 * count }, (_, i) => Math.sin(1 + i));

describe('an encoder of sequences', () => {
  it('is BERT where the rows say which word stands where', async () => {
    const { config: reference, weights, inputs, states } = readFixture('bert');
    const { vocabulary, ...core } = reference as BertConfig;
    const own: SequenceConfig = { ...core, family: 'sequence', features: vocabulary + 1 };
    const params = loadCheckpoint(reference, weights);
    // one column a word, and one that is 1 for a token of the second type
    const [first, second] = [0, 1].map((t) => tf.slice(params.get('types')!, [t, 0], [1, own.width]));
    const projection = tf.concat([params.get('words')!, tf.sub(second, first)], 0);
    const all = new Map<string, tf.Tensor>([...params, ['projection.weight', projection], ['types', first]]);
    all.delete('words');
    const encoder = createEncoder(own, all);
    const [ids, segments] = ['input_ids', 'token_type_ids'].map((name) => toInt32(inputs.get(name)!));
    const shape = inputs.get('input_ids')!.shape as [number, number];
    const values = new Float32Array(ids.length * own.features);
    ids.forEach((id, i) => {
      values[i * own.features + id] = 1;
      values[i * own.features + vocabulary] = segments[i];
    });
    const valid = toFloat32(inputs.get('attention_mask')!);
    const batch = {
      patches: tf.tensor3d(values, [...shape, own.features]),
      mask: tf.tensor2d(valid, shape),
    };
    const found = encoder.forward(batch);
    expect(found).toHaveLength(states.length);
    expect(segments.some((type) => type === 1)).toBe(true);
    for (const [i, state] of found.entries())
      expect(
        relativeError(await state.data(), states[i], (at) => valid[Math.floor(at / own.width)] === 1),
      ).toBeLessThanOrEqual(1e-4);
  });

  it('pools the state of the row that is asked about, whatever stands beside it in the batch', async () => {
    const encoder = createEncoder(config, initialise(config, 3));
    const asked = [sequenceInput(config, rows(4), 2), sequenceInput(config, rows(2), 1)];
    const together = sequenceBatch(config, asked);
    expect(together.patches.shape).toEqual([2, 4, 3]);
    const states = encoder.forward(together);
    const pooled = (await encoder.pool([states[2]], together)[0].array()) as number[][];
    const all = (await states[2].array()) as number[][][];
    expect(pooled[0]).toEqual(all[0][2]);
    expect(pooled[1]).toEqual(all[1][1]);
    const alone = batchOf(config, [asked[1]]);
    const [own] = (await encoder.pool([encoder.forward(alone)[2]], alone)[0].array()) as number[][];
    own.forEach((x, c) => expect(x).toBeCloseTo(pooled[1][c], 5));
  });

  it('sees the rows around the one that is asked about', async () => {
    const encoder = createEncoder(config, initialise(config, 3));
    const changed = rows(4);
    changed[0] += 1;
    const [one, other] = await Promise.all(
      [rows(4), changed].map(async (values) => {
        const batch = sequenceBatch(config, [sequenceInput(config, values, 2)]);
        return (await encoder.pool([encoder.forward(batch)[2]], batch)[0].data()).slice();
      }),
    );
    expect(one).not.toEqual(other);
  });

  it('takes as many rows as it has positions for, around the one that is asked about', () => {
    const long = rows(9);
    expect([...sequenceInput(config, long, 0)]).toEqual([0, ...long.subarray(0, 15)]);
    expect([...sequenceInput(config, long, 4)]).toEqual([2, ...long.subarray(6, 21)]);
    expect([...sequenceInput(config, long, 8)]).toEqual([4, ...long.subarray(12, 27)]);
    expect(() => sequenceInput(config, long, 9)).toThrow('no row 9');
    expect(() => sequenceInput(config, long.subarray(1), 0)).toThrow('of 3');
    expect(blankInput(config)).toEqual(new Float32Array(4));
  });

  it('survives a checkpoint and its config', async () => {
    expect(parseConfig(writeConfig(config))).toEqual(config);
    const encoder = createEncoder(config, initialise(config, 3));
    const stored = readSafetensors(await exportCheckpoint(encoder), 'model.safetensors').tensors;
    expect(stored.get('projection.weight')!.shape).toEqual([8, 3]);
    expect(stored.has('embeddings.word_embeddings.weight')).toBe(false);
    const again = createEncoder(config, loadCheckpoint(config, stored));
    const batch = sequenceBatch(config, [sequenceInput(config, rows(3), 1)]);
    const [before, after] = [encoder, again].map((e) => e.forward(batch)[2].dataSync());
    expect(after).toEqual(before);
  });

  it('has a gradient with respect to its rows', async () => {
    const encoder = createEncoder(config, initialise(config, 3));
    const batch = sequenceBatch(config, [
      sequenceInput(config, rows(3), 1),
      sequenceInput(config, rows(1), 0),
    ]);
    const { shape, parts } = await attribute(encoder, batch, (states) =>
      tf.sum<tf.Scalar>(tf.slice(encoder.pool([states[2]], batch)[0], [0, 0], [2, 1])),
    );
    expect(shape).toEqual([2, 3]);
    expect(parts[0]).not.toBe(0);
    expect(parts.subarray(4).every((x) => x === 0)).toBe(true);
  });
});

describe('the scale of features', () => {
  const some = [Float32Array.of(1, 5, 0), Float32Array.of(3, 5, 100)];
  it('standardises, leaves constants alone and cuts off', () => {
    const scale = measureScale(some, 2);
    expect(scale).toEqual({ mean: [2, 5, 50], deviation: [1, 1, 50], limit: 2 });
    expect([...scaleFeatures(some[0], scale)]).toEqual([-1, 0, -1]);
    expect([...scaleFeatures(Float32Array.of(2, 9, -500), scale)]).toEqual([0, 2, -2]);
    expect(parseFeatureScale(writeFeatureScale(scale), 3)).toEqual(scale);
  });
  it('refuses lists that do not belong to the encoder', () => {
    const json = writeFeatureScale(measureScale(some));
    expect(() => parseFeatureScale(json, 4, 'p.json')).toThrow('a list of 4 numbers');
    expect(() => parseFeatureScale({ ...json, feature_std: [1, 0, 1] }, 3)).toThrow('above zero');
  });
});
