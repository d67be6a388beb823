/** Geometry of the legend: a colour bar with the value in hand, its interval and the distribution of all cells. */

/** Counts of the values in equal bins over lo..hi; what lies beyond goes to the end bins, NaN nowhere. */
export function histogram(values: Iterable<number>, lo: number, hi: number, bins: number): number[] {
  const out = new Array<number>(bins).fill(0);
  for (const v of values) {
    if (!Number.isFinite(v)) continue;
    const b = Math.floor(((v - lo) / (hi - lo)) * bins);
    out[Math.min(bins - 1, Math.max(0, b))]++;
  }
  return out;
}

/** Position of a value on a bar that runs upwards from `bottom` to `top` pixels; beyond the ends it stays at them. */
export const onBar = (value: number, lo: number, hi: number, top: number, bottom: number): number =>
  bottom - Math.min(1, Math.max(0, (value - lo) / (hi - lo))) * (bottom - top);

/** Room that a tick's text needs, pixels. */
const tickRoom = 13;

/** Of evenly spaced ticks, low to high, every n-th from the highest down: as many as have room. @param length of the bar, pixels */
export function ticksThatFit(ticks: readonly number[], length: number): number[] {
  const last = ticks.length - 1;
  if (last < 1) return [...ticks];
  const every = Math.max(1, Math.ceil((tickRoom * last) / length));
  return ticks.filter((_, n) => (last - n) % every === 0);
}
