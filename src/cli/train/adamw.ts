/**
 * AdamW (Loshchilov & Hutter 2019, algorithm 2) with clipping by the global norm and an average of the weights, over
 * one flat array: the threads of a data-parallel run share it, and the result does not depend on how many they are.
 */

export interface AdamWOptions {
  learningRate: number;
  beta1: number;
  beta2: number;
  epsilon: number;
  weightDecay: number;
  /** The gradient's norm is scaled down to this. */
  clip: number;
  /** Of the average of the weights, a step; it begins lower (Tarvainen & Valpola 2017). */
  averageDecay: number;
}

export interface AdamWState {
  /** Steps taken. */
  step: number;
  weights: Float32Array;
  average: Float32Array;
  m: Float32Array;
  v: Float32Array;
}

export function startAdamW(weights: Float32Array): AdamWState {
  const n = weights.length;
  return { step: 0, weights, average: weights.slice(), m: new Float32Array(n), v: new Float32Array(n) };
}

/**
 * One step, in place.
 * @param gradients summed in their order, each already divided by how many they are
 * @param decayed 1 where weight decay applies, by element
 * @returns the norm of the gradient before clipping; where it is not finite nothing is changed
 */
export function stepAdamW(
  state: AdamWState,
  gradients: Float32Array[],
  decayed: Uint8Array,
  { learningRate, beta1, beta2, epsilon, weightDecay, clip, averageDecay }: AdamWOptions,
): number {
  const { weights, average, m, v } = state;
  const sum = gradients[0];
  for (let g = 1; g < gradients.length; g++) {
    const other = gradients[g];
    for (let i = 0; i < sum.length; i++) sum[i] += other[i];
  }
  let squared = 0;
  for (let i = 0; i < sum.length; i++) squared += sum[i] * sum[i];
  const norm = Math.sqrt(squared);
  if (!Number.isFinite(norm)) return norm;
  state.step++;
  const scale = norm > clip ? clip / norm : 1;
  const size = learningRate / (1 - beta1 ** state.step);
  const correction = 1 / (1 - beta2 ** state.step);
  const keep = Math.min(averageDecay, (1 + state.step) / (10 + state.step));
  for (let i = 0; i < sum.length; i++) {
    const g = sum[i] * scale;
    m[i] = beta1 * m[i] + (1 - beta1) * g;
    v[i] = beta2 * v[i] + (1 - beta2) * g * g;
    weights[i] -=
      (size * m[i]) / (Math.sqrt(v[i] * correction) + epsilon) +
      learningRate * weightDecay * decayed[i] * weights[i];
    average[i] += (1 - keep) * (weights[i] - average[i]);
  }
  return norm;
}

/** A second cycle: the rate rises to a lower peak and falls again (Loshchilov & Hutter 2017, SGDR). */
export interface Refinement {
  steps: number;
  peak: number;
}

export interface Schedule {
  peak: number;
  warmUp: number;
  total: number;
  /** Share of the steps over which the rate falls to zero at the end. */
  decay: number;
  /** After `total`. */
  refine?: Refinement;
}

/**
 * Warm-up, constant, then a cosine down to zero (Hu et al. 2024, MiniCPM, §4.2). Until the fall begins it does not
 * depend on the total, so a run can be made longer or shorter when it is resumed.
 */
export function rateAt(step: number, { peak, warmUp, total, decay, refine }: Schedule): number {
  if (refine && step >= total) {
    const again = {
      peak: refine.peak,
      warmUp: Math.ceil(refine.steps / 20),
      total: refine.steps,
      decay: 0.95,
    };
    return rateAt(step - total, again);
  }
  if (step < warmUp) return (peak * (step + 1)) / warmUp;
  const start = total * (1 - decay);
  if (step < start) return peak;
  return peak * 0.5 * (1 + Math.cos(Math.PI * Math.min(1, (step - start) / Math.max(1, total - start))));
}
