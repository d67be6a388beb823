/** Which examples each part batch of a step has. */
import { mixSeed } from '../../math/random';
import type { ThreadData } from './messages';
import type { EncoderTask, Example } from './task';

/**
 * The examples of a part batch, the same whatever thread makes them. Where the task is sortable, a step's examples are
 * dealt out by length, the longest to the first part: texts of about one length need little padding, and the part that
 * takes longest is begun first.
 */
export function examplesOfParts(
  { draw, sortable, config }: Pick<EncoderTask, 'draw' | 'sortable' | 'config'>,
  { batch, parts, seed }: Pick<ThreadData, 'batch' | 'parts' | 'seed'>,
): (step: number, part: number, refining: boolean) => Example[] {
  const count = batch / parts;
  const padding = config.family === 'bert' ? config.padId : null;
  const length = ({ input }: Example): number => input.findLastIndex((id) => id !== padding);
  // several part batches of a step may come here
  let sorted: { step: number; examples: Example[] } = { step: -1, examples: [] };
  return (step, part, refining) => {
    const one = (b: number): Example => draw(mixSeed(seed, step, b), refining);
    if (!sortable) return Array.from({ length: count }, (_, b) => one(part * count + b));
    if (sorted.step !== step) {
      const examples = Array.from({ length: batch }, (_, b) => one(b));
      sorted = { step, examples: examples.sort((x, y) => length(y) - length(x)) };
    }
    return sorted.examples.slice(part * count, (part + 1) * count);
  };
}
