import { expect, it } from 'vitest';
import {
  chooseLambda,
  chunksOf,
  measuresOf,
  seededHeads,
  trainVariant,
} from '../../../src/cli/dependency/variants';
import { defaultTraining, type TrainingData } from '../../../src/cli/heads/fit';
import type { ChunkJob, Job, SharedSet } from '../../../src/cli/heads/messages';
import type { Threads } from '../../../src/cli/heads/threads';
import { headParameters } from '../../../src/fusion/head';
import type { TrainedChunk } from '../../../src/fusion/train';
import { headSpecs } from '../../../src/math/skew';

const set = (layers: number): SharedSet => ({
  layers,
  width: 4,
  variants: 1,
  states: new SharedArrayBuffer(4 * 6 * layers * 4),
  labels: Uint8Array.of(0, 1, 0, 1, 0, 1),
});
const data: TrainingData = {
  train: { a: set(3), b: set(3) },
  validation: { a: set(3), b: set(3) },
  classes: 2,
};

/** Threads that note their jobs and answer with zeros, and with a loss that is least at λ = 0.1. */
function noting(): { jobs: ChunkJob[]; threads: Threads } {
  const jobs: ChunkJob[] = [];
  const run = (job: Job): Promise<TrainedChunk> => {
    if (job.kind !== 'chunk') throw new Error('only chunks here');
    jobs.push(job);
    const { heads, k } = job.chunk;
    const loss = Math.abs(Math.log10(job.options.dependency?.lambda ?? 1) + 1);
    const parameters = Object.fromEntries(
      headParameters(job.shape, k).map(({ name, shape }) => {
        const full = [heads.length, ...shape];
        return [name, { shape: full, data: new Float32Array(full.reduce((x, y) => x * y, 1)) }];
      }),
    );
    const each = (value: number): Float32Array => new Float32Array(heads.length).fill(value);
    return Promise.resolve({
      k,
      heads,
      parameters,
      loss: each(loss),
      accuracy: each(0.5),
      epoch: Int32Array.from(heads, () => 0),
    });
  };
  return { jobs, threads: { run } as unknown as Threads };
}

it('takes SSFN, late and pairwise, each once, grouped by their pairs', () => {
  const specs = headSpecs(3, 3);
  const heads = seededHeads([-1], 3, 3);
  expect(heads.map((head) => specs[head].pairs.map(({ i, j }) => `${i},${j}`).join(' '))).toEqual([
    '2,3',
    '3,3',
    '3,3 2,2 1,1',
  ]);
  expect(seededHeads([0], 3, 3)).toHaveLength(2);
  expect(seededHeads([2, -1], 3, 3)).toHaveLength(4);
  const chunks = chunksOf(heads, 3, 3);
  expect(chunks.map(({ k }) => k)).toEqual([1, 3]);
  for (const chunk of chunks) chunk.heads.forEach((head, at) => expect(chunk.specs[at]).toEqual(specs[head]));
});

it('chooses λ by the least loss of the SSFN alone', async () => {
  const { jobs, threads } = noting();
  const { chosen, trials } = await chooseLambda(data, 'f', 1, defaultTraining, threads);
  expect(chosen).toEqual({ measure: 'f', lambda: 0.1 });
  expect(trials).toHaveLength(jobs.length);
  expect(jobs.every(({ chunk }) => chunk.heads.length === 1 && chunk.specs[0].d === 1)).toBe(true);
});

it('trains all heads by one seed and the three by further seeds, with the same penalty', async () => {
  const { jobs, threads } = noting();
  const term = { measure: 'kl', lambda: 0.3 } as const;
  const seen: number[] = [];
  const { weights, further } = await trainVariant(
    data,
    term,
    seededHeads([-1], 3, 3),
    { ...defaultTraining, seed: 7 },
    threads,
    {
      seeds: 3,
      onChunk: (done) => seen.push(done),
    },
  );
  expect(weights.groups.map(({ parameters }) => parameters.projectA.shape[0])).toEqual([9, 3, 1]);
  expect(further.map(({ seed }) => seed)).toEqual([8, 9]);
  expect(further[0].chunks.flatMap(({ heads }) => heads)).toEqual(
    seededHeads([-1], 3, 3).sort((x, y) => x - y),
  );
  expect(seen).toHaveLength(jobs.length);
  expect(jobs.every(({ options }) => options.dependency === term)).toBe(true);
});

it('takes measures by name, all where none is named, and refuses others', () => {
  expect(measuresOf()).toEqual(['kl', 'f', 'wasserstein']);
  expect(measuresOf('wasserstein,kl')).toEqual(['wasserstein', 'kl']);
  expect(() => measuresOf('kl,mine')).toThrow(/"mine".*kl, f, wasserstein/);
});
