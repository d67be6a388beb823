import { Bootstrap, bootstrapChunks, largerIsBetter, SelectionFrequency } from '../../math/bootstrap';
import { countModels, outputsOf } from '../evaluation';
import type { Handler } from '../handler';
import { breathe } from '../modality';

/** Chosen on validation: how often each pair head is among the K best. */
export const bootstrap: Handler<'bootstrap'> = async (body, { session, signal, progress }) => {
  const { condition, metric, resamples, k, seed, ...scope } = body;
  const record = await (await session.pack()).record(scope, condition, 'validation');
  const { probes } = countModels(record);
  const pairs = record.la * record.lb;
  const data = new Bootstrap(outputsOf(record, probes, probes + pairs), metric, seed);
  const frequency = new SelectionFrequency(pairs, Math.min(k, pairs), largerIsBetter(metric) ? 1 : -1);
  let done = 0;
  for (const chunk of bootstrapChunks(data, resamples)) {
    frequency.add(chunk.values);
    done = chunk.done;
    progress({ done, total: chunk.total, frequency: frequency.frequency() });
    await breathe(signal);
    await session.afterForeground(signal);
  }
  return { done, total: resamples, frequency: frequency.frequency() };
};
