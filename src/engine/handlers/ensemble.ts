import { Bootstrap } from '../../math/bootstrap';
import { UserError } from '../../math/errors';
import { argmaxRows, ensembleMean } from '../../math/probability';
import { pairIndex } from '../../math/skew';
import { summarise } from '../evaluation';
import type { Handler } from '../handler';

/** The mean of the log-probabilities of some pair heads on test; not a fused model, and labelled so. */
export const ensemble: Handler<'ensemble'> = async (body, { session, signal }) => {
  const { condition, metric, pairs, resamples, seed, ...scope } = body;
  const opened = await session.pack();
  const listed = opened.files.pack.files.some((f) => f.role === 'pair-logs' && f.condition === condition);
  if (!listed)
    throw new UserError(
      `The pack keeps the probabilities of its pair heads for the standard condition only, so the ensemble under "${condition}" is not known.`,
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
