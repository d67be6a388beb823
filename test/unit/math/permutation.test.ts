import { expect, it } from 'vitest';
import { derangement, permutationPValue, permuteLabels, takeRows } from '../../../src/math/permutation';
import { seededRandom } from '../../../src/math/random';

it('permuted labels keep the classes’ counts and lose their places', () => {
  const labels = Uint8Array.from({ length: 300 }, (_, s) => s % 3);
  const permuted = permuteLabels(labels, seededRandom(0));
  expect([...permuted].sort()).toEqual([...labels].sort());
  const kept = permuted.filter((c, s) => c === labels[s]).length;
  expect(Math.abs(kept - 100)).toBeLessThan(40);
  expect(permuted).toBeInstanceOf(Uint8Array);
});

it('takes rows in order, also twice', () => {
  expect([...takeRows(Float32Array.from([1, 2, 3, 4, 5, 6]), 2, [2, 0, 2])]).toEqual([5, 6, 1, 2, 5, 6]);
});

it('a derangement is a permutation with no fixed point', () => {
  const random = seededRandom(1);
  for (let n = 2; n < 30; n++) {
    const order = derangement(n, random);
    expect([...order].sort((a, b) => a - b)).toEqual([...Array(n).keys()]);
    order.forEach((to, from) => expect(to).not.toBe(from));
  }
  expect([...derangement(1, random)]).toEqual([0]);
  expect(derangement(0, random).length).toBe(0);
});

it('p = (1 + nulls at least as great) / (1 + nulls)', () => {
  expect(permutationPValue(3, [1, 2, 3, 4])).toBe(3 / 5);
  expect(permutationPValue(9, [1, 2, 3, 4])).toBe(1 / 5);
  expect(permutationPValue(0, [])).toBe(1);
});
