/**
 * A checkpoint of base size, made here: ViT-base's 12 layers of width 768 with random weights, 340 MB in two shards,
 * read through the loader from the disk, every layer's state held against plain arithmetic in float64.
 */
import {
  closeSync,
  fsyncSync,
  mkdtempSync,
  openSync,
  readSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openCheckpoint, type ByteSource } from '../../../src/encoders/checkpoint';
import { prepareInput } from '../../../src/encoders/frontend';
import * as tf from '../../../src/runtime/tf';
import { useBackend } from '../../parity/backends';
import { bound } from '../../parity/encoders';
import { relativeError } from '../../parity/fixture';

const [layers, width, heads, hidden, patch, image] = [12, 768, 12, 3072, 16, 32];
const positions = (image / patch) ** 2 + 1;

/** Each tensor's shape and the size of its values, under the names of `transformers`' ViTModel. */
const layout: [string, number[]][] = [
  ['embeddings.cls_token', [1, 1, width]],
  ['embeddings.position_embeddings', [1, positions, width]],
  ['embeddings.patch_embeddings.projection.weight', [width, 3, patch, patch]],
  ['embeddings.patch_embeddings.projection.bias', [width]],
  ...Array.from({ length: layers }, (_, l): [string, number[]][] => {
    const at = `encoder.layer.${l}`;
    const linear = (name: string, out: number, input: number): [string, number[]][] => [
      [`${at}.${name}.weight`, [out, input]],
      [`${at}.${name}.bias`, [out]],
    ];
    return [
      ...['query', 'key', 'value'].flatMap((part) => linear(`attention.attention.${part}`, width, width)),
      ...linear('attention.output.dense', width, width),
      ...linear('intermediate.dense', hidden, width),
      ...linear('output.dense', width, hidden),
      ...['layernorm_before', 'layernorm_after'].flatMap((norm): [string, number[]][] => [
        [`${at}.${norm}.weight`, [width]],
        [`${at}.${norm}.bias`, [width]],
      ]),
    ];
  }).flat(),
  ['layernorm.weight', [width]],
  ['layernorm.bias', [width]],
];
const sizeOf = (shape: number[]) => shape.reduce((a, b) => a * b, 1);

/** Uniform about 0 (gains: about 1), by a xorshift of 32 bits: 85 million numbers in a moment. */
function valuesOf(name: string, size: number): Float32Array {
  let x = [...name].reduce((hash, c) => Math.imul(hash ^ c.charCodeAt(0), 0x01000193), 0x811c9dc5) | 1;
  const isGain = /(norm_before|norm_after|layernorm)\.weight$/.test(name);
  const values = new Float32Array(size);
  for (let i = 0; i < size; i++) {
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    values[i] = (isGain ? 1 : 0) + x * (isGain ? 1e-10 : 3e-11);
  }
  return values;
}

let folder: string;
const shards = ['model-00001-of-00002.safetensors', 'model-00002-of-00002.safetensors'];

