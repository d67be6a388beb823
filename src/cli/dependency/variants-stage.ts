/**
 * The stage `variants` of a pack: its heads once more for each measure with the penalty in their loss, from the states,
 * the standardisation, the conditions and the noise that the pack has.
 */
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { dependencyMeasures, type DependencyMeasure } from '../../fusion/dependency/critic';
import { folderSource } from '../../packs/folder';
import { writeSeedHeads } from '../../packs/head-seeds';
import { openPack } from '../../packs/open';
import { parsePack, ssfnSkew } from '../../packs/parse';
import type { Pack, PackFile } from '../../packs/schema';
import { writeHeads } from '../../packs/weights';
import { assemblePack, type PackContent } from '../../packs/write';
import { startNode } from '../../runtime/node';
import { headShape } from '../heads/fit';
import type { DependencyTerm } from '../heads/messages';
import { writeFiles } from '../heads/pack-folder';
import { refitModalities } from '../heads/selection';
import { Threads } from '../heads/threads';
import { settingsOf } from '../heads/settings';
import { filesOf } from '../heads/validate';
import {
  chooseLambda,
  lambdaGrid,
  seededHeads,
  trainSeeds,
  trainVariant,
  type LambdaTrial,
  type SeedChunks,
} from './variants';
import { seenByEncoder, standardOf, startBefore, startFrom, type Start } from './variants-start';

export interface VariantsOptions {
  /** All three. */
  measures?: readonly DependencyMeasure[];
  /** Train what the pack has already once more. */
  again?: boolean;
  /** Of SSFN, late and pairwise (5). */
  seeds?: number;
  grid?: readonly number[];
  threads?: number;
  /** Keep the states in .cache (true). */
  keep?: boolean;
  report?: (line: string) => void;
}

/**
 * pack.json is written after each variant, so that a run that is stopped goes on with the next.
 * @param packDir models/<pack>, with its heads
 * @param dataDir only its training and validation splits are read
 * @throws UserError where the pack and the data do not belong together
 */
export async function variantsStage(
  packDir: string,
  dataDir: string,
  options: VariantsOptions = {},
): Promise<Pack> {
  const { measures = dependencyMeasures, again = false, seeds = 5, grid = lambdaGrid, keep } = options;
  const report = options.report ?? console.log;
  await startNode();
  const open = await openPack(folderSource(packDir));
  let { pack } = open;
  const wanted = measures.filter((measure) => again || !pack.variants.some(({ id }) => id === measure));
  const alone = again || !pack.files.some(({ role, variant }) => role === 'head-seeds' && variant === 'none');
  for (const measure of measures)
    if (!wanted.includes(measure))
      report(`${measure}: the pack has it already (--again trains it once more)`);
  if (wanted.length === 0 && !alone) return pack;
  const threads = new Threads(options.threads ?? 1);
  try {
    const refit = refitModalities(
      packDir,
      pack.modalities.map(({ id }) => id),
    );
    const given = { packDir, dataDir, keep, refit };
    const start = await startFrom(open, given, threads, report);
    // of an encoder that was refit, validation is no longer unseen
    const before =
      refit.length > 0 && wanted.length > 0
        ? await startBefore(open, given, threads, report)
        : { start, seen: false };
    const [pairing] = pack.pairings;
    const [task] = pack.tasks;
    if (alone) pack = await add(packDir, await trainOne(start, null, seeds, threads, report));
    for (const measure of wanted) {
      const data = before.start.dataOf(pairing, task);
      const skew = ssfnSkew(pack, { pairing: pairing.id, task: task.id, condition: standardOf(pack) });
      const how = start.trainingOf(pairing);
      const { chosen, trials } = await chooseLambda(data, measure, skew, how, threads, grid);
      for (const { lambda, loss, accuracy } of trials)
        report(`${measure}, λ = ${lambda}: log-loss ${loss.toFixed(4)}, accuracy ${accuracy.toFixed(3)}`);
      const term: Term = {
        ...chosen,
        trials: trials.map(rounded),
        ...(before.seen && { chosenWith: seenByEncoder(refit) }),
      };
      pack = await add(packDir, await trainOne(start, term, seeds, threads, report));
    }
    return pack;
  } finally {
    await threads.stop();
  }
}

interface Term extends DependencyTerm {
  trials: LambdaTrial[];
  chosenWith?: string;
}

const rounded = ({ lambda, loss, accuracy }: LambdaTrial): LambdaTrial => ({
  lambda,
  loss: Number(loss.toFixed(4)),
  accuracy: Number(accuracy.toFixed(4)),
});

interface Made {
  variant: Pack['variants'][number];
  contents: PackContent[];
  about: object;
}

