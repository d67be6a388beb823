/** How far the encoders know their training samples better than new ones, and the noise that makes up for it. */
import { groupsByPairs } from '../../fusion/heads';
import type { StateNoise } from '../../fusion/noise';
import type { HeadChunk } from '../../fusion/train';
import { createProbes, type ProbeWeights } from '../../fusion/probe';
import type { MetricName } from '../../packs/schema';
import * as tf from '../../runtime/tf';
import { fitChunks, type TrainingData, type TrainingOptions } from './fit';
import type { SharedSet } from './messages';
import { metricOfAll } from './predict';
import { conditionStates } from './states';
import type { Threads } from './threads';

/** Deviations of the noise that are tried, on standardised states. */
export const noiseGrid = [0, 0.25, 0.5, 1] as const;

/** The (ℓ, ℓ) pair heads: what the noise is chosen with. */
function diagonalHeads(la: number, lb: number): HeadChunk {
  const [{ k, heads, specs }] = groupsByPairs(la, lb);
  const on = specs.flatMap(({ d }, at) => (d === 0 ? [at] : []));
  return { k, heads: on.map((at) => heads[at]), specs: on.map((at) => specs[at]) };
}

/** Mean log-loss of the (ℓ, ℓ) heads on validation, after a third of the epochs. */
export interface NoiseTrial extends StateNoise {
  loss: number;
}

/**
 * The noise on the states of A and of B that is best on validation, out of all pairs of the grid.
 * @param fixed noise of a side that is not chosen here
 * @param tried on each side
 */
export async function chooseNoise(
  data: TrainingData,
  options: TrainingOptions,
  threads: Threads,
  report: (line: string) => void,
  fixed: Partial<StateNoise> = {},
  tried: readonly number[] = noiseGrid,
): Promise<{ chosen: StateNoise; trials: NoiseTrial[] }> {
  if (fixed.a !== undefined && fixed.b !== undefined)
    return { chosen: { a: fixed.a, b: fixed.b }, trials: [] };
  const chunk = diagonalHeads(data.train.a.layers, data.train.b.layers);
  const triedOn = (side: 'a' | 'b') => (fixed[side] === undefined ? tried : [fixed[side]]);
  const grid = triedOn('a').flatMap((a) => triedOn('b').map((b) => ({ a, b })));
  const epochs = Math.ceil(options.epochs / 3);
  const trials = await Promise.all(
    grid.map(async (stateNoise): Promise<NoiseTrial> => {
      const [{ loss }] = await fitChunks(data, [chunk], { ...options, epochs, stateNoise }, threads);
      const mean = loss.reduce((sum, x) => sum + x, 0) / loss.length;
      report(`noise ${stateNoise.a} on A, ${stateNoise.b} on B: log-loss ${mean.toFixed(4)} on validation`);
      return { ...stateNoise, loss: Number(mean.toFixed(4)) };
    }),
  );
  const best = trials.reduce((x, y) => (y.loss < x.loss ? y : x));
  report(`noise of ${best.a} on A and ${best.b} on B is best`);
  return { chosen: { a: best.a, b: best.b }, trials };
}

/** What the best probe reaches on each variant of a set of states. @param most samples that are looked at */
export async function bestProbeByVariant(
  weights: ProbeWeights,
  set: SharedSet,
  metric: MetricName,
  most = Infinity,
): Promise<number[]> {
  const { layers, width, variants } = set;
  const labels = set.labels.subarray(0, most);
  const n = labels.length;
  const probes = createProbes(weights);
  const best: number[] = [];
  for (let variant = 0; variant < variants; variant++) {
    const states = tf.tensor(conditionStates({ ...set, labels }, variant), [n, layers, width]);
    const probabilities = await probes.run(states);
    states.dispose();
    const { classes } = weights.shape;
    best.push(Math.max(...metricOfAll({ models: layers, n, classes, probabilities }, labels, metric)));
  }
  probes.dispose();
  return best;
}