/** One tensor after the other, so that the test too never holds the weights. */
function writeShard(file: string, tensors: [string, number[]][]): void {
  let end = 0;
  const header = Object.fromEntries(
    tensors.map(([name, shape]) => {
      const begin = end;
      end += 4 * sizeOf(shape);
      return [name, { dtype: 'F32', shape, data_offsets: [begin, end] }];
    }),
  );
  const json = Buffer.from(JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeUInt32LE(json.length);
  const handle = openSync(join(folder, file), 'w');
  writeSync(handle, length);
  writeSync(handle, json);
  for (const [name, shape] of tensors) writeSync(handle, valuesOf(name, sizeOf(shape)));
  fsyncSync(handle);
  closeSync(handle);
}

const reads: number[] = [];
function fileSource(name: string): ByteSource {
  const path = join(folder, name);
  return {
    name,
    size: statSync(path).size,
    async read(begin, end) {
      reads.push(end - begin);
      const bytes = new Uint8Array(end - begin);
      const handle = openSync(path, 'r');
      const count = readSync(handle, bytes, 0, bytes.length, begin);
      closeSync(handle);
      return bytes.subarray(0, count);
    },
  };
}

beforeAll(async () => {
  await useBackend('wasm');
  folder = mkdtempSync(join(tmpdir(), 'skewscope-base-'));
  const half = layout.findIndex(([name]) => name.startsWith('encoder.layer.6.'));
  writeShard(shards[0], layout.slice(0, half));
  writeShard(shards[1], layout.slice(half));
  const weight_map = Object.fromEntries(layout.map(([name], n) => [name, shards[n < half ? 0 : 1]]));
  const write = (name: string, value: unknown) => writeFileSync(join(folder, name), JSON.stringify(value));
  write('model.safetensors.index.json', { weight_map });
  write('config.json', { model_type: 'vit', image_size: image });
  write('preprocessor_config.json', { size: image, do_resize: false });
}, 60_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const pixels = Uint8Array.from({ length: 3 * image * image }, (_, i) => (i * i * 31 + i * 7) % 256);

/** ViT's forward pass on plain arrays, straight from the tensors as they are named and laid out in the files. */
function statesByHand(): Float64Array[] {
  const get = (name: string): Float32Array => {
    const [, shape] = layout.find(([known]) => known === name)!;
    return valuesOf(name, sizeOf(shape));
  };
  const linear = (x: Float64Array, name: string, input: number): Float64Array => {
    const [weight, bias] = [get(`${name}.weight`), get(`${name}.bias`)];
    const [rows, out] = [x.length / input, bias.length];
    const y = new Float64Array(rows * out);
    for (let o = 0; o < out; o++)
      for (let r = 0; r < rows; r++) {
        let sum = bias[o];
        for (let c = 0; c < input; c++) sum += x[r * input + c] * weight[o * input + c];
        y[r * out + o] = sum;
      }
    return y;
  };
  const norm = (x: Float64Array, name: string): Float64Array => {
    const [gain, bias] = [get(`${name}.weight`), get(`${name}.bias`)];
    const y = x.slice();
    for (let r = 0; r < x.length; r += width) {
      const row = x.subarray(r, r + width);
      const mean = row.reduce((a, b) => a + b) / width;
      const variance = row.reduce((a, b) => a + (b - mean) ** 2, 0) / width;
      for (let c = 0; c < width; c++)
        y[r + c] = ((row[c] - mean) / Math.sqrt(variance + 1e-12)) * gain[c] + bias[c];
    }
    return y;
  };
  const attend = (x: Float64Array, at: string): Float64Array => {
    const [q, k, v] = ['query', 'key', 'value'].map((part) =>
      linear(x, `${at}.attention.attention.${part}`, width),
    );
    const size = width / heads;
    const y = new Float64Array(x.length);
    for (let h = 0; h < heads; h++)
      for (let i = 0; i < positions; i++) {
        const scores = Array.from({ length: positions }, (_, j) => {
          let sum = 0;
          for (let c = h * size; c < (h + 1) * size; c++) sum += q[i * width + c] * k[j * width + c];
          return Math.exp(sum / Math.sqrt(size));
        });
        const total = scores.reduce((a, b) => a + b);
        for (let j = 0; j < positions; j++)
          for (let c = h * size; c < (h + 1) * size; c++)
            y[i * width + c] += (scores[j] / total) * v[j * width + c];
      }
    return linear(y, `${at}.attention.output.dense`, width);
  };
  // x Φ(x), Φ by Simpson's rule from 0
  const gelu = (x: number): number => {
    const to = Math.max(-8, Math.min(8, x));
    const steps = 64;
    let sum = 0;
    for (let s = 0; s <= steps; s++) {
      const t = (to * s) / steps;
      sum += Math.exp((-t * t) / 2) * (s === 0 || s === steps ? 1 : s % 2 ? 4 : 2);
    }
    return x * (0.5 + (sum * to) / (3 * steps) / Math.sqrt(2 * Math.PI));
  };
  const patches = new Float64Array((positions - 1) * 3 * patch * patch);
  const side = image / patch;
  for (let n = 0, i = 0; n < positions - 1; n++)
    for (let c = 0; c < 3; c++)
      for (let y = 0; y < patch; y++)
        for (let x = 0; x < patch; x++, i++) {
          const [row, column] = [Math.floor(n / side) * patch + y, (n % side) * patch + x];
          patches[i] = (pixels[(row * image + column) * 3 + c] / 255 - 0.5) / 0.5;
        }
  const tokens = linear(patches, 'embeddings.patch_embeddings.projection', 3 * patch * patch);
  const [cls, places] = [get('embeddings.cls_token'), get('embeddings.position_embeddings')];
  let x = Float64Array.from(places, (p, i) => p + (i < width ? cls[i] : tokens[i - width]));
  const states = [x];
  for (let l = 0; l < layers; l++) {
    const at = `encoder.layer.${l}`;
    const attended = attend(norm(x, `${at}.layernorm_before`), at);
    const y = x.map((value, i) => value + attended[i]);
    const inside = linear(norm(y, `${at}.layernorm_after`), `${at}.intermediate.dense`, width).map(gelu);
    const fed = linear(inside, `${at}.output.dense`, hidden);
    x = y.map((value, i) => value + fed[i]);
    states.push(x);
  }
  return states;
}

it('gives the states of plain arithmetic in all twelve layers, reading at most one tensor at a time', async () => {
  const names = ['config.json', 'preprocessor_config.json', 'model.safetensors.index.json', ...shards];
  const checkpoint = await openCheckpoint(names.map(fileSource));
  const { config, frontEnd } = checkpoint;
  if (frontEnd.kind !== 'image') throw new Error('ViT takes pictures');
  expect(config).toMatchObject({ layers, width, heads, intermediate: hidden });
  const parameters = layout.reduce((sum, [, shape]) => sum + sizeOf(shape), 0);
  expect(parameters).toBeGreaterThan(85e6);
  reads.length = 0;
  const before = tf.memory().numBytes;
  const encoder = await checkpoint.load();
  expect(reads).toHaveLength(layout.length);
  expect(reads.reduce((a, b) => a + b)).toBe(4 * parameters);
  // of 340 MB no more than the largest tensor is asked for at once, and it is in memory once
  expect(Math.max(...reads)).toBe(4 * width * hidden);
  expect(tf.memory().numBytes - before).toBe(4 * parameters);
  const batch = prepareInput(
    config,
    { ...frontEnd, kind: 'image' },
    { data: pixels, width: image, height: image },
  );
  const states = encoder.forward(batch);
  const expected = statesByHand();
  const errors: number[] = [];
  for (const [layer, state] of states.entries())
    errors.push(relativeError(await state.data(), expected[layer]));
  expect(errors).toHaveLength(layers + 1);
  expect(Math.max(...errors)).toBeLessThanOrEqual(bound);
  // each layer does something: the bound would notice one that was left out
  for (let l = 1; l <= layers; l++)
    expect(relativeError(expected[l], expected[l - 1])).toBeGreaterThan(100 * bound);
  encoder.dispose();
}, 120_000);
