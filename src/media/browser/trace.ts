/**
 * The strokes of a film in which a drawing appears. A film has no pen: where it was is read off the ink that is new
 * in each frame, and it was lifted where new ink does not touch what came just before.
 */
import { UserError } from '../../math/errors';
import type { Drawing, StrokePoint } from '../strokes';

/** Grey pictures of one size, at times from the film's start. */
export interface Film {
  /** [frames, height, width], 0..1 */
  grey: Float32Array;
  width: number;
  height: number;
  /** Milliseconds, rising. */
  times: number[];
}

const hint = 'film a pen on plain paper in even light, from the empty sheet to the whole drawing';
/** Least difference of ink from its ground, of the whole scale. */
const leastContrast = 0.15;
/** Ink takes at least and at most this share of a picture. */
const inkShare = [0.0005, 0.4];
/** A film in which so much ink is there from the start shows no drawing being made. */
const mostAtStart = 0.8;

/** The value that parts a histogram into two classes of least variance within (Otsu 1979, equation 18). */
function otsu(values: Float32Array): number {
  const bins = new Float64Array(256);
  for (const v of values) bins[Math.min(255, Math.max(0, Math.floor(v * 256)))]++;
  const sum = bins.reduce((s, n, i) => s + n * i, 0);
  let [below, sumBelow, best, threshold] = [0, 0, -1, 0];
  for (let i = 0; i < 255; i++) {
    below += bins[i];
    sumBelow += bins[i] * i;
    const above = values.length - below;
    if (below === 0 || above === 0) continue;
    const between = below * above * (sumBelow / below - (sum - sumBelow) / above) ** 2;
    if (between > best) [best, threshold] = [between, (i + 1) / 256];
  }
  return threshold;
}

const median = (values: Float32Array): number => values.slice().sort()[values.length >> 1];

/** For each pixel of the last picture's ink, the frame since when it has been ink without a break; else −1. */
function arrivals({ grey, width, height, times }: Film): Int16Array {
  const plane = width * height;
  const ground = median(grey.subarray(0, plane));
  const contrast = (t: number, p: number) => Math.abs(grey[t * plane + p] - ground);
  const last = times.length - 1;
  const ends = Float32Array.from({ length: plane }, (_, p) => contrast(last, p));
  const threshold = Math.max(leastContrast, otsu(ends));
  const since = new Int16Array(plane).fill(-1);
  for (let p = 0; p < plane; p++) {
    if (ends[p] <= threshold) continue;
    let t = last;
    while (t > 0 && contrast(t - 1, p) > threshold) t--;
    since[p] = t;
  }
  return since;
}

/** Of the frames in which ink arrives, its connected pieces (eight neighbours), at least two pixels each. */
function pieces(since: Int16Array, width: number): { frame: number; pixels: number[] }[] {
  const seen = new Uint8Array(since.length);
  const out: { frame: number; pixels: number[] }[] = [];
  for (let start = 0; start < since.length; start++) {
    if (since[start] < 0 || seen[start]) continue;
    const frame = since[start];
    const pixels = [start];
    seen[start] = 1;
    for (let n = 0; n < pixels.length; n++) {
      const [x, y] = [pixels[n] % width, Math.floor(pixels[n] / width)];
      for (let dy = -1; dy <= 1; dy++)
        for (let dx = -1; dx <= 1; dx++) {
          const at = (y + dy) * width + x + dx;
          if (x + dx < 0 || x + dx >= width || since[at] !== frame || seen[at]) continue;
          seen[at] = 1;
          pixels.push(at);
        }
    }
    if (pixels.length > 1) out.push({ frame, pixels });
  }
  return out.sort((a, b) => a.frame - b.frame);
}

/** Twice the area over the outline: of a line, its width in pixels. */
function lineWidth(since: Int16Array, width: number): number {
  let [area, outline] = [0, 0];
  for (let p = 0; p < since.length; p++) {
    if (since[p] < 0) continue;
    area++;
    const edge = [p - 1, p + 1, p - width, p + width].some((q) => !(since[q] >= 0));
    if (edge) outline++;
  }
  return Math.max(1, (2 * area) / Math.max(1, outline));
}

