import { readdirSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import * as tf from '../../../src/runtime/tf';
import { UserError } from '../../../src/math/errors';
import { memorySource, openCheckpoint, type ByteSource } from '../../../src/encoders/checkpoint';
import { parseConfig, writeConfig } from '../../../src/encoders/config';
import { createEncoder, exportCheckpoint, initialise, loadCheckpoint } from '../../../src/encoders/encoder';
import {
  prepareInput,
  standardWave,
  type FrontEnd,
  type FrontEndInputs,
} from '../../../src/encoders/frontend';
import { readSafetensors, toFloat32, writeSafetensors } from '../../../src/runtime/safetensors';
import { useBackend } from '../../parity/backends';
import { fixtureBytes, fixturePath, readFixture } from '../../parity/fixture';

beforeAll(() => useBackend('cpu'));

const json = (name: string, value: unknown): ByteSource =>
  memorySource(name, new TextEncoder().encode(JSON.stringify(value)));

const fixtureSources = (name: string): ByteSource[] =>
  readdirSync(fixturePath(name)).map((file) => memorySource(file, fixtureBytes(name, file)));

const square = { size: { height: 32, width: 32 } };
const wave = { feature_extractor_type: 'Wav2Vec2FeatureExtractor', sampling_rate: 16000 };
const preprocessors: Record<string, unknown> = {
  ast: { num_mel_bins: 64, max_length: 96 },
  timesformer: square,
  vit: square,
  beit: square,
  'wav2vec2-base': wave,
  'wav2vec2-stable': wave,
};
const folderOf = (name: string): ByteSource[] => [
  ...fixtureSources(name),
  json('preprocessor_config.json', preprocessors[name]),
];

/** A BERT of the fixture tokenizer's size. */
async function textFolder(vocabulary?: number): Promise<ByteSource[]> {
  const tokenizer = memorySource('tokenizer.json', fixtureBytes('wordpiece', 'tokenizer.json'));
  const config = parseConfig({
    model_type: 'bert',
    hidden_size: 8,
    num_hidden_layers: 2,
    num_attention_heads: 2,
    intermediate_size: 12,
    max_position_embeddings: 16,
    vocab_size: vocabulary ?? 150,
  });
  const weights = await exportCheckpoint(createEncoder(config, initialise(config, 1)));
  return [json('config.json', writeConfig(config)), memorySource('model.safetensors', weights), tokenizer];
}

const replaced = (sources: ByteSource[], source: ByteSource): ByteSource[] => [
  ...sources.filter(({ name }) => name !== source.name),
  source,
];
const without = (sources: ByteSource[], name: string) => sources.filter((source) => source.name !== name);

/** Cuts a checkpoint in two files and an index. */
function shards(name: string): ByteSource[] {
  const { tensors } = readSafetensors(fixtureBytes(name, 'model.safetensors'), name);
  const files = ['model-00001-of-00002.safetensors', 'model-00002-of-00002.safetensors'];
  const parts = files.map((_, n) =>
    [...tensors.values()]
      .filter((_, i) => i % 2 === n)
      .map((t) => ({ name: t.name, shape: t.shape, data: toFloat32(t) })),
  );
  const weight_map = Object.fromEntries(parts.flatMap((part, n) => part.map((t) => [t.name, files[n]])));
  return [
    ...without(folderOf(name), 'model.safetensors'),
    ...parts.map((part, n) => memorySource(files[n], writeSafetensors(part))),
    json('model.safetensors.index.json', { weight_map }),
  ];
}

describe('a Hugging Face folder', () => {
  it.each(Object.keys(preprocessors))('of %s gives the parameters of its file', async (name) => {
    const checkpoint = await openCheckpoint(folderOf(name));
    const encoder = await checkpoint.load();
    const { config, weights } = readFixture(name);
    expect(checkpoint.config).toEqual(config);
    for (const [param, tensor] of loadCheckpoint(config, weights))
      expect(await encoder.params.get(param)!.data(), param).toEqual(await tensor.data());
    encoder.dispose();
  });

  it('is read one tensor at a time, each once, with progress that ends at the total', async () => {
    const largest = Math.max(...[...readFixture('vit').weights.values()].map(({ bytes }) => bytes.length));
    const reads: [number, number][] = [];
    const weights = memorySource('model.safetensors', fixtureBytes('vit', 'model.safetensors'));
    const watched: ByteSource = {
      ...weights,
      read(begin, end) {
        reads.push([begin, end]);
        return weights.read(begin, end);
      },
    };
    const checkpoint = await openCheckpoint(replaced(folderOf('vit'), watched));
    const headerReads = reads.length;
    const progress: number[] = [];
    const encoder = await checkpoint.load({
      onProgress: (done, total) => {
        expect(total).toBe(checkpoint.bytes);
        progress.push(done);
      },
    });
    const tensorReads = reads.slice(headerReads);
    expect(Math.max(...tensorReads.map(([begin, end]) => end - begin))).toBeLessThanOrEqual(largest);
    expect(tensorReads.reduce((sum, [begin, end]) => sum + end - begin, 0)).toBe(checkpoint.bytes);
    expect(new Set(tensorReads.map(String)).size).toBe(tensorReads.length);
    expect(progress).toEqual([...progress].sort((a, b) => a - b));
    expect(progress.at(-1)).toBe(checkpoint.bytes);
    encoder.dispose();
  });

  it('may hold its weights in shards', async () => {
    const [one, two] = await Promise.all(
      [folderOf('beit'), shards('beit')].map(async (folder) => (await openCheckpoint(folder)).load()),
    );
    for (const [name, tensor] of one.params)
      expect(await two.params.get(name)!.data(), name).toEqual(await tensor.data());
  });

  it('may lie in a folder, with other folders in it', async () => {
    const inside = folderOf('vit').map((source) => ({ ...source, name: `my-vit/${source.name}` }));
    const deeper = [
      json('my-vit/onnx/config.json', { model_type: 'other' }),
      json('my-vit/onnx/preprocessor_config.json', {}),
    ];
    const checkpoint = await openCheckpoint([...deeper, ...inside]);
    expect(checkpoint.config.family).toBe('vit');
    const twice = [
      ...inside,
      ...inside.map((source) => ({ ...source, name: source.name.replace('my', 'your') })),
    ];
    await expect(openCheckpoint(twice)).rejects.toThrow(/several models/);
  });

  it('stops when it is told to, and leaks nothing', async () => {
    const checkpoint = await openCheckpoint(folderOf('vit'));
    const before = tf.memory().numTensors;
    const controller = new AbortController();
    const loading = checkpoint.load({
      signal: controller.signal,
      onProgress: (done) => {
        if (done > checkpoint.bytes / 2) controller.abort();
      },
    });
    await expect(loading).rejects.toThrow('aborted');
    expect(tf.memory().numTensors).toBe(before);
  });
});

describe('a folder that is not sound is refused', () => {
  const vitFolder = folderOf('vit');
  const weights = fixtureBytes('vit', 'model.safetensors');
  const config = { ...(writeConfig(readFixture('vit').config) as object) };
  it.each<[string, ByteSource[] | (() => Promise<ByteSource[]>), RegExp]>([
    ['without a config', without(vitFolder, 'config.json'), /no config\.json/],
    ['with a config that is no JSON', replaced(vitFolder, memorySource('config.json', weights)), /not JSON/],
    [
      'of an unsupported architecture',
      replaced(vitFolder, json('config.json', { model_type: 'swin' })),
      /"swin".*not supported.*bert.*vit.*wav2vec2/,
    ],
    ['without weights', without(vitFolder, 'model.safetensors'), /no model\.safetensors.*safe_serialization/],
    [
      'with a shard missing',
      without(shards('beit'), 'model-00002-of-00002.safetensors'),
      /no model-00002-of-00002\.safetensors, which model\.safetensors\.index\.json names/,
    ],
    [
      'with weights cut off',
      replaced(vitFolder, memorySource('model.safetensors', weights.subarray(0, 90_000))),
      /model\.safetensors.*data_offsets.*cut off/,
    ],
    [
      'with another model’s weights',
      replaced(vitFolder, memorySource('model.safetensors', fixtureBytes('bert', 'model.safetensors'))),
      /no tensor embeddings\.patch_embeddings/,
    ],
    [
      'with a config of another width',
      replaced(vitFolder, json('config.json', { ...config, hidden_size: 64 })),
      /has shape \[32, .*asks for \[64, /,
    ],
    [
      'without a preprocessor',
      without(vitFolder, 'preprocessor_config.json'),
      /no preprocessor_config\.json/,
    ],
    [
      'with a preprocessor of another size',
      replaced(vitFolder, json('preprocessor_config.json', { size: 224 })),
      /preprocessor_config\.json.*"size".*32 × 32/,
    ],
    [
      'with features of another size',
      replaced(folderOf('ast'), json('preprocessor_config.json', { num_mel_bins: 128 })),
      /1024 × 128 features/,
    ],
    ['with a tokenizer of another size', () => textFolder(500), /145 pieces.*500/],
    [
      'without a tokenizer',
      async () => without(await textFolder(), 'tokenizer.json'),
      /neither tokenizer\.json nor vocab\.txt/,
    ],
    [
      'with a tokenizer of another kind',
      async () => replaced(await textFolder(), json('tokenizer.json', { model: { type: 'BPE', vocab: {} } })),
      /"type" is "BPE"/,
    ],
    [
      'with a tokenizer that holds patterns',
      async () => {
        const tokenizer = JSON.parse(
          new TextDecoder().decode(fixtureBytes('wordpiece', 'tokenizer.json')),
        ) as object;
        const normalizer = { type: 'Replace', pattern: { Regex: '(a+)+$' }, content: '' };
        return replaced(await textFolder(), json('tokenizer.json', { ...tokenizer, normalizer }));
      },
      /normalizer.*"type" is "Replace"/,
    ],
  ])('%s', async (_, folder, problem) => {
    const opening = (async () => openCheckpoint(typeof folder === 'function' ? await folder() : folder))();
    await expect(opening).rejects.toThrow(UserError);
    await expect(opening).rejects.toThrow(problem);
  });
});

describe('an input', () => {
  const picture = {
    width: 50,
    height: 40,
    data: Uint8Array.from({ length: 50 * 40 * 4 }, (_, i) => (i * 7) % 256),
  };
  const samples = Float32Array.from({ length: 12000 }, (_, i) => Math.sin(i / 9));
  const inputs: FrontEndInputs = {
    text: 'the lamp is old',
    image: picture,
    video: [picture, picture, picture],
    spectrogram: { samples, rate: 8000 },
    wave: { samples: samples.subarray(0, 900), rate: 8000 },
  };

  it.each(['text', ...Object.keys(preprocessors)])('of the right kind goes through %s', async (name) => {
    const checkpoint = await openCheckpoint(name === 'text' ? await textFolder() : folderOf(name));
    const { config, frontEnd } = checkpoint;
    const encoder = await checkpoint.load();
    const batch = prepareInput(
      config,
      frontEnd as FrontEnd & { kind: 'text' },
      inputs[frontEnd.kind] as string,
    );
    const pooled = encoder.pool(encoder.forward(batch), batch);
    expect(pooled).toHaveLength(config.layers + 1);
    for (const state of pooled) {
      expect(state.shape).toEqual([1, config.width]);
      expect((await state.data()).every(Number.isFinite)).toBe(true);
    }
  });

  it('that is too short is refused', async () => {
    const { config, frontEnd } = await openCheckpoint(folderOf('wav2vec2-base'));
    if (frontEnd.kind !== 'wave') throw new Error('wav2vec 2.0 takes waves');
    const short = { samples: samples.subarray(0, 3), rate: 16000 };
    expect(() => prepareInput(config, frontEnd, short)).toThrow(UserError);
  });

  it('as a waveform gets mean 0 and deviation 1', () => {
    const wave = standardWave(Float32Array.of(1, 2, 3, 6));
    expect(wave.reduce((a, b) => a + b)).toBeCloseTo(0, 5);
    expect(wave.reduce((a, b) => a + b * b, 0) / 4).toBeCloseTo(1, 5);
  });
});
