/** Numbers as the page shows them: a true minus, tabular, as many decimals as the quantity deserves. */

/** What a chart's numbers are: the page keeps shares (0..1), a person reads percent. */
export interface Quantity {
  /** As in a sentence: "accuracy", "gain over the best probe". */
  name: string;
  /** Factor from stored to shown: 100 for a share. */
  scale: number;
  /** Follows the number, with its space: " %", " points", "". */
  unit: string;
  decimals: number;
  /** Written with its sign, coloured around zero. */
  signed: boolean;
  /** As log-loss is: the best is the least. */
  lowerIsBetter?: boolean;
}

export interface Interval {
  value: number;
  lo: number;
  hi: number;
}

export const share = (name: string): Quantity => ({
  name,
  scale: 100,
  unit: ' %',
  decimals: 1,
  signed: false,
});
export const points = (name: string): Quantity => ({
  name,
  scale: 100,
  unit: ' points',
  decimals: 1,
  signed: true,
});
export const plain = (name: string, decimals = 2): Quantity => ({
  name,
  scale: 1,
  unit: '',
  decimals,
  signed: false,
});

const MINUS = '\u2212';

/** A number with a fixed count of decimals; −0.0 is 0.0; no number at all is an en dash. */
export function fixed(value: number, decimals: number, signed = false): string {
  if (!Number.isFinite(value)) return '\u2013';
  const text = Math.abs(value).toFixed(decimals);
  if (Number(text) === 0) return text;
  return (value < 0 ? MINUS : signed ? '+' : '') + text;
}

/** Without its unit: "79.8", "+6.9". */
export const show = (q: Quantity, value: number): string => fixed(value * q.scale, q.decimals, q.signed);

/** With its unit: "79.8 %". */
export const showUnit = (q: Quantity, value: number): string =>
  Number.isFinite(value) ? show(q, value) + q.unit : 'not defined';

/** "75.6 to 83.4". */
export const showInterval = (q: Quantity, { lo, hi }: { lo: number; hi: number }): string =>
  `${show(q, lo)} to ${show(q, hi)}`;

export const signedInteger = (value: number): string => fixed(value, 0, true);

/** A probability in a table: ".85"; certainty keeps its one. */
export const probability = (p: number): string => {
  const text = fixed(p, 2);
  return text.startsWith('0.') ? text.slice(1) : text;
};

/** 1,234 */
export const count = (n: number): string => String(n).replace(/\B(?=(\d{3})+$)/g, ',');

/** 2.4·10⁻⁶ */
export function scientific(value: number): string {
  if (value === 0) return '0';
  const [mantissa, exponent] = value.toExponential(1).split('e');
  const digits = '⁰¹²³⁴⁵⁶⁷⁸⁹';
  const raised = String(Math.abs(Number(exponent))).replace(/\d/g, (c) => digits[Number(c)]);
  return `${mantissa}·10${Number(exponent) < 0 ? '⁻' : ''}${raised}`;
}

/** The fewest decimals that tell the ticks of an axis apart, as they are written. */
export function tickDecimals(ticks: number[], scale: number): number {
  for (let decimals = 0; decimals < 6; decimals++)
    if (ticks.every((t) => Math.abs(t * scale - Number((t * scale).toFixed(decimals))) < 1e-6 * scale))
      return decimals;
  return 6;
}
