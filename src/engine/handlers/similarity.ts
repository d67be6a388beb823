import { similarityChunks, type LayerStates, type Similarity } from '../../math/similarity';
import type { ModalityStates } from '../../packs/sample-states';
import type { Handler } from '../handler';
import { breathe } from '../modality';

/** The states of each layer, [n, width] each. */
function byLayer({ layers, width, states }: ModalityStates): LayerStates[] {
  const n = states.length / (layers * width);
  return Array.from({ length: layers }, (_, layer) => {
    const values = new Float32Array(n * width);
    for (let s = 0; s < n; s++) {
      const from = (s * layers + layer) * width;
      values.set(states.subarray(from, from + width), s * width);
    }
    return { values, width };
  });
}

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
