/**
 * The three lower bounds from the scores of T, over true tuples (E) and shuffled ones (E'). DESIGN "dependency",
 * after Colombo et al. 2021, §3.1; T of the f-divergence is 1 + score, so that a network of zeros gives 0 for all.
 */
import * as tf from '../../runtime/tf';
import { logSumExp, mean } from '../../math/probability';
import type { DependencyMeasure } from './critic';

/** Of one member: scores of true and of shuffled tuples, as reported. */
export function boundOf(joint: Float32Array, shuffled: Float32Array, measure: DependencyMeasure): number {
  const first = mean(joint);
  if (measure === 'wasserstein') return first - mean(shuffled);
  const log = logSumExp(shuffled) - Math.log(shuffled.length);
  return measure === 'kl' ? first - log : first + 1 - Math.exp(log);
}

/**
 * What T and the heads climb, of each member.
 *
 * −log z ≥ 1 − log c − z/c with equality at z = c: at c = 1 that is the f-divergence bound; at the moving average of
 * E'[eᵗ] it is Donsker–Varadhan with the gradient of MINE (Belghazi et al. 2018, §3.2), whose denominator does not
 * depend on the minibatch, so that the gradient is not biased by it.
 *
 * @param joint [G, n] scores of true tuples
 * @param shuffled [G, m] of shuffled ones
 * @param average [G] moving average of E'[eᵗ], used by KL alone
 * @returns [G], and E'[eᵗ] of this batch, [G], for KL's average
 */
export function objective(
  joint: tf.Tensor,
  shuffled: tf.Tensor,
  measure: DependencyMeasure,
  average: tf.Tensor | null,
): { value: tf.Tensor; exponential: tf.Tensor | null } {
  const first = tf.mean(joint, 1);
  if (measure === 'wasserstein') return { value: tf.sub(first, tf.mean(shuffled, 1)), exponential: null };
  const exponential = tf.mean(tf.exp(shuffled), 1);
  const centre = measure === 'kl' && average ? average : tf.scalar(1);
  const tangent = tf.sub(tf.sub(1, tf.log(centre)), tf.div(exponential, centre));
  return { value: tf.add(first, tangent), exponential };
}

/** Share of the newest batch in the moving average. */
export const newest = 0.1;

/** The next moving average, [G]; it starts at 1, which is E'[eᵗ] of a network that says nothing yet. */
export const nextAverage = (average: tf.Tensor, exponential: tf.Tensor): tf.Tensor =>
  tf.add(tf.mul(average, 1 - newest), tf.mul(exponential, newest));
