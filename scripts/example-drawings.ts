/**
 * Digits drawn by formula: curves through a few points that describe how each digit is usually written, with the
 * tremor, slant and speed of a hand. Nobody's handwriting.
 */
import { normal, seededRandom, type Random } from '../src/math/random';
import type { Drawing, StrokePoint } from '../src/media/strokes';

type Point = [x: number, y: number];
/** Points that a stroke passes through, in a box of 100 × 100 with y downwards; a point given twice is a corner. */
type Shape = Point[][];

interface Style {
  id: string;
  /** As the page says it. */
  label: string;
  /** x gained per unit of height. */
  slant: number;
  /** Width over height. */
  aspect: number;
  /** Standard deviation of the tremor, in units of the box. */
  tremor: number;
  /** Units a millisecond on a straight line. */
  speed: number;
  shapes: Shape[];
}

const plain: Shape[] = [
  [
    [
      [58, 4],
      [30, 10],
      [12, 48],
      [26, 90],
      [56, 96],
      [82, 60],
      [78, 18],
      [56, 3],
    ],
  ],
  [
    [
      [30, 26],
      [48, 12],
      [56, 3],
      [56, 3],
      [54, 50],
      [52, 97],
    ],
  ],
  [
    [
      [20, 24],
      [34, 6],
      [60, 4],
      [74, 24],
      [60, 54],
      [34, 80],
      [16, 95],
      [16, 95],
      [46, 94],
      [84, 93],
    ],
  ],
  [
    [
      [22, 14],
      [44, 3],
      [68, 12],
      [66, 34],
      [42, 46],
      [42, 46],
      [70, 54],
      [76, 78],
      [52, 96],
      [20, 88],
    ],
  ],
  [
    [
      [44, 4],
      [32, 34],
      [16, 66],
      [16, 66],
      [48, 64],
      [84, 62],
    ],
    [
      [62, 34],
      [60, 66],
      [57, 97],
    ],
  ],
  [
    [
      [30, 6],
      [27, 24],
      [24, 44],
      [24, 44],
      [48, 38],
      [72, 52],
      [72, 78],
      [48, 96],
      [18, 88],
    ],
    [
      [30, 6],
      [54, 5],
      [78, 4],
    ],
  ],
  [
    [
      [62, 4],
      [38, 26],
      [22, 60],
      [32, 92],
      [58, 94],
      [70, 74],
      [54, 58],
      [30, 68],
      [24, 78],
    ],
  ],
  [
    [
      [18, 8],
      [48, 7],
      [80, 5],
      [80, 5],
      [62, 46],
      [46, 97],
    ],
  ],
  [
    [
      [66, 18],
      [46, 4],
      [28, 18],
      [42, 40],
      [66, 62],
      [68, 84],
      [46, 97],
      [26, 82],
      [38, 58],
      [60, 38],
      [68, 18],
    ],
  ],
  [
    [
      [70, 18],
      [48, 6],
      [28, 24],
      [38, 46],
      [60, 42],
      [72, 18],
      [72, 18],
      [70, 56],
      [60, 97],
    ],
  ],
];

/** The same digits as others write them: one with a foot, two with a loop, four closed, seven crossed. */
const varied: Shape[] = [
  [
    [
      [44, 5],
      [20, 22],
      [16, 62],
      [38, 94],
      [68, 86],
      [80, 46],
      [66, 10],
      [42, 6],
    ],
  ],
  [
    [
      [28, 24],
      [46, 12],
      [54, 4],
      [54, 4],
      [52, 48],
      [50, 94],
    ],
    [
      [24, 95],
      [50, 94],
      [78, 93],
    ],
  ],
  [
    [
      [24, 22],
      [42, 4],
      [66, 14],
      [62, 44],
      [42, 76],
      [24, 92],
      [16, 80],
      [34, 78],
      [58, 92],
      [84, 86],
    ],
  ],
  [
    [
      [24, 6],
      [48, 5],
      [74, 4],
      [74, 4],
      [58, 22],
      [42, 40],
      [42, 40],
      [70, 48],
      [74, 76],
      [50, 95],
      [22, 90],
    ],
  ],
  [
    [
      [34, 5],
      [26, 34],
      [26, 56],
      [50, 60],
      [76, 46],
    ],
    [
      [74, 14],
      [66, 54],
      [58, 97],
    ],
  ],
  [
    [
      [76, 5],
      [52, 6],
      [32, 7],
      [32, 7],
      [29, 26],
      [26, 44],
      [26, 44],
      [52, 40],
      [72, 58],
      [66, 84],
      [44, 96],
      [20, 90],
    ],
  ],
  [
    [
      [54, 5],
      [34, 36],
      [26, 70],
      [40, 95],
      [64, 88],
      [66, 66],
      [46, 60],
      [28, 74],
    ],
  ],
  [
    [
      [20, 12],
      [34, 8],
      [56, 10],
      [78, 6],
      [78, 6],
      [66, 40],
      [52, 96],
    ],
    [
      [38, 52],
      [56, 50],
      [76, 48],
    ],
  ],
  [
    [
      [30, 20],
      [44, 5],
      [64, 12],
      [58, 32],
      [36, 52],
      [26, 78],
      [44, 96],
      [66, 84],
      [62, 62],
      [42, 42],
      [30, 22],
    ],
  ],
  [
    [
      [64, 26],
      [52, 6],
      [32, 14],
      [32, 38],
      [52, 44],
      [66, 26],
      [70, 12],
      [70, 12],
      [70, 58],
      [60, 90],
      [36, 95],
      [24, 84],
    ],
  ],
];

