import { beforeAll, describe, expect, it } from 'vitest';
import { createEngine } from '../../../src/engine/client';
import type { EncoderSource } from '../../../src/engine/checkpoint/operations';
import type { Engine } from '../../../src/engine/engine';
import type { NamedBlob } from '../../../src/engine/study/operations';
import { readSafetensors, toFloat32, writeSafetensors } from '../../../src/runtime/safetensors';
import { fixtureBytes, relativeError } from '../../parity/fixture';
import { inProcessWorker, type InProcess } from '../engine/in-process';
import { folderlessTinyPack } from '../engine/tiny';
import { bertFolder, named, waveFolder } from './folders';
import { Disk } from './private-root';

const texts = Array.from({ length: 12 }, (_, row) => `w${7 + row} w${30 + 3 * row} w${90 - row}`);
const inputs = texts.map((text) => ({ kind: 'text', text }) as const);
const table = [
  'id,text,label',
  ...texts.map((text, row) => `r${row},${text},${row % 2 ? 'yes' : 'no'}`),
].join('\n');

async function started(disk: Disk | null): Promise<{ engine: Engine; worker: InProcess }> {
  let worker!: InProcess;
  const packs = { 'tiny/': await folderlessTinyPack() };
  const engine = createEngine(() => {
    worker = inProcessWorker(packs);
    worker.session.privateRoot = disk?.root ?? null;
    return worker;
  });
  await engine.start('wasm');
  return { engine, worker };
}

async function begin(engine: Engine, files: NamedBlob[], rows = texts) {
  const { id } = await engine.call('checkpointOpen', { name: 'mine', files });
  const source: EncoderSource = { kind: 'checkpoint', id };
  return engine.call('extractBegin', { source, pooling: null, rows, title: 'mine, text' });
}

async function go(engine: Engine, key: string, from: number, to = texts.length): Promise<void> {
  for (let row = from; row < to; row++) await engine.call('extractRow', { key, row, input: inputs[row] });
}

async function states(engine: Engine, key: string) {
  const { name, blob } = await engine.call('extractEnd', { key, name: 'mine.safetensors' });
  const { tensors } = readSafetensors(new Uint8Array(await blob.arrayBuffer()), name);
  const { shape } = tensors.get('states')!;
  return { shape, values: toFloat32(tensors.get('states')!) };
}

