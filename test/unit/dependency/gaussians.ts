/** Normal samples whose dependency is known in closed form. */
import type { LayerViews } from '../../../src/fusion/dependency/views';
import { normal, seededRandom } from '../../../src/math/random';

export const views = (name: string, width: number, states: Float32Array, layers = 1): LayerViews => ({
  name,
  layers,
  width,
  states,
});

/** n pairs of standard normal vectors, dimension by dimension correlated by ρ. */
export function correlatedPair(n: number, width: number, rho: number, seed = 0): [LayerViews, LayerViews] {
  const random = seededRandom('correlated', width, Math.round(1000 * rho), seed);
  const x = Float32Array.from({ length: n * width }, () => normal(random));
  const y = x.map((value) => rho * value + Math.sqrt(1 - rho * rho) * normal(random));
  return [views('A', width, x), views('B', width, y)];
}

/** −½ Σ log(1 − ρ²), in nats. */
export const mutualInformation = (width: number, rho: number): number =>
  -0.5 * width * Math.log(1 - rho * rho);

/** W₂ of the joint law and the product of its margins: √(Σ (√(1+ρ) − 1)² + (√(1−ρ) − 1)²); W₁ is at most that. */
export const wasserstein2 = (width: number, rho: number): number =>
  Math.sqrt(width * ((Math.sqrt(1 + rho) - 1) ** 2 + (Math.sqrt(1 - rho) - 1) ** 2));

/** Modalities that share one normal source: every two are correlated by `share`. */
export function sharedSource(n: number, modalities: number, share: number, seed = 0): LayerViews[] {
  const random = seededRandom('shared', seed);
  const source = Float32Array.from({ length: n }, () => normal(random));
  return Array.from({ length: modalities }, (_, m) =>
    views(
      'ABC'[m],
      1,
      source.map((value) => Math.sqrt(share) * value + Math.sqrt(1 - share) * normal(random)),
    ),
  );
}

/**
 * Total correlation −½ log det of unit variances with correlation `share` everywhere:
 * det = (1 − r)^(m−1) (1 + (m − 1) r).
 */
export const totalCorrelation = (modalities: number, share: number): number =>
  -0.5 * ((modalities - 1) * Math.log(1 - share) + Math.log(1 + (modalities - 1) * share));
