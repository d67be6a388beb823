/** Shuffles within a batch: what stands for the product of the margins. */
import { integer, type Random } from '../../math/random';

/**
 * Cyclic shifts of a batch that is in random order already: of each shuffle one a modality, all different, so that no
 * two members of a shuffled tuple come from the same sample. The first modality stays.
 * @param n samples of the batch, at least as many as modalities
 * @returns [shuffles][modalities]
 */
export function shiftsOf(n: number, modalities: number, shuffles: number, random: Random): number[][] {
  return Array.from({ length: shuffles }, () => {
    const shifts = [0];
    while (shifts.length < modalities) {
      const shift = 1 + integer(random, n - 1);
      if (!shifts.includes(shift)) shifts.push(shift);
    }
    return shifts;
  });
}
