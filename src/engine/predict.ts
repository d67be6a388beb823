/** From two modalities' states to what all probes and heads of a pairing say. */
import * as tf from '../runtime/tf';
import type { SampleOutputs } from './protocol';
import type { OpenedPack, Scope } from './session';

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
    return {
      la,
      lb,
      classes,
      probesA: await opened.probes(scope.task, pairing.a).run(tensorA),
      probesB: await opened.probes(scope.task, pairing.b).run(tensorB),
      heads: await heads.run(tensorA, tensorB),
    };
  } finally {
    tensorA.dispose();
    tensorB.dispose();
  }
}
