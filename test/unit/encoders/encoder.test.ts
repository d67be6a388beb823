import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import * as tf from '../../../src/runtime/tf';
import { UserError } from '../../../src/math/errors';
import { parseConfig, writeConfig } from '../../../src/encoders/config';
import {
  createEncoder,
  exportCheckpoint,
  initialise,
  loadCheckpoint,
  paramSpecs,
  type Encoder,
  type EncoderBatch,
} from '../../../src/encoders/encoder';
import { readSafetensors, toFloat32 } from '../../../src/runtime/safetensors';
import { useBackend } from '../../parity/backends';
import { fixtureJson, fixtureTensors, readFixture, relativeError } from '../../parity/fixture';
import { batchFor, configs, models } from './models';

/** A loss that every position and layer reaches; weights of its own keep its gradient from cancelling. */
const lossOf = (encoder: Encoder, batch: EncoderBatch): tf.Scalar =>
  tf.tidy(() => {
    const last = encoder.outputNorm(encoder.forward(batch)[encoder.layers]);
    const weights = tf.sin(tf.reshape(tf.range(0, last.size), last.shape));
    return tf.sum(tf.mul(last, weights)) as tf.Scalar;
  });

beforeAll(() => useBackend('cpu'));
afterEach(() => tf.disposeVariables());

describe.each(configs)('%s', (_, config) => {
  // tfjs gives no gradient of convolution filters on WASM, and wav2vec 2.0 is not trained here
  const trained = config.family !== 'wav2vec2';

  it('gives a state a layer and the embedding, and leaks nothing', () => {
    const encoder = createEncoder(config, initialise(config, 1));
    const batch = batchFor(config);
    const before = tf.memory().numTensors;
    const states = encoder.forward(batch);
    expect(states).toHaveLength(config.layers + 1);
    for (const state of states) expect([state.shape[0], state.shape[2]]).toEqual([2, config.width]);
    const pooled = encoder.pool(states, batch);
    expect(pooled.map(({ shape }) => shape)).toEqual(states.map(() => [2, config.width]));
    tf.dispose([states, pooled]);
    expect(tf.memory().numTensors).toBe(before);
    encoder.dispose();
    expect(tf.memory().numTensors).toBe(before - encoder.params.size);
  });

  it('does not let a sample see its neighbours', async () => {
    const encoder = createEncoder(config, initialise(config, 1));
    const pair = batchFor(config, 2);
    const alone = Object.fromEntries(
      Object.entries(pair).map(([key, t]) => [key, tf.slice(t as tf.Tensor, 0, 1)]),
    ) as unknown as EncoderBatch;
    const [both, one] = [pair, alone].map((batch) => encoder.forward(batch)[config.layers]);
    const [x, y] = await Promise.all([both.data(), one.data()]);
    y.forEach((value, i) => expect(value).toBeCloseTo(x[i], 5));
  });

  it('starts from its seed alone', async () => {
    const [a, b, c] = [initialise(config, 5), initialise(config, 5), initialise(config, 6)];
    const values = async (params: Map<string, tf.Tensor>) =>
      Promise.all([...params.values()].map(async (t) => [...(await t.data())]));
    expect(await values(a)).toEqual(await values(b));
    expect(await values(a)).not.toEqual(await values(c));
    for (const { name, init } of paramSpecs(config))
      if (init === 'normal') {
        const all = await a.get(name)!.data();
        expect(Math.max(...all.map(Math.abs))).toBeLessThanOrEqual(2 * config.initialDeviation);
      }
  });

  it.runIf(trained)('has the gradient that finite differences give', async () => {
    const encoder = createEncoder(
      config,
      initialise({ ...config, initialDeviation: 0.3 }, 2, { trainable: true }),
    );
    const batch = batchFor(config);
    const { grads } = tf.variableGrads(() => lossOf(encoder, batch));
    for (const [param, tensor] of encoder.params) {
      const variable = tensor as tf.Variable;
      const gradient = grads[variable.name];
      if (!gradient) throw new Error(`${param} has no gradient`);
      const analytic = await gradient.data();
      const values = (await variable.data()).slice() as Float32Array;
      const at = Math.floor(values.length * 0.61);
      const step = 5e-3;
      const ends = [step, -step].map((by) => {
        const moved = values.slice();
        moved[at] += by;
        variable.assign(tf.tensor(moved, variable.shape));
        return lossOf(encoder, batch).dataSync()[0];
      });
      variable.assign(tf.tensor(values, variable.shape));
      const numeric = (ends[0] - ends[1]) / (2 * step);
      expect(Math.abs(analytic[at] - numeric), `${param}[${at}]`).toBeLessThan(
        2e-2 * Math.max(0.5, Math.abs(numeric)),
      );
    }
  });

  it.runIf(trained)('drops by its seed in training, and not at all otherwise', async () => {
    const encoder = createEncoder(config, initialise(config, 2));
    const batch = batchFor(config);
    const last = async (training?: { dropout: number; dropPath: number; seed: number }) => [
      ...(await encoder.forward(batch, { training })[config.layers].data()),
    ];
    const rates = { dropout: 0.3, dropPath: 0.3 };
    expect(await last({ ...rates, seed: 1 })).toEqual(await last({ ...rates, seed: 1 }));
    expect(await last({ ...rates, seed: 1 })).not.toEqual(await last({ ...rates, seed: 2 }));
    expect(await last({ dropout: 0, dropPath: 0, seed: 1 })).toEqual(await last());
  });

  it('comes back from its own checkpoint', async () => {
    const encoder = createEncoder(config, initialise(config, 4));
    const file = readSafetensors(await exportCheckpoint(encoder), 'model.safetensors');
    expect(file.metadata).toEqual({ format: 'pt' });
    const again = loadCheckpoint(parseConfig(writeConfig(config)), file.tensors);
    for (const [param, tensor] of encoder.params) {
      const [x, y] = await Promise.all([tensor.data(), again.get(param)!.data()]);
      x.forEach((value, i) => expect(y[i], param).toBeCloseTo(value, 6));
    }
  });
});

