/** Predictions made up by seed: heads near skew 1 are right more often. */
import type { PairPredictions } from '../../../src/cli/heads/predict';
import { headSpecs } from '../../../src/math/skew';
import { seededRandom } from '../../../src/math/random';

export function standardIsEasier(la: number, lb: number, n: number) {
  const classes = 3;
  const labels = Uint8Array.from({ length: n }, (_, s) => s % classes);
  const specs = headSpecs(la, lb);
  const models = la + lb + specs.length + 1;
  const make = (seed: number): PairPredictions => {
    const random = seededRandom(seed, 'made');
    const probabilities = new Float32Array(models * n * classes).fill(0.1);
    for (let m = 0; m < models; m++) {
      const spec = specs[m - la - lb];
      const skill = spec ? 0.8 - 0.1 * Math.abs(spec.d - 1) : 0.5;
      for (let s = 0; s < n; s++) {
        const answer = random() < skill ? labels[s] : (labels[s] + 1) % classes;
        probabilities[(m * n + s) * classes + answer] = 0.8;
      }
    }
    return { models, n, classes, probabilities };
  };
  return {
    labels,
    units: Uint16Array.from({ length: n }, (_, s) => s % 8),
    predictions: make(1),
    other: make(2),
  };
}
