/** Do values of one kind tend to be larger than those of another? */
import { ranks } from './metrics';

/** Area under the standard normal density above z. Abramowitz & Stegun 26.2.17: off by less than 7.5e-8. */
function upperTail(z: number): number {
  if (z < 0) return 1 - upperTail(-z);
  const t = 1 / (1 + 0.2316419 * z);
  const series =
    t * (0.31938153 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))));
  return (Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI)) * series;
}

export interface MannWhitney {
  /** How often a value of x is above one of y, ties counted half: 0..1, one half where neither is. */
  area: number;
  /** One-sided: of an area at least this large where x and y are of one kind. */
  p: number;
}

/**
 * Mann & Whitney 1947, by the normal approximation with correction for ties and continuity: for about ten values of
 * each or more. Without values of both, or where all are equal, nothing can be told: area one half, p 1.
 */
export function mannWhitney(x: ArrayLike<number>, y: ArrayLike<number>): MannWhitney {
  const [n, m] = [x.length, y.length];
  if (n === 0 || m === 0) return { area: 0.5, p: 1 };
  const all = ranks([...Array.from(x), ...Array.from(y)]);
  let sum = 0;
  for (let s = 0; s < n; s++) sum += all[s];
  const above = sum - (n * (n + 1)) / 2;
  const ties = new Map<number, number>();
  for (const rank of Array.from(all)) ties.set(rank, (ties.get(rank) ?? 0) + 1);
  let tied = 0;
  for (const count of ties.values()) tied += count ** 3 - count;
  const size = n + m;
  const variance = ((n * m) / 12) * (size + 1 - tied / (size * (size - 1)));
  if (!(variance > 0)) return { area: 0.5, p: 1 };
  const z = (above - (n * m) / 2 - 0.5) / Math.sqrt(variance);
  return { area: above / (n * m), p: upperTail(z) };
}
