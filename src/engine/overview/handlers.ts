import { UserError } from '../../math/errors';
import { pairClusteringChunks, type PairClustering } from '../../math/pair-clustering';
import { byLayer } from '../../packs/sample-states';
import { readSummary } from '../../packs/summary';
import type { Handler } from '../handler';
import { breathe } from '../modality';

const summaries: Handler<'summaries'> = async ({ urls }, { session, signal, progress }) => {
  const packs: Awaited<ReturnType<Handler<'summaries'>>>['packs'] = [];
  for (const url of urls) {
    try {
      const source = session.sourceOf(url.replace(/pack\.json$/, ''));
      packs.push(await readSummary(source, { cache: session.cache, signal }));
    } catch (error) {
      signal.throwIfAborted();
      if (!(error instanceof UserError)) throw error;
      packs.push({ url, problem: error.message });
    }
    progress({ done: packs.length, total: urls.length });
  }
  return { packs };
};

/** A message a tenth of a second at most: each copies what there is. */
const EVERY = 100;

const clustering: Handler<'clustering'> = async (body, { session, signal, progress }) => {
  const { pairing, clusters, seed } = body;
  const opened = await session.pack();
  const { a, b, labels } = await opened.sampleStates(pairing);
  const n = labels.length;
  if (n <= clusters) throw new UserError(`${n} evaluation samples cannot be put into ${clusters} clusters.`);
  const key = `clustering ${JSON.stringify(body)}`;
  let found = opened.memo.get(key) as PairClustering | undefined;
  if (!found) {
    const steps = pairClusteringChunks(byLayer(a), byLayer(b), n, { clusters, seed });
    let said = 0;
    for (let step = steps.next(); ; step = steps.next()) {
      if (step.done) {
        found = step.value;
        break;
      }
      if (performance.now() - said > EVERY) {
        progress(step.value);
        said = performance.now();
      }
      await breathe(signal);
      await session.afterForeground(signal);
    }
    opened.memo.set(key, found);
  }
  return { n, soFar: found };
};

export const overview = { summaries, clustering };
