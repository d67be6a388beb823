/** AdamW over the parameters of a group. Element by element, so a member's steps never depend on the others. */
import type { Parameters, ParameterSpec } from './parameters';

export interface AdamWOptions {
  beta1: number;
  beta2: number;
  epsilon: number;
  /** Decoupled, on weights only. */
  weightDecay: number;
}

export const defaultAdamW: AdamWOptions = { beta1: 0.9, beta2: 0.98, epsilon: 1e-8, weightDecay: 0.05 };

interface Moments {
  m: Float32Array;
  v: Float32Array;
}

/** Loshchilov & Hutter 2019, algorithm 2. */
export class AdamW {
  private taken = 0;
  private readonly moments: Record<string, Moments>;

  constructor(
    private readonly parameters: Parameters,
    private readonly specs: readonly ParameterSpec[],
    private readonly options: AdamWOptions,
  ) {
    this.moments = Object.fromEntries(
      Object.entries(parameters).map(([name, { data }]) => [
        name,
        { m: new Float32Array(data.length), v: new Float32Array(data.length) },
      ]),
    );
  }

  /** One step, in place. @param gradients name → values, of each parameter's size */
  step(gradients: Record<string, Float32Array>, rate: number): void {
    const { beta1, beta2, epsilon, weightDecay } = this.options;
    this.taken++;
    const size = rate / (1 - beta1 ** this.taken);
    const correction = 1 / (1 - beta2 ** this.taken);
    for (const { name, weight } of this.specs) {
      const { data } = this.parameters[name];
      const { m, v } = this.moments[name];
      const gradient = gradients[name];
      const keep = 1 - (weight ? rate * weightDecay : 0);
      for (let i = 0; i < data.length; i++) {
        const g = gradient[i];
        const mi = (m[i] = beta1 * m[i] + (1 - beta1) * g);
        const vi = (v[i] = beta2 * v[i] + (1 - beta2) * g * g);
        data[i] = keep * data[i] - (size * mi) / (Math.sqrt(vi * correction) + epsilon);
      }
    }
  }
}

/** A rise over the first part, then half a cosine down to zero. @param step from 0 */
export function rateAt(step: number, total: number, peak: number): number {
  const rise = Math.max(1, Math.min(50, Math.floor(total * 0.05)));
  if (step < rise) return (peak * (step + 1)) / rise;
  return peak * 0.5 * (1 + Math.cos((Math.PI * (step - rise)) / Math.max(1, total - rise)));
}
