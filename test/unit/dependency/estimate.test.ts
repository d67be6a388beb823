import { beforeAll, describe, expect, it } from 'vitest';
import { measureDependency, type DependencyOptions } from '../../../src/fusion/dependency/estimate';
import { dependencyMatrix, nullPartners, reorder } from '../../../src/fusion/dependency/matrix';
import { dependencyMeasures, type DependencyMeasure } from '../../../src/fusion/dependency/critic';
import { partInHalves, type LayerViews } from '../../../src/fusion/dependency/views';
import { UserError } from '../../../src/math/errors';
import { normal, seededRandom } from '../../../src/math/random';
import { startNode } from '../../../src/runtime/node';
import * as tf from '../../../src/runtime/tf';
import {
  correlatedPair,
  mutualInformation,
  sharedSource,
  totalCorrelation,
  views,
  wasserstein2,
} from './gaussians';

beforeAll(async () => {
  await startNode();
}, 60_000);

const measured = async (
  modalities: LayerViews[],
  measure: DependencyMeasure,
  options: Partial<DependencyOptions> = {},
): Promise<number> => {
  const layers = modalities.map(() => 0);
  return (await measureDependency(modalities, [layers], { measure, ...options })).bound[0];
};

/** Of a figure over 1,000 reported pairs. */
const sampling = 0.05;

describe('correlated normals', () => {
  // width, ρ, and the least share of the mutual information that must be found
  it.each([
    [1, 0.6, 0.85],
    [1, 0.9, 0.85],
    [5, 0.3, 0.7],
    [5, 0.6, 0.8],
    [5, 0.9, 0.75],
    [16, 0.6, 0.6],
  ])('width %d, ρ = %d: KL and f at most the mutual information, and near it', async (width, rho, share) => {
    const truth = mutualInformation(width, rho);
    for (const measure of ['kl', 'f'] as const) {
      const bound = await measured(correlatedPair(2000, width, rho), measure);
      expect(bound, measure).toBeLessThan(truth + sampling * (1 + truth));
      expect(bound, measure).toBeGreaterThan(share * truth);
    }
  });

  it.each([1, 4])('width %d: Wasserstein grows with ρ and stays below W₂', async (width) => {
    let before = -Infinity;
    for (const rho of [0, 0.3, 0.6, 0.9]) {
      const bound = await measured(correlatedPair(2000, width, rho), 'wasserstein', { hidden: 24 });
      expect(bound).toBeLessThan(wasserstein2(width, rho) + sampling);
      expect(bound).toBeGreaterThan(before + (rho > 0 ? 0.05 : 0));
      if (rho === 0) expect(Math.abs(bound)).toBeLessThan(sampling);
      if (rho === 0.9) expect(bound).toBeGreaterThan(0.6 * wasserstein2(width, rho));
      before = bound;
    }
  });

  it.each(dependencyMeasures)('%s is near 0 for independent pairs, by several seeds', async (measure) => {
    for (const seed of [0, 1, 2]) {
      const bound = await measured(correlatedPair(1000, 8, 0, seed), measure, { seed, epochs: 30 });
      expect(Math.abs(bound)).toBeLessThan(sampling);
    }
  });

  it.each(['kl', 'f'] as const)('%s of three against the product of all margins', async (measure) => {
    const truth = totalCorrelation(3, 0.8);
    const bound = await measured(sharedSource(3000, 3, 0.8), measure);
    expect(bound).toBeLessThan(truth * (1 + sampling));
    expect(bound).toBeGreaterThan(0.8 * truth);
    // more than any two of them share
    expect(bound).toBeGreaterThan(1.5 * mutualInformation(1, 0.8));
  });

  it('Wasserstein of three is above that of two of them, which it can always ignore down to', async () => {
    const three = sharedSource(3000, 3, 0.8);
    const [all, two] = [
      await measured(three, 'wasserstein'),
      await measured(three.slice(0, 2), 'wasserstein'),
    ];
    expect(all).toBeGreaterThan(two + 0.1);
  });
});

