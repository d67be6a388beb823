import { similarityChunks, type Similarity } from '../../math/similarity';
import { byLayer } from '../../packs/sample-states';
import type { Handler } from '../handler';
import { breathe } from '../modality';

export const similarity: Handler<'similarity'> = async (body, { session, signal, progress }) => {
  const opened = await session.pack();
  const { a, b, labels } = await opened.sampleStates(body.pairing);
  const n = labels.length;
  const key = `similarity ${body.pairing}`;
  let both = opened.memo.get(key) as Similarity | undefined;
  if (!both) {
    const steps = similarityChunks(byLayer(a), byLayer(b), n);
    for (let step = steps.next(); ; step = steps.next()) {
      if (step.done) {
        both = step.value;
        break;
      }
      progress({ done: step.value.done, total: step.value.total });
      await breathe(signal);
      await session.afterForeground(signal);
    }
    opened.memo.set(key, both);
  }
  return { values: body.measure === 'cka' ? both.cka : both.mutualNeighbours, n };
};