/** One variant, for all pairings and tasks. @param term null: `none`, whose heads the pack has but for the further seeds */
async function trainOne(
  { pack, trainingOf, dataOf, keptOf }: Start,
  term: Term | null,
  seeds: number,
  threads: Threads,
  report: (line: string) => void,
): Promise<Made> {
  const id = term?.measure ?? 'none';
  const settings = settingsOf(pack.id);
  const contents: PackContent[] = [];
  const begun = performance.now();
  for (const pairing of pack.pairings)
    for (const task of pack.tasks) {
      const data = dataOf(pairing, task);
      const training = trainingOf(pairing);
      const shape = headShape(data);
      const skews = pack.conditions.map((condition) =>
        ssfnSkew(pack, { pairing: pairing.id, task: task.id, condition: condition.id }),
      );
      const heads = seededHeads(skews, shape.la, shape.lb);
      const name = pack.pairings.length > 1 ? `${id}, ${pairing.id}, ${task.id}` : `${id}, ${task.id}`;
      const onChunk = (done: number, total: number): void => {
        if (done === total || done % 10 === 0) report(`${name}: ${done} of ${total} chunks`);
      };
      const how = { seeds, kept: keptOf(pairing, task), onChunk };
      const keys = { pairing: pairing.id, task: task.id, variant: id, when: 'lazy' } as const;
      const files: PackContent[] = [];
      let further: SeedChunks[];
      const penalty = term ? { measure: term.measure, lambda: term.lambda } : undefined;
      if (penalty && !settings.seedsOnly?.includes(task.id)) {
        const trained = await trainVariant(data, penalty, heads, training, threads, how);
        further = trained.further;
        files.push({
          ...keys,
          path: `heads.${id}.safetensors`,
          role: 'heads',
          content: writeHeads(trained.weights),
        });
      } else
        further = await trainSeeds(data, penalty, heads, training, threads, {
          ...how,
          first: Boolean(penalty),
        });
      files.push({
        ...keys,
        path: `heads.${id}.seeds.safetensors`,
        role: 'head-seeds',
        content: writeSeedHeads(
          shape,
          further.map(({ seed, chunks }) => ({ seed, groups: chunks })),
        ),
      });
      contents.push(...filesOf(pack, pairing, task, files));
    }
  return {
    variant: term ? { id, measure: term.measure, lambda: term.lambda } : { id },
    contents,
    about: {
      seeds: Array.from({ length: seeds }, (_, s) => pack.training.seed + s),
      seconds: Math.round((performance.now() - begun) / 1000),
      ...(term && {
        lambda: term.lambda,
        trials: term.trials,
        chosenWith: term.chosenWith,
        how: `λ by the least log-loss on validation, over its conditions, of the SSFN of ${pack.pairings.length > 1 ? `${pack.pairings[0].id}, ` : ''}${pack.tasks[0].id} under ${standardOf(pack)}; SSFN, late and pairwise by all seeds, the other heads by the first`,
      }),
    },
  };
}

/**
 * Puts a variant into the pack as it is on disk by now, in place of an older one. What was measured of the variants
 * before is taken out: it is not of these.
 */
async function add(packDir: string, { variant, contents, about }: Made): Promise<Pack> {
  const bytes = (path: string) => new Uint8Array(readFileSync(join(packDir, path)));
  const { files, ...rest } = parsePack(new TextDecoder().decode(bytes('pack.json')), packDir);
  const added = contents.map(({ path }) => path);
  // and heads of the variant that this time ship as seeds alone
  const before = (file: PackFile) =>
    file.role === 'heads' && variant.id !== 'none' && file.variant === variant.id;
  const stale = files
    .filter((file) => file.role === 'dependency-evaluation' || (before(file) && !added.includes(file.path)))
    .map(({ path }) => path);
  const next: Omit<Pack, 'files'> = {
    ...rest,
    ...(variant.id === 'none' ? {} : withVariant(rest, variant)),
    training: {
      ...rest.training,
      dependency: { ...(rest.training.dependency as object | undefined), [variant.id]: about },
    },
  };
  const kept = files
    .filter(({ path }) => !added.includes(path) && !stale.includes(path))
    /* sizes and hashes are worked out anew */
    .map((file): PackContent => ({ ...file, content: bytes(file.path) }));
  const written = await assemblePack(next, [...kept, ...contents]);
  // the other files are there as they are
  writeFiles(packDir, new Map([...written].filter(([path]) => path === 'pack.json' || added.includes(path))));
  for (const path of stale) rmSync(join(packDir, path), { force: true });
  return parsePack(new TextDecoder().decode(written.get('pack.json')), packDir);
}

/** The variant in the place of the one before, or after those that are there, with the skews of `none`. */
function withVariant({ variants, ssfn }: Omit<Pack, 'files'>, variant: Made['variant']) {
  const others = ssfn.filter((entry) => entry.variant !== variant.id);
  return {
    variants: variants.some(({ id }) => id === variant.id)
      ? variants.map((other) => (other.id === variant.id ? variant : other))
      : [...variants, variant],
    ssfn: [
      ...others,
      ...others
        .filter((entry) => entry.variant === 'none')
        .map((entry) => ({ ...entry, variant: variant.id })),
    ],
  };
}
