/** Trains a study, or a shard of one, on threads. */
import { readFileSync, statSync } from 'node:fs';
import { basename } from 'node:path';
import { UserError } from '../../math/errors';
import type { StateSet } from '../../fusion/pairs';
import type { GivenFile } from '../../packs/study/arrays';
import { aboutStudy, prepareStudy } from '../../packs/study/prepare';
import { readStudy, type SideChoice, type StudyData } from '../../packs/study/read';
import { headShapeOf, type StudyAbout, type StudySettings } from '../../packs/study/settings';
import { mostShards, type StudyShard } from '../../packs/study/shard';
import { chunksOfShard, heldOut, pairOptionsOf, trainStudyProbes } from '../../packs/study/train';
import type { ChunkJob, SharedSet } from '../heads/messages';
import { Threads } from '../heads/threads';

/** A file, and the array in it, as the command line names them: "a.npz" or "a.npz:text". */
export function sideFrom(text: string, label?: string): SideChoice {
  const [, path, array] = /^(.*\.(?:npz|npy|safetensors)):([^/\\]+)$/i.exec(text) ?? [null, text, undefined];
  return { file: readGiven(path!), array, label };
}

const largest = 2 ** 31 - 1;

/** @throws UserError where the file is not there or too large for one buffer */
export function readGiven(path: string): GivenFile {
  const info = statSync(path, { throwIfNoEntry: false });
  if (!info?.isFile()) throw new UserError(`There is no file ${path}.`, path);
  if (info.size > largest)
    throw new UserError(
      `The file ${path} is larger than 2 GB; store the states as float16, or fewer layers.`,
      path,
    );
  return { name: basename(path), bytes: new Uint8Array(readFileSync(path)) };
}

export interface StudyRequest {
  a: string;
  b: string;
  labels?: string;
  title?: string;
  settings: StudySettings;
}

/** Reads and checks everything; nothing is trained. */
export async function openStudy(request: StudyRequest): Promise<{ data: StudyData; about: StudyAbout }> {
  const a = sideFrom(request.a);
  const b = request.a === request.b ? { ...a } : sideFrom(request.b);
  // two arrays of one file are read once
  const data = await readStudy(
    a,
    a.file.name === b.file.name && samePath(request.a, request.b) ? { ...b, file: a.file } : b,
    request.labels === undefined ? undefined : readGiven(request.labels),
    request.settings.target,
  );
  return { data, about: aboutStudy(data, request.settings, request.title) };
}

const pathOf = (text: string): string => text.replace(/(\.(?:npz|npy|safetensors)):[^/\\]+$/i, '$1');
const samePath = (a: string, b: string): boolean => pathOf(a) === pathOf(b);

const sharedFloats = (length: number): Float32Array => new Float32Array(new SharedArrayBuffer(4 * length));
const shared = ({ states, ...set }: StateSet): SharedSet => ({
  ...set,
  states: states.buffer as SharedArrayBuffer,
});

export interface ShardRequest {
  shard: number;
  of: number;
  threads: number;
  report: (line: string) => void;
}

/** All heads of one shard; those of shard 1/1 are the whole study. @throws UserError where there is no such shard */
export async function trainShard(
  { data, about }: { data: StudyData; about: StudyAbout },
  { shard, of, threads: count, report }: ShardRequest,
): Promise<StudyShard> {
  const shape = headShapeOf(about);
  const most = mostShards(shape.la, shape.lb);
  if (of > most)
    throw new UserError(
      `A study of ${shape.la} × ${shape.lb} layers divides into at most ${most} shards, not ${of}.`,
      'shard',
    );
  const study = prepareStudy(data, about, sharedFloats);
  const { train, validation } = study.sets;
  const rows = Int32Array.from(validation.a.labels, (_, s) => s);
  const chunks = chunksOfShard(shape, shard, of);
  const total = chunks.reduce((sum, { heads }) => sum + heads.length, 0);
  const threads = new Threads(Math.min(count, chunks.length));
  const start = performance.now();
  let done = 0;
  try {
    const training = chunks.map(async (chunk) => {
      const job: ChunkJob = {
        kind: 'chunk',
        shape,
        chunk,
        train: { a: shared(train.a), b: shared(train.b), options: pairOptionsOf(about) },
        validation: { a: shared(validation.a), b: shared(validation.b), rowsA: rows, rowsB: rows },
        options: about.settings,
      };
      const trained = await threads.run(job);
      done += chunk.heads.length;
      report(`heads: ${done} of ${total} after ${((performance.now() - start) / 1000).toFixed(0)} s`);
      return heldOut(study, chunk, trained);
    });
    const [probes, results] = await Promise.all([
      shard === 1 ? trainStudyProbes(study) : null,
      Promise.all(training),
    ]);
    results.sort((x, y) => x.k - y.k || x.heads[0] - y.heads[0]);
    return { about, shards: [shard], of, chunks: results, probes, standardisation: study.standardisation };
  } finally {
    await threads.stop();
  }
}
