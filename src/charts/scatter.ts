/** Geometry of a scatter: linear axes that hold all points, and where each point lies. */
import { scaleLinear } from 'd3';

export interface ScatterBox {
  width: number;
  height: number;
  left: number;
  right: number;
  top: number;
  foot: number;
}

export interface ScatterAxis {
  ticks: number[];
  at(value: number): number;
}

export interface ScatterGeometry {
  x: ScatterAxis;
  y: ScatterAxis;
  /** Index and place of each point whose two values are numbers. */
  points: { index: number; at: [number, number] }[];
}

function axis(values: readonly number[], range: [number, number], ticks: number): ScatterAxis {
  let [lo, hi] = [Infinity, -Infinity];
  for (const value of values) {
    lo = Math.min(lo, value);
    hi = Math.max(hi, value);
  }
  // one value, or none, still has an axis
  if (!(lo < hi)) [lo, hi] = Number.isFinite(lo) ? [lo - 0.5, lo + 0.5] : [0, 1];
  const scale = scaleLinear([lo, hi], range).nice(ticks);
  return { ticks: scale.ticks(ticks), at: (value) => scale(value) };
}

/** @param x, y one value a point; a point with a value that is not a number is left out */
export function scatterGeometry(
  x: ArrayLike<number>,
  y: ArrayLike<number>,
  { width, height, left, right, top, foot }: ScatterBox,
): ScatterGeometry {
  const shown = Array.from(x, (_, index) => index).filter(
    (index) => Number.isFinite(x[index]) && Number.isFinite(y[index]),
  );
  const horizontal = axis(
    shown.map((index) => x[index]),
    [left, width - right],
    5,
  );
  const vertical = axis(
    shown.map((index) => y[index]),
    [height - foot, top],
    5,
  );
  return {
    x: horizontal,
    y: vertical,
    points: shown.map((index) => ({ index, at: [horizontal.at(x[index]), vertical.at(y[index])] })),
  };
}
