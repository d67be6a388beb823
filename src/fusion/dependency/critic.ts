/**
 * The statistical network T of a dependency, for a group of G tuples of layers at once: one hidden layer over the
 * modalities side by side,
 *
 *   t(x₁ … x_M) = wᵀ |V₁ x₁ + … + V_M x_M + c| + b
 *
 * The absolute value suits the question: |v·a − u·b| says how far two codes of the same thing are apart; and its
 * slope is ±1 everywhere, so that dividing by norms costs a 1-Lipschitz network little (Anil et al. 2019, §3).
 */
import type { FusedCritics } from '../../runtime/kernels/critic';
import { linear } from '../../runtime/ops';
import * as tf from '../../runtime/tf';
import { newest } from './bounds';
import type { ParameterSpec, ParameterTensors } from '../parameters';

/** KL by Donsker–Varadhan, the f-divergence bound, Wasserstein. */
export type DependencyMeasure = 'kl' | 'f' | 'wasserstein';
export const dependencyMeasures: readonly DependencyMeasure[] = ['kl', 'f', 'wasserstein'];

export interface CriticShape {
  /** Widths of the modalities that T reads, in their order. */
  widths: readonly number[];
  hidden: number;
}

export const inputWidth = ({ widths }: CriticShape): number => widths.reduce((sum, width) => sum + width, 0);

export function criticParameters(shape: CriticShape): ParameterSpec[] {
  const [width, { hidden }] = [inputWidth(shape), shape];
  return [
    { name: 'mix', shape: [width, hidden], init: { deviation: 1 / Math.sqrt(width) }, weight: true },
    { name: 'mixBias', shape: [hidden], init: { deviation: 0.5 }, weight: false },
    { name: 'out', shape: [hidden, 1], init: { deviation: 0.1 / Math.sqrt(hidden) }, weight: true },
    { name: 'outBias', shape: [1], init: { constant: 0 }, weight: false },
  ];
}

/**
 * KL and f take the exponential of T, so T is bent softly into ±limit: e¹⁰ is a good float32, and a bounded T gives
 * a bound all the same.
 */
export const scoreLimit = 10;

/**
 * T of rows, without the constant 1 of the f-divergence (its T is 1 + this).
 * @param p parameters with the group axis, see `criticParameters`
 * @param x [G, rows, Σ widths]
 * @returns [G, rows]
 */
export function scoreRows(p: ParameterTensors, x: tf.Tensor, measure: DependencyMeasure): tf.Tensor {
  const [groups, rows] = x.shape as number[];
  const hidden = tf.abs(linear(x, p.mix, p.mixBias));
  const t = tf.reshape(linear(hidden, p.out, p.outBias), [groups, rows]);
  if (measure === 'wasserstein') return tf.div(t, lipschitzBound(p));
  return tf.mul(tf.tanh(tf.div(t, scoreLimit)), scoreLimit);
}

/** T as the side module takes it, which climbs what `objective` says. */
export const fusedCritics = ({ widths, hidden }: CriticShape, measure: DependencyMeasure): FusedCritics => ({
  widths,
  hidden,
  lipschitz: measure === 'wasserstein',
  limit: scoreLimit,
  gramSteps,
  newest: measure === 'kl' ? newest : 0,
});

/** [G, 1] what t's slope never exceeds: ‖w‖ times a bound of V's largest singular value. */
function lipschitzBound(p: ParameterTensors): tf.Tensor {
  const norm = tf.sqrt(tf.add(tf.sum(tf.square(p.out), [1, 2], true), 1e-12));
  return tf.reshape(tf.mul(norm, largestSingularValue(p.mix)), [-1, 1]);
}

const gramSteps = 5;

/**
 * An upper bound of the largest singular value, by Gram iteration (Delattre et al. 2023, theorem 1): the Frobenius
 * norm bounds it, and the loss shrinks by a square root with each product of the Gram matrix with itself. Unlike power
 * iteration, which comes from below, it never falls short: after 5 steps it is at most (least side)^(1/128) too large: 3 % for 48.
 * @param w [G, in, out]
 * @returns [G, 1, 1]
 */
export function largestSingularValue(w: tf.Tensor): tf.Tensor {
  const [, from, to] = w.shape as number[];
  let gram = from < to ? tf.matMul(w, w, false, true) : tf.matMul(w, w, true, false);
  // σ(M) = f σ(M/f · M/f)^½, so log σ(M) is a sum over the steps of 2⁻ᵏ log fₖ
  let log: tf.Tensor = tf.zeros([w.shape[0], 1, 1]);
  for (let step = 0, share = 0.5; ; step++, share /= 2) {
    const norm = tf.sqrt(tf.add(tf.sum(tf.square(gram), [1, 2], true), 1e-24));
    log = tf.add(log, tf.mul(tf.log(norm), share));
    if (step === gramSteps) return tf.exp(log);
    const scaled = tf.div(gram, norm);
    gram = tf.matMul(scaled, scaled);
  }
}
