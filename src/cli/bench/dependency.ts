/** Dependency: the 12 × 12 matrix of one measure, and which parts of one input carry T. */
import { cpus } from 'node:os';
import { measure } from './child';
import { atMost, faster, type Group } from './types';

export const dependencyGroup: Group = {
  name: 'dependency',
  about:
    'the 12 × 12 dependency matrix of 2,000 pairs, gradient maps of one sample, and heads with a dependency in their loss',
  async run(report) {
    const threads = cpus().length;
    const matrix = await measure('dependencyMatrix', { threads });
    for (const { measure: name, seconds, processor, firstProgress, longestWait } of matrix)
      report(
        atMost(
          `dependency matrix 12 × 12, ${name}, 2,000 pairs, ${threads} threads`,
          seconds,
          's',
          20,
          `${processor.toFixed(1)} s of processor time; first progress after ${firstProgress.toFixed(0)} ms, at most ${longestWait.toFixed(0)} ms between reports`,
        ),
      );
    for (const { name, ms, first, processor } of await measure('dependencyGradients'))
      report(
        atMost(
          `gradient map of T, ${name}, one sample, one thread`,
          ms,
          'ms',
          300,
          `${processor.toFixed(0)} ms of processor time; the first one ${first.toFixed(0)} ms`,
        ),
      );
    for (const { measure: name, heads, pairs, penalised, plain, byOps } of await measure(
      'dependencyPenalty',
    )) {
      const what = `step of ${heads} heads of ${pairs} pair${pairs > 1 ? 's' : ''} with ${name} in their loss, one thread`;
      report(faster(what, penalised, { name: 'without a penalty, in one kernel', value: plain }));
      report(faster(`${what}, in one kernel`, penalised, { name: 'op by op', value: byOps }));
    }
  },
};
