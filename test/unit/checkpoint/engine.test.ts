import { unzipSync } from 'fflate';
import { beforeAll, describe, expect, it } from 'vitest';
import { createEngine } from '../../../src/engine/client';
import type { CheckpointInfo, LayerReport } from '../../../src/engine/checkpoint/operations';
import type { Engine } from '../../../src/engine/engine';
import type { NamedBlob } from '../../../src/engine/study/operations';
import { readNpz } from '../../../src/runtime/npz';
import { readSafetensors, toFloat32, writeSafetensors } from '../../../src/runtime/safetensors';
import * as tf from '../../../src/runtime/tf';
import { bound } from '../../parity/encoders';
import { fixtureBytes, readFixture, relativeError } from '../../parity/fixture';
import { inProcessWorker } from '../engine/in-process';
import { bertFolder, json, named, vitFolder, waveFolder } from './folders';
import { Disk } from './private-root';

async function started(disk: Disk | null): Promise<Engine> {
  const engine = createEngine(() => {
    const worker = inProcessWorker({});
    worker.session.privateRoot = disk?.root ?? null;
    return worker;
  });
  await engine.start('wasm');
  return engine;
}

const open = (engine: Engine, files: NamedBlob[], name = 'mine') =>
  engine.call('checkpointOpen', { name, files });

/** The states of the last input, as the downloaded file holds them. */
async function saved(engine: Engine) {
  const { bytes } = await engine.call('checkpointSave', { format: 'safetensors' });
  const { tensors } = readSafetensors(bytes, 'saved');
  const states = tensors.get('hidden_states')!;
  return { shape: states.shape, states: toFloat32(states), pooled: toFloat32(tensors.get('pooled')!) };
}

