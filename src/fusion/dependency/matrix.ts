/** Dependency as an alignment matrix: every layer of A with every layer of B, and what it is where nothing is paired. */
import { derangement } from '../../math/permutation';
import { seededRandom } from '../../math/random';
import {
  measureDependency,
  type Dependency,
  type DependencyContext,
  type DependencyOptions,
} from './estimate';
import type { LayerViews } from './views';

/**
 * All layer pairs of two modalities.
 * @param a [n, la, widthA] standardised pooled states; row s of A is paired with row s of B
 * @returns bounds [la·lb] row by row of A, and the statistical networks that gave them
 * @throws UserError where there is too little, or nothing sound, to measure; the signal's reason when aborted
 */
export const dependencyMatrix = (
  a: LayerViews,
  b: LayerViews,
  options: Partial<DependencyOptions> & Pick<DependencyOptions, 'measure'>,
  context?: DependencyContext,
): Promise<Dependency> => measureDependency([a, b], layerPairs(a.layers, b.layers), options, context);

/** (i, j) from 0, row by row of A. */
export const layerPairs = (la: number, lb: number): [number, number][] =>
  Array.from({ length: la * lb }, (_, p) => [Math.floor(p / lb), p % lb]);

/** The partners of a null: every sample of A with one of B that is not its own. Some by chance are of its class. */
export const nullPartners = (n: number, seed: number, round: number): Uint32Array =>
  derangement(n, seededRandom(seed, 'null', round));

/** The same states in another order of the samples. */
export function reorder({ states, ...views }: LayerViews, order: ArrayLike<number>): LayerViews {
  const size = views.layers * views.width;
  const out = new Float32Array(states.length);
  for (let s = 0; s < order.length; s++)
    out.set(states.subarray(order[s] * size, (order[s] + 1) * size), s * size);
  return { ...views, states: out };
}
