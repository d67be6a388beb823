/** What the heads are trained on in the benchmark, and how long one takes alone. */
import { defaultHead, type HeadShape } from '../../fusion/head';
import { createPairSource, gatherPairs, type StateSet } from '../../fusion/pairs';
import { trainChunk } from '../../fusion/train';
import { integer, normal, seededRandom } from '../../math/random';
import { headIndex, headSpecs, type SkewStrategy } from '../../math/skew';
import { defaultTraining, type TrainingData } from '../heads/fit';
import type { SharedSet } from '../heads/messages';
import { startOwn } from './start';

export const [layers, width, classes, samples, held, epochs] = [12, 96, 10, 4000, 500, 30];
const shape: HeadShape = { la: layers, lb: layers, widthA: width, widthB: width, ...defaultHead, classes };
// No early stop: every head takes all its epochs.
export const options = { ...defaultTraining, epochs, patience: epochs };

/** Standardised states that carry the class: normal noise about a mean per class. */
function madeStates(count: number, name: string): SharedSet {
  const random = seededRandom('heads bench', name);
  const means = Float32Array.from({ length: classes * width }, () => normal(random));
  const labels = Uint8Array.from({ length: count }, () => integer(random, classes));
  const states = new SharedArrayBuffer(4 * count * layers * width);
  const values = new Float32Array(states);
  for (let at = 0; at < values.length; at++) {
    const sample = Math.floor(at / (layers * width));
    values[at] = 0.3 * means[labels[sample] * width + (at % width)] + random() * 3.4 - 1.7;
  }
  return { layers, width, variants: 1, states, labels };
}

export const madeData = (): TrainingData => ({
  train: { a: madeStates(samples, 'a'), b: madeStates(samples, 'b') },
  validation: { a: madeStates(held, 'va'), b: madeStates(held, 'vb') },
  classes,
});

/** Pairs of the single heads that are timed; the others lie between them. */
export const sampled = [1, 2, 4, 8, 12];

/**
 * Milliseconds that one epoch of a head alone takes, by its number of pairs in `sampled`.
 * @param fused whether its step is one kernel, or our ops one by one with tfjs's gradients
 */
export async function timeSingleHeads(fused: boolean): Promise<number[]> {
  await startOwn(1);
  const { train, validation } = madeData();
  const set = ({ states, ...rest }: SharedSet): StateSet => ({ ...rest, states: new Float32Array(states) });
  const [a, b] = [set(train.a), set(train.b)];
  const rows = Int32Array.from({ length: held }, (_, r) => r);
  const checked = gatherPairs(set(validation.a), set(validation.b), rows, rows);
  const source = createPairSource(a, b, { paired: 'by-label', classes, batch: options.batch, seed: 0 });
  const times: number[] = [];
  for (const k of sampled) {
    const strategy: SkewStrategy = { d: 0, k };
    const head = headIndex(strategy, layers, layers);
    const chunk = { k, heads: [head], specs: [headSpecs(layers, layers)[head]] };
    const stamps: number[] = [];
    await trainChunk(
      shape,
      chunk,
      source,
      checked,
      { ...options, epochs: 3, fused },
      { onEpoch: () => stamps.push(performance.now()) },
    );
    times.push((stamps[2] - stamps[0]) / 2);
  }
  return times;
}