export const styles: Style[] = [
  { id: 'upright', label: 'upright', slant: 0, aspect: 0.78, tremor: 0.5, speed: 0.17, shapes: plain },
  { id: 'slanted', label: 'slanted', slant: 0.26, aspect: 0.68, tremor: 0.8, speed: 0.26, shapes: varied },
  { id: 'hasty', label: 'in haste', slant: 0.1, aspect: 0.86, tremor: 1.5, speed: 0.4, shapes: plain },
];

/** Between samples of a pen: 60 a second. */
const stepMs = 1000 / 60;

/** A centripetal Catmull–Rom segment from b to c (Barry & Goldman 1988), t in 0..1. */
function between([a, b, c, d]: [Point, Point, Point, Point], t: number): Point {
  const knot = (from: number, p: Point, q: Point) =>
    from + Math.max(1e-3, Math.hypot(q[0] - p[0], q[1] - p[1]) ** 0.5);
  const t0 = 0;
  const t1 = knot(t0, a, b);
  const t2 = knot(t1, b, c);
  const t3 = knot(t2, c, d);
  const at = t1 + t * (t2 - t1);
  const mix = (p: Point, q: Point, from: number, to: number): Point => {
    const u = (at - from) / (to - from);
    return [p[0] + u * (q[0] - p[0]), p[1] + u * (q[1] - p[1])];
  };
  const [ab, bc, cd] = [mix(a, b, t0, t1), mix(b, c, t1, t2), mix(c, d, t2, t3)];
  return mix(mix(ab, bc, t0, t2), mix(bc, cd, t1, t3), t1, t2);
}

/** The smooth line of a stroke as many short steps; a doubled point ends one curve and begins the next. */
function trace(points: Point[]): Point[] {
  const curves: Point[][] = [[]];
  points.forEach((p, n) => {
    const last = points[n - 1];
    if (last && last[0] === p[0] && last[1] === p[1]) curves.push([]);
    curves[curves.length - 1].push(p);
  });
  const line: Point[] = [];
  for (const curve of curves)
    for (let s = 0; s + 1 < curve.length; s++) {
      // Beyond the ends the curve goes on straight.
      const beyond = (p: Point, q: Point): Point => [2 * p[0] - q[0], 2 * p[1] - q[1]];
      const a = curve[s - 1] ?? beyond(curve[s], curve[s + 1]);
      const d = curve[s + 2] ?? beyond(curve[s + 1], curve[s]);
      for (let k = 0; k < 24; k++) line.push(between([a, curve[s], curve[s + 1], d], k / 24));
      if (s + 2 === curve.length) line.push(curve[s + 1]);
    }
  return line;
}

/** Change of direction at a point of a line, radians per unit of length. */
function curvature(line: Point[], n: number): number {
  const [p, q, r] = [line[Math.max(0, n - 2)], line[n], line[Math.min(line.length - 1, n + 2)]];
  const [x0, y0, x1, y1] = [q[0] - p[0], q[1] - p[1], r[0] - q[0], r[1] - q[1]];
  const length = Math.hypot(x0, y0) + Math.hypot(x1, y1);
  return length > 0 ? Math.abs(Math.atan2(x0 * y1 - y0 * x1, x0 * x1 + y0 * y1)) / length : 0;
}

/** Slow drift of the hand: two random sines along the path, in each coordinate. */
function drift(random: Random, tremor: number): (along: number) => Point {
  const waves = Array.from({ length: 4 }, (_, n) => ({
    size: tremor * normal(random) * (n < 2 ? 1.4 : 0.6),
    rate: (n < 2 ? 0.03 : 0.11) * (0.7 + 0.6 * random()),
    phase: 2 * Math.PI * random(),
  }));
  const wave = (n: number, along: number) => waves[n].size * Math.sin(waves[n].rate * along + waves[n].phase);
  return (along) => [wave(0, along) + wave(2, along), wave(1, along) + wave(3, along)];
}

/** A digit in a style. The speed of the pen falls with curvature to the power 1/3 (Lacquaniti et al. 1983). */
export function drawDigit(digit: number, style: Style, seed: number): Drawing {
  const random = seededRandom(seed);
  const wander = drift(random, style.tremor);
  const rotation = 0.04 * normal(random);
  let now = 0;
  let along = 0;
  const strokes = style.shapes[digit].map((shape) => {
    const line = trace(shape);
    const points: StrokePoint[] = [];
    let due = now;
    line.forEach((at, n) => {
      if (n > 0) {
        const step = Math.hypot(at[0] - line[n - 1][0], at[1] - line[n - 1][1]);
        const slowing = 1 + 2.2 * Math.cbrt(curvature(line, n));
        const ends = 1 + 1.5 * Math.exp(-Math.min(n, line.length - 1 - n) / 6);
        now += (step * slowing * ends) / style.speed / 1.8;
        along += step;
      }
      if (now >= due || n === line.length - 1) {
        const [wx, wy] = wander(along);
        const x = (at[0] - 50 + wx) * style.aspect;
        const y = at[1] - 50 + wy;
        points.push({
          x: 50 + x * Math.cos(rotation) - y * Math.sin(rotation) - style.slant * y,
          y: 50 + x * Math.sin(rotation) + y * Math.cos(rotation),
          t: now,
        });
        due = Math.max(due + stepMs, now);
      }
    });
    now += 140 + 90 * random();
    return points;
  });
  return { strokes };
}
