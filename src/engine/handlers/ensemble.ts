import { Bootstrap, type ModelOutputs } from '../../math/bootstrap';
import { UserError } from '../../math/errors';
import { argmaxRows, ensembleMean } from '../../math/probability';
import { pairIndex, type LayerPair } from '../../math/skew';
import type { EvaluationRecord } from '../../packs/record-types';
import { summarise } from '../evaluation';
import type { Handler } from '../handler';

/** Where the target is a number: the mean of what the pair heads predict, as one model. */
function numbersOf(record: EvaluationRecord, pairs: LayerPair[]): ModelOutputs | null {
  const { labels, units, classes, la, lb, numbers } = record;
  if (!numbers) return null;
  const n = labels.length;
  const rows = pairs.map((pair) => (la + lb + pairIndex(pair, lb)) * n);
  const said = Float64Array.from(
    labels,
    (_, s) => rows.reduce((sum, from) => sum + numbers.said[from + s], 0) / rows.length,
  );
  const predicted = new Uint8Array(n);
  return { models: 1, classes, labels, units, predicted, numbers: { truth: numbers.truth, said } };
}

/** The mean of the log-probabilities of some pair heads on test; not a fused model, and labelled so. */
export const ensemble: Handler<'ensemble'> = async (body, { session, signal }) => {
  const { condition, metric, pairs, resamples, seed, ...scope } = body;
  const opened = await session.pack();
  const numbers = numbersOf(await opened.record(scope, condition, 'test'), pairs);
  if (numbers) {
    const data = new Bootstrap(numbers, metric, seed);
    const summary = await summarise(data, resamples, { session, signal });
    return { value: data.value[0], ...summary.interval(0) };
  }
  const listed = opened.files.pack.files.some((f) => f.role === 'pair-logs' && f.condition === condition);
  if (!listed)
    throw new UserError(
      `Not known under "${condition}": the pack keeps what its pair heads say for the standard condition only.`,
    );
  const record = await opened.record(scope, condition, 'test');
  const stored = await opened.pairLogs(scope, condition, 'test');
  const { classes, labels, units, lb } = record;
  const size = labels.length * classes;
  const logs = pairs.map((pair) =>
    Float64Array.from(
      stored.subarray(pairIndex(pair, lb) * size, (pairIndex(pair, lb) + 1) * size),
      (x) => -x / 16,
    ),
  );
  const mean = ensembleMean(logs, classes);
  const predicted = argmaxRows(mean, classes);
  const data = new Bootstrap(
    {
      models: 1,
      classes,
      labels,
      units,
      predicted,
      losses: Float64Array.from(labels, (label, s) => -mean[s * classes + label]),
      confidence: Float64Array.from(predicted, (answer, s) => Math.exp(mean[s * classes + answer])),
    },
    metric,
    seed,
  );
  const summary = await summarise(data, resamples, { session, signal });
  return { value: data.value[0], ...summary.interval(0) };
};
