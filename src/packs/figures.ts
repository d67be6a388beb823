/** From what all models say on pairs to the figures that `evaluate` prints. */
import { Bootstrap, BootstrapSummary, bootstrapChunks, largerIsBetter } from '../math/bootstrap';
import { meanAndDeviation } from '../math/probability';
import { allStrategies, headIndex, pairIndex } from '../math/skew';
import type { MetricName } from './schema';
import { metricOfAll, outcomes, type PairPredictions } from './predictions';

/** A figure with its 95 % bootstrap interval, and its mean and deviation over the seeded pairings. */
export interface Figure {
  value: number;
  lo: number;
  hi: number;
  mean: number;
  deviation: number;
}

export interface Result {
  pairing: string;
  task: string;
  condition: string;
  variant: string;
  metric: MetricName;
  probes: { a: Figure[]; b: Figure[] };
  /** [i − 1][j − 1] */
  pairs: Figure[][];
  /** By "d,k". */
  strategies: Record<string, Figure>;
  late: Figure;
  pairwise: Figure;
  scoreSum: Figure;
  ssfn: Figure & { d: number };
  ssfnMinusLate: Figure;
  ssfnMinusPairwise: Figure;
  ssfnMinusScoreSum: Figure;
  /** Over the better of the two best probes. */
  ssfnMinusBestProbe: Figure;
  /** Layers of the best probes, chosen on validation. */
  bestProbes: { a: number; b: number; better: 'a' | 'b' };
  /** Where the pack ships further seeds. */
  ensembles?: Ensembles;
}

/** The heads of all seeds as one model (`ensembleMean`): SSFN, late and pairwise alike. */
export interface Ensembles {
  seeds: number[];
  ssfn: Figure;
  late: Figure;
  pairwise: Figure;
  ssfnMinusLate: Figure;
  /** Probes, and so the score sum, have one seed. */
  ssfnMinusScoreSum: Figure;
}

export interface ResultInput {
  la: number;
  lb: number;
  labels: Uint8Array;
  /** [n] which unit a pair belongs to. */
  units: Uint16Array;
  /** Of each seeded pairing; the first is the one that the intervals are of. */
  draws: { predictions: PairPredictions; labels: Uint8Array }[];
  ssfn: number;
  bestProbes: Result['bestProbes'];
  /** By draw what the ensembles of SSFN, late and pairwise say, [n, classes] each. */
  ensembles?: { seeds: number[]; said: Float32Array[][] };
  resamples: number;
  seed: number;
}

const round = (x: number): number => Number(x.toFixed(5));

/** All figures of one metric. */
export function figuresOf(
  about: Pick<Result, 'pairing' | 'task' | 'condition' | 'variant' | 'metric'>,
  input: ResultInput,
): Result {
  const { la, lb, labels, units, resamples, seed, bestProbes, ensembles } = input;
  const { models } = input.draws[0].predictions;
  const draws = input.draws.map(({ predictions, labels }, index) => ({
    predictions: ensembles ? withModels(predictions, ensembles.said[index]) : predictions,
    labels,
  }));
  const { predictions } = draws[0];
  const bootstrap = new Bootstrap(
    { models: predictions.models, labels, units, ...outcomes(predictions, labels) },
    about.metric,
    seed,
  );
  const summary = new BootstrapSummary(predictions.models);
  for (const { values } of bootstrapChunks(bootstrap, resamples, 250)) summary.add(values);
  const byDraw = draws.map((draw, index) =>
    index === 0 ? bootstrap.value : metricOfAll(draw.predictions, draw.labels, about.metric),
  );
  const figure = (value: number, interval: { lo: number; hi: number }, over: number[]): Figure => {
    const { mean, deviation } = meanAndDeviation(over);
    return {
      value: round(value),
      lo: round(interval.lo),
      hi: round(interval.hi),
      mean: round(mean),
      deviation: round(deviation),
    };
  };
  const of = (model: number): Figure =>
    figure(
      bootstrap.value[model],
      summary.interval(model),
      byDraw.map((values) => values[model]),
    );
  const difference = (model: number, other: number): Figure =>
    figure(
      bootstrap.value[model] - bootstrap.value[other],
      summary.difference(model, other),
      byDraw.map((values) => values[model] - values[other]),
    );
  const head = (d: number, k: number): number => la + lb + headIndex({ d, k }, la, lb);
  const late = head(0, 1);
  const pairwise = head(0, Math.min(la, lb));
  const ssfn = head(input.ssfn, 1);
  const scoreSum = models - 1;
  const bestProbe = bestProbes.better === 'a' ? bestProbes.a - 1 : la + bestProbes.b - 1;
  const layers = (count: number) => Array.from({ length: count }, (_, layer) => layer);
  return {
    ...about,
    probes: { a: layers(la).map(of), b: layers(lb).map((layer) => of(la + layer)) },
    pairs: layers(la).map((i) => layers(lb).map((j) => of(la + lb + pairIndex({ i: i + 1, j: j + 1 }, lb)))),
    strategies: Object.fromEntries(allStrategies(la, lb).map(({ d, k }) => [`${d},${k}`, of(head(d, k))])),
    late: of(late),
    pairwise: of(pairwise),
    scoreSum: of(scoreSum),
    ssfn: { d: input.ssfn, ...of(ssfn) },
    ssfnMinusLate: difference(ssfn, late),
    ssfnMinusPairwise: difference(ssfn, pairwise),
    ssfnMinusScoreSum: difference(ssfn, scoreSum),
    ssfnMinusBestProbe: difference(ssfn, bestProbe),
    bestProbes,
    ...(ensembles && {
      ensembles: {
        seeds: ensembles.seeds,
        ssfn: of(models),
        late: of(models + 1),
        pairwise: of(models + 2),
        ssfnMinusLate: difference(models, models + 1),
        ssfnMinusScoreSum: difference(models, scoreSum),
      },
    }),
  };
}

/** Further models after those of a record. @param more [n, classes] each */
function withModels(predictions: PairPredictions, more: readonly Float32Array[]): PairPredictions {
  const { models, n, classes, probabilities } = predictions;
  const all = new Float32Array((models + more.length) * n * classes);
  all.set(probabilities);
  more.forEach((own, at) => all.set(own, (models + at) * n * classes));
  return { ...predictions, models: models + more.length, probabilities: all };
}

/** The best pair of the matrix: chosen on the very data it is measured on, so only ever shown as that. */
export function bestOfAll({ pairs, metric }: Result): { i: number; j: number; value: number } {
  const sign = largerIsBetter(metric) ? 1 : -1;
  let best = { i: 1, j: 1, value: pairs[0][0].value };
  pairs.forEach((row, i) =>
    row.forEach(({ value }, j) => {
      if (sign * value > sign * best.value) best = { i: i + 1, j: j + 1, value };
    }),
  );
  return best;
}
