/** What the benchmark of a study measures in a process of its own. */
import { cpus } from 'node:os';
import { defaultHead, type HeadShape } from '../../fusion/head';
import { createPairSource, gatherPairs } from '../../fusion/pairs';
import { trainChunk } from '../../fusion/train';
import { headIndex, headSpecs } from '../../math/skew';
import { assembleStudy } from '../../packs/study/assemble';
import { encodeStudy } from '../../packs/study/file';
import { prepareStudy } from '../../packs/study/prepare';
import { defaultStudy } from '../../packs/study/settings';
import { openStudy, trainShard } from '../align/run';
import { startOwn } from './start';

export interface StudyFiles {
  a: string;
  b: string;
  labels: string;
}

/** Pairs of the single heads that are timed; the others lie between them. */
export const sampled = [1, 4, 12];

/** A whole study, or the first of `of` shards, in this process and its threads; `epochs` are those that each head would take alone, until it settles. */
export async function timeStudy(
  files: StudyFiles,
  of = 1,
): Promise<{ seconds: number; peak: number; epochs: number[] }> {
  await startOwn(1);
  const start = performance.now();
  const opened = await openStudy({ ...files, settings: defaultStudy });
  const shard = await trainShard(opened, {
    shard: 1,
    of,
    threads: cpus().length,
    report: (line) => console.error(`  ${line}`),
  });
  if (of === 1) await encodeStudy(shard, assembleStudy(shard, 'wasm'));
  const seconds = (performance.now() - start) / 1000;
  const epochs: number[] = [];
  for (const { heads, epoch } of shard.chunks)
    heads.forEach((head, h) => {
      epochs[head] = Math.min(defaultStudy.epochs, epoch[h] + defaultStudy.patience + 2);
    });
  return { epochs, seconds, peak: process.resourceUsage().maxRSS / 1000 };
}

/** Seconds that all its heads take one after the other, op by op, each until it settles. */
export async function timeOneByOne(files: StudyFiles, epochs: readonly number[]): Promise<number> {
  await startOwn(1);
  const { data, about } = await openStudy({ ...files, settings: defaultStudy });
  const { train, validation } = prepareStudy(data, about).sets;
  const [la, lb] = [train.a.layers, train.b.layers];
  const classes = about.classes.length;
  const shape: HeadShape = { la, lb, widthA: train.a.width, widthB: train.b.width, ...defaultHead, classes };
  const rows = Array.from(validation.a.labels, (_, s) => s);
  const held = gatherPairs(validation.a, validation.b, rows, rows);
  const source = createPairSource(train.a, train.b, {
    paired: 'truly',
    classes,
    batch: defaultStudy.batch,
    seed: 0,
  });
  const epochSeconds: number[] = [];
  for (const k of sampled) {
    const head = headIndex({ d: 0, k }, la, lb);
    const chunk = { k, heads: [head], specs: [headSpecs(la, lb)[head]] };
    const stamps: number[] = [];
    const options = { ...defaultStudy, epochs: 2, fused: false };
    await trainChunk(shape, chunk, source, held, options, { onEpoch: () => stamps.push(performance.now()) });
    epochSeconds.push((stamps[1] - stamps[0]) / 1000);
    console.error(`  one epoch of a head of ${k} pairs alone: ${epochSeconds.at(-1)!.toFixed(2)} s`);
  }
  const epoch = (k: number): number => {
    const above = Math.max(
      1,
      sampled.findIndex((s) => s >= k),
    );
    const [k0, k1] = [sampled[above - 1], sampled[above]];
    return epochSeconds[above - 1] + ((k - k0) / (k1 - k0)) * (epochSeconds[above] - epochSeconds[above - 1]);
  };
  return headSpecs(la, lb).reduce((sum, { k }, head) => sum + epoch(k) * epochs[head], 0);
}
