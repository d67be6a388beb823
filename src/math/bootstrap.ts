/**
 * Cluster bootstrap (Efron & Tibshirani 1993, ch. 8): whole units are drawn with replacement, as many as there are,
 * **the same draw for every model**, so that differences between models are paired.
 *
 * A draw is a weight per unit. Accuracy, recall and log-loss are then linear in the weights, one product
 * [resamples, cells] × [cells, models] (`tiledProduct`); macro-F1 and the calibration error need counts per class or
 * bin, gathered from each unit's few non-zero entries (`CountTable`). Equal samples of a unit are summed beforehand.
 */
import { binOf, calibrationBins } from './metrics';
import { quantile } from './probability';
import { integer, seededRandom, type Random } from './random';
import { productTiles, tiledProduct } from './tiles';

export type BootstrapMetric =
  'accuracy' | 'unweighted average recall' | 'macro-f1' | 'log-loss' | 'calibration error';

/** Whether a larger value of the metric is the better one. */
export const largerIsBetter = (metric: BootstrapMetric): boolean =>
  metric !== 'log-loss' && metric !== 'calibration error';

/** What several models said about the same samples. */
export interface ModelOutputs {
  models: number;
  classes: number;
  /** [n] true class. */
  labels: ArrayLike<number>;
  /** [n] the independent unit that the sample belongs to: any whole numbers. */
  units: ArrayLike<number>;
  /** [models, n] predicted class. */
  predicted: ArrayLike<number>;
  /** [models, n] −log p of the true class in nats; log-loss needs it. */
  losses?: ArrayLike<number>;
  /** [models, n] probability of the predicted class, 0..1; the calibration error needs it. */
  confidence?: ArrayLike<number>;
}

/** How a metric follows from the weights of the units. */
interface Rule {
  /**
   * @param weights [count, units]
   * @param out [count, models]
   */
  evaluate(weights: Float64Array, count: number, out: Float64Array): void;
}

/** Samples of each unit: unit of a sample from 0 in order of first appearance, and how many there are. */
function unitsOf(units: ArrayLike<number>) {
  const seen = new Map<number, number>();
  const of = Uint32Array.from(units, (u) => {
    const index = seen.get(u) ?? seen.size;
    seen.set(u, index);
    return index;
  });
  return { of, count: seen.size };
}

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
      metric === 'macro-f1' || metric === 'calibration error'
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

/** Accuracy, unweighted average recall and log-loss: a weighted sum over cells, a cell being a unit (and a class). */
function linearRule(data: ModelOutputs, metric: BootstrapMetric, unitOf: Uint32Array, units: number): Rule {
  const { models, labels, predicted, losses } = data;
  const n = labels.length;
  if (metric === 'log-loss' && losses?.length !== n * models)
    throw new RangeError('Bootstrap: log-loss needs the loss of every model on every sample.');
  const byClass = metric === 'unweighted average recall';
  const cells = unitsOf(
    Array.from(labels, (label, s) => (byClass ? unitOf[s] * data.classes + label : unitOf[s])),
  );
  const cellUnit = new Uint32Array(cells.count);
  const cellClass = new Uint32Array(cells.count);
  const cellSize = new Float64Array(cells.count);
  for (let s = 0; s < n; s++) {
    cellUnit[cells.of[s]] = unitOf[s];
    cellClass[cells.of[s]] = byClass ? labels[s] : 0;
    cellSize[cells.of[s]]++;
  }
  const sums = new Float64Array(cells.count * models);
  for (let m = 0; m < models; m++)
    for (let s = 0; s < n; s++)
      sums[cells.of[s] * models + m] +=
        metric === 'log-loss' ? losses![m * n + s] : predicted[m * n + s] === labels[s] ? 1 : 0;
  const tiles = productTiles(sums, cells.count, models);
  const support = new Float64Array(byClass ? data.classes : 1);
  return {
    evaluate(weights, count, out) {
      const cellWeights = new Float64Array(count * cells.count);
      const scale = new Float64Array(count).fill(1);
      for (let r = 0; r < count; r++) {
        support.fill(0);
        for (let g = 0; g < cells.count; g++)
          support[cellClass[g]] += weights[r * units + cellUnit[g]] * cellSize[g];
        const occurring = support.reduce((k, x) => k + (x > 0 ? 1 : 0), 0);
        for (let g = 0; g < cells.count; g++) {
          const w = weights[r * units + cellUnit[g]];
          // Whole weights keep equal accuracies exactly equal; a recall's weights cannot be whole.
          cellWeights[r * cells.count + g] = byClass && w > 0 ? w / (support[cellClass[g]] * occurring) : w;
        }
        if (!byClass) scale[r] = support[0];
      }
      tiledProduct(cellWeights, count, tiles, out);
      if (byClass) return;
      for (let r = 0; r < count; r++) for (let m = 0; m < models; m++) out[r * models + m] /= scale[r];
    },
  };
}

