/** From a record to the bootstrap: which rows, in which units. */
import { Bootstrap, BootstrapSummary, bootstrapChunks, type ModelOutputs } from '../math/bootstrap';
import { headSpecs } from '../math/skew';
import { largerIsBetter } from '../math/bootstrap';
import type { EvaluationRecord } from '../packs/record-types';
import type { MetricName } from '../packs/schema';
import type { BestProbes } from './protocol';
import { breathe } from './modality';
import type { Session } from './session';

/** Records keep −log p in sixteenths and probabilities in parts of 255. */
const LOSS_STEP = 1 / 16;
const CONFIDENCE_STEP = 1 / 255;

/** Models [from, to) of a record. */
export function outputsOf(record: EvaluationRecord, from: number, to: number): ModelOutputs {
  const { labels, units, classes, predicted, trueLoss, confidence, numbers } = record;
  const n = labels.length;
  const rows = (table: Uint8Array) => table.subarray(from * n, to * n);
  return {
    models: to - from,
    classes,
    labels,
    units,
    predicted: rows(predicted),
    losses: Float64Array.from(rows(trueLoss), (x) => x * LOSS_STEP),
    confidence: Float64Array.from(rows(confidence), (x) => x * CONFIDENCE_STEP),
    ...(numbers ? { numbers: { truth: numbers.truth, said: numbers.said.subarray(from * n, to * n) } } : {}),
  };
}

/** Models of a record: the probes, then the heads, then the score sum. */
export const countModels = ({ la, lb }: EvaluationRecord) => {
  const heads = headSpecs(la, lb).length;
  return { probes: la + lb, heads, all: la + lb + heads + 1 };
};

/**
 * The best probe of each modality, equals settled for the earlier layer, and whose is the better one.
 * @param seen of which modality the record's samples were seen: it is not the better one where the other's were not
 */
export function bestProbes(
  record: EvaluationRecord,
  metric: MetricName,
  seen: Record<'a' | 'b', boolean> = { a: false, b: false },
): BestProbes {
  const { la, lb } = record;
  const { value } = new Bootstrap(outputsOf(record, 0, la + lb), metric, 0);
  const sign = largerIsBetter(metric) ? 1 : -1;
  const best = (from: number, count: number) => {
    let at = from;
    for (let m = from; m < from + count; m++) if (sign * value[m] > sign * value[at]) at = m;
    return at;
  };
  const [a, b] = [best(0, la), best(la, lb)];
  const higher = sign * value[b] > sign * value[a] ? 'b' : 'a';
  const better = seen.a === seen.b ? higher : seen.a ? 'b' : 'a';
  return { a: a + 1, b: b - la + 1, better };
}

/** All resamples of a bootstrap, letting messages and what a person waits for go first. */
export async function summarise(
  bootstrap: Bootstrap,
  resamples: number,
  { session, signal, onProgress }: SummariseOptions,
): Promise<BootstrapSummary> {
  const summary = new BootstrapSummary(bootstrap.models);
  for (const { done, total, values } of bootstrapChunks(bootstrap, resamples)) {
    summary.add(values);
    onProgress?.({ done, total });
    await breathe(signal);
    await session.afterForeground(signal);
  }
  return summary;
}

export interface SummariseOptions {
  session: Session;
  signal: AbortSignal;
  onProgress?: (progress: { done: number; total: number }) => void;
}
