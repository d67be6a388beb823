import { expect, it } from 'vitest';
import { validationRows } from '../../../src/cli/heads/fit';

it('validation pairs are of one class and one condition, also beyond 255 samples', () => {
  const set = (samples: number, step: number) => ({
    layers: 1,
    width: 1,
    variants: 2,
    states: new SharedArrayBuffer(0),
    labels: Uint8Array.from({ length: samples }, (_, s) => (s * step) % 10),
  });
  const [a, b] = [set(700, 1), set(300, 3)];
  const { rowsA, rowsB } = validationRows(a, b, 0);
  expect(rowsA.length).toBe(1400);
  expect(new Set(rowsA).size).toBe(1400);
  rowsA.forEach((row, at) => {
    expect(b.labels[rowsB[at] >> 1]).toBe(a.labels[row >> 1]);
    expect(rowsB[at] & 1).toBe(row & 1);
  });
});