/** Two counts in one double: the second in steps of 2²⁶. Exact below 2²⁶ each. */
const second = 2 ** 26;

/** Sparse sums of the units into a table [models, columns], and their weighted total. */
class CountTable {
  readonly table: Float64Array;
  private readonly start: Uint32Array;
  private readonly codes: Uint32Array;
  private readonly amounts: Float64Array;

  /** @param entry what model m's answer on sample s adds, and to which column */
  constructor(
    models: number,
    columns: number,
    unitOf: Uint32Array,
    units: number,
    entry: (m: number, s: number) => { column: number; amount: number },
  ) {
    const n = unitOf.length;
    this.table = new Float64Array(models * columns);
    this.start = new Uint32Array(units + 1);
    const samples: number[][] = Array.from({ length: units }, () => []);
    for (let s = 0; s < n; s++) samples[unitOf[s]].push(s);
    this.codes = new Uint32Array(n * models);
    this.amounts = new Float64Array(n * models);
    const last = new Int32Array(models * columns).fill(-1);
    let used = 0;
    for (let u = 0; u < units; u++) {
      this.start[u] = used;
      for (const s of samples[u])
        for (let m = 0; m < models; m++) {
          const { column, amount } = entry(m, s);
          const code = m * columns + column;
          if (last[code] < this.start[u]) {
            last[code] = used;
            this.codes[used++] = code;
          }
          this.amounts[last[code]] += amount;
        }
    }
    this.start[units] = used;
  }

  /** Σ_u weights[from + u] · entries of u, into `table`. */
  gather(weights: Float64Array, from: number): void {
    const { table, start, codes, amounts } = this;
    table.fill(0);
    for (let u = 0; u + 1 < start.length; u++) {
      const w = weights[from + u];
      if (w === 0) continue;
      for (let e = start[u], end = start[u + 1]; e < end; e++) table[codes[e]] += w * amounts[e];
    }
  }
}

/** Macro-F1 and the calibration error: counts per class or confidence bin. */
function countingRule(data: ModelOutputs, metric: BootstrapMetric, unitOf: Uint32Array, units: number): Rule {
  const { models, classes, labels, predicted, confidence } = data;
  const n = labels.length;
  const calibrating = metric === 'calibration error';
  if (calibrating && confidence?.length !== n * models)
    throw new RangeError(
      'Bootstrap: the calibration error needs the confidence of every model on every sample.',
    );
  const columns = calibrating ? calibrationBins : classes;
  const counts = new CountTable(models, columns, unitOf, units, (m, s) => {
    const right = predicted[m * n + s] === labels[s] ? 1 : 0;
    return calibrating
      ? { column: binOf(confidence![m * n + s]), amount: right - confidence![m * n + s] }
      : { column: predicted[m * n + s], amount: 1 + right * second };
  });
  const support = new Float64Array(classes);
  const { table } = counts;
  return {
    evaluate(weights, count, out) {
      for (let r = 0; r < count; r++) {
        counts.gather(weights, r * units);
        support.fill(0);
        for (let s = 0; s < n; s++) support[labels[s]] += weights[r * units + unitOf[s]];
        const total = support.reduce((sum, x) => sum + x, 0);
        for (let m = 0; m < models; m++) {
          let sum = 0;
          let occurring = 0;
          for (let c = 0; c < columns; c++) {
            const x = table[m * columns + c];
            if (calibrating) {
              sum += Math.abs(x);
              continue;
            }
            const right = Math.floor(x / second);
            const size = support[c] + (x - right * second);
            if (size === 0) continue;
            sum += (2 * right) / size;
            occurring++;
          }
          out[r * models + m] = sum / (calibrating ? total : occurring);
        }
      }
    },
  };
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
