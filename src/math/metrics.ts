/**
 * Metrics of predictions against labels. Classes are 0 … classes − 1. With no sample every metric is NaN.
 * Bootstrap intervals of the same metrics are in bootstrap.ts; a test holds the two to the same values.
 */
import { mean } from './probability';

type Classes = ArrayLike<number>;

const sameLength = (a: ArrayLike<unknown>, b: ArrayLike<unknown>) => {
  if (a.length !== b.length) throw new RangeError(`Lengths differ: ${a.length} and ${b.length}.`);
};

/** @returns [classes, classes] counts: row the true class, column the predicted one */
export function confusionMatrix(predicted: Classes, labels: Classes, classes: number): Uint32Array {
  sameLength(predicted, labels);
  const counts = new Uint32Array(classes * classes);
  for (let s = 0; s < labels.length; s++) counts[labels[s] * classes + predicted[s]]++;
  return counts;
}

/** Share of the samples predicted right, 0..1. */
export function accuracy(predicted: Classes, labels: Classes): number {
  sameLength(predicted, labels);
  let right = 0;
  for (let s = 0; s < labels.length; s++) if (predicted[s] === labels[s]) right++;
  return right / labels.length;
}

/** Per class: recall, precision and F1 from a confusion matrix. NaN where a denominator is zero. */
export function classScores(confusion: ArrayLike<number>, classes: number) {
  return Array.from({ length: classes }, (_, c) => {
    let support = 0;
    let predicted = 0;
    for (let o = 0; o < classes; o++) {
      support += confusion[c * classes + o];
      predicted += confusion[o * classes + c];
    }
    const right = confusion[c * classes + c];
    return {
      support,
      predicted,
      recall: right / support,
      precision: right / predicted,
      f1: (2 * right) / (support + predicted),
    };
  });
}

/** Unweighted average recall: the mean recall of the classes that occur among the labels, 0..1. */
export const unweightedAverageRecall = (predicted: Classes, labels: Classes, classes: number): number =>
  mean(
    classScores(confusionMatrix(predicted, labels, classes), classes)
      .filter((c) => c.support > 0)
      .map((c) => c.recall),
  );

/** Macro-F1: the mean F1 of the classes that occur among the labels or the predictions, 0..1. */
export const macroF1 = (predicted: Classes, labels: Classes, classes: number): number =>
  mean(
    classScores(confusionMatrix(predicted, labels, classes), classes)
      .filter((c) => c.support + c.predicted > 0)
      .map((c) => c.f1),
  );

/**
 * Mean −log p of the true class, in nats; ∞ where a true class was given no probability.
 * @param logProbabilities [n, classes]
 */
export function logLoss(logProbabilities: ArrayLike<number>, labels: Classes, classes: number): number {
  if (logProbabilities.length !== labels.length * classes)
    throw new RangeError('Log-loss: probabilities and labels differ in number.');
  let sum = 0;
  for (let s = 0; s < labels.length; s++) sum -= logProbabilities[s * classes + labels[s]];
  return sum / labels.length;
}

/** One bin of a reliability diagram; mean confidence and accuracy are NaN where it is empty. */
export interface ReliabilityBin {
  from: number;
  to: number;
  count: number;
  confidence: number;
  accuracy: number;
}

export const calibrationBins = 15;

/** Bin of a confidence among equal widths: (from, to], and 0 in the first. Guo et al. 2017, §2. */
export const binOf = (confidence: number, bins = calibrationBins): number =>
  Math.min(bins - 1, Math.max(0, Math.ceil(confidence * bins - 1e-9) - 1));

/**
 * Expected calibration error, Σ_b n_b/n |accuracy_b − confidence_b| over equal-width bins (Guo et al. 2017, eq. 5),
 * and the bins themselves.
 * @param confidence [n] probability of the predicted class, 0..1
 * @param right [n] 1 where the prediction is right, else 0
 */
export function calibration(
  confidence: ArrayLike<number>,
  right: ArrayLike<number>,
  bins = calibrationBins,
): { error: number; bins: ReliabilityBin[] } {
  sameLength(confidence, right);
  const count = new Float64Array(bins);
  const sure = new Float64Array(bins);
  const hits = new Float64Array(bins);
  for (let s = 0; s < right.length; s++) {
    const b = binOf(confidence[s], bins);
    count[b]++;
    sure[b] += confidence[s];
    hits[b] += right[s];
  }
  let error = 0;
  for (let b = 0; b < bins; b++) error += Math.abs(hits[b] - sure[b]) / right.length;
  return {
    error: right.length === 0 ? NaN : error,
    bins: Array.from({ length: bins }, (_, b) => ({
      from: b / bins,
      to: (b + 1) / bins,
      count: count[b],
      confidence: sure[b] / count[b],
      accuracy: hits[b] / count[b],
    })),
  };
}

export function meanAbsoluteError(predicted: ArrayLike<number>, truth: ArrayLike<number>): number {
  sameLength(predicted, truth);
  let sum = 0;
  for (let s = 0; s < truth.length; s++) sum += Math.abs(predicted[s] - truth[s]);
  return sum / truth.length;
}

/** Pearson's product-moment correlation, −1..1; 0 where either side is constant. */
export function pearson(x: ArrayLike<number>, y: ArrayLike<number>): number {
  sameLength(x, y);
  const mx = mean(x);
  const my = mean(y);
  let xy = 0;
  let xx = 0;
  let yy = 0;
  for (let s = 0; s < x.length; s++) {
    xy += (x[s] - mx) * (y[s] - my);
    xx += (x[s] - mx) ** 2;
    yy += (y[s] - my) ** 2;
  }
  if (x.length === 0) return NaN;
  // Rounding of the mean leaves a constant column a tiny variance: relative to its size that is zero.
  const tiny = (ss: number, m: number) => ss <= 1e-24 * x.length * m * m;
  if (tiny(xx, mx) || tiny(yy, my)) return 0;
  return Math.max(-1, Math.min(1, xy / Math.sqrt(xx * yy)));
}

/** Ranks from 1; equal values share the mean of their ranks. */
export function ranks(x: ArrayLike<number>): Float64Array {
  const order = Array.from(x, (_, i) => i).sort((a, b) => x[a] - x[b]);
  const out = new Float64Array(x.length);
  for (let from = 0; from < order.length;) {
    let to = from + 1;
    while (to < order.length && x[order[to]] === x[order[from]]) to++;
    for (let r = from; r < to; r++) out[order[r]] = (from + 1 + to) / 2;
    from = to;
  }
  return out;
}

/** Spearman's rank correlation: Pearson's of the ranks, ties sharing theirs. */
export const spearman = (x: ArrayLike<number>, y: ArrayLike<number>): number => pearson(ranks(x), ranks(y));
