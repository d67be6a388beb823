/** Heads that were trained by several seeds, as one model each. */
import { ensembleOf } from '../math/probability';
import type * as tf from '../runtime/tf';
import type { HeadShape } from './head';
import { createSomeHeads, type SomeHeads } from './heads';

export interface SeedsSay {
  /** Seeds, the first one included. */
  count: number;
  /** Which heads were trained by all of them, as indices into `headSpecs`. */
  heads: number[];
  /** [heads, classes] what the seeds say together: `ensembleMean`. */
  probabilities: Float32Array;
  /** [heads, classes] the least and the most that one of them says. */
  least: Float32Array;
  most: Float32Array;
}

export interface Seeds {
  /**
   * @param first [all heads, classes] what the first seed says of one sample
   * @param a [1, la, widthA] standardised layer states of A
   * @param b [1, lb, widthB] of B
   */
  run(first: Float32Array, a: tf.Tensor, b: tf.Tensor): Promise<SeedsSay>;
  dispose(): void;
}

/** @param further the heads of each further seed, the same ones of each */
export function createSeeds(shape: HeadShape, further: readonly (readonly SomeHeads[])[]): Seeds {
  const { classes } = shape;
  const heads = [...new Set(further.flatMap((groups) => groups.flatMap((group) => group.heads)))];
  if (further.some((groups) => groups.reduce((sum, group) => sum + group.heads.length, 0) !== heads.length))
    throw new RangeError('The seeds are of different heads.');
  const models = further.map((groups) => createSomeHeads(shape, groups));
  return {
    async run(first, a, b) {
      const tables = [first];
      for (const model of models) tables.push(await model.run(a, b));
      const rows = tables.map((table) => {
        const own = new Float32Array(heads.length * classes);
        heads.forEach((head, h) =>
          own.set(table.subarray(head * classes, (head + 1) * classes), h * classes),
        );
        return own;
      });
      const over = (of: (...values: number[]) => number) =>
        rows[0].map((_, i) => of(...rows.map((row) => row[i])));
      return {
        count: tables.length,
        heads,
        probabilities: ensembleOf(rows, classes),
        least: over(Math.min),
        most: over(Math.max),
      };
    },
    dispose: () => models.forEach((model) => model.dispose()),
  };
}