describe('a table’s rows', () => {
  let whole: Awaited<ReturnType<typeof states>>;
  const { files } = bertFolder();
  beforeAll(async () => {
    const { engine } = await started(null);
    const { key, done, kept } = await begin(engine, files);
    expect([done, kept]).toEqual([0, false]);
    await go(engine, key, 0);
    whole = await states(engine, key);
  });

  it('have the states that the encoder gives each alone', async () => {
    expect(whole.shape).toEqual([12, 3, 32]);
    const { engine } = await started(null);
    const { id } = await engine.call('checkpointOpen', { name: 'mine', files });
    for (const row of [0, 11]) {
      await engine.call('checkpointStates', { id, input: inputs[row], pooling: 'cls' });
      const { bytes } = await engine.call('checkpointSave', { format: 'safetensors' });
      const pooled = toFloat32(readSafetensors(bytes, 'row').tensors.get('pooled')!);
      expect(pooled).toEqual(whole.values.slice(row * 96, (row + 1) * 96));
    }
  });

  it('go on after a reload with what was done, to the same states', async () => {
    const disk = new Disk();
    const first = (await started(disk)).engine;
    const begun = await begin(first, files);
    expect(begun).toMatchObject({ done: 0, kept: true, layers: 3, width: 32 });
    await go(first, begun.key, 0, 7);
    const reloaded = disk.afterReload();
    // the tab was closed in the middle of a row
    const file = reloaded.file('states.f32')!;
    file.bytes = file.bytes.slice(0, file.bytes.length - 50);
    const { engine } = await started(reloaded);
    expect((await engine.call('keptList', {})).rows).toMatchObject([
      { title: 'mine, text', done: 6, rows: 12 },
    ]);
    const again = await begin(engine, files);
    expect(again).toMatchObject({ key: begun.key, done: 6, kept: true });
    await go(engine, again.key, 6);
    expect(await states(engine, again.key)).toEqual(whole);
    // all of it is there: nothing is computed again
    expect(await begin(engine, files)).toMatchObject({ done: 12 });
    await engine.call('extractEnd', { key: again.key, name: 'mine' });
    expect((await engine.call('keptDelete', { key: again.key })).bytes).toBeGreaterThan(12 * 96 * 4);
    expect(await begin(engine, files)).toMatchObject({ done: 0 });
  });

  it('are not taken for those of other weights, other rows or another pooling', async () => {
    const disk = new Disk();
    const { engine } = await started(disk);
    const { key } = await begin(engine, files);
    await go(engine, key, 0, 2);
    const { tensors } = readSafetensors(fixtureBytes('bert', 'model.safetensors'), 'bert');
    const other = writeSafetensors(
      [...tensors.values()].map((tensor) => {
        const data = toFloat32(tensor).slice();
        if (tensor.name.endsWith('encoder.layer.2.output.dense.bias')) data[3] += 1e-3;
        return { name: tensor.name, shape: tensor.shape, data };
      }),
    );
    const changed = [
      ...files.filter(({ name }) => !name.endsWith('.safetensors')),
      named('tiny-bert/model.safetensors', other),
    ];
    expect(await begin(engine, changed)).toMatchObject({ done: 0 });
    expect(await begin(engine, files, [...texts.slice(1), 'w7'])).toMatchObject({ done: 0 });
    const { id } = await engine.call('checkpointOpen', { name: 'mine', files });
    const ask = { source: { kind: 'checkpoint', id } as const, rows: texts, title: 'mine' };
    expect(await engine.call('extractBegin', { ...ask, pooling: 'mean' })).toMatchObject({ done: 0 });
    expect(await engine.call('extractBegin', { ...ask, pooling: 'cls' })).toMatchObject({ key, done: 2 });
  });

  it('stay as they are when one of them fails or is stopped', async () => {
    const { engine } = await started(new Disk());
    const waves = waveFolder('wav2vec2-base');
    const { id } = await engine.call('checkpointOpen', { name: 'sound', files: waves.files });
    const source: EncoderSource = { kind: 'checkpoint', id };
    const ask = { source, pooling: null, rows: ['a.wav', 'b.wav'], title: 'sound' };
    const { key } = await engine.call('extractBegin', ask);
    const sound = { kind: 'audio', samples: waves.samples, sampleRate: 16000 } as const;
    await engine.call('extractRow', { key, row: 0, input: sound });
    const short = { ...sound, samples: new Float32Array(5) };
    await expect(engine.call('extractRow', { key, row: 1, input: short })).rejects.toThrow(/too short/);
    const stop = new AbortController();
    const stopped = engine.call('extractRow', { key, row: 1, input: sound }, { signal: stop.signal });
    stop.abort();
    await expect(stopped).rejects.toMatchObject({ code: 'aborted' });
    expect(await engine.call('extractBegin', ask)).toMatchObject({ key, done: 1 });
    await engine.call('extractRow', { key, row: 1, input: sound });
    expect((await states(engine, key)).shape).toEqual([2, 3, 32]);
    await expect(engine.call('extractRow', { key: 'other', row: 0, input: sound })).rejects.toThrow(
      /begin again/,
    );
  });

  it('may come from the open pack’s own encoders', async () => {
    const { engine, worker } = await started(null);
    await engine.call('loadPack', { url: 'tiny/' });
    const sound = {
      kind: 'audio',
      sampleRate: 16000,
      samples: Float32Array.from({ length: 12000 }, (_, i) => 0.3 * Math.sin(i / 9)),
    } as const;
    const source: EncoderSource = { kind: 'pack', modality: 'audio' };
    const { key, layers, width } = await engine.call('extractBegin', {
      source,
      pooling: null,
      rows: ['a.wav'],
      title: 'spoken',
    });
    await engine.call('extractRow', { key, row: 0, input: sound });
    const { values } = await states(engine, key);
    const pack = await worker.session.pack();
    const { mean, deviation } = pack.files.standardisations.audio;
    const given = { input: sound, degradation: {} };
    const expected = await pack.modality('audio').states(given, new AbortController().signal);
    expect(values).toHaveLength(layers * width);
    expect(
      relativeError(
        values.map((x, i) => (x - mean[i]) / deviation[i]),
        expected.values,
      ),
    ).toBeLessThan(1e-4);
    const drawn: EncoderSource = { kind: 'pack', modality: 'video' };
    await expect(
      engine.call('extractBegin', { source: drawn, pooling: null, rows: ['x'], title: 'drawn' }),
    ).rejects.toThrow(/takes no text and no files/);
  });

  it('become a study', async () => {
    const { engine } = await started(null);
    const rows = Array.from({ length: 40 }, (_, row) => `w${7 + row} w${100 - 2 * row}`);
    const csv = ['text,label', ...rows.map((text, row) => `${text},${row % 2 ? 'yes' : 'no'}`)].join('\n');
    const { header, rows: cells } = await engine.call('tableRead', named('samples.csv', csv));
    expect(header).toEqual(['text', 'label']);
    const blobs: NamedBlob[] = [];
    for (const pooling of ['cls', 'mean'] as const) {
      const { id } = await engine.call('checkpointOpen', { name: pooling, files });
      const given = cells.map(([text]) => text);
      const source: EncoderSource = { kind: 'checkpoint', id };
      const { key } = await engine.call('extractBegin', { source, pooling, rows: given, title: pooling });
      for (const [row, text] of given.entries())
        await engine.call('extractRow', { key, row, input: { kind: 'text', text } });
      blobs.push(await engine.call('extractEnd', { key, name: `${pooling}.safetensors` }));
    }
    const { preview, la, lb } = await engine.call('studyRead', {
      files: [...blobs, named('samples.csv', csv)],
      a: { file: 0 },
      b: { file: 1 },
      table: 2,
      settings: {},
    });
    expect([la, lb, preview.samples]).toEqual([3, 3, 40]);
    expect([preview.a.label, preview.b.label]).toEqual(['cls', 'mean']);
  });

  it('need a table with labels', async () => {
    const { engine } = await started(null);
    expect((await engine.call('tableRead', named('t.csv', table))).rows[1]).toEqual(['r1', texts[1], 'yes']);
    await expect(engine.call('tableRead', named('t.csv', 'text\nhello\n'))).rejects.toThrow(
      /t\.csv has no column "label"/,
    );
    await expect(engine.call('tableRead', named('t.csv', 'text,label\nhello\n'))).rejects.toThrow(
      /line 2: 1 cells/,
    );
  });
});
