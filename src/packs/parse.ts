/** pack.json, checked: its fields one by one, then that they agree with each other. */
import * as v from 'valibot';
import { UserError } from '../math/errors';
import { packSchema, type Pack, type PackFile } from './schema';

const fail = (where: string, field: string, problem: string): never => {
  throw new UserError(
    `The pack at ${where} cannot be used: in pack.json, ${field} ${problem}. Get the pack again from its source.`,
    field,
  );
};

/**
 * @param json the text of pack.json
 * @param where the pack's address, for messages
 * @throws UserError that names the field
 */
export function parsePack(json: string, where: string): Pack {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch {
    return fail(where, 'the whole file', 'is not JSON');
  }
  const version = typeof value === 'object' && value !== null && 'schema' in value ? value.schema : undefined;
  if (version !== 1)
    throw new UserError(
      version === undefined
        ? `The pack at ${where} does not say its schema version; it is not a pack of this program.`
        : `The pack at ${where} has schema version ${shown(version)}, this program reads version 1: reload the page for its newest version, or use a pack of version 1.`,
      'schema',
    );
  const result = v.safeParse(packSchema, value);
  if (!result.success) {
    const issue = result.issues[0];
    return fail(where, v.getDotPath(issue) ?? 'the whole file', `is wrong (${issue.message})`);
  }
  checkReferences(result.output, where);
  return result.output;
}

const shown = (value: unknown): string => JSON.stringify(value)?.slice(0, 40) ?? String(value);

/** Largest pack file that is fetched at all: a base-size encoder in f32 is about 360 MB. */
const largestFile = 2 ** 30;

function checkReferences(pack: Pack, where: string): void {
  const ids = {
    modalities: uniqueIds(pack.modalities, 'modalities', where),
    pairings: uniqueIds(pack.pairings, 'pairings', where),
    groups: uniqueIds(pack.groups ?? [], 'groups', where),
    tasks: uniqueIds(pack.tasks, 'tasks', where),
    conditions: uniqueIds(pack.conditions, 'conditions', where),
    variants: uniqueIds(pack.variants, 'variants', where),
  };
  const known = (set: Set<string>, id: string | undefined, field: string): void => {
    if (id !== undefined && !set.has(id))
      fail(where, field, `names ${JSON.stringify(id)}, which is not in the pack`);
  };
  pack.pairings.forEach((pairing, i) => {
    known(ids.modalities, pairing.a, `pairings.${i}.a`);
    known(ids.modalities, pairing.b, `pairings.${i}.b`);
    if (pairing.a === pairing.b) fail(where, `pairings.${i}.b`, 'is the same modality as a');
  });
  pack.groups?.forEach((group, i) => {
    const { modalities, layers } = group;
    modalities.forEach((id) => known(ids.modalities, id, `groups.${i}.modalities`));
    if (new Set(modalities).size < modalities.length)
      fail(where, `groups.${i}.modalities`, 'names a modality twice');
    const counts = modalities.map((id) => pack.modalities.find((m) => m.id === id)!.layers);
    if (layers.length !== counts.length || layers.some((layer, m) => layer > counts[m]))
      fail(
        where,
        `groups.${i}.layers`,
        `are ${layers.join(', ')}, and its modalities have ${counts.join(', ')}`,
      );
  });
  pack.ssfn.forEach((entry, i) => {
    known(ids.pairings, entry.pairing, `ssfn.${i}.pairing`);
    known(ids.tasks, entry.task, `ssfn.${i}.task`);
    known(ids.variants, entry.variant, `ssfn.${i}.variant`);
    known(ids.conditions, entry.condition, `ssfn.${i}.condition`);
    const { la, lb } = layersOfPairing(pack, entry.pairing);
    if (entry.d <= -la || entry.d >= lb)
      fail(where, `ssfn.${i}.d`, `is ${entry.d}, beyond ${la} × ${lb} layers`);
  });
  const paths = new Set<string>();
  pack.files.forEach((file, i) => {
    if (paths.has(file.path)) fail(where, `files.${i}.path`, `lists ${file.path} twice`);
    paths.add(file.path);
    if (file.bytes > largestFile) fail(where, `files.${i}.bytes`, 'is more than 1 GB');
    known(ids.modalities, file.modality, `files.${i}.modality`);
    known(ids.pairings, file.pairing, `files.${i}.pairing`);
    known(ids.groups, file.group, `files.${i}.group`);
    known(ids.tasks, file.task, `files.${i}.task`);
    known(ids.variants, file.variant, `files.${i}.variant`);
    known(ids.conditions, file.condition, `files.${i}.condition`);
  });
}

function uniqueIds(items: readonly { id: string }[], field: string, where: string): Set<string> {
  const ids = new Set<string>();
  items.forEach(({ id }, i) => {
    if (ids.has(id)) fail(where, `${field}.${i}.id`, `repeats ${JSON.stringify(id)}`);
    ids.add(id);
  });
  return ids;
}

/** How many layers A and B of a pairing have. */
export function layersOfPairing(pack: Pack, pairingId: string): { la: number; lb: number } {
  const pairing = pack.pairings.find(({ id }) => id === pairingId);
  const layers = (id: string | undefined): number => pack.modalities.find((m) => m.id === id)?.layers ?? 0;
  return { la: layers(pairing?.a), lb: layers(pairing?.b) };
}

/** Keys beside a file's role; those left out match any file. */
export type FileKeys = Partial<
  Pick<PackFile, 'modality' | 'pairing' | 'group' | 'task' | 'variant' | 'condition' | 'split'>
>;

/** The file of a role; null where the pack has none. */
export const findFile = (pack: Pack, role: PackFile['role'], keys: FileKeys = {}): PackFile | null =>
  pack.files.find(
    (file) =>
      file.role === role &&
      Object.entries(keys).every(
        ([key, value]) => value === undefined || file[key as keyof FileKeys] === value,
      ),
  ) ?? null;

/** The skew of the SSFN that a pack names; if no variant is given, of the heads without a penalty. @throws UserError where it names none */
export function ssfnSkew(
  { id, ssfn }: Pack,
  { variant = 'none', ...keys }: Record<'pairing' | 'task' | 'condition', string> & { variant?: string },
): number {
  const found = ssfn.find(
    (entry) =>
      entry.pairing === keys.pairing &&
      entry.task === keys.task &&
      entry.condition === keys.condition &&
      entry.variant === variant,
  );
  if (!found) throw new UserError(`The pack ${id} names no SSFN for ${keys.task} under ${keys.condition}.`);
  return found.d;
}
