/** SSFN, late and pairwise of every variant, on whole inputs and with one modality gone or worn away. */
import type { DependencyMeasure } from '../../fusion/dependency/critic';
import { dropToMeans, noiseShares, wearToNoise } from '../../fusion/drop';
import { groupsByPairs, type HeadWeights } from '../../fusion/heads';
import { joinMembers, members, type Parameters } from '../../fusion/parameters';
import type { StateSet } from '../../fusion/pairs';
import { UserError } from '../../math/errors';
import { mixSeed } from '../../math/random';
import { headIndex, headSpecs, type HeadSpec } from '../../math/skew';
import type { OpenPack } from '../../packs/open';
import { findFile, ssfnSkew } from '../../packs/parse';
import { outputsOfTask, type MetricName, type Pairing, type Task } from '../../packs/schema';
import { chunkSays } from '../../packs/study/train';
import { readSeedHeads } from '../../packs/head-seeds';
import { createPenaltyFigures, type DropRow, type Said, type Strategy } from './dependency-figures';

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

/** The strategies' heads of one variant, by each seed. */
interface SeededHeads {
  id: string;
  seeds: number[];
  /** [seed] head → its parameters, one member. */
  heads: Map<number, Parameters>[];
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
  for (const { id } of pack.variants) loaded.push(await seededOf(open, pairing, task, id, shape));
  const { la, lb } = shape;
  const specs = headSpecs(la, lb);
  const metrics: MetricName[] = task.metric === 'log-loss' ? ['log-loss'] : [task.metric, 'log-loss'];
  for (const { a, b, units, condition } of inputs) {
    const strategies = strategiesOf(open, pairing, task, condition, la, lb);
    const runs = runsOf(loaded, strategies, pack.id);
    for (const drop of allDrops) {
      const sides = {
        a: drop?.modality === 'a' ? dropped(a, drop, mixSeed(seed, condition, 'a')) : a,
        b: drop?.modality === 'b' ? dropped(b, drop, mixSeed(seed, condition, 'b')) : b,
      };
      const said = await saidBy(runs, specs, shape, sides);
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

/** One head of a strategy, by each seed. */
interface Run {
  variant: string;
  /** Index into the strategies. */
  strategy: number;
  head: number;
  /** [seeds] */
  parameters: Parameters[];
}

const runsOf = (loaded: readonly SeededHeads[], strategies: readonly Strategy[], pack: string): Run[] =>
  loaded.flatMap(({ id, heads }) =>
    strategies.map(({ head }, strategy) => ({
      variant: id,
      strategy,
      head,
      parameters: heads.map((own) => {
        const found = own.get(head);
        if (!found) throw lacking(pack, id);
        return found;
      }),
    })),
  );

/** What all of them say: those that fuse as many pairs go side by side. */
async function saidBy(
  runs: readonly Run[],
  specs: readonly HeadSpec[],
  shape: HeadWeights['shape'],
  sides: { a: StateSet; b: StateSet },
): Promise<Said[]> {
  const said: Said[] = runs.map(({ variant, strategy }) => ({ variant, strategy, probabilities: [] }));
  for (const k of new Set(runs.map(({ head }) => specs[head].k))) {
    const own = [...runs.keys()].filter((run) => specs[runs[run].head].k === k);
    const each = own.flatMap((run) => runs[run].parameters.map(() => run));
    const heads = each.map((run) => runs[run].head);
    const parameters = joinMembers(own.flatMap((run) => runs[run].parameters));
    const out = await chunkSays(
      shape,
      { k, heads, specs: heads.map((head) => specs[head]) },
      parameters,
      sides,
    );
    const size = out.length / each.length;
    each.forEach((run, at) => said[run].probabilities.push(out.subarray(at * size, (at + 1) * size)));
  }
  return said;
}

function strategiesOf(
  { pack }: OpenPack,
  pairing: Pairing,
  task: Task,
  condition: string,
  la: number,
  lb: number,
): Strategy[] {
  const skew = ssfnSkew(pack, { pairing: pairing.id, task: task.id, condition });
  const of = (strategy: Strategy['strategy'], d: number, k: number): Strategy => ({
    strategy,
    d,
    k,
    head: headIndex({ d, k }, la, lb),
  });
  return [of('ssfn', skew, 1), of('late', 0, 1), of('pairwise', 0, Math.min(la, lb))];
}

const lacking = (pack: string, variant: string): UserError =>
  new UserError(
    `The pack ${pack} does not hold all seeds of its variant ${variant}: npm run train -- ${pack} --stage variants --again.`,
  );

/**
 * The first seed's heads are in the variant's file of heads, the further ones in a file of their own; where a variant
 * ships the seeds alone, all of them are there.
 */
async function seededOf(
  open: OpenPack,
  pairing: Pairing,
  task: Task,
  variant: string,
  shape: HeadWeights['shape'],
): Promise<SeededHeads> {
  const { pack } = open;
  const keys = { pairing: pairing.id, task: task.id, variant };
  if (!findFile(pack, 'head-seeds', keys)) throw lacking(pack.id, variant);
  const seeds = readSeedHeads(await open.file('head-seeds', keys), shape, `the seeds of ${variant}`).map(
    ({ seed, groups }) => ({
      seed,
      heads: new Map(
        groups.flatMap(({ heads, parameters }) =>
          heads.map((head, at): [number, Parameters] => [head, members(parameters, at, at + 1)]),
        ),
      ),
    }),
  );
  if (findFile(pack, 'heads', keys)) {
    const { groups } = await open.heads(pairing.id, task.id, variant);
    const heads = new Map<number, Parameters>();
    for (const { k, heads: all } of groupsByPairs(shape.la, shape.lb))
      all.forEach((head, at) => heads.set(head, members(groups[k - 1].parameters, at, at + 1)));
    seeds.unshift({ seed: pack.training.seed, heads });
  }
  return { id: variant, seeds: seeds.map(({ seed }) => seed), heads: seeds.map(({ heads }) => heads) };
}

function dropped(set: StateSet, { by, share }: Drop, seed: number): StateSet {
  const states =
    by === 'means' ? dropToMeans(set.states) : wearToNoise(set.states, set.layers * set.width, share, seed);
  return { ...set, states };
}
