/** From what is given to two modalities' states, and from those to what all probes and heads of a pairing say. */
import { UserError } from '../math/errors';
import * as tf from '../runtime/tf';
import type { States } from './modality';
import type { Given, SampleOutputs } from './protocol';
import type { OpenedPack, Scope } from './session';

export const isGiven = ({ input, degradation }: Given): boolean => input !== null && !degradation.dropped;

/**
 * The standardised states of what was given for a modality.
 * @throws UserError where it cannot be used, or is an evaluation sample that the pack does not ship
 */
export async function statesOf(
  opened: OpenedPack,
  modality: string,
  given: Given,
  signal: AbortSignal,
): Promise<States> {
  const { input, degradation } = given;
  if (input?.kind !== 'stored') return opened.modality(modality).states({ input, degradation }, signal);
  if (degradation.dropped) return opened.modality(modality).states({ input: null, degradation }, signal);
  const { a, b } = opened.pairing(input.pairing);
  const shipped = await opened.sampleStates(input.pairing);
  signal.throwIfAborted();
  const side = modality === a ? 'a' : modality === b ? 'b' : null;
  const row = side ? shipped[side === 'a' ? 'idsA' : 'idsB'].indexOf(input.id) : -1;
  if (!side || row < 0)
    throw new UserError(`The pack ships no states of the evaluation sample ${input.id}: choose another one.`);
  const { layers, width, states } = shipped[side];
  const size = layers * width;
  const values = states.slice(row * size, (row + 1) * size);
  return { values, seen: null, timing: { features: 0, encoder: 0 } };
}

/**
 * @param a [la, width] standardised states of A
 * @param b [lb, width] of B
 */
export async function predictStates(
  opened: OpenedPack,
  scope: Scope,
  a: Float32Array,
  b: Float32Array,
): Promise<Omit<SampleOutputs, 'timing'>> {
  const pairing = opened.pairing(scope.pairing);
  const heads = await opened.heads(scope);
  const { la, lb, widthA, widthB, classes } = heads.shape;
  const tensorA = tf.tensor(a, [1, la, widthA]);
  const tensorB = tf.tensor(b, [1, lb, widthB]);
  try {
    const table = await heads.run(tensorA, tensorB);
    return {
      la,
      lb,
      classes,
      probesA: await opened.probes(scope.task, pairing.a).run(tensorA),
      probesB: await opened.probes(scope.task, pairing.b).run(tensorB),
      heads: table,
      ...(scope.seeds && { seeds: await (await opened.seeds(scope)).run(table, tensorA, tensorB) }),
    };
  } finally {
    tensorA.dispose();
    tensorB.dispose();
  }
}
