/** SSFN, late and pairwise of every variant, on whole inputs and with one modality gone or worn away. */
import type { DependencyMeasure } from '../../fusion/dependency/critic';
import { dropToMeans, noiseShares, wearToNoise } from '../../fusion/drop';
import type { StateSet } from '../../fusion/pairs';
import { UserError } from '../../math/errors';
import { mixSeed } from '../../math/random';
import type { OpenPack } from '../../packs/open';
import { outputsOfTask, type MetricName, type Pairing, type Task } from '../../packs/schema';
import { createPenaltyFigures, type DropRow } from './dependency-figures';
import { saidBySeeds, seededHeads, strategiesOf, type SeededHeads } from './seeds';

/** How one modality is taken away; null: both are whole. */
export interface Drop {
  modality: 'a' | 'b';
  /** `means`: its stored training means; `noise`: see `wearToNoise`. */
  by: 'means' | 'noise';
  /** Of noise, 0..1: at 1 nothing else is left. Of means always 1. */
  share: number;
}

/**
 * What `evaluate --dependency` adds to its JSON under `dependency`, and the pack's file of role `dependency-evaluation`
 * (`dependency.evaluation.json`). One row for each task, condition, metric, drop, strategy and variant.
 */
export interface DependencyEvaluation {
  schema: 1;
  split: string;
  n: number;
  /** Pairs by the pairing's seed; units and seeds are resampled together. */
  bootstrap: { resamples: number; unit: string };
  variants: { id: string; measure: DependencyMeasure | null; lambda: number; seeds: number[] }[];
  rows: (DropRow & {
    pairing: string;
    task: string;
    condition: string;
    metric: MetricName;
    drop: Drop | null;
  })[];
}

/** The drops of an evaluation: none, and of each modality its means and noise by steps, 1 among them. */
export const allDrops: readonly (Drop | null)[] = [
  null,
  ...(['a', 'b'] as const).flatMap((modality): Drop[] => [
    { modality, by: 'means', share: 1 },
    ...noiseShares.filter((share) => share > 0).map((share): Drop => ({ modality, by: 'noise', share })),
  ]),
];

/** Pairs side by side: row s of A with row s of B, standardised. */
export interface DropInput {
  a: StateSet;
  b: StateSet;
  /** [n] which unit a pair belongs to. */
  units: Uint16Array;
  condition: string;
}

export interface DropOptions {
  resamples: number;
  seed: number;
  report: (line: string) => void;
}

/** @throws UserError where the pack has no variants, or not all of their seeds */
export async function evaluateDrops(
  open: OpenPack,
  pairing: Pairing,
  task: Task,
  inputs: readonly DropInput[],
  { resamples, seed, report }: DropOptions,
): Promise<Pick<DependencyEvaluation, 'variants' | 'rows'>> {
  const { pack } = open;
  if (pack.variants.length < 2)
    throw new UserError(
      `The pack ${pack.id} has no heads that were trained with a dependency: npm run train -- ${pack.id} --stage variants.`,
    );
  const rows: DependencyEvaluation['rows'] = [];
  const loaded: SeededHeads[] = [];
  const none = await open.heads(pairing.id, task.id, 'none');
  const { shape } = none;
  for (const { id } of pack.variants) loaded.push(await seededHeads(open, pairing, task, id, shape));
  const metrics: MetricName[] = task.metric === 'log-loss' ? ['log-loss'] : [task.metric, 'log-loss'];
  for (const { a, b, units, condition } of inputs) {
    const strategies = strategiesOf(open, pairing, task, condition, shape);
    for (const drop of allDrops) {
      const sides = {
        a: drop?.modality === 'a' ? dropped(a, drop, mixSeed(seed, condition, 'a')) : a,
        b: drop?.modality === 'b' ? dropped(b, drop, mixSeed(seed, condition, 'b')) : b,
      };
      const said = await saidBySeeds(pack.id, loaded, strategies, shape, sides);
      const figures = createPenaltyFigures(said, strategies, {
        labels: a.labels,
        units,
        classes: outputsOfTask(task),
        resamples,
        seed,
      });
      for (const metric of metrics)
        for (const row of figures(metric))
          rows.push({ pairing: pairing.id, task: task.id, condition, metric, drop, ...row });
    }
    report(
      `${pack.pairings.length > 1 ? `${pairing.id}, ` : ''}${task.id}, ${condition}: variants under ${allDrops.length - 1} drops`,
    );
  }
  return {
    variants: pack.variants.map(({ id, measure, lambda }, at) => ({
      id,
      measure: measure ?? null,
      lambda: lambda ?? 0,
      seeds: loaded[at].seeds,
    })),
    rows,
  };
}

function dropped(set: StateSet, { by, share }: Drop, seed: number): StateSet {
  const states =
    by === 'means' ? dropToMeans(set.states) : wearToNoise(set.states, set.layers * set.width, share, seed);
  return { ...set, states };
}
