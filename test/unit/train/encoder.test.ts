import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { digitsAudio } from '../../../src/cli/train/digits-audio';
import { trainEncoder, type EncoderRun } from '../../../src/cli/train/encoder';
import { parseConfig } from '../../../src/encoders/config';
import { paramSpecs } from '../../../src/encoders/encoder';
import { readSafetensors, toFloat32 } from '../../../src/runtime/safetensors';
import { makeDigitsFolder } from './digits-folder';

const dataDir = makeDigitsFolder(1);

async function train(
  changes: Partial<EncoderRun>,
): Promise<{ folder: string; weights: Map<string, Float32Array> }> {
  const folder = mkdtempSync(join(tmpdir(), 'run-'));
  const run: EncoderRun = {
    task: 'digits-audio',
    options: { dataDir, cache: folder, layers: 2 },
    out: join(folder, 'encoder'),
    work: join(folder, 'work'),
    threads: 1,
    steps: 4,
    batch: 8,
    parts: 2,
    learningRate: 0.001,
    seed: 5,
    resume: false,
    measureEvery: 2,
    report: () => {},
    ...changes,
  };
  await trainEncoder(run);
  const file = join(run.work, 'checkpoint.safetensors');
  const { tensors } = readSafetensors(new Uint8Array(readFileSync(file)), file);
  return { folder, weights: new Map([...tensors].map(([name, t]) => [name, toFloat32(t)])) };
}

/** Compared as numbers: a matcher would print hundreds of thousands of differences. */
const difference = (a?: Float32Array, b?: Float32Array): number =>
  a && b && a.length === b.length ? a.reduce((most, v, i) => Math.max(most, Math.abs(v - b[i])), 0) : NaN;

describe('trainEncoder', { timeout: 120_000 }, () => {
  it('gives the same weights whatever the number of threads, and others by another seed', async () => {
    const one = await train({ threads: 1 });
    const two = await train({ threads: 2 });
    const other = await train({ seed: 6 });
    expect(difference(one.weights.get('weights'), two.weights.get('weights'))).toBe(0);
    expect(difference(one.weights.get('weights'), other.weights.get('weights'))).toBeGreaterThan(0);
  });

  it('ends where it would have ended when it is stopped and resumed', async () => {
    const work = join(mkdtempSync(join(tmpdir(), 'run-')), 'work');
    let measured = 0;
    const report = (line: string) => {
      if (line.includes('validation') && ++measured === 2) throw new Error('stopped');
    };
    await expect(train({ work, report })).rejects.toThrow('stopped');
    const resumed = await train({ work, resume: true });
    const whole = await train({});
    for (const name of ['weights', 'average', 'm', 'v'])
      expect(difference(resumed.weights.get(name), whole.weights.get(name))).toBe(0);
  });

  it('begins a second cycle with the encoder that is there, where its checkpoint is gone', async () => {
    const first = await train({ steps: 2 });
    const out = join(first.folder, 'encoder');
    // no steps of the second cycle: what is measured and kept is what it began with
    const refine = { steps: 1, peak: 0 };
    const model = (folder: string) => readFileSync(join(folder, 'model.safetensors'));
    const given = model(out);
    const again = await train({ out, steps: 2, refine, measureEvery: 1, again: true });
    // this task's second cycle refits: the encoder before it is kept
    expect(model(join(again.folder, 'work', 'selected')).equals(given)).toBe(true);
    const own = again.weights.get('weights') as Float32Array;
    const before = first.weights.get('best') as Float32Array;
    const size = paramSpecs(digitsAudio({ dataDir, cache: first.folder, layers: 2 }).config)
      .flatMap(({ shape }) => shape.reduce((a, b) => a * b, 1))
      .reduce((a, b) => a + b, 0);
    // float16 keeps 11 bits; the classifiers after the encoder are new
    for (let i = 0; i < size; i++)
      expect(Math.abs(own[i] - before[i])).toBeLessThanOrEqual(2 ** -11 * Math.abs(before[i]) + 1e-7);
    expect(difference(own.slice(size), before.slice(size))).toBeGreaterThan(0);
  });

  it.each(['digits-video', 'digits-audio'] as const)('exports %s in Hugging Face layout', async (task) => {
    const { folder } = await train({ task, steps: 1, measureEvery: 1 });
    const read = (name: string) => readFileSync(join(folder, 'encoder', name));
    const config = parseConfig(JSON.parse(read('config.json').toString()));
    const { tensors } = readSafetensors(new Uint8Array(read('model.safetensors')), 'model.safetensors');
    const names = paramSpecs(config).flatMap((spec) => spec.parts);
    expect([...tensors.keys()].sort()).toEqual(names.sort());
    for (const tensor of tensors.values()) expect(tensor.dtype).toBe('F16');
    expect(JSON.parse(read('preprocessor_config.json').toString())).toBeTypeOf('object');
  });
});