describe('a dropped checkpoint', () => {
  let engine: Engine;
  beforeAll(async () => {
    engine = await started(null);
  });

  it('gives a typed text the states that transformers gives its ids', async () => {
    const { files, text, tokens } = bertFolder();
    const info = await open(engine, files);
    expect(info).toMatchObject({
      architecture: 'BertModel',
      takes: 'text',
      layers: 3,
      width: 32,
      pooling: 'cls',
    });
    const input = { kind: 'text', text } as const;
    const report = await engine.call('checkpointStates', { id: info.id, input, pooling: 'cls' });
    expect(report.positions).toBe(tokens);
    expect(report.pieces).toEqual(['[CLS]', ...text.split(' '), '[SEP]']);
    const { shape, states, pooled } = await saved(engine);
    expect(shape).toEqual([3, tokens, 32]);
    const expected = readFixture('bert').states;
    for (let layer = 0; layer < 3; layer++) {
      // the fixture's second row; what follows its tokens is padding
      const row = expected[layer + 1].subarray(16 * 32, (16 + tokens) * 32);
      const own = states.subarray(layer * tokens * 32, (layer + 1) * tokens * 32);
      expect(relativeError(own, row)).toBeLessThanOrEqual(bound);
      expect(
        relativeError(pooled.subarray(layer * 32, (layer + 1) * 32), row.subarray(0, 32)),
      ).toBeLessThanOrEqual(bound);
    }
  });

  it.each(['wav2vec2-base', 'wav2vec2-stable'] as const)(
    'gives a recording the states of %s',
    async (name) => {
      const { files, samples } = waveFolder(name);
      const info = await open(engine, files);
      expect(info).toMatchObject({ takes: 'audio', pooling: 'mean', poolings: ['mean'] });
      const input = { kind: 'audio', samples, sampleRate: 16000 } as const;
      const { positions } = await engine.call('checkpointStates', { id: info.id, input, pooling: 'mean' });
      const { states, pooled } = await saved(engine);
      const size = positions * 32;
      for (let layer = 0; layer < 3; layer++) {
        const row = readFixture(name).states[layer + 1].subarray(0, size);
        expect(relativeError(states.subarray(layer * size, (layer + 1) * size), row)).toBeLessThanOrEqual(
          bound,
        );
        const mean = Array.from({ length: 32 }, (_, c) => {
          let sum = 0;
          for (let p = 0; p < positions; p++) sum += row[p * 32 + c];
          return sum / positions;
        });
        expect(relativeError(pooled.subarray(layer * 32, (layer + 1) * 32), mean)).toBeLessThanOrEqual(bound);
      }
    },
  );

  it('measures the states: lengths, cosines of the pooled ones, CKA of the positions', async () => {
    const { files, text, tokens } = bertFolder();
    const info = await open(engine, files);
    const ask = (pooling: 'cls' | 'mean', words = text): Promise<LayerReport> =>
      engine.call('checkpointStates', { id: info.id, input: { kind: 'text', text: words }, pooling });
    const report = await ask('mean');
    const { states, pooled } = await saved(engine);
    const length = (from: number, values = states) =>
      Math.hypot(...values.subarray(from * 32, (from + 1) * 32));
    for (let layer = 0; layer < 3; layer++) {
      const lengths = Array.from({ length: tokens }, (_, p) => length(layer * tokens + p)).sort(
        (x, y) => x - y,
      );
      expect(report.norms.mean[layer]).toBeCloseTo(lengths.reduce((x, y) => x + y) / tokens, 4);
      expect(report.norms.lo[layer]).toBeCloseTo(lengths[1], 4); // the tenth percentile of 11 numbers
      expect(report.norms.hi[layer]).toBeCloseTo(lengths[9], 4);
      expect(report.norms.pooled[layer]).toBeCloseTo(length(layer, pooled), 4);
      expect(report.cka![layer * 3 + layer]).toBeCloseTo(1, 5);
    }
    const dot = pooled.subarray(0, 32).reduce((sum, x, c) => sum + x * pooled[64 + c], 0);
    expect(report.cosine[2]).toBeCloseTo(dot / (length(0, pooled) * length(2, pooled)), 5);
    expect(report.cosine[6]).toBe(report.cosine[2]);
    expect(report.ckaPositions).toBe(tokens);
    const other = await ask('cls');
    expect(other.norms.mean).toEqual(report.norms.mean);
    expect(other.norms.pooled).not.toEqual(report.norms.pooled);
    // two tokens: nothing to correlate
    expect((await ask('cls', '')).cka).toBeNull();
    // more than the encoder has positions for: cut, and said so
    expect((await ask('cls', 'w7 '.repeat(60))).cut).toBe(22);
  });

  it('saves the states in three formats that hold the same', async () => {
    const { pooled, states } = await saved(engine);
    const npz = await engine.call('checkpointSave', { format: 'npz' });
    const arrays = readNpz(npz.bytes, npz.name).map((entry) => entry.read());
    expect(arrays.map(({ name }) => name)).toEqual(['hidden_states', 'pooled']);
    expect(arrays[0].values).toEqual(states);
    expect(Object.keys(unzipSync(npz.bytes))).toEqual(['hidden_states.npy', 'pooled.npy']);
    const csv = await engine.call('checkpointSave', { format: 'csv' });
    expect(csv.name).toBe('mine-pooled.csv');
    const lines = new TextDecoder().decode(csv.bytes).trim().split('\n');
    expect(lines[0]).toMatch(/^layer,x1,x2,.*,x32$/);
    expect(Float32Array.from(lines[3].split(',').slice(1).map(Number))).toEqual(pooled.subarray(64));
  });

  it('has one encoder in memory at a time, and none after it is closed', async () => {
    const before = tf.memory().numTensors;
    const alone = await started(null);
    const text = await open(alone, bertFolder().files);
    const waves = waveFolder('wav2vec2-base');
    const sound = await open(alone, waves.files);
    const ofText = () =>
      alone.call('checkpointStates', { id: text.id, input: { kind: 'text', text: 'w7' }, pooling: 'cls' });
    await ofText();
    const one = tf.memory().numTensors - before;
    const input = { kind: 'audio', samples: waves.samples, sampleRate: 16000 } as const;
    await alone.call('checkpointStates', { id: sound.id, input, pooling: 'mean' });
    await ofText();
    expect(tf.memory().numTensors - before).toBe(one);
    await alone.call('checkpointClose', { id: text.id });
    expect(tf.memory().numTensors).toBe(before);
    await expect(ofText()).rejects.toThrow(/not open any more/);
  });

  it('stops while it reads the weights, and can be asked again', async () => {
    const before = tf.memory().numTensors;
    const alone = await started(null);
    const { id } = await open(alone, bertFolder().files);
    const stop = new AbortController();
    const ask = (signal?: AbortSignal) =>
      alone.call(
        'checkpointStates',
        { id, input: { kind: 'text', text: 'w7' }, pooling: 'cls' },
        { signal, onProgress: ({ stage }) => (stage === 'reading the weights' ? stop.abort() : undefined) },
      );
    await expect(ask(stop.signal)).rejects.toMatchObject({ code: 'aborted' });
    await expect(ask()).resolves.toMatchObject({ layers: 3 });
    await alone.call('checkpointClose', { id });
    expect(tf.memory().numTensors).toBe(before);
  });

  it('that is not sound is refused with a sentence that names the file and the field', async () => {
    const bert = bertFolder('m').files;
    const without = (end: string) => bert.filter(({ name }) => !name.endsWith(end));
    const swapped = (file: NamedBlob) => [...bert.filter(({ name }) => name !== file.name), file];
    const weights = fixtureBytes('bert', 'model.safetensors');
    const { tensors } = readSafetensors(weights, 'bert');
    const quantised = writeSafetensors(
      [...tensors.values()].map(({ name, shape, bytes }) => ({
        name,
        shape,
        data: new Int8Array(bytes.length / 4),
      })),
    );
    const longer = [
      '[PAD]',
      '[UNK]',
      '[CLS]',
      '[SEP]',
      ...Array.from({ length: 126 }, (_, n) => `w${n}`),
    ].join('\n');
    const cases: [NamedBlob[], RegExp, string][] = [
      [[], /no config\.json/, 'config.json'],
      [without('config.json'), /no config\.json/, 'config.json'],
      [without('vocab.txt'), /neither tokenizer\.json nor vocab\.txt/, 'tokenizer.json'],
      [without('model.safetensors'), /no model\.safetensors/, 'model.safetensors'],
      [
        swapped(json('m/config.json', { model_type: 'llama' })),
        /"llama".*not supported; use one of bert.*wav2vec2/,
        'm/config.json: model_type',
      ],
      [swapped(named('m/vocab.txt', longer)), /has 130 pieces.*120/, 'm/vocab.txt'],
      [
        swapped(named('m/model.safetensors', weights.subarray(0, 30_000))),
        /m\/model\.safetensors.*cut off/,
        'm/model',
      ],
      [
        swapped(named('m/model.safetensors', quantised)),
        /m\/model\.safetensors the tensor.*type I8/,
        'm/model',
      ],
    ];
    for (const [files, message, subject] of cases) {
      const failure = await open(engine, files).then(
        () => null,
        (error: { code: string; message: string; subject: string }) => error,
      );
      expect(failure).toMatchObject({ code: 'user' });
      expect(failure!.message).toMatch(message);
      expect(failure!.subject).toContain(subject.split('/')[0] === 'm' ? subject.slice(2) : subject);
    }
    const info = await open(engine, bert);
    const picture = { kind: 'image', pixels: new Uint8ClampedArray(4), width: 1, height: 1 } as const;
    await expect(
      engine.call('checkpointStates', { id: info.id, input: picture, pooling: 'cls' }),
    ).rejects.toThrow('This encoder takes a text, not a picture.');
  });

  it('of pictures takes one of any size', async () => {
    const info = await open(engine, vitFolder());
    const pixels = Uint8ClampedArray.from({ length: 4 * 50 * 20 }, (_, i) => (i * 7) % 256);
    const input = { kind: 'image', pixels, width: 50, height: 20 } as const;
    const report = await engine.call('checkpointStates', { id: info.id, input, pooling: 'cls' });
    expect(report.positions).toBe(17);
  });
});

