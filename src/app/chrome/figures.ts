/** Numbers as the header and the footer write them. */

const superscripts = '⁰¹²³⁴⁵⁶⁷⁸⁹';
const raised = (n: number): string =>
  (n < 0 ? '⁻' : '') + [...String(Math.abs(n))].map((digit) => superscripts[Number(digit)]).join('');

/** "2.4·10⁻⁶"; "0" for none at all. */
export function scientific(x: number): string {
  if (x === 0) return '0';
  if (!Number.isFinite(x)) return 'not a number';
  const [digits, power] = x.toExponential(1).split('e');
  return `${digits}·10${raised(Number(power))}`;
}

/** "9.8 MB" */
export const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(1)} MB`;

/** "21 ms", "4.2 ms" */
export const milliseconds = (ms: number): string => `${ms.toFixed(ms < 10 ? 1 : 0)} ms`;
