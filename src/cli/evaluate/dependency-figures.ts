/**
 * Means over seeds with intervals over units and seeds, paired differences to the variant `none`, and what the seeds say
 * together.
 */
import { Bootstrap, bootstrapChunks, percentileInterval, type Interval } from '../../math/bootstrap';
import { ensembleOf, mean } from '../../math/probability';
import { integer, seededRandom } from '../../math/random';
import { outcomes } from '../heads/predict';
import type { MetricName } from '../../packs/schema';

export interface Strategy {
  strategy: 'ssfn' | 'late' | 'pairwise';
  d: number;
  k: number;
  /** Index into `headSpecs`. */
  head: number;
}

/** The mean over the seeds and its 95 % interval. */
export interface MeanFigure extends Interval {
  value: number;
}

export interface DropRow {
  strategy: Strategy['strategy'];
  d: number;
  k: number;
  variant: string;
  value: number;
  lo: number;
  hi: number;
  /** Of each seed. */
  seeds: number[];
  /** All seeds as one model (`ensembleMean`); its interval is over units alone. */
  ensemble: MeanFigure;
  /** This variant minus `none`, seed by seed and resample by resample; null for `none` itself. */
  minusNone: MeanFigure | null;
}

/** What one strategy of one variant says, by each seed: [n, classes]. */
export interface Said {
  variant: string;
  /** Index into the strategies. */
  strategy: number;
  probabilities: Float32Array[];
}

/** Never −0, which JSON does not keep. */
const round = (x: number): number => Number(x.toFixed(5)) + 0;

/**
 * A resample draws units and, apart from that, seeds, with replacement, the same for all variants and strategies: so
 * its spread is that of both, and differences are paired. @returns the rows of a metric, in the order of `said`
 */
export function createPenaltyFigures(
  said: readonly Said[],
  strategies: readonly Strategy[],
  {
    labels,
    units,
    classes,
    resamples,
    seed,
  }: { labels: Uint8Array; units: Uint16Array; classes: number; resamples: number; seed: number },
): (metric: MetricName) => DropRow[] {
  const n = labels.length;
  const count = said[0].probabilities.length;
  if (said.some(({ probabilities }) => probabilities.length !== count))
    throw new RangeError('The variants differ in their number of seeds.');
  // of each strategy and variant all seeds, then all of them together
  const each = count + 1;
  const models = said.length * each;
  const size = n * classes;
  const all = new Float32Array(models * size);
  said.forEach(({ probabilities }, s) => {
    const own = all.subarray(s * each * size, (s + 1) * each * size);
    probabilities.forEach((of, at) => own.set(of, at * size));
    own.set(ensembleOf(probabilities, classes), count * size);
  });
  const outputs = {
    models,
    labels,
    units,
    ...outcomes({ models, n, classes, probabilities: all }, labels),
  };
  return (metric) => {
    const bootstrap = new Bootstrap(outputs, metric, seed);
    const random = seededRandom(seed, 'seeds');
    // [said][resample]
    const resampled = said.map(() => new Float64Array(resamples));
    const resampledEnsemble = said.map(() => new Float64Array(resamples));
    let r = 0;
    for (const { values } of bootstrapChunks(bootstrap, resamples, 250))
      for (let from = 0; from < values.length; from += models, r++) {
        const drawn = Array.from({ length: count }, () => integer(random, count));
        for (let s = 0; s < said.length; s++) {
          const first = from + s * each;
          resampled[s][r] = mean(drawn.map((at) => values[first + at]));
          resampledEnsemble[s][r] = values[first + count];
        }
      }
    const figure = (value: number, over: Float64Array): MeanFigure => {
      const { lo, hi } = percentileInterval(over);
      return { value: round(value), lo: round(lo), hi: round(hi) };
    };
    return said.map(({ variant, strategy }, s): DropRow => {
      const { strategy: name, d, k } = strategies[strategy];
      const seedsOf = (at: number) => bootstrap.value.subarray(at * each, at * each + count);
      const own = seedsOf(s);
      const none = said.findIndex((other) => other.variant === 'none' && other.strategy === strategy);
      return {
        strategy: name,
        d,
        k,
        variant,
        ...figure(mean(own), resampled[s]),
        seeds: Array.from(own, round),
        ensemble: figure(bootstrap.value[s * each + count], resampledEnsemble[s]),
        minusNone:
          variant === 'none' || none < 0
            ? null
            : figure(
                mean(own) - mean(seedsOf(none)),
                resampled[s].map((value, at) => value - resampled[none][at]),
              ),
      };
    });
  };
}
