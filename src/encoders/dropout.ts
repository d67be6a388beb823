/** Regularisation while training: dropout and stochastic depth, seeded. */
import * as tf from '../runtime/tf';
import { mixSeed, seededRandom, type Random } from '../math/random';

export interface Training {
  /** Share of the elements of each branch that are zeroed (Srivastava et al. 2014). */
  dropout: number;
  /** Probability that the last layer's branches are skipped for a sample, falling linearly to 0 at the first (Huang et al. 2016). */
  dropPath?: number;
  /** One seed a step: the same seed drops the same elements. */
  seed: number;
}

/** Regularises a branch [B, ...] before it is added to the residual. */
export type Dropper = (branch: tf.Tensor) => tf.Tensor;

/** Probabilities are kept to 1/256, so that one random word decides four elements. */
const steps = 256;

function elementMask(size: number, rate: number, random: Random): Float32Array {
  const threshold = Math.round(rate * steps);
  const kept = steps / (steps - threshold);
  const mask = new Float32Array(size);
  for (let i = 0; i < size; i += 4) {
    const word = random() * 2 ** 32;
    for (let j = 0; j < 4 && i + j < size; j++)
      if (((word >>> (8 * j)) & 255) >= threshold) mask[i + j] = kept;
  }
  return mask;
}

const keep: Dropper = (branch) => branch;

/**
 * One dropper a layer; layer −1 is the embedding, which is never skipped. The kept elements are scaled up, so that nothing changes at prediction.
 * @param layers how many layers the rates of stochastic depth are spread over
 */
export function droppers(layers: number, training?: Training): (layer: number) => Dropper {
  if (!training || (!training.dropout && !training.dropPath)) return () => keep;
  const { dropout, dropPath = 0, seed } = training;
  if (!(dropout >= 0 && dropout < 1 && dropPath >= 0 && dropPath < 1))
    throw new Error('dropout and dropPath are probabilities below 1');
  return (layer) => {
    const random = seededRandom(mixSeed(seed, layer));
    const path = layer < 0 ? 0 : (dropPath * (layers > 1 ? layer : 1)) / Math.max(1, layers - 1);
    return (branch) => {
      let dropped = branch;
      if (dropout)
        dropped = tf.mul(dropped, tf.tensor(elementMask(branch.size, dropout, random), branch.shape));
      if (path) {
        const [batch] = branch.shape;
        const perSample = Float32Array.from({ length: batch }, () => (random() < path ? 0 : 1 / (1 - path)));
        dropped = tf.mul(dropped, tf.tensor(perSample, [batch, ...branch.shape.slice(1).fill(1)]));
      }
      return dropped;
    };
  };
}
