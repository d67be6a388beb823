/** Dependency: the 12 × 12 matrix of one measure, and which parts of one input carry T. */
import { cpus } from 'node:os';
import { measure } from './child';
import { atMost, type Group } from './types';

export const dependencyGroup: Group = {
  name: 'dependency',
  about: 'the 12 × 12 dependency matrix of 2,000 pairs, and gradient maps of one sample',
  async run(report) {
    const threads = cpus().length;
    const matrix = await measure('dependencyMatrix', { threads });
    for (const { measure: name, seconds, firstProgress, longestWait } of matrix)
      report(
        atMost(
          `dependency matrix 12 × 12, ${name}, 2,000 pairs, ${threads} threads`,
          seconds,
          's',
          20,
          `first progress after ${firstProgress.toFixed(0)} ms, at most ${longestWait.toFixed(0)} ms between reports`,
        ),
      );
    for (const { name, ms } of await measure('dependencyGradients'))
      report(atMost(`gradient map of T, ${name}, one sample, one thread`, ms, 'ms', 300));
  },
};