describe('keeping a checkpoint', () => {
  it('lists it with its size, opens it again after a reload, and deletes it', async () => {
    const disk = new Disk();
    const engine = await started(disk);
    const { files, text } = bertFolder();
    const info: CheckpointInfo = await open(
      engine,
      [...files, named('tiny-bert/README.md', 'not kept')],
      'tiny',
    );
    const seen: number[] = [];
    const kept = await engine.call(
      'checkpointKeep',
      { id: info.id },
      {
        onProgress: ({ done, total }) => {
          expect(total).toBe(info.fileBytes);
          seen.push(done);
        },
      },
    );
    expect(seen.at(-1)).toBe(info.fileBytes);
    expect(disk.file('README.md')).toBeUndefined();
    const input = { kind: 'text', text } as const;
    await engine.call('checkpointStates', { id: info.id, input, pooling: 'cls' });
    const first = await saved(engine);

    const later = await started(disk.afterReload());
    const { checkpoints, unavailable } = await later.call('keptList', {});
    expect(unavailable).toBeNull();
    expect(checkpoints).toMatchObject([
      { key: kept.key, name: 'tiny', architecture: 'BertModel', complete: true },
    ]);
    expect(checkpoints[0].bytes).toBeGreaterThanOrEqual(info.fileBytes);
    const again = await later.call('checkpointReopen', { key: kept.key });
    await later.call('checkpointStates', { id: again.id, input, pooling: 'cls' });
    expect(await saved(later)).toEqual(first);
    const { bytes } = await later.call('keptDelete', { key: kept.key });
    expect(bytes).toBe(checkpoints[0].bytes);
    expect((await later.call('keptList', {})).checkpoints).toEqual([]);
    await expect(later.call('checkpointReopen', { key: kept.key })).rejects.toThrow(/no longer kept/);
  });

  it('leaves nothing behind where there is no room, and says where nothing can be kept', async () => {
    const disk = new Disk();
    disk.limit = 50_000;
    const engine = await started(disk);
    const { id } = await open(engine, bertFolder().files);
    await expect(engine.call('checkpointKeep', { id })).rejects.toThrow(/no room/);
    expect(disk.used()).toBe(0);
    const nowhere = await started(null);
    expect((await nowhere.call('keptList', {})).unavailable).toMatch(/nothing is kept/);
    const other = await open(nowhere, bertFolder().files);
    await expect(nowhere.call('checkpointKeep', { id: other.id })).rejects.toThrow(/nothing is kept/);
  });

  it('shows what was cut off as unfinished, to be deleted', async () => {
    const disk = new Disk();
    const engine = await started(disk);
    const { id } = await open(engine, bertFolder().files);
    const { key } = await engine.call('checkpointKeep', { id });
    disk.file('skewscope.json')!.bytes = new Uint8Array(0);
    const { checkpoints } = await engine.call('keptList', {});
    expect(checkpoints).toMatchObject([{ key, complete: false }]);
    await expect(engine.call('checkpointReopen', { key })).rejects.toThrow(/no longer kept/);
    await engine.call('keptDelete', { key });
    expect(disk.used()).toBe(0);
  });
});
