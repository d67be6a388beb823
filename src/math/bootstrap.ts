/**
 * Cluster bootstrap (Efron & Tibshirani 1993, ch. 8): whole units are drawn with replacement, as many as there are,
 * **the same draw for every model**, so that differences between models are paired.
 *
 * A draw is a weight per unit. Accuracy, recall and log-loss are then linear in the weights, one product
 * [resamples, cells] × [cells, models] (`tiledProduct`); macro-F1 and the calibration error need counts per class or
 * bin, gathered from each unit's few non-zero entries (`CountTable`). Equal samples of a unit are summed beforehand.
 */
import {
  countingRule,
  linearRule,
  unitsOf,
  type BootstrapMetric,
  type ModelOutputs,
  type Rule,
} from './bootstrap-rules';
import { correlationRule } from './bootstrap-numbers';
import { quantile } from './probability';
import { integer, seededRandom, type Random } from './random';

export { largerIsBetter, type BootstrapMetric, type ModelOutputs } from './bootstrap-rules';

/** The metric of every model under resampling; the values of any number of resamples, a chunk at a time. */
export class Bootstrap {
  readonly models: number;
  readonly units: number;
  /** [models] the metric over all samples, each once. */
  readonly value: Float64Array;
  private readonly rule: Rule;
  private readonly random: Random;

  /** The same seed and units give the same resamples, whatever the models, the metric and the size of the chunks. */
  constructor(data: ModelOutputs, metric: BootstrapMetric, seed: number) {
    const n = data.labels.length;
    if (data.units.length !== n || data.predicted.length !== n * data.models)
      throw new RangeError('Bootstrap: labels, units and predictions differ in number.');
    const { of, count } = unitsOf(data.units);
    this.models = data.models;
    this.units = count;
    this.rule =
      metric === 'correlation'
        ? correlationRule(data, of, count)
        : metric === 'macro-f1' || metric === 'calibration error'
          ? countingRule(data, metric, of, count)
          : linearRule(data, metric, of, count);
    this.random = seededRandom(seed, 'bootstrap');
    this.value = new Float64Array(this.models);
    this.rule.evaluate(new Float64Array(count).fill(1), 1, this.value);
  }

  /** The next `count` resamples: [count, models]. */
  next(count: number): Float64Array {
    const weights = new Float64Array(count * this.units);
    for (let r = 0; r < count; r++)
      for (let draw = 0; draw < this.units; draw++)
        weights[r * this.units + integer(this.random, this.units)]++;
    const out = new Float64Array(count * this.models);
    this.rule.evaluate(weights, count, out);
    return out;
  }
}

export interface BootstrapChunk {
  /** Resamples so far, this chunk included, and of how many. */
  done: number;
  total: number;
  /** [chunk, models] the metric in the resamples of this chunk. */
  values: Float64Array;
}

/** Resamples in chunks, for a worker that reports as it goes: stop iterating to abort. */
export function* bootstrapChunks(
  bootstrap: Bootstrap,
  resamples: number,
  chunk = 50,
): Generator<BootstrapChunk, void, void> {
  for (let done = 0; done < resamples;) {
    const count = Math.min(chunk, resamples - done);
    const values = bootstrap.next(count);
    done += count;
    yield { done, total: resamples, values };
  }
}

export interface Interval {
  lo: number;
  hi: number;
}

/** Percentile interval of bootstrap values; sorts a copy. Efron & Tibshirani 1993, §13.3. */
export function percentileInterval(values: ArrayLike<number>, level = 0.95): Interval {
  const sorted = Float64Array.from(values).sort();
  return { lo: quantile(sorted, (1 - level) / 2), hi: quantile(sorted, (1 + level) / 2) };
}

/** Collects the chunks of a bootstrap and gives intervals of models and of paired differences. */
export class BootstrapSummary {
  private readonly chunks: Float64Array[] = [];
  private resamples = 0;

  constructor(private readonly models: number) {}

  add(values: Float64Array): void {
    this.chunks.push(values);
    this.resamples += values.length / this.models;
  }

  /** [resamples] the metric of one model. */
  column(model: number): Float64Array {
    const out = new Float64Array(this.resamples);
    let r = 0;
    for (const values of this.chunks)
      for (let at = model; at < values.length; at += this.models) out[r++] = values[at];
    return out;
  }

  interval(model: number, level = 0.95): Interval {
    return percentileInterval(this.column(model), level);
  }

  /** Interval of (metric of `model` − metric of `other`), resample by resample. */
  difference(model: number, other: number, level = 0.95): Interval {
    const b = this.column(other);
    return percentileInterval(
      this.column(model).map((a, r) => a - b[r]),
      level,
    );
  }
}

/**
 * Selection frequency π: the share of the resamples in which a candidate is among the K best. Candidates that tie for
 * the last places share them, so that each resample hands out exactly K.
 */
export class SelectionFrequency {
  private readonly hits: Float64Array;
  private readonly sorted: Float64Array;
  done = 0;

  /**
   * @param candidates the first `candidates` models of each row are ranked
   * @param sign 1 where larger is better, −1 where smaller is
   */
  constructor(
    private readonly candidates: number,
    private readonly k: number,
    private readonly sign: 1 | -1 = 1,
  ) {
    if (!(k >= 1 && k <= candidates)) throw new RangeError(`No ${k} best of ${candidates}.`);
    this.hits = new Float64Array(candidates);
    this.sorted = new Float64Array(candidates);
  }

  /** @param values [resamples, models] */
  add(values: Float64Array, models = this.candidates): void {
    const { candidates, k, sign, sorted, hits } = this;
    for (let from = 0; from < values.length; from += models) {
      for (let c = 0; c < candidates; c++) sorted[c] = sign * values[from + c];
      sorted.sort();
      const last = sorted[candidates - k];
      // Sums of recalls that are equal in exact arithmetic may differ in their last bits.
      const tie = 1e-9 * Math.max(1, Math.abs(last));
      let above = 0;
      let tied = 0;
      for (let c = 0; c < candidates; c++) {
        const v = sign * values[from + c];
        if (v > last + tie) above++;
        else if (v >= last - tie) tied++;
      }
      const share = (k - above) / tied;
      for (let c = 0; c < candidates; c++) {
        const v = sign * values[from + c];
        if (v > last + tie) hits[c]++;
        else if (v >= last - tie) hits[c] += share;
      }
      this.done++;
    }
  }

  /** [candidates] π so far, 0..1; zeros before the first resample. */
  frequency(): Float32Array {
    return Float32Array.from(this.hits, (h) => (this.done ? h / this.done : 0));
  }
}
