/** Pooled states of a split under several variants, worked out by the threads and kept in .cache. */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { measure, standardise, type Standardisation } from '../../fusion/standardise';
import { readSafetensors, toFloat32, writeSafetensors } from '../../runtime/safetensors';
import type { StoredEncoder } from '../../packs/open';
import type { Split } from '../data/digits';
import { labelsOf, type Sample } from './data';
import type { SharedSet, Variant } from './messages';
import type { Threads } from './threads';

export interface StatesRequest {
  pack: string;
  packDir: string;
  dataDir: string;
  stored: StoredEncoder;
  split: Split;
  samples: Sample[];
  variants: Variant[];
  /** Look for them in .cache and keep them there, in F16. */
  keep: boolean;
}

/** Samples of one job: a thread's answer is a few seconds away at most, so progress is seen. */
const samplesPerJob = 64;

/** Not standardised; [samples, variants, layers, width] in shared memory, with the labels of the first task. */
export async function statesOf(
  request: StatesRequest,
  threads: Threads,
  report: (line: string) => void,
): Promise<SharedSet> {
  const { pack, packDir, dataDir, stored, split, samples, variants, keep } = request;
  const { id, layers, width } = stored.modality;
  const size = samples.length * variants.length * layers * width;
  const out = new SharedArrayBuffer(4 * size);
  const set: SharedSet = {
    layers,
    width,
    variants: variants.length,
    states: out,
    labels: labelsOf(samples, 0),
  };
  const path = join('.cache/heads', pack, `${id}-${split}-${fingerprint(request)}.safetensors`);
  if (keep && existsSync(path)) {
    const kept = readSafetensors(new Uint8Array(readFileSync(path)), path).tensors.get('states');
    if (kept && kept.bytes.length === 2 * size) {
      new Float32Array(out).set(toFloat32(kept));
      return set;
    }
  }
  const start = performance.now();
  const seconds = () => (performance.now() - start) / 1000;
  const jobs: Promise<void>[] = [];
  let [done, told] = [0, 0];
  const count = (more: number) => {
    done += more;
    const tenth = Math.floor((10 * done) / samples.length);
    if (tenth > told && tenth < 10)
      report(`${id}, ${split}: ${done} of ${samples.length} samples encoded after ${seconds().toFixed(0)} s`);
    told = tenth;
  };
  for (let from = 0; from < samples.length; from += samplesPerJob) {
    const ids = samples.slice(from, from + samplesPerJob).map(({ id }) => id);
    jobs.push(
      threads
        .run({ kind: 'encode', pack, packDir, dataDir, modality: id, split, variants, ids, from, out })
        .then(() => count(ids.length)),
    );
  }
  await Promise.all(jobs);
  report(
    `${id}, ${split}: ${samples.length} samples × ${variants.length} variants encoded in ${seconds().toFixed(0)} s`,
  );
  if (!keep) return set;
  mkdirSync(dirname(path), { recursive: true });
  const shape = [samples.length, variants.length, layers, width];
  const bytes = writeSafetensors([{ name: 'states', shape, data: new Float32Array(out), dtype: 'F16' }]);
  writeFileSync(`${path}.part`, bytes);
  renameSync(`${path}.part`, path);
  // the same numbers now and from the cache
  new Float32Array(out).set(toFloat32(readSafetensors(bytes, path).tensors.get('states')!));
  return set;
}

/** Of everything that the states of this modality follow from. */
function fingerprint({ stored, split, samples, variants }: StatesRequest): string {
  const { config, preprocessor, modality, weights } = stored;
  const hash = createHash('sha256');
  for (const [name, { bytes }] of weights) hash.update(name).update(bytes);
  const own = variants.map((variant) =>
    'seed' in variant
      ? variant
      : { degradation: variant.condition[modality.id], seed: variant.condition.seed, shift: variant.shift },
  );
  const ids = samples.map(({ id }) => id);
  hash.update(JSON.stringify({ config, preprocessor, split, variants: own, ids }));
  return hash.digest('hex').slice(0, 16);
}

/** [samples, layers, width] of one variant. */
export function conditionStates(
  { states, layers, width, variants, labels }: SharedSet,
  variant: number,
): Float32Array {
  const size = layers * width;
  const all = new Float32Array(states);
  const out = new Float32Array(labels.length * size);
  for (let s = 0; s < labels.length; s++) {
    const from = (s * variants + variant) * size;
    out.set(all.subarray(from, from + size), s * size);
  }
  return out;
}

/** In place, by the training states, all variants of a sample counting alike. @returns by modality */
export function standardiseAll({
  train,
  validation,
}: Record<'train' | 'validation', Record<string, SharedSet>>): Record<string, Standardisation> {
  return Object.fromEntries(
    Object.entries(train).map(([id, set]) => {
      const all = new Float32Array(set.states);
      const s = measure(all, set.layers, set.width);
      standardise(all, s);
      standardise(new Float32Array(validation[id].states), s);
      return [id, s];
    }),
  );
}
