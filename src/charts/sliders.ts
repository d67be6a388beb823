/** Geometry of a chart that is the track of a slider: a metric with intervals by skew or by sparsity. */
import { line, scaleLinear, ticks } from 'd3';
import type { Interval } from './format';

/** One strategy on a slider's track; undefined figures where it has not been measured. */
export interface SliderPoint extends Interval {
  /** Position: a skew, or a count of fused pairs. */
  at: number;
  /** Reported by somebody else, or not measured here. */
  hollow?: boolean;
}

export interface ReferenceLine {
  label: string;
  value: number;
  dash: 'dashed' | 'dotted' | 'dash-dot';
}

/** One vertical range for both charts: all intervals and lines, on ticks, at least `minSpan` high. */
export function valueRange(
  points: Iterable<Interval>,
  lines: Iterable<{ value: number }>,
  minSpan: number,
): { lo: number; hi: number; ticks: number[] } {
  const all: number[] = [];
  for (const p of points) for (const v of [p.value, p.lo, p.hi]) if (Number.isFinite(v)) all.push(v);
  for (const l of lines) if (Number.isFinite(l.value)) all.push(l.value);
  if (!all.length) return { lo: 0, hi: 1, ticks: [0, 0.5, 1] };
  let lo = Math.min(...all);
  let hi = Math.max(...all);
  const missing = Math.max(0, minSpan - (hi - lo)) / 2;
  lo -= missing;
  hi += missing;
  const inside = ticks(lo, hi, 4);
  const step = inside.length > 1 ? inside[1] - inside[0] : hi - lo;
  const from = Math.floor(lo / step + 1e-9) * step;
  const to = Math.ceil(hi / step - 1e-9) * step;
  return { lo, hi, ticks: ticks(from, to, 5).filter((t) => t >= lo - step / 4 && t <= hi + step / 4) };
}

export interface SliderBox {
  width: number;
  height: number;
  left: number;
  right: number;
  /** Height under the track, for ticks and the axis' name. */
  foot: number;
  top: number;
}

export interface SliderGeometry {
  x(at: number): number;
  y(value: number): number;
  /** The track's height. */
  base: number;
  step: number;
  /** Pixel position of the pointer → nearest position on the track. */
  invert(px: number): number;
}

export function sliderGeometry(
  box: SliderBox,
  from: number,
  to: number,
  range: { lo: number; hi: number },
): SliderGeometry {
  const base = box.height - box.foot;
  const x = scaleLinear([from, to], [box.left, Math.max(box.left + 1, box.width - box.right)]);
  const y = scaleLinear([range.lo, range.hi], [base - 16, box.top + 4]);
  return {
    x,
    y,
    base,
    step: x(1) - x(0),
    invert: (px) => Math.min(to, Math.max(from, Math.round(x.invert(px)))),
  };
}

/** The curve through the points that are defined; it breaks where one is missing. */
export const curvePath = (points: SliderPoint[], g: SliderGeometry): string =>
  line<SliderPoint>()
    .defined((p) => Number.isFinite(p.value))
    .x((p) => g.x(p.at))
    .y((p) => g.y(p.value))(points) ?? '';

/** Moves labels apart, keeping their order, so that no two baselines are closer than `gap`; stays within lo..hi. */
export function spreadLabels(at: number[], gap: number, lo: number, hi: number): number[] {
  const order = at.map((y, n) => ({ y, n })).sort((a, b) => a.y - b.y);
  let floor = lo;
  for (const o of order) {
    o.y = Math.max(o.y, floor);
    floor = o.y + gap;
  }
  let ceiling = hi;
  for (let k = order.length - 1; k >= 0; k--) {
    order[k].y = Math.min(order[k].y, ceiling);
    ceiling = order[k].y - gap;
  }
  const out = new Array<number>(at.length);
  for (const o of order) out[o.n] = o.y;
  return out;
}
