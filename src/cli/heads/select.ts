/** Choices that are made on validation: the SSFN of a condition. */
import { meanAndDeviation } from '../../math/probability';
import { headIndex } from '../../math/skew';
import type { Bootstrap } from '../../math/bootstrap';

export interface SkewScore {
  d: number;
  /** Over the pairings of validation. */
  accuracy: number;
  loss: number;
}

/**
 * The skews at η = 1/12 by their metric on validation, best first; equal ones by their log-loss.
 * @param draws of each pairing: the value of the metric and of the log-loss of every model
 */
export function rankSkews(
  draws: { metric: Bootstrap['value']; loss: Bootstrap['value'] }[],
  la: number,
  lb: number,
): SkewScore[] {
  const scores: SkewScore[] = [];
  for (let d = 1 - la; d < lb; d++) {
    const model = la + lb + headIndex({ d, k: 1 }, la, lb);
    const over = (of: 'metric' | 'loss') => meanAndDeviation(draws.map((draw) => draw[of][model])).mean;
    scores.push({ d, accuracy: over('metric'), loss: over('loss') });
  }
  return scores.sort((x, y) => y.accuracy - x.accuracy || x.loss - y.loss);
}
