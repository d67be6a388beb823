/** Choices that are made on validation: the SSFN of a condition. */
import { meanAndDeviation } from '../math/probability';
import { headIndex } from '../math/skew';

export interface SkewScore {
  d: number;
  /** Means over the pairings of validation. */
  value: number;
  loss: number;
}

/** What all models reach on one pairing, [models]. */
export interface SkewDraw {
  metric: Float64Array;
  loss: Float64Array;
}

/**
 * The skews at η = 1/12 by their metric on validation, best first; equal ones by their log-loss.
 * @param sign 1 where a larger metric is better, −1 where a smaller one is
 */
export function rankSkews(draws: SkewDraw[], la: number, lb: number, sign: 1 | -1 = 1): SkewScore[] {
  const scores: SkewScore[] = [];
  for (let d = 1 - la; d < lb; d++) {
    const model = la + lb + headIndex({ d, k: 1 }, la, lb);
    const over = (of: 'metric' | 'loss') => meanAndDeviation(draws.map((draw) => draw[of][model])).mean;
    scores.push({ d, value: over('metric'), loss: over('loss') });
  }
  return scores.sort((x, y) => sign * (y.value - x.value) || x.loss - y.loss);
}
