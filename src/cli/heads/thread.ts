/** A thread that encodes samples and trains chunks of heads. */
import { parentPort } from 'node:worker_threads';
import { createPairSource, gatherPairs, type StateSet } from '../../fusion/pairs';
import { trainChunk, type TrainedChunk } from '../../fusion/train';
import { startNode } from '../../runtime/node';
import { degradationOf, readSamples, shiftVoice, type Sample } from './data';
import { openEncoder, type StateEncoder } from './encode';
import { readStoredEncoder } from './encoder-folder';
import type { ChunkJob, EncodeJob, Job, Reply, SharedSet } from './messages';

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
    const all = readSamples(pack, modality, dataDir, [split]);
    const samples = new Map(all.map((sample) => [sample.id, sample]));
    held = { key, encoder, samples };
  }
  const { encoder, samples } = held;
  const inputs = ids
    .map((id) => samples.get(id)!)
    .flatMap((sample) =>
      variants.map((variant) =>
        'seed' in variant
          ? encoder.variedFeatures(sample, variant.seed)
          : encoder.features(
              shiftVoice(sample.input, variant.shift ?? 1),
              degradationOf(variant.condition, modality, sample.id),
            ),
      ),
    );
  const row = variants.length * encoder.layers * encoder.width;
  new Float32Array(job.out).set(await encoder.encode(inputs), from * row);
  return null;
}

const setOf = ({ states, ...rest }: SharedSet): StateSet => ({ ...rest, states: new Float32Array(states) });

function train({ shape, chunk, train, validation, options }: ChunkJob): Promise<TrainedChunk> {
  const source = createPairSource(setOf(train.a), setOf(train.b), train.options);
  const { a, b, rowsA, rowsB } = validation;
  return trainChunk(shape, chunk, source, gatherPairs(setOf(a), setOf(b), rowsA, rowsB), options);
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