describe('the matrix', () => {
  const [n, la, lb, width] = [400, 3, 2, 6];
  /** Layer ℓ of A shows the source by ℓ + 1 parts to 1 of noise; layer 0 of B is noise alone. */
  function made(): [LayerViews, LayerViews] {
    const random = seededRandom('matrix');
    const source = Float32Array.from({ length: n * 2 }, () => normal(random));
    const side = (layers: number, weight: (layer: number) => number) =>
      Float32Array.from({ length: n * layers * width }, (_, at) => {
        const [s, layer, c] = [
          Math.floor(at / (layers * width)),
          Math.floor(at / width) % layers,
          at % width,
        ];
        return weight(layer) * source[s * 2 + (c % 2)] + normal(random);
      });
    return [
      views(
        'A',
        width,
        side(la, (layer) => layer + 1),
        la,
      ),
      views(
        'B',
        width,
        side(lb, (layer) => 2 * layer),
        lb,
      ),
    ];
  }
  const [a, b] = made();
  const options = { measure: 'kl', epochs: 40, seed: 3 } as const;

  it('has a row a layer of A, is 0 where a layer is noise, and the same for a pair measured alone', async () => {
    const before = tf.memory().numTensors;
    const seen: number[] = [];
    let total = 0;
    const { bound, critics } = await dependencyMatrix(a, b, options, {
      onProgress: (progress) => {
        seen.push(progress.done);
        total = progress.total;
      },
    });
    expect(tf.memory().numTensors).toBe(before);
    expect(bound).toHaveLength(la * lb);
    for (let i = 0; i < la; i++) expect(Math.abs(bound[i * lb])).toBeLessThan(0.08);
    expect(bound[1]).toBeGreaterThan(0.15);
    expect(bound[2 * lb + 1]).toBeGreaterThan(bound[1]);
    expect(critics.parameters.mix.shape[0]).toBe(la * lb);
    expect([seen[0], seen.at(-1)]).toEqual([0, total]);
    expect(seen.every((done, i) => i === 0 || done >= seen[i - 1])).toBe(true);

    const alone = await measureDependency([a, b], [[2, 1]], options);
    expect(alone.bound[0]).toBeCloseTo(bound[2 * lb + 1], 4);
  });

  it('falls to about 0 for a null, whose partners are never the own ones', async () => {
    const partners = nullPartners(n, 0, 1);
    expect(partners.some((partner, s) => partner === s)).toBe(false);
    const { bound } = await dependencyMatrix(a, reorder(b, partners), options);
    for (const value of bound) expect(Math.abs(value)).toBeLessThan(0.12);
  });

  it('stops when told to, and leaves no tensor', async () => {
    const before = tf.memory().numTensors;
    const controller = new AbortController();
    const run = dependencyMatrix(a, b, options, {
      signal: controller.signal,
      onProgress: ({ done }) => done > 10 && controller.abort(new Error('stopped')),
    });
    await expect(run).rejects.toThrow('stopped');
    expect(tf.memory().numTensors).toBe(before);
  });

  it('keeps samples of one unit on one side', () => {
    const units = Array.from({ length: 200 }, (_, s) => `unit ${s % 30}`);
    const { fit, stop, report } = partInHalves(200, 1, units);
    expect(fit.length + stop.length + report.length).toBe(200);
    expect(Math.abs(report.length - 100)).toBeLessThan(8);
    const of = (samples: Int32Array) => new Set(Array.from(samples, (s) => units[s]));
    for (const unit of of(report)) expect(of(fit).has(unit) || of(stop).has(unit)).toBe(false);
  });
});

describe('bad input', () => {
  const [a, b] = correlatedPair(60, 3, 0.5);
  const refused = async (modalities: LayerViews[], message: RegExp, labels?: number[]): Promise<void> => {
    const run = measureDependency(modalities, [[0, 0]], { measure: 'kl', epochs: 1 }, { labels });
    await expect(run).rejects.toThrow(UserError);
    await expect(run).rejects.toThrow(message);
  };
  const changed = (of: LayerViews, change: (states: Float32Array) => void): LayerViews => {
    const states = of.states.slice();
    change(states);
    return { ...of, states };
  };

  it('of fewer than 50 pairs', () => refused(correlatedPair(49, 3, 0.5), /at least 50 pairs; there are 49/));
  it('of sides that differ in length', () => refused([a, correlatedPair(70, 3, 0.5)[1]], /as many of one/));
  it('with a value that is not a number', () =>
    refused([changed(a, (states) => (states[7] = NaN)), b], /Sample 3 of A .* not a number in layer 1/));
  it('with an infinite value', () =>
    refused([a, changed(b, (states) => (states[0] = Infinity))], /Sample 1 of B/));
  it('with a layer that never varies', () =>
    refused([a, changed(b, (states) => states.fill(2.5))], /Layer 1 of B is the same for every sample/));
  it('with one class alone', () => refused([a, b], /of one class/, Array<number>(60).fill(4)));

  it('takes a dimension that never varies, and values that are huge, and gives numbers', async () => {
    const odd = changed(a, (states) =>
      states.forEach((value, at) => (states[at] = at % 3 === 0 ? 1 : value * 1e6)),
    );
    for (const measure of dependencyMeasures) {
      const { bound } = await measureDependency([odd, b], [[0, 0]], { measure, epochs: 5 });
      expect(Number.isFinite(bound[0])).toBe(true);
    }
  });
});
