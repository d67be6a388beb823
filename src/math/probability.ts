/** Log-probabilities, their sums and means, quantiles. Rows are samples, columns classes. */

/** log Σ exp x over x[from … from + count), without overflow; −∞ for none. */
export function logSumExp(x: ArrayLike<number>, from = 0, count = x.length - from): number {
  let max = -Infinity;
  for (let i = from; i < from + count; i++) if (x[i] > max) max = x[i];
  if (!Number.isFinite(max)) return max;
  let sum = 0;
  for (let i = from; i < from + count; i++) sum += Math.exp(x[i] - max);
  return max + Math.log(sum);
}

/** Each row of z[rows, classes] less its logSumExp. A row of −∞ only has no distribution and becomes uniform. */
export function logSoftmax(z: ArrayLike<number>, classes: number): Float64Array {
  const out = Float64Array.from(z);
  for (let from = 0; from < out.length; from += classes) {
    const total = logSumExp(out, from, classes);
    for (let c = from; c < from + classes; c++)
      out[c] = total === -Infinity ? -Math.log(classes) : out[c] - total;
  }
  return out;
}

/** Each row of z[rows, classes] as a distribution. */
export const softmax = (z: ArrayLike<number>, classes: number): Float64Array =>
  logSoftmax(z, classes).map(Math.exp);

/** Column of the largest value of each row; the first of equals. */
export function argmaxRows(z: ArrayLike<number>, classes: number): Uint8Array {
  const out = new Uint8Array(z.length / classes);
  for (let r = 0; r < out.length; r++) {
    let best = 0;
    for (let c = 1; c < classes; c++) if (z[r * classes + c] > z[r * classes + best]) best = c;
    out[r] = best;
  }
  return out;
}

/**
 * Score sum, no fusion at all: log-probabilities of the two best probes added and normalised again.
 * @param logA [n, classes]
 * @param logB [n, classes]
 */
export function scoreSum(logA: ArrayLike<number>, logB: ArrayLike<number>, classes: number): Float64Array {
  if (logA.length !== logB.length) throw new RangeError('Score sum: A and B have different sizes.');
  return logSoftmax(
    Float64Array.from(logA, (a, i) => a + logB[i]),
    classes,
  );
}

/**
 * Ensemble of models: the mean of their log-probabilities, normalised (the geometric mean of the distributions).
 * @param logs one [n, classes] a model
 */
export function ensembleMean(logs: ArrayLike<number>[], classes: number): Float64Array {
  if (logs.length === 0) throw new RangeError('An ensemble needs at least one model.');
  const mean = new Float64Array(logs[0].length);
  for (const log of logs) for (let i = 0; i < mean.length; i++) mean[i] += log[i] / logs.length;
  return logSoftmax(mean, classes);
}

/** Below this a probability counts as this, so that its logarithm is finite. */
export const leastProbability = 1e-12;

/** log p, never below that of `leastProbability`. */
export const logs = (p: Float32Array): Float64Array =>
  Float64Array.from(p, (v) => Math.log(Math.max(v, leastProbability)));

/** As `ensembleMean`, of probabilities and in probabilities. */
export const ensembleOf = (probabilities: readonly Float32Array[], classes: number): Float32Array =>
  Float32Array.from(ensembleMean(probabilities.map(logs), classes), Math.exp);

/**
 * Quantile of values in ascending order, linear between the order statistics (Hyndman & Fan 1996, definition 7).
 * @param p 0..1
 * @returns NaN for no values
 */
export function quantile(sorted: ArrayLike<number>, p: number): number {
  if (sorted.length === 0) return NaN;
  const at = p * (sorted.length - 1);
  const below = Math.floor(at);
  const above = Math.min(below + 1, sorted.length - 1);
  return sorted[below] + (at - below) * (sorted[above] - sorted[below]);
}

export const mean = (x: ArrayLike<number>): number => {
  let sum = 0;
  for (let i = 0; i < x.length; i++) sum += x[i];
  return sum / x.length;
};

/** Mean and standard deviation (divisor n − 1; 0 for one value). */
export function meanAndDeviation(x: ArrayLike<number>): { mean: number; deviation: number } {
  const m = mean(x);
  let squares = 0;
  for (let i = 0; i < x.length; i++) squares += (x[i] - m) ** 2;
  return { mean: m, deviation: x.length > 1 ? Math.sqrt(squares / (x.length - 1)) : 0 };
}
