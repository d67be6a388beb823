import { describe, expect, it } from 'vitest';
import {
  count,
  fixed,
  plain,
  points,
  probability,
  scientific,
  share,
  show,
  showInterval,
  showUnit,
  tickDecimals,
} from '../../../src/charts/format';

describe('numbers as the page shows them', () => {
  it('writes a true minus, and none before a zero', () => {
    expect(fixed(-1.25, 1)).toBe('−1.3');
    expect(fixed(-0.04, 1)).toBe('0.0');
    expect(fixed(0, 1, true)).toBe('0.0');
    expect(fixed(2.04, 1, true)).toBe('+2.0');
  });
  it('says so where there is no number', () => {
    expect(fixed(NaN, 1)).toBe('–');
    expect(showUnit(share('accuracy'), Infinity)).toBe('not defined');
  });
  it('shows shares in percent and their differences in points', () => {
    expect(showUnit(share('accuracy'), 0.7985)).toBe('79.8 %');
    expect(showUnit(points('gain'), 0.069)).toBe('+6.9 points');
    expect(showInterval(points('gain'), { lo: -0.004, hi: 0.059 })).toBe('−0.4 to +5.9');
    expect(show(plain('CKA'), 0.6249)).toBe('0.62');
  });
  it('drops the zero of a probability but keeps the one', () => {
    expect(probability(0.854)).toBe('.85');
    expect(probability(0.999)).toBe('1.00');
  });
  it('groups thousands and raises exponents', () => {
    expect(count(1000)).toBe('1,000');
    expect(count(999)).toBe('999');
    expect(scientific(2.4e-6)).toBe('2.4·10⁻⁶');
  });
  it('takes the fewest decimals that write every tick exactly', () => {
    expect(tickDecimals([0, 0.25, 0.5], 1)).toBe(2);
    expect(tickDecimals([0.6, 0.7, 0.8], 100)).toBe(0);
    expect(tickDecimals([0.795, 0.8], 100)).toBe(1);
  });
});
