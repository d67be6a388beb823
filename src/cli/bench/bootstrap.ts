/** The bootstrap of all heads, in one thread. */
import { Bootstrap, bootstrapChunks, type BootstrapMetric } from '../../math/bootstrap';
import { integer, seededRandom } from '../../math/random';
import { median } from './timing';
import { atMost, type Group } from './types';

const [samples, models, classes, resamples] = [1000, 265, 10, 1000];

function outputs() {
  const random = seededRandom('bootstrap bench');
  const labels = Uint8Array.from({ length: samples }, () => integer(random, classes));
  return {
    models,
    classes,
    labels,
    // Every sample its own unit: the most work there can be.
    units: Uint16Array.from({ length: samples }, (_, s) => s),
    predicted: Uint8Array.from({ length: samples * models }, (_, at) =>
      random() < 0.9 ? labels[at % samples] : integer(random, classes),
    ),
  };
}

export const bootstrapGroup: Group = {
  name: 'bootstrap',
  about: '1,000 resamples × 265 heads × 1,000 samples',
  run(report) {
    const data = outputs();
    const targets: [BootstrapMetric, number][] = [
      ['accuracy', 1000],
      ['unweighted average recall', 1000],
      ['macro-f1', 2000],
    ];
    for (const [metric, target] of targets) {
      const times: number[] = [];
      const firsts: number[] = [];
      for (let round = 0; round < 5; round++) {
        const from = performance.now();
        let first = 0;
        for (const chunk of bootstrapChunks(new Bootstrap(data, metric, round), resamples))
          if (chunk.done === chunk.values.length / models) first = performance.now() - from;
        times.push(performance.now() - from);
        firsts.push(first);
      }
      report(
        atMost(
          `bootstrap ${metric}`,
          median(times),
          'ms',
          target,
          `first results after ${median(firsts).toFixed(0)} ms`,
        ),
      );
    }
    return Promise.resolve();
  },
};
