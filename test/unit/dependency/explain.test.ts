import { beforeAll, describe, expect, it } from 'vitest';
import { measurePairing } from '../../../src/cli/dependency/measure';
import { measureDependency } from '../../../src/fusion/dependency/estimate';
import { deletionTest, extremes, percentile, placeScore } from '../../../src/fusion/dependency/explain';
import { scorePairs, scorerOf } from '../../../src/fusion/dependency/score';
import type { LayerViews } from '../../../src/fusion/dependency/views';
import { UserError } from '../../../src/math/errors';
import { normal, seededRandom } from '../../../src/math/random';
import {
  aboveChance,
  alignmentMetrics,
  decodeDependency,
  encodeDependency,
} from '../../../src/packs/dependency-file';
import { startNode } from '../../../src/runtime/node';
import * as tf from '../../../src/runtime/tf';
import { correlatedPair, views } from './gaussians';

beforeAll(async () => {
  await startNode();
}, 60_000);

it('places a score among others, and finds the furthest', () => {
  expect(percentile(3, [1, 2, 4, 5])).toBe(50);
  expect(percentile(2, [1, 2, 2, 5])).toBe(50);
  expect(percentile(-9, [1, 2])).toBe(0);
  expect(percentile(9, [1, 2])).toBe(100);
  expect(extremes([3, 1, 2, 9, -4], 2)).toEqual({ lowest: [4, 1], highest: [3, 0] });
});

describe('T of given samples', () => {
  const width = 4;
  const [a, b] = correlatedPair(800, width, 0.9);

  it('is higher for pairs that belong together than for those that do not', async () => {
    const { critics } = await measureDependency([a, b], [[0, 0]], { measure: 'kl', epochs: 30 });
    const before = tf.memory().numTensors;
    const scorer = scorerOf(critics, [0, 0]);
    const scored = await scorePairs(scorer, a, b, { rounds: 2 });
    expect(scored.matched).toHaveLength(800);
    expect(scored.mismatched).toHaveLength(1600);
    const typical = [...scored.matched].sort((x, y) => x - y)[400];
    const placed = placeScore(typical, scored);
    expect(placed.matched).toBeGreaterThan(49);
    expect(placed.matched).toBeLessThan(51);
    expect(placed.mismatched).toBeGreaterThan(85);
    scorer.dispose();
    expect(tf.memory().numTensors).toBe(before);
    expect(() => scorerOf(critics, [1, 0])).toThrow(RangeError);
  });

  it('falls more when the fifth that carries it is deleted than a random fifth', async () => {
    // ten parts of A, of which two carry what B shares
    const random = seededRandom('deletion test');
    const n = 800;
    const parts = Float32Array.from({ length: n * 10 }, () => normal(random));
    const shared = Float32Array.from({ length: n * 2 }, (_, at) => {
      const [s, c] = [at >> 1, at & 1];
      return 0.95 * parts[s * 10 + 3 + c] + 0.3 * normal(random);
    });
    const sides = [views('A', 10, parts), views('B', 2, shared)];
    const { critics } = await measureDependency(sides, [[0, 0]], { measure: 'kl', epochs: 40 });
    const scorer = scorerOf(critics, [0, 0]);
    let [top, chance] = [0, 0];
    const samples = 20;
    for (let s = 0; s < samples; s++) {
      const own = parts.slice(s * 10, (s + 1) * 10);
      const other = tf.tensor(shared.slice(s * 2, s * 2 + 2), [1, 2]);
      const score = (x: tf.Tensor): tf.Scalar => tf.sum(scorer.score([x, other])) as tf.Scalar;
      const attribution = tf.tidy(() => {
        const x = tf.tensor(own, [1, 10]);
        return tf.mul(tf.grad(score)(x), x);
      });
      const result = await deletionTest(await attribution.data<'float32'>(), async (deleted) => {
        const kept = own.map((value, part) => (deleted.includes(part) ? 0 : value));
        const value = tf.tidy(() => score(tf.tensor(kept, [1, 10])));
        return (await value.data())[0];
      });
      expect(result.random).toHaveLength(20);
      top += result.top / samples;
      chance += result.randomMean / samples;
    }
    expect(top).toBeGreaterThan(2 * Math.max(0.05, chance));
  });
});

describe('the pack file', () => {
  const [n, layers, width] = [160, 2, 5];
  /** Layer 1 of both sides tells the class, layer 0 is noise. */
  const side = (name: string, seed: number): LayerViews => {
    const random = seededRandom('file', seed);
    const states = Float32Array.from({ length: n * layers * width }, (_, at) => {
      const [s, layer, c] = [Math.floor(at / (layers * width)), Math.floor(at / width) % layers, at % width];
      return (layer === 1 && c === s % 4 ? 2.5 : 0) + normal(random);
    });
    return views(name, width, states, layers);
  };
  const states = {
    a: side('A', 1),
    b: side('B', 2),
    labels: Array.from({ length: n }, (_, s) => s % 4),
    idsB: Array.from({ length: n }, (_, s) => `b${s}`),
    paired: 'by-label' as const,
    classes: 4,
  };

  it('comes back as it was written, up to F16, and its cells stand out from their nulls', async () => {
    const lines: string[] = [];
    const made = await measurePairing(states, {
      rounds: 2,
      epochs: 12,
      hidden: 16,
      report: (line) => lines.push(line),
    });
    expect(lines).toHaveLength(3);
    expect(made.ceiling).toBeCloseTo(Math.log(4), 12);
    const bytes = encodeDependency(made);
    const back = decodeDependency(bytes, 'made');
    for (const metric of alignmentMetrics) {
      expect(back.metrics[metric]).toEqual(made.metrics[metric]);
      expect(back.metrics[metric].nulls).toHaveLength(2 * 4);
      const { largest, p } = aboveChance(back.metrics[metric], 3);
      expect(back.metrics[metric].values[3], metric).toBeGreaterThan(largest);
      expect(p).toBeCloseTo(1 / 3, 12);
    }
    for (const measure of ['kl', 'f', 'wasserstein'] as const) {
      const scores = await Promise.all(
        [made, back].map(async ({ critics }) => {
          const scorer = scorerOf(critics[measure], [1, 1]);
          const { matched } = await scorePairs(scorer, states.a, states.b, { rounds: 1 });
          scorer.dispose();
          return matched;
        }),
      );
      scores[0].forEach((score, s) => expect(Math.abs(scores[1][s] - score)).toBeLessThan(0.03));
    }
    expect(() => decodeDependency(bytes.subarray(0, bytes.length - 8), 'cut')).toThrow(UserError);
    const other = { ...made, la: 4, lb: 1 };
    expect(() => decodeDependency(encodeDependency(other), 'other')).toThrow(
      /kl\.a\.axes is missing or wrong/,
    );
  }, 240_000);
});
