/** A thread that encodes samples and trains chunks of heads. */
import { parentPort } from 'node:worker_threads';
import { withStateNoise } from '../../fusion/noise';
import { createPairSource, gatherPairs, type StateSet } from '../../fusion/pairs';
import type { TrainedChunk } from '../../fusion/train';
import { trainHeadChunk } from '../../packs/study/train';
import { startNode } from '../../runtime/node';
import { degradationOf, shiftVoice, type Sample } from './data';
import { openEncoder, type StateEncoder } from './encode';
import { readStoredEncoder } from './encoder-folder';
import type { ChunkJob, EncodeJob, Job, Reply, SharedSet } from './messages';
import { settingsOf } from './settings';

const port = parentPort!;
const send = (reply: Reply) => port.postMessage(reply);

/** What the last encoding job needed: the next one mostly needs the same. */
let held: { key: string; encoder: StateEncoder; samples: Map<string, Sample> } | null = null;

async function encode(job: EncodeJob): Promise<null> {
  const { pack, packDir, dataDir, modality, split, variants, ids, from } = job;
  const key = JSON.stringify([packDir, dataDir, modality, split]);
  if (held?.key !== key) {
    held?.encoder.dispose();
    const encoder = openEncoder(await readStoredEncoder(packDir, modality));
    const all = settingsOf(pack).samples(modality, dataDir, [split]);
    const samples = new Map(all.map((sample) => [sample.id, sample]));
    held = { key, encoder, samples };
  }
  const { encoder, samples } = held;
  const inputs = ids
    .map((id) => samples.get(id)!)
    .flatMap((sample) => {
      // a photograph is decoded once, not once a variant
      const input = sample.read();
      const once = { ...sample, read: () => input };
      return variants.map((variant) =>
        'seed' in variant
          ? encoder.variedFeatures(once, variant.seed)
          : encoder.features(
              shiftVoice(input, variant.shift ?? 1),
              degradationOf(variant.condition, modality, sample.id),
            ),
      );
    });
  const row = variants.length * encoder.layers * encoder.width;
  new Float32Array(job.out).set(await encoder.encode(inputs), from * row);
  return null;
}

const setOf = ({ states, ...rest }: SharedSet): StateSet => ({ ...rest, states: new Float32Array(states) });

async function train({ shape, chunk, train, validation, options }: ChunkJob): Promise<TrainedChunk> {
  const pairs = createPairSource(setOf(train.a), setOf(train.b), train.options);
  const source = train.noise ? withStateNoise(pairs, train.noise, shape, options.seed) : pairs;
  const { a, b, rowsA, rowsB, labels } = validation;
  const heldOut = gatherPairs(setOf(a), setOf(b), rowsA, rowsB, undefined, labels);
  const { dependency, seed } = options;
  const penalty = dependency && { ...dependency, seed };
  return trainHeadChunk(shape, chunk, source, heldOut, { ...options, penalty });
}

port.on('message', (job: Job) => {
  const work = job.kind === 'encode' ? encode(job) : train(job);
  work.then(
    (result) => send({ kind: 'done', result }),
    (error: Error) => send({ kind: 'failed', message: error.stack ?? error.message }),
  );
});
await startNode({ threads: 1 });
send({ kind: 'ready' });
