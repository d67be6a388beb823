import { Bootstrap, percentileInterval, type BootstrapSummary } from '../../math/bootstrap';
import { headIndex } from '../../math/skew';
import { seenOnValidation } from '../../packs/schema';
import { bestProbes, countModels, outputsOf, summarise } from '../evaluation';
import type { Handler } from '../handler';
import { breathe } from '../modality';
import type { Differences } from '../protocol';

export const intervals: Handler<'intervals'> = async (body, { session, signal, progress }) => {
  const { condition, split, metric, resamples, seed, differences, onlyDifferences, ...scope } = body;
  const opened = await session.pack();
  const record = await opened.record(scope, condition, split);
  const onValidation = await opened.record(scope, condition, 'validation');
  const best = bestProbes(onValidation, metric, seenOnValidation(opened.files.pack, scope.pairing));
  const models = countModels(record);
  const data = new Bootstrap(outputsOf(record, 0, models.all), metric, seed);
  const summary = await summarise(data, resamples, { session, signal, onProgress: progress });

  const paired = ([x, y]: [number, number]) => ({
    value: data.value[x] - data.value[y],
    ...summary.difference(x, y),
  });
  const reply = { bestProbes: best, differences: differences.map(paired) };
  const none = new Float32Array(0);
  if (onlyDifferences) return { ...reply, value: none, lo: none, hi: none };

  const { la, lb } = record;
  const bestProbe = best.better === 'a' ? best.a - 1 : la + best.b - 1;
  const late = models.probes + headIndex({ d: 0, k: 1 }, la, lb);
  const lo = new Float32Array(models.all);
  const hi = new Float32Array(models.all);
  for (let m = 0; m < models.all; m++) ({ lo: lo[m], hi: hi[m] } = summary.interval(m));
  await breathe(signal);
  const gain = over(bestProbe, models, data, summary);
  await breathe(signal);
  const overLate = over(late, models, data, summary);
  return { ...reply, value: Float32Array.from(data.value), lo, hi, gain, overLate };
};

/** Each head minus one model, from the same resamples. */
function over(
  other: number,
  { probes, heads }: ReturnType<typeof countModels>,
  data: Bootstrap,
  summary: BootstrapSummary,
): Differences {
  const base = summary.column(other);
  const out = { value: new Float32Array(heads), lo: new Float32Array(heads), hi: new Float32Array(heads) };
  for (let h = 0; h < heads; h++) {
    const column = summary.column(probes + h);
    for (let r = 0; r < column.length; r++) column[r] -= base[r];
    const { lo, hi } = percentileInterval(column);
    out.value[h] = data.value[probes + h] - data.value[other];
    out.lo[h] = lo;
    out.hi[h] = hi;
  }
  return out;
}
