/** How the optimiser of a group is set, and its rate over the steps. The steps themselves: `stepper.ts`. */
import { AdamW } from '../runtime/optimiser';
import type * as tf from '../runtime/tf';
import type { ParameterSpec } from './parameters';

export interface AdamWOptions {
  beta1: number;
  beta2: number;
  epsilon: number;
  /** Decoupled, on weights only. */
  weightDecay: number;
}

export const defaultAdamW: AdamWOptions = { beta1: 0.9, beta2: 0.98, epsilon: 1e-8, weightDecay: 0.05 };

/** The optimiser of some parameters, of which the weights decay; its rate is set before each step. */
export function optimiserOf(
  specs: readonly ParameterSpec[],
  variables: readonly tf.Variable[],
  { beta1, beta2, epsilon, weightDecay }: AdamWOptions,
): AdamW {
  const weights = new Set(variables.filter((_, i) => specs[i].weight));
  return new AdamW({
    learningRate: 0,
    beta1,
    beta2,
    eps: epsilon,
    weightDecay,
    decays: (variable) => weights.has(variable),
  });
}

/** A rise over the first part, then half a cosine down to zero. @param step from 0 */
export function rateAt(step: number, total: number, peak: number): number {
  const rise = Math.max(1, Math.min(50, Math.floor(total * 0.05)));
  if (step < rise) return (peak * (step + 1)) / rise;
  return peak * 0.5 * (1 + Math.cos((Math.PI * (step - rise)) / Math.max(1, total - rise)));
}
