/** SSFN, late and pairwise of a variant by every seed that the pack ships: its own heads, and those of further seeds. */
import { groupsByPairs, type HeadWeights } from '../../fusion/heads';
import { joinMembers, members, type Parameters } from '../../fusion/parameters';
import type { StateSet } from '../../fusion/pairs';
import { UserError } from '../../math/errors';
import { ensembleOf } from '../../math/probability';
import { headIndex, headSpecs, type HeadSpec } from '../../math/skew';
import type { OpenPack } from '../../packs/open';
import { findFile, ssfnSkew } from '../../packs/parse';
import type { Pairing, Task } from '../../packs/schema';
import { chunkSays } from '../../packs/study/train';
import type { Side } from '../heads/predict';
import type { Said, Strategy } from './dependency-figures';

/** The strategies' heads of one variant, by each seed. */
export interface SeededHeads {
  id: string;
  seeds: number[];
  /** [seed] head → its parameters, one member. */
  heads: Map<number, Parameters>[];
}

/** SSFN, late and pairwise, in this order. */
export function strategiesOf(
  { pack }: OpenPack,
  pairing: Pairing,
  task: Task,
  condition: string,
  { la, lb }: HeadWeights['shape'],
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

/** Whether the pack ships further seeds of a variant. */
export const hasSeeds = ({ pack }: OpenPack, pairing: Pairing, task: Task, variant: string): boolean =>
  Boolean(findFile(pack, 'head-seeds', { pairing: pairing.id, task: task.id, variant }));

/**
 * The first seed's heads are in the variant's file of heads, the further ones in a file of their own; where a variant
 * ships the seeds alone, all of them are there.
 * @throws UserError where the pack ships no seeds of the variant
 */
export async function seededHeads(
  open: OpenPack,
  pairing: Pairing,
  task: Task,
  variant: string,
  shape: HeadWeights['shape'],
): Promise<SeededHeads> {
  const { pack } = open;
  const keys = { pairing: pairing.id, task: task.id, variant };
  if (!hasSeeds(open, pairing, task, variant)) throw lacking(pack.id, variant);
  const seeds = (await open.seeds(pairing.id, task.id, variant)).map(({ seed, groups }) => ({
    seed,
    heads: new Map(
      groups.flatMap(({ heads, parameters }) =>
        heads.map((head, at): [number, Parameters] => [head, members(parameters, at, at + 1)]),
      ),
    ),
  }));
  if (findFile(pack, 'heads', keys)) {
    const { groups } = await open.heads(pairing.id, task.id, variant);
    const heads = new Map<number, Parameters>();
    for (const { k, heads: all } of groupsByPairs(shape.la, shape.lb))
      all.forEach((head, at) => heads.set(head, members(groups[k - 1].parameters, at, at + 1)));
    seeds.unshift({ seed: pack.training.seed, heads });
  }
  return { id: variant, seeds: seeds.map(({ seed }) => seed), heads: seeds.map(({ heads }) => heads) };
}

/**
 * What all strategies of all variants say by each seed: heads that fuse as many pairs go side by side.
 * @param sides pairs side by side, standardised
 * @throws UserError where a variant lacks a strategy's head
 */
export async function saidBySeeds(
  pack: string,
  loaded: readonly SeededHeads[],
  strategies: readonly Strategy[],
  shape: HeadWeights['shape'],
  sides: { a: StateSet; b: StateSet },
): Promise<Said[]> {
  const runs = runsOf(pack, loaded, strategies);
  const specs: HeadSpec[] = headSpecs(shape.la, shape.lb);
  const said: Said[] = runs.map(({ variant, strategy }) => ({ variant, strategy, probabilities: [] }));
  for (const k of new Set(strategies.map((strategy) => strategy.k))) {
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

/**
 * What each strategy's seeds say as one model, [n, classes] each.
 * @param sides pairs side by side, standardised
 */
export async function saidByEnsembles(
  pack: string,
  seeded: SeededHeads,
  strategies: readonly Strategy[],
  shape: HeadWeights['shape'],
  sides: { a: StateSet; b: StateSet },
): Promise<Float32Array[]> {
  const said = await saidBySeeds(pack, [seeded], strategies, shape, sides);
  return said.map(({ probabilities }) => ensembleOf(probabilities, shape.classes));
}

/** The rows of a side as states of their own. @param labels [rows] */
export function rowsOfSide({ layers, width, states, rows }: Omit<Side, 'ids'>, labels: Uint8Array): StateSet {
  const size = layers * width;
  const own = new Float32Array(rows.length * size);
  for (let s = 0; s < rows.length; s++)
    own.set(states.subarray(rows[s] * size, (rows[s] + 1) * size), s * size);
  return { layers, width, variants: 1, states: own, labels };
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

const runsOf = (pack: string, loaded: readonly SeededHeads[], strategies: readonly Strategy[]): Run[] =>
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

const lacking = (pack: string, variant: string): UserError =>
  new UserError(
    `The pack ${pack} does not hold all seeds of its variant ${variant}: npm run train -- ${pack} --stage variants --again.`,
  );
