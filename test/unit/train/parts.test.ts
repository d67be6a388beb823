import { describe, expect, it } from 'vitest';
import { smallBert } from '../../../src/cli/train/text';
import { examplesOfParts } from '../../../src/cli/train/parts';
import type { Example } from '../../../src/cli/train/task';
import { seededRandom } from '../../../src/math/random';

const config = smallBert(50, 16);
const used = ({ input }: Example): number => input.findLastIndex((id) => id !== config.padId) + 1;

/** A text of one to sixteen tokens, none of them the padding. */
function draw(seed: number): Example {
  const random = seededRandom(seed);
  const length = 1 + Math.floor(16 * random());
  const input = new Float32Array(16).fill(config.padId);
  for (let t = 0; t < length; t++) input[t] = 1 + Math.floor(49 * random());
  return { input, target: Float32Array.of(1) };
}

const run = { batch: 24, parts: 4, seed: 3 };
const all = (sortable: boolean, step: number): Example[][] => {
  const of = examplesOfParts({ draw, sortable, config }, run);
  return Array.from({ length: run.parts }, (_, part) => of(step, part, false));
};

describe('the examples of part batches', () => {
  it('are the same, sorted or not, in parts of one size', () => {
    const text = (parts: Example[][]) =>
      parts
        .flat()
        .map(({ input }) => input.join())
        .sort();
    expect(text(all(true, 7))).toEqual(text(all(false, 7)));
    expect(all(true, 7).map((part) => part.length)).toEqual([6, 6, 6, 6]);
    expect(text(all(true, 8))).not.toEqual(text(all(true, 7)));
  });

  it('come by length where they are sorted, the longest first, whichever part is asked for first', () => {
    const lengths = all(true, 2).flat().map(used);
    expect(lengths).toEqual([...lengths].sort((x, y) => y - x));
    const of = examplesOfParts({ draw, sortable: true, config }, run);
    const last = of(2, 3, false);
    expect(last.map(({ input }) => input.join())).toEqual(all(true, 2)[3].map(({ input }) => input.join()));
  });
});
