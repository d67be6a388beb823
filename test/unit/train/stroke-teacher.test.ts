import { describe, expect, it } from 'vitest';
import { Mlp } from '../../../src/cli/train/mlp';
import { strokeFeatures } from '../../../src/cli/train/stroke-teacher';
import { normal, seededRandom } from '../../../src/math/random';

describe('Mlp', () => {
  const network = new Mlp([5, 7, 6, 3]);
  const random = seededRandom('mlp');
  const weights = network.initialWeights(random).map((w) => w + 0.1 * normal(random));
  const x = Float32Array.from({ length: 5 }, () => normal(random));
  const target = Float32Array.from([0.7, 0.1, 0.2]);
  const loss = (w: Float32Array) =>
    -(network.forward(w, x).at(-1) as Float32Array).reduce((sum, p, c) => sum + target[c] * Math.log(p), 0);

  it('gives probabilities', () => {
    const p = network.forward(weights, x).at(-1) as Float32Array;
    expect(p.reduce((a, b) => a + b, 0)).toBeCloseTo(1, 6);
    expect(network.total).toBe(5 * 7 + 7 + 7 * 6 + 6 + 6 * 3 + 3);
  });

  it('has the gradient that finite differences give', () => {
    const gradient = new Float32Array(network.total);
    network.addGradient(weights, network.forward(weights, x), target, 2, gradient);
    for (let i = 0; i < network.total; i++) {
      const [up, down] = [weights.slice(), weights.slice()];
      up[i] += 1e-3;
      down[i] -= 1e-3;
      expect(gradient[i]).toBeCloseTo((2 * (loss(up) - loss(down))) / 2e-3, 2);
    }
  });
});

describe('strokeFeatures', () => {
  const corner = (scale: number, move: number) => ({
    strokes: [
      [
        { x: move, y: move, t: 0 },
        { x: move + 10 * scale, y: move, t: 10 },
      ],
      [{ x: move + 10 * scale, y: move + 5 * scale, t: 30 }],
    ],
  });
  it('does not depend on place and size', () => {
    const [a, b] = [strokeFeatures(corner(1, 0)), strokeFeatures(corner(7, 300))];
    a.forEach((v, i) => expect(b[i]).toBeCloseTo(v, 4));
  });
  it('spreads its points evenly along the path, within the box', () => {
    const line = { strokes: [[0, 1, 2, 50, 100].map((x, i) => ({ x, y: 0, t: i }))] };
    const f = strokeFeatures(line);
    for (let k = 0; k < 20; k++) expect(f[5 * k]).toBeCloseTo(-1 + (2 * k) / 19, 4);
  });
  it('is finite for a dot', () => {
    for (const v of strokeFeatures({ strokes: [[{ x: 3, y: 4, t: 0 }]] }))
      expect(Number.isFinite(v)).toBe(true);
  });
});
