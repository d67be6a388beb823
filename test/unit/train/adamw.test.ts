import { describe, expect, it } from 'vitest';
import { rateAt, startAdamW, stepAdamW } from '../../../src/cli/train/adamw';

const options = {
  learningRate: 0.1,
  beta1: 0.9,
  beta2: 0.98,
  epsilon: 1e-8,
  weightDecay: 0.5,
  clip: 1e9,
  averageDecay: 0.9,
};

describe('stepAdamW', () => {
  it('follows algorithm 2 of Loshchilov and Hutter, element by element', () => {
    const start = [1, -2, 3];
    const gradient = [
      [0.5, -1, 0.1],
      [0.2, 0.3, -0.4],
    ];
    const state = startAdamW(Float32Array.from(start));
    for (const g of gradient) stepAdamW(state, [Float32Array.from(g)], Uint8Array.from([1, 0, 1]), options);
    start.forEach((w0, i) => {
      let [w, m, v] = [w0, 0, 0];
      gradient.forEach((g, t) => {
        m = 0.9 * m + 0.1 * g[i];
        v = 0.98 * v + 0.02 * g[i] ** 2;
        const [mHat, vHat] = [m / (1 - 0.9 ** (t + 1)), v / (1 - 0.98 ** (t + 1))];
        w -= 0.1 * (mHat / (Math.sqrt(vHat) + 1e-8) + (i === 1 ? 0 : 0.5) * w);
      });
      expect(state.weights[i]).toBeCloseTo(w, 5);
    });
  });

  it('sums part gradients and clips their norm', () => {
    const [whole, parts] = [startAdamW(new Float32Array(2)), startAdamW(new Float32Array(2))];
    const tight = { ...options, clip: 0.01 };
    const decayed = new Uint8Array(2);
    expect(stepAdamW(whole, [Float32Array.from([3, 4])], decayed, tight)).toBeCloseTo(5, 6);
    stepAdamW(parts, [Float32Array.from([1, 3]), Float32Array.from([2, 1])], decayed, tight);
    expect(parts.m).toEqual(whole.m);
    expect(whole.m[0]).toBeCloseTo(0.1 * 0.006, 7);
  });

  it('leaves everything as it was where the gradient is not finite', () => {
    const state = startAdamW(Float32Array.from([1]));
    expect(stepAdamW(state, [Float32Array.from([NaN])], new Uint8Array(1), options)).toBeNaN();
    expect([state.step, state.weights[0], state.v[0]]).toEqual([0, 1, 0]);
  });

  it('finds the minimum of a quadratic, and its average follows', () => {
    const state = startAdamW(Float32Array.from([5]));
    for (let i = 0; i < 400; i++) {
      const g = Float32Array.from([2 * (state.weights[0] - 1)]);
      stepAdamW(state, [g], new Uint8Array(1), { ...options, learningRate: 0.05 });
    }
    expect(state.weights[0]).toBeCloseTo(1, 1);
    expect(state.average[0]).toBeCloseTo(1, 1);
  });
});

describe('rateAt', () => {
  const schedule = { peak: 1, warmUp: 10, total: 100, decay: 0.4 };
  it('warms up, stays, and falls to zero', () => {
    expect(rateAt(0, schedule)).toBeCloseTo(0.1);
    expect(rateAt(9, schedule)).toBeCloseTo(1);
    expect(rateAt(59, schedule)).toBe(1);
    expect(rateAt(80, schedule)).toBeCloseTo(0.5);
    expect(rateAt(100, schedule)).toBeCloseTo(0);
  });
  it('rises and falls again in a second cycle', () => {
    const twice = { ...schedule, refine: { steps: 100, peak: 0.5 } };
    expect(rateAt(80, twice)).toBe(rateAt(80, schedule));
    expect(rateAt(100, twice)).toBeCloseTo(0.1);
    expect(rateAt(105, twice)).toBeCloseTo(0.5);
    expect(rateAt(200, twice)).toBeCloseTo(0);
    for (let s = 106; s < 200; s++) expect(rateAt(s, twice)).toBeLessThanOrEqual(rateAt(s - 1, twice));
  });
  it('does not depend on the total before the fall', () => {
    for (let s = 0; s < 60; s++) expect(rateAt(s, { ...schedule, total: 300 })).toBe(rateAt(s, schedule));
  });
});
