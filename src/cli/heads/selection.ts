/**
 * Packs whose encoder was refit: its second cycle learned from the validation samples too. What validation chooses is
 * chosen with the encoder before that cycle; the heads of the shipped one are then fitted with all of it fixed.
 */
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { UserError } from '../../math/errors';
import type { Pack, Pairing, Task } from '../../packs/schema';
import type { PackContent } from '../../packs/write';
import { encoderFacts } from './encoder-folder';
import type { KeptEpochs } from './fit';
import type { SharedSet } from './messages';

/** What was chosen before the refit. */
export interface Selection {
  folder: string;
  pack: Pack;
  /** Modalities whose encoders were refit: their heads learn from the validation samples too. */
  refit: string[];
}

export const refitModalities = (packDir: string, ids: string[]): string[] =>
  ids.filter((id) => Number(encoderFacts(packDir, id)?.refit) > 0);

/** Where the pack with the encoders before their refit lies. */
export const selectionPath = (packId: string): string => join('.cache/heads', packId, 'selection', packId);

/** A pack folder of the same name with the encoders as they were before their refit. */
export function selectionFolder(packDir: string, packId: string, refit: string[]): string {
  const folder = selectionPath(packId);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  cpSync(join(packDir, 'encoders'), join(folder, 'encoders'), { recursive: true });
  for (const id of refit) {
    const selected = join('.cache/train', packId, id, 'selected');
    if (!existsSync(selected))
      throw new UserError(
        `${selected} is missing: it is the encoder before its refit, with which everything is chosen. Train the encoder of ${id} again.`,
      );
    cpSync(selected, join(folder, 'encoders', id), { recursive: true });
  }
  return folder;
}

/** Under which name the epochs of a pairing and a task are kept. */
export const keyOf = (
  { pairings }: { pairings: readonly Pick<Pairing, 'id'>[] },
  pairing: Pick<Pairing, 'id'>,
  task: Pick<Task, 'id'>,
): string => (pairing.id === pairings[0].id ? task.id : `${pairing.id}.${task.id}`);

/** The epochs that the heads and probes of a pairing and a task kept. */
export function keptOf(
  { pack }: Pick<Selection, 'pack'>,
  settings: { pairings: readonly Pick<Pairing, 'id'>[] },
  pairing: Pairing,
  task: Task,
): KeptEpochs {
  const kept = (pack.training.kept as Record<string, KeptEpochs> | undefined)?.[
    keyOf(settings, pairing, task)
  ];
  if (!kept)
    throw new UserError(`The selection before the refit kept no epochs for ${task.id}: fit the heads again.`);
  return kept;
}

/** The records of validation, of the models that were chosen by them. */
export const validationRecords = ({ folder, pack }: Selection): PackContent[] =>
  pack.files
    .filter(({ role, split }) => split === 'validation' && (role === 'record' || role === 'pair-logs'))
    .map((file) => ({ ...file, content: new Uint8Array(readFileSync(join(folder, file.path))) }));

/** The samples of one set after those of another; their variants must agree. */
export function joinSets(one: SharedSet, two: SharedSet): SharedSet {
  const states = new SharedArrayBuffer(one.states.byteLength + two.states.byteLength);
  const all = new Float32Array(states);
  all.set(new Float32Array(one.states));
  all.set(new Float32Array(two.states), one.states.byteLength / 4);
  return { ...one, states, labels: Uint8Array.from([...one.labels, ...two.labels]) };
}
