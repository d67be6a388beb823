import { expect, it } from 'vitest';
import { dropToMeans, noiseShares, wearToNoise } from '../../../src/fusion/drop';
import { normal, seededRandom } from '../../../src/math/random';
import { meanAndDeviation } from '../../../src/math/probability';

const random = seededRandom('drop test');
const [n, size] = [500, 12];
const states = Float32Array.from({ length: n * size }, () => normal(random));
const correlation = (x: Float32Array, y: Float32Array): number =>
  x.reduce((sum, v, i) => sum + v * y[i], 0) /
  Math.sqrt(x.reduce((sum, v) => sum + v * v, 0) * y.reduce((sum, v) => sum + v * v, 0));

it('drops to the training means, which standardised are zero', () => {
  expect(dropToMeans(states)).toEqual(new Float32Array(n * size));
});

it('wears states away by steps, at the same deviation, by seed and row', () => {
  expect(wearToNoise(states, size, 0, 1)).toEqual(states);
  for (const share of noiseShares) {
    const worn = wearToNoise(states, size, share, 1);
    expect(meanAndDeviation(worn).deviation).toBeCloseTo(1, 1);
    expect(correlation(worn, states)).toBeCloseTo(Math.sqrt(1 - share * share), 1);
  }
  const part = wearToNoise(states.slice(0, 3 * size), size, 0.5, 1);
  expect(part).toEqual(wearToNoise(states, size, 0.5, 1).slice(0, 3 * size));
  expect(wearToNoise(states, size, 0.5, 2)).not.toEqual(wearToNoise(states, size, 0.5, 1));
});
