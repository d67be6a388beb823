/** The stage `dependency` of a pack: measured on the validation pairs whose states it ships, written into the pack. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { encodeDependency } from '../../packs/dependency-file';
import { folderSource } from '../../packs/folder';
import { encodeJointDependency } from '../../packs/joint-file';
import { openPack, type OpenPack } from '../../packs/open';
import { findFile } from '../../packs/parse';
import { decodeSampleStates, type SampleStates } from '../../packs/sample-states';
import type { Group, Pack, Pairing } from '../../packs/schema';
import { assemblePack, type PackContent } from '../../packs/write';
import { startNode } from '../../runtime/node';
import { writeFiles } from '../heads/pack-folder';
import { measureGroup, type GroupStates } from './group';
import { measurePairing, type MeasureOptions } from './measure';

export interface StageOptions extends MeasureOptions {
  threads?: number;
  /** Measure once more what the pack has already. */
  again?: boolean;
}

/**
 * pack.json is written after each pairing and group, so that a run that is stopped goes on with the next.
 * @param packDir models/<pack>; its pack.json and `dependency.<pairing or group>` are written, the rest stays
 * @throws UserError where the pack has no sample states, or they are too few
 */
export async function dependencyStage(
  packDir: string,
  { threads = 1, again = false, ...options }: StageOptions = {},
): Promise<void> {
  const { report = () => undefined } = options;
  await startNode({ threads });
  const open = await openPack(folderSource(packDir));
  const { pack } = open;
  for (const pairing of pack.pairings) {
    const keys = { pairing: pairing.id, split: 'validation' } as const;
    if (!again && findFile(pack, 'dependency', keys)) {
      report(`${pairing.id}: the pack has it already (--again measures it once more)`);
      continue;
    }
    const { a, b, paired } = pairing;
    const states = await statesOf(open, pairing);
    const file = await measurePairing(
      {
        a: { name: a, ...states.a },
        b: { name: b, ...states.b },
        labels: states.labels,
        idsB: states.idsB,
        paired,
        classes: pack.tasks[0].classes.length,
      },
      pack.pairings.length > 1 ? { ...options, report: (line) => report(`${pairing.id}, ${line}`) } : options,
    );
    await add(packDir, {
      ...keys,
      path: `dependency.${pairing.id}.safetensors`,
      role: 'dependency',
      when: 'lazy',
      content: encodeDependency(file),
    });
  }
  for (const group of pack.groups ?? []) {
    const keys = { group: group.id, split: 'validation' } as const;
    if (!again && findFile(pack, 'joint-dependency', keys)) continue;
    const file = await measureGroup(group, await statesOfGroup(open, group), options);
    for (const [measure, { value, nulls }] of Object.entries(file.measures))
      report(
        `${group.id}, ${measure}: ${value.toFixed(3)}, largest of its null ${Math.max(...nulls).toFixed(3)}`,
      );
    await add(packDir, {
      ...keys,
      path: `dependency.${group.id}.json`,
      role: 'joint-dependency',
      when: 'lazy',
      content: encodeJointDependency(file),
    });
  }
}

const statesOf = async (open: OpenPack, { id }: Pairing): Promise<SampleStates> =>
  decodeSampleStates(
    await open.file('sample-states', { pairing: id, split: 'validation' }),
    `the sample states of ${id}`,
  );

/** The states of a group's modalities, each from the first pairing that has it: truly paired, so of the same samples. */
async function statesOfGroup(open: OpenPack, { modalities }: Group): Promise<GroupStates> {
  const found = await Promise.all(
    modalities.map(async (id) => {
      const pairing = open.pack.pairings.find(
        ({ a, b, paired }) => paired === 'truly' && [a, b].includes(id),
      );
      if (!pairing) throw new RangeError(`${id} is in no pairing that is truly paired.`);
      const { a, b, idsA, idsB } = await statesOf(open, pairing);
      return pairing.a === id
        ? { ids: idsA, views: { name: id, ...a } }
        : { ids: idsB, views: { name: id, ...b } };
    }),
  );
  if (found.some(({ ids }) => ids.join() !== found[0].ids.join()))
    throw new RangeError('The sample states of the pairings are not of the same samples.');
  return { ids: found[0].ids, views: found.map(({ views }) => views) };
}

/** Puts a file into the pack as it is on disk by now, in place of an older one. */
async function add(packDir: string, content: PackContent): Promise<void> {
  const { files, ...about } = JSON.parse(readFileSync(join(packDir, 'pack.json'), 'utf8')) as Pack;
  const kept = files
    .filter(({ path }) => path !== content.path)
    /* sizes and hashes are worked out anew */
    .map((file): PackContent => ({
      ...file,
      content: new Uint8Array(readFileSync(join(packDir, file.path))),
    }));
  writeFiles(packDir, await assemblePack(about, [...kept, content]));
}
