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

/**
 * Runs the candidates A B A B …, after each once to warm up.
 * @param budget milliseconds for all rounds together, between the least and the most rounds
 * @returns the median time of each in ms, by name
 */
export async function interleave(
  candidates: Candidate[],
  { least = 5, most = 60, budget = 8000 } = {},
): Promise<Record<string, number>> {
  const times = new Map(candidates.map((c) => [c.name, [] as number[]]));
  for (const { run } of candidates) for (let warm = 0; warm < 2; warm++) await run();
  const start = performance.now();
  for (let round = 0; round < least || (round < most && performance.now() - start < budget); round++)
    for (const { name, run } of candidates) {
      const from = performance.now();
      await run();
      times.get(name)!.push(performance.now() - from);
    }
  return Object.fromEntries([...times].map(([name, list]) => [name, median(list)]));
}