type Point = [x: number, y: number];
const distance = ([ax, ay]: Point, [bx, by]: Point) => Math.hypot(ax - bx, ay - by);
const middle = (points: Point[]): Point => [
  points.reduce((s, [x]) => s + x, 0) / points.length,
  points.reduce((s, [, y]) => s + y, 0) / points.length,
];

/** The way through a piece of ink from its nearest to its farthest part, as seen from a point. */
function wayThrough(points: Point[], from: Point, width: number): Point[] {
  const sorted = points.map((at) => ({ at, far: distance(at, from) })).sort((a, b) => a.far - b.far);
  const [near, far] = [sorted[0].far, sorted[sorted.length - 1].far];
  const parts = Math.max(1, Math.round((far - near) / (1.5 * width)));
  const bins: Point[][] = Array.from({ length: parts }, () => []);
  for (const { at, far: d } of sorted)
    bins[Math.min(parts - 1, Math.floor((parts * (d - near)) / (far - near || 1)))].push(at);
  return bins.filter((bin) => bin.length > 0).map(middle);
}

/**
 * @returns strokes in the pad's 100 × 100, in milliseconds of the film
 * @throws UserError where no drawing appears, or the ground is not plain
 */
export function traceFilm(film: Film): Drawing {
  const { width, height, times } = film;
  const since = arrivals(film);
  const ink = since.filter((t) => t >= 0);
  if (ink.length < inkShare[0] * since.length || ink.length < 4)
    throw new UserError(`No drawing appears in this film: ${hint}.`);
  if (ink.length > inkShare[1] * since.length)
    throw new UserError(`Too much changes in this film to find the pen's line in it: ${hint}.`);
  if (ink.filter((t) => t === 0).length > mostAtStart * ink.length)
    throw new UserError(`The drawing is there from the start of this film: ${hint}.`);

  const line = lineWidth(since, width);
  const reach = 1.5 * line + 4;
  const list = pieces(since, width).map(({ frame, pixels }) => ({
    frame,
    points: pixels.map((p): Point => [(p % width) + 0.5, Math.floor(p / width) + 0.5]),
  }));
  const nearest = (points: Point[], to: Point) => Math.min(...points.map((p) => distance(p, to)));
  const strokes: { at: Point; frame: number }[][] = [];
  let pen: Point | null = null;
  while (list.length > 0) {
    // Of the pieces of the next frame, the one that goes on from where the pen is.
    const { frame } = list[0];
    let next = 0;
    for (let n = 1; n < list.length && list[n].frame === frame && pen; n++)
      if (nearest(list[n].points, pen) < nearest(list[next].points, pen)) next = n;
    const [{ points }] = list.splice(next, 1);
    const goesOn: boolean = pen !== null && nearest(points, pen) <= reach;
    if (!goesOn && points.length < line) continue;
    const ahead: Point = list.length > 0 ? middle(list[0].points) : [width, height];
    const start: Point =
      goesOn && pen ? pen : points.reduce((a, b) => (distance(b, ahead) > distance(a, ahead) ? b : a));
    const way = wayThrough(points, start, line).map((at) => ({ at, frame }));
    if (goesOn) strokes[strokes.length - 1].push(...way);
    else strokes.push(way);
    pen = way[way.length - 1].at;
  }
  if (strokes.length === 0) throw new UserError(`No drawing appears in this film: ${hint}.`);
  const scale = 80 / Math.max(width, height);
  return {
    strokes: strokes.map((stroke) =>
      stroke.map(({ at: [x, y], frame }, n): StrokePoint => {
        // Several points of one frame share the time since the frame before.
        const first = stroke.findIndex((p) => p.frame === frame);
        const count = stroke.filter((p) => p.frame === frame).length;
        const before = times[Math.max(0, frame - 1)];
        return {
          x: 50 + scale * (x - width / 2),
          y: 50 + scale * (y - height / 2),
          t: before + ((n - first + 1) / count) * (times[frame] - before),
        };
      }),
    ),
  };
}