describe('a checkpoint', () => {
  const fixtures = ['timesformer', 'ast', 'bert', 'beit', 'vit', 'wav2vec2-base', 'wav2vec2-stable'];

  it.each(fixtures)('of %s is written with the names, shapes and values it was read with', async (name) => {
    const { config, weights } = readFixture(name);
    const encoder = createEncoder(config, loadCheckpoint(config, weights));
    const written = readSafetensors(await exportCheckpoint(encoder), name).tensors;
    // what an encoder does not compute with: poolers, and wav2vec 2.0's vector for masked spans
    const unused = [...weights.keys()].filter((key) => !written.has(key));
    expect(unused.filter((key) => !/^pooler\.|^masked_spec_embed$/.test(key))).toEqual([]);
    for (const [key, tensor] of written) {
      expect(tensor.shape, key).toEqual(weights.get(key)!.shape);
      const original = toFloat32(weights.get(key)!);
      // weight-normed filters come back with directions of another length, so with the same product only
      if (/original/.test(key)) continue;
      expect(toFloat32(tensor), key).toEqual(original);
    }
  });

  it.each(fixtures)('of %s is described as its own config.json describes it', (name) => {
    expect(fixtureJson(name, 'config.json')).toMatchObject(writeConfig(readFixture(name).config));
  });

  it('of a task model, with prefixes, is read', () => {
    const { config, weights } = readFixture('bert');
    const prefixed = new Map(
      [...weights].map(([key, tensor]) => [
        `bert.${key}`.replace(/LayerNorm\.weight$/, 'LayerNorm.gamma'),
        tensor,
      ]),
    );
    expect(loadCheckpoint(config, prefixed).size).toBe(paramSpecs(config).length);
  });

  it('with a tensor missing or of another shape is refused by name, and leaks nothing', () => {
    const { config } = readFixture('vit');
    const weights = fixtureTensors('vit', 'model.safetensors');
    const before = tf.memory().numTensors;
    const name = 'encoder.layer.1.output.dense.weight';
    const tensor = weights.get(name)!;
    weights.delete(name);
    expect(() => loadCheckpoint(config, weights)).toThrow(UserError);
    expect(() => loadCheckpoint(config, weights)).toThrow(name);
    weights.set(name, { ...tensor, shape: [64, 32] });
    expect(() => loadCheckpoint(config, weights)).toThrow(`${name} has shape [64, 32]`);
    expect(tf.memory().numTensors).toBe(before);
  });
});

describe('padding', () => {
  it('of a recording is not heard where its length is given', async () => {
    const { config, weights } = readFixture('wav2vec2-stable');
    const encoder = createEncoder(config, loadCheckpoint(config, weights));
    const samples = Array.from({ length: 1600 }, (_, i) => (i < 900 ? Math.sin(i * i) : 0));
    const alone = { wave: tf.tensor2d(samples.slice(0, 900), [1, 900]) };
    const padded = { wave: tf.tensor2d(samples, [1, 1600]), lengths: [900] };
    const [x, y] = [alone, padded].map((batch) => encoder.pool(encoder.forward(batch), batch));
    for (const [i, state] of x.entries()) {
      const [expected, actual] = await Promise.all([state.data(), y[i].data()]);
      expect(relativeError(actual, expected)).toBeLessThan(1e-5);
    }
  });
});

describe('a config', () => {
  it('of another architecture is refused with what is supported', () => {
    expect(() => parseConfig({ model_type: 'llama' })).toThrow(/"llama".*bert.*wav2vec2/);
    expect(() => parseConfig({})).toThrow(UserError);
    expect(() => parseConfig([])).toThrow(UserError);
  });

  it.each([
    ['hidden_size', -3],
    ['hidden_size', 1e12],
    ['num_hidden_layers', 2.5],
    ['num_hidden_layers', '12'],
    ['num_attention_heads', 7],
    ['hidden_act', 'swish'],
    ['hidden_act', 'constructor'],
    ['layer_norm_eps', 'NaN'],
    ['image_size', [32, 16]],
    ['patch_size', 64],
    ['qkv_bias', 1],
  ])('with %s = %j is refused by its name', (field, value) => {
    const json = { ...models.vit, [field]: value };
    expect(() => parseConfig(json, 'mine.json')).toThrow(UserError);
    expect(() => parseConfig(json, 'mine.json')).toThrow(new RegExp(`mine\\.json.*${field}`));
  });
});

describe('pooling', () => {
  it('takes CLS, the mean of CLS and distillation, or the mean of the valid positions', async () => {
    const bert = parseConfig(models.bert);
    const mask = tf.tensor2d([1, 1, 0], [1, 3]);
    const ids = tf.tensor2d([1, 2, 3], [1, 3], 'int32');
    const values = Array.from({ length: 24 }, (_, i) => i);
    const state = tf.tensor3d(values, [1, 3, 8]);
    const pooledBy = async (pooling: 'cls' | 'cls-distillation' | 'mean') => {
      const encoder = createEncoder(bert, initialise(bert, 0), pooling);
      return [...(await encoder.pool([state], { ids, mask })[0].data())];
    };
    const row = (r: number) => values.slice(8 * r, 8 * r + 8);
    expect(await pooledBy('cls')).toEqual(row(0));
    expect(await pooledBy('cls-distillation')).toEqual(row(0).map((x) => x + 4));
    expect(await pooledBy('mean')).toEqual(row(0).map((x) => x + 4));
  });
});
