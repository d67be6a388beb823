/** Timing that a busy machine disturbs as little as may be: candidates in turn, medians of many. */
import { quantile } from '../../math/probability';

export interface Candidate {
  name: string;
  run(): void | Promise<void>;
}

export const median = (times: number[]): number =>
  quantile(
    [...times].sort((a, b) => a - b),
    0.5,
  );

export interface Turns {
  least?: number;
  most?: number;
  /** Milliseconds for all rounds together, between the least and the most rounds. */
  budget?: number;
  /**
   * Milliseconds before each turn, which is then warmed up anew and takes three times: for candidates whose threads go
   * on waiting busily for a while and would keep the processor from the next one.
   */
  rest?: number;
}

/**
 * Runs the candidates A B A B …, after each twice to warm up.
 * @returns the median time of each in ms, by name
 */
export async function interleave(
  candidates: Candidate[],
  { least = 5, most = 60, budget = 8000, rest = 0 }: Turns = {},
): Promise<Record<string, number>> {
  const times = new Map(candidates.map((c) => [c.name, [] as number[]]));
  for (const { run } of candidates) for (let warm = 0; warm < 2; warm++) await run();
  const start = performance.now();
  for (let round = 0; round < least || (round < most && performance.now() - start < budget); round++)
    for (const { name, run } of candidates) {
      if (rest > 0) {
        await new Promise((resolve) => setTimeout(resolve, rest));
        await run();
      }
      for (let turn = 0; turn < (rest > 0 ? 3 : 1); turn++) {
        const from = performance.now();
        await run();
        times.get(name)!.push(performance.now() - from);
      }
    }
  return Object.fromEntries([...times].map(([name, list]) => [name, median(list)]));
}
