/** Three modalities or more in one model, beside the pairing's heads: what a group's joint model says of what is given. */
import { UserError } from '../math/errors';
import type { Group, Pairing } from '../packs/schema';
import * as tf from '../runtime/tf';
import { isGiven, statesOf } from './predict';
import type { Given, Together } from './protocol';
import type { OpenedPack } from './session';

export interface Present {
  pairing: Pairing;
  task: string;
  /** What is given for the pairing's two, and for modalities of other pairings, by their ids. */
  given: Record<string, Given>;
  /** [layers, width] standardised states of the pairing's two, dropped or not, by their ids. */
  states: Record<string, Float32Array>;
}

const presentIn = ({ pairing, given }: Present): string[] =>
  [pairing.a, pairing.b].filter((id) => given[id] && isGiven(given[id]));

/** The groups that have every modality of the pairing that is given: those left out could not be heard in them. */
export const groupsFor = (groups: readonly Group[], present: Present): Group[] => {
  const ids = presentIn(present);
  return ids.length === 0
    ? []
    : groups.filter(({ modalities }) => ids.every((id) => modalities.includes(id)));
};

/** The layer, from 1, that a group takes from a modality: [1, width]. */
const layerOf = (states: Float32Array, width: number, layer: number): tf.Tensor =>
  tf.tensor(states.slice((layer - 1) * width, layer * width), [1, width]);

async function ofGroup(
  opened: OpenedPack,
  group: Group,
  { task, given, states }: Present,
  signal: AbortSignal,
): Promise<Together> {
  const missing = group.modalities.filter((id) => !given[id] || !isGiven(given[id]));
  try {
    const joint = await opened.joint(group.id, task);
    const tensors: (tf.Tensor | null)[] = [];
    try {
      for (const [m, id] of group.modalities.entries()) {
        const values = states[id] ?? (given[id] && (await statesOf(opened, id, given[id], signal)).values);
        tensors.push(values ? layerOf(values, joint.shape.widths[m], group.layers[m]) : null);
      }
      return { group: group.id, missing, probabilities: await joint.run(tensors) };
    } finally {
      tf.dispose(tensors.filter((tensor) => tensor !== null));
    }
  } catch (error) {
    // the pairing's own heads answer all the same, and the row says what is wrong with this one
    if (error instanceof UserError) return { group: group.id, missing, problem: error.message };
    throw error;
  }
}

/**
 * What every group's model says that can hear all that is given. Modalities that are not given are at their training
 * means, or as their drop has it.
 */
export async function predictTogether(
  opened: OpenedPack,
  present: Present,
  signal: AbortSignal,
): Promise<Together[]> {
  const groups = groupsFor(opened.files.pack.groups ?? [], present);
  const said: Together[] = [];
  for (const group of groups) said.push(await ofGroup(opened, group, present, signal));
  return said;
}
