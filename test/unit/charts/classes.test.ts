import { describe, expect, it } from 'vitest';
import { cut, disagreement, shownClasses } from '../../../src/charts/classes';

describe('the classes of a prediction', () => {
  it('are all shown up to twelve', () => {
    expect(shownClasses([[0.5, 0.5]], 2)).toEqual([0, 1]);
    expect(shownClasses([null], 12)).toHaveLength(12);
  });
  it('are ten of more: every answer, then the likeliest, in the pack’s order', () => {
    const own = Array.from({ length: 28 }, (_, c) => (28 - c) / 406);
    const other = own.map((_, c) => (c === 27 ? 1 : 0));
    const shown = shownClasses([own, other, null], 28);
    expect(shown).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 27]);
    // with little room fewer, but every answer
    expect(shownClasses([own, other, null], 28, 4)).toEqual([0, 1, 2, 27]);
    expect(shownClasses([own, other, null], 28, 1)).toEqual([0, 27]);
    expect(shownClasses([own, other, null], 28, 50)).toEqual(shown);
  });
  it('are named by who disagrees', () => {
    const names = ['zero', 'one', 'two'];
    const said = (label: string, answer: number) => ({ label, answer });
    expect(disagreement(0, [said('late', 0), said('A alone', -1)], names)).toBe('All agree.');
    expect(disagreement(0, [said('late', 1), said('B alone', 1), said('A alone', 2)], names)).toBe(
      'Late and B alone say one; A alone says two.',
    );
  });
  it('have names that are cut with an ellipsis', () => {
    expect(cut('sneaker', 7)).toBe('sneaker');
    expect(cut('sneakers', 7)).toBe('sneake…');
  });
});
