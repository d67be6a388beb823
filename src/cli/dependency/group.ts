/** How far the joint law of a group's modalities is from the product of all their margins, with its permutation null. */
import { dependencyMeasures } from '../../fusion/dependency/critic';
import { measureDependency, type DependencyOptions } from '../../fusion/dependency/estimate';
import { nullPartners, reorder } from '../../fusion/dependency/matrix';
import { countOf, type LayerViews } from '../../fusion/dependency/views';
import { mixSeed } from '../../math/random';
import type { JointDependency } from '../../packs/joint-file';
import type { Group } from '../../packs/schema';

/** Standardised pooled states of the same samples, by modality in the group's order. */
export interface GroupStates {
  ids: readonly string[];
  views: readonly LayerViews[];
}

/** @throws UserError where there is too little, or nothing sound, to measure */
export async function measureGroup(
  { id, modalities, layers }: Group,
  { ids, views }: GroupStates,
  { rounds = 20, ...options }: { rounds?: number } & Partial<Omit<DependencyOptions, 'measure'>> = {},
): Promise<JointDependency> {
  const seed = options.seed ?? 0;
  const n = countOf(views[0]);
  const tuple = layers.map((layer) => layer - 1);
  const measures = {} as JointDependency['measures'];
  for (const measure of dependencyMeasures) {
    const of = async (given: readonly LayerViews[], units?: readonly string[]): Promise<number> => {
      const { bound } = await measureDependency(given, [tuple], { ...options, measure }, { units });
      return bound[0];
    };
    const value = await of(views, ids);
    const nulls: number[] = [];
    for (let round = 0; round < rounds; round++)
      // every modality but the first in an order of its own
      nulls.push(
        await of(
          views.map((own, m) => (m === 0 ? own : reorder(own, nullPartners(n, mixSeed(seed, m), round)))),
        ),
      );
    measures[measure] = { value, nulls };
  }
  return {
    schema: 1,
    group: id,
    modalities: [...modalities],
    layers: [...layers],
    samples: n,
    seed,
    measures,
  };
}
