/** How each metric of every model follows from the weights of the units: see bootstrap.ts. */
import { binOf, calibrationBins } from './metrics';
import { productTiles, tiledProduct } from './tiles';

export type BootstrapMetric =
  | 'accuracy'
  | 'unweighted average recall'
  | 'macro-f1'
  | 'log-loss'
  | 'calibration error'
  | 'mean absolute error'
  | 'correlation';

/** Whether a larger value of the metric is the better one. */
export const largerIsBetter = (metric: BootstrapMetric): boolean =>
  metric !== 'log-loss' && metric !== 'calibration error' && metric !== 'mean absolute error';

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
  /** Where the target is a number: [n] the true one and [models, n] the predicted ones; its two metrics need them. */
  numbers?: { truth: ArrayLike<number>; said: ArrayLike<number> };
}

/** How a metric follows from the weights of the units. */
export interface Rule {
  /**
   * @param weights [count, units]
   * @param out [count, models]
   */
  evaluate(weights: Float64Array, count: number, out: Float64Array): void;
}

/** Samples of each unit: unit of a sample from 0 in order of first appearance, and how many there are. */
export function unitsOf(units: ArrayLike<number>) {
  const seen = new Map<number, number>();
  const of = Uint32Array.from(units, (u) => {
    const index = seen.get(u) ?? seen.size;
    seen.set(u, index);
    return index;
  });
  return { of, count: seen.size };
}

/** Metrics that are a weighted sum over cells, a cell being a unit (and, for the recall, a class). */
export function linearRule(
  data: ModelOutputs,
  metric: BootstrapMetric,
  unitOf: Uint32Array,
  units: number,
): Rule {
  const { models, labels, predicted, losses, numbers } = data;
  const n = labels.length;
  if (metric === 'mean absolute error' && numbers?.said.length !== n * models)
    throw new RangeError('Bootstrap: the mean absolute error needs the number that every model predicts.');
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
  const amount =
    metric === 'log-loss'
      ? (at: number) => losses![at]
      : metric === 'mean absolute error'
        ? (at: number, s: number) => Math.abs(numbers!.said[at] - numbers!.truth[s])
        : (at: number, s: number) => (predicted[at] === labels[s] ? 1 : 0);
  const sums = new Float64Array(cells.count * models);
  for (let m = 0; m < models; m++)
    for (let s = 0; s < n; s++) sums[cells.of[s] * models + m] += amount(m * n + s, s);
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
export function countingRule(
  data: ModelOutputs,
  metric: BootstrapMetric,
  unitOf: Uint32Array,
  units: number,
): Rule {
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
