/** What dependency is measured on: layer states checked, parted into halves, and brought to a few dimensions. */
import { UserError } from '../../math/errors';
import { principalComponents, project, type Principal } from '../../math/projection';
import { seededRandom, shuffle, type Seed } from '../../math/random';

/** One modality's layer states of the same n samples as the others. */
export interface LayerViews {
  /** What to call it in messages: "A", "audio". */
  name: string;
  layers: number;
  width: number;
  /** [n, layers, width], standardised. */
  states: Float32Array;
}

export const fewestPairs = 50;

export const countOf = ({ states, layers, width }: LayerViews): number => states.length / (layers * width);

/** @throws UserError where nothing sound could be measured */
export function checkViews(modalities: readonly LayerViews[], labels?: ArrayLike<number>): void {
  const n = countOf(modalities[0]);
  if (modalities.some((views) => countOf(views) !== n))
    throw new UserError(
      'Dependency needs the same samples of every modality; give as many of one as of the other.',
    );
  if (n < fewestPairs)
    throw new UserError(`Dependency needs at least ${fewestPairs} pairs; there are ${n}. Give more pairs.`);
  if (labels && Array.from(labels).every((label) => label === labels[0]))
    throw new UserError(
      'All pairs are of one class, and what is paired by its class can then not depend on each other. Give pairs of at least two classes.',
    );
  for (const views of modalities) checkStates(views, n);
}

function checkStates({ name, layers, width, states }: LayerViews, n: number): void {
  const bad = states.findIndex((value) => !Number.isFinite(value));
  if (bad >= 0)
    throw new UserError(
      `Sample ${Math.floor(bad / (layers * width)) + 1} of ${name} holds a value that is not a number in layer ${(Math.floor(bad / width) % layers) + 1}. Take it out or mend it, and try again.`,
      name,
    );
  for (let layer = 0; layer < layers; layer++) {
    let [spread, size] = [0, 0];
    for (let s = 0; s < n; s++)
      for (let c = 0; c < width; c++) {
        const value = states[(s * layers + layer) * width + c];
        spread = Math.max(spread, Math.abs(value - states[layer * width + c]));
        size = Math.max(size, Math.abs(value));
      }
    // less than float32 can tell apart is no difference
    if (!(spread > 1e-6 * size))
      throw new UserError(
        `Layer ${layer + 1} of ${name} is the same for every sample, so nothing can depend on it. Leave that layer out, or check how its features were made.`,
        name,
      );
  }
}

/** Which samples T learns from, which say when to stop, and which the bound is reported on. */
export interface Halves {
  fit: Int32Array;
  stop: Int32Array;
  report: Int32Array;
}

/** Share of the learning half that says when to stop. */
const stopShare = 0.2;

/**
 * @param units samples of the same unit (a partner that occurs twice, a speaker) stay on the same side; left out, each
 *   sample is its own
 */
export function partInHalves(n: number, seed: Seed, units?: ArrayLike<number | string>): Halves {
  const byUnit = new Map<number | string, number[]>();
  for (let s = 0; s < n; s++) {
    const unit = units ? units[s] : s;
    const own = byUnit.get(unit);
    if (own) own.push(s);
    else byUnit.set(unit, [s]);
  }
  const order = shuffle([...byUnit.values()], seededRandom(seed, 'halves'));
  const [report, rest] = takeUnits(order, n / 2);
  const [stop, fit] = takeUnits(rest, (stopShare * n) / 2);
  if (fit.length === 0 || stop.length === 0)
    throw new UserError('Dependency needs pairs of several independent units; give pairs from more of them.');
  return {
    fit: Int32Array.from(fit.flat()),
    stop: Int32Array.from(stop.flat()),
    report: Int32Array.from(report.flat()),
  };
}

/** Whole units until there are about so many samples; and the rest. */
function takeUnits(units: readonly number[][], wanted: number): [number[][], number[][]] {
  let [taken, count] = [0, 0];
  while (taken < units.length && count + units[taken].length / 2 < wanted) count += units[taken++].length;
  return [units.slice(0, taken), units.slice(taken)];
}

/** A fixed linear map of one layer's states to at most `components` dimensions: what T reads. */
export interface Reduction {
  width: number;
  components: number;
  /** [width] taken away first. */
  mean: Float32Array;
  /** [components, width] */
  axes: Float32Array;
}

/**
 * Principal components of one layer's states, fitted on some samples only.
 * @param whiten each component over its deviation: KL and f do not change under it and T learns sooner. Not for
 *   Wasserstein, where lengths count and orthonormal axes never lengthen any
 */
export function reduceLayer(
  { layers, width, states }: LayerViews,
  layer: number,
  rows: Int32Array,
  components: number,
  whiten: boolean,
): Reduction {
  const own = new Float32Array(rows.length * width);
  rows.forEach((row, s) => own.set(layerRow(states, layers, width, row, layer), s * width));
  // axes that are nearly the principal ones do as well, and come much sooner
  const { mean, axes, variances } = principalComponents(own, width, Math.min(components, width), 1e-3);
  const scaled = Float32Array.from(axes);
  if (whiten)
    variances.forEach((variance, k) => {
      // a direction that hardly varies would become noise of full size
      const deviation = Math.sqrt(Math.max(variance, 1e-4 * variances[0]));
      for (let c = 0; c < width; c++) scaled[k * width + c] /= deviation;
    });
  return { width, components: variances.length, mean: Float32Array.from(mean), axes: scaled };
}

const layerRow = (
  states: Float32Array,
  layers: number,
  width: number,
  row: number,
  layer: number,
): Float32Array => states.subarray((row * layers + layer) * width, (row * layers + layer + 1) * width);

/** [n, components] of one layer's states. */
export function applyReduction(
  reduction: Reduction,
  { layers, width, states }: LayerViews,
  layer: number,
): Float32Array {
  const n = states.length / (layers * width);
  const own = new Float32Array(n * width);
  for (let s = 0; s < n; s++) own.set(layerRow(states, layers, width, s, layer), s * width);
  const none = new Float64Array();
  const principal: Principal = {
    width,
    mean: Float64Array.from(reduction.mean),
    axes: Float64Array.from(reduction.axes),
    variances: none,
    explained: none,
  };
  return project(principal, own);
}
