/** Texts with a character that no training text has: it tells which texts a task draws from. */
import type { EncoderTask } from '../../../src/cli/train/task';
import { parseTokenizer } from '../../../src/encoders/tokenizer';

/** How many of the first draws read an unknown piece. */
export function drawnWithMark(task: EncoderTask, draws: number, refining: boolean): number {
  const { unknown } = parseTokenizer(task.files['tokenizer.json']).special;
  return Array.from({ length: draws }, (_, seed) => task.draw(seed, refining)).filter(({ input }) =>
    input.includes(unknown as number),
  ).length;
}
