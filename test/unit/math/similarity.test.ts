import { describe, expect, it } from 'vitest';
import { normal, seededRandom } from '../../../src/math/random';
import { similarity, similarityChunks, type LayerStates } from '../../../src/math/similarity';

const made = (n: number, width: number, seed: number, shift = 0): LayerStates => {
  const random = seededRandom(seed);
  return { width, values: Float32Array.from({ length: n * width }, () => normal(random) + shift) };
};

/** HSIC₁ by its formula on whole Gram matrices of the states as they are, not centred. */
function plainCka(a: LayerStates, b: LayerStates, n: number): number {
  const gram = ({ values, width }: LayerStates) =>
    Array.from({ length: n }, (_, s) =>
      Array.from({ length: n }, (_, t) => {
        if (s === t) return 0;
        let sum = 0;
        for (let c = 0; c < width; c++) sum += values[s * width + c] * values[t * width + c];
        return sum;
      }),
    );
  const hsic = (k: number[][], l: number[][]) => {
    const sum = (m: number[][]) => m.flat().reduce((x, y) => x + y);
    let trace = 0;
    let mixed = 0;
    for (let s = 0; s < n; s++) {
      for (let t = 0; t < n; t++) trace += k[s][t] * l[t][s];
      mixed += k[s].reduce((x, y) => x + y) * l[s].reduce((x, y) => x + y);
    }
    return (trace + (sum(k) * sum(l)) / ((n - 1) * (n - 2)) - (2 * mixed) / (n - 2)) / (n * (n - 3));
  };
  const [k, l] = [gram(a), gram(b)];
  return hsic(k, l) / Math.sqrt(hsic(k, k) * hsic(l, l));
}

function plainNeighbours(a: LayerStates, b: LayerStates, n: number, k: number): number {
  const lists = ({ values, width }: LayerStates) =>
    Array.from({ length: n }, (_, s) => {
      const cosine = (t: number) => {
        let [xy, xx, yy] = [0, 0, 0];
        for (let c = 0; c < width; c++) {
          const [x, y] = [values[s * width + c], values[t * width + c]];
          [xy, xx, yy] = [xy + x * y, xx + x * x, yy + y * y];
        }
        return xy / Math.sqrt(xx * yy);
      };
      const others = Array.from({ length: n }, (_, t) => t).filter((t) => t !== s);
      return new Set(others.sort((t, u) => cosine(u) - cosine(t)).slice(0, k));
    });
  const [x, y] = [lists(a), lists(b)];
  return x.reduce((sum, list, s) => sum + [...list].filter((t) => y[s].has(t)).length, 0) / (n * k);
}

describe('similarity', () => {
  it('equals the formulas, layer pair by layer pair, at sizes that fit no tile', () => {
    const n = 37;
    const a = [made(n, 5, 1, 2), made(n, 8, 2)];
    const b = [
      made(n, 3, 3),
      { width: 5, values: Array.from(a[0].values, (v, i) => v + 0.3 * (i % 7)) },
      made(n, 2, 4, -1),
    ];
    const { cka, mutualNeighbours } = similarity(a, b, n, 4);
    a.forEach((x, p) =>
      b.forEach((y, q) => {
        expect(cka[p * 3 + q]).toBeCloseTo(plainCka(x, y, n), 5);
        expect(mutualNeighbours[p * 3 + q]).toBeCloseTo(plainNeighbours(x, y, n, 4), 6);
      }),
    );
  });

  it('is 1 for states turned, scaled and (CKA) shifted, about 0 for unrelated ones', () => {
    const n = 200;
    const x = made(n, 2, 5);
    const [cos, sin] = [Math.cos(1), Math.sin(1)];
    const turn = (shift: number) => ({
      width: 2,
      values: Float32Array.from({ length: 2 * n }, (_, at) => {
        const [u, v] = [x.values[at - (at % 2)], x.values[at - (at % 2) + 1]];
        return 3 * (at % 2 ? sin * u + cos * v : cos * u - sin * v) + shift;
      }),
    });
    const { cka, mutualNeighbours } = similarity([x], [turn(0), turn(10), made(n, 2, 6)], n);
    expect(cka[0]).toBeCloseTo(1, 5);
    expect(cka[1]).toBeCloseTo(1, 5);
    expect(mutualNeighbours[0]).toBeCloseTo(1, 2);
    expect(Math.abs(cka[2])).toBeLessThan(0.05);
    // Two random choices of 10 among 199 share 10/199 on average.
    expect(Math.abs(mutualNeighbours[2] - 10 / 199)).toBeLessThan(0.03);
  });

  it('is symmetric in A and B', () => {
    const n = 30;
    const [a, b] = [[made(n, 4, 7), made(n, 3, 8)], [made(n, 6, 9), made(n, 2, 10)]]; // prettier-ignore
    const there = similarity(a, b, n, 5);
    const back = similarity(b, a, n, 5);
    for (const [p, q] of [
      [0, 0],
      [0, 1],
      [1, 0],
      [1, 1],
    ])
      // prettier-ignore
      for (const key of ['cka', 'mutualNeighbours'] as const)
        expect(there[key][p * 2 + q]).toBeCloseTo(back[key][q * 2 + p], 6);
  });

  it('is 0 and never NaN where a layer says the same of every sample', () => {
    const n = 20;
    const constant = { width: 3, values: new Float32Array(3 * n).fill(0.1) };
    const zero = { width: 2, values: new Float32Array(2 * n) };
    const broken = { width: 1, values: new Float32Array(n).fill(NaN) };
    const { cka, mutualNeighbours } = similarity(
      [constant, zero],
      [zero, constant, made(n, 4, 1), broken],
      n,
    );
    expect([...cka]).toEqual(new Array(8).fill(0));
    expect([...mutualNeighbours]).toEqual(new Array(8).fill(0));
  });

  it('stands one constant feature among others, and fewer samples than neighbours', () => {
    const n = 6;
    const x = made(n, 3, 2);
    const values = Float32Array.from(x.values, (v, at) => (at % 3 === 0 ? 7 : v));
    const { cka, mutualNeighbours } = similarity([{ width: 3, values }], [x], n, 10);
    expect(Number.isFinite(cka[0])).toBe(true);
    expect(mutualNeighbours[0]).toBe(1); // all five others are neighbours
    expect(() => similarity([x], [x], 3)).toThrow(RangeError);
  });

  it('reports block by block', () => {
    const run = similarityChunks([made(50, 2, 1)], [made(50, 2, 2)], 50, 3, 20);
    expect([run.next().value, run.next().value, run.next().value]).toEqual([
      { done: 20, total: 50 },
      { done: 40, total: 50 },
      { done: 50, total: 50 },
    ]);
    expect(run.next().done).toBe(true);
  });
});
