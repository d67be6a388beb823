/**
 * Drawings, and the frames that a video encoder sees of one. The page, training and evaluation render with this
 * code. The pen's clock leaves out pauses with the pen up: data sets do not record them, and a person at a page
 * pauses as they please.
 */
import { UserError } from '../math/errors';

/** x to the right, y downwards, any unit; t in milliseconds from the start of the drawing. */
export interface StrokePoint {
  x: number;
  y: number;
  t: number;
}

export interface Drawing {
  strokes: StrokePoint[][];
}

export interface FrameOptions {
  frames: number;
  /** Height and width of a frame in pixels. */
  size: number;
}

/** Ink so far, ink since the previous frame, where the pen is. */
export const frameChannels = 3;

/** Of the frame's size: the empty border, half the width of a line, the deviation of the dot that shows the pen. */
const margin = 1 / 12;
const halfLine = 1 / 36;
const penDeviation = 1.5 / 36;

/** Points one after the other on the pen's clock. */
interface Path {
  x: Float64Array;
  y: Float64Array;
  /** Milliseconds with the pen down. */
  clock: Float64Array;
  /** 1 where a stroke begins. */
  begins: Uint8Array;
}

const countPoints = (drawing: Drawing): number => drawing.strokes.reduce((n, s) => n + s.length, 0);

/** Milliseconds of each point on the pen's clock, over all strokes; between strokes one median step passes. */
function penClock(drawing: Drawing): Float64Array {
  const steps: number[] = [];
  for (const s of drawing.strokes)
    for (let i = 1; i < s.length; i++) steps.push(Math.max(0, s[i].t - s[i - 1].t));
  const sorted = Float64Array.from(steps).sort();
  const gap = sorted[sorted.length >> 1] || 1;
  const clock = new Float64Array(countPoints(drawing));
  let n = 0;
  let now = -gap;
  for (const s of drawing.strokes)
    s.forEach((p, i) => {
      now += i === 0 ? gap : Math.max(0, p.t - s[i - 1].t);
      clock[n++] = now;
    });
  return clock;
}

function requireInk(drawing: Drawing): void {
  if (countPoints(drawing) === 0) throw new UserError('The drawing is blank: draw something first.');
  for (const s of drawing.strokes)
    for (const p of s)
      if (!Number.isFinite(p.x) || !Number.isFinite(p.y) || !Number.isFinite(p.t))
        throw new UserError('The drawing has a point that is not a number: draw it again.');
}

/**
 * The first part of a drawing in time.
 * @param keep 0..1, of the time that the pen was down; at least the first point stays
 */
export function reveal(drawing: Drawing, keep: number): Drawing {
  if (keep >= 1) return drawing;
  const clock = penClock(drawing);
  const until = keep * clock[clock.length - 1] + 1e-9;
  let n = 0;
  const strokes = drawing.strokes.map((s) => s.filter(() => clock[n++] <= until));
  return { strokes: strokes.filter((s) => s.length > 0) };
}

/** The drawing in pixels of a frame: its box centred, its longer side filling what the margin leaves. */
function fitToFrame(drawing: Drawing, size: number): Path {
  const n = countPoints(drawing);
  const path: Path = {
    x: new Float64Array(n),
    y: new Float64Array(n),
    clock: penClock(drawing),
    begins: new Uint8Array(n),
  };
  let [left, right, top, bottom] = [Infinity, -Infinity, Infinity, -Infinity];
  let k = 0;
  for (const s of drawing.strokes)
    for (let i = 0; i < s.length; i++, k++) {
      const { x, y } = s[i];
      path.x[k] = x;
      path.y[k] = y;
      path.begins[k] = i === 0 ? 1 : 0;
      left = Math.min(left, x);
      right = Math.max(right, x);
      top = Math.min(top, y);
      bottom = Math.max(bottom, y);
    }
  const extent = Math.max(right - left, bottom - top);
  const scale = extent > 0 ? (size * (1 - 2 * margin)) / extent : 0;
  for (k = 0; k < n; k++) {
    path.x[k] = size / 2 + (path.x[k] - (left + right) / 2) * scale;
    path.y[k] = size / 2 + (path.y[k] - (top + bottom) / 2) * scale;
  }
  return path;
}

/** Ink of one segment, its coverage falling off over one pixel at the edge; the larger of old and new stays. */
function inkSegment(
  image: Float32Array,
  size: number,
  x0: number,
  y0: number,
  x1: number,
  y1: number,
  half: number,
): void {
  const reach = half + 0.5;
  const [dx, dy] = [x1 - x0, y1 - y0];
  const squared = dx * dx + dy * dy;
  const fromX = Math.max(0, Math.floor(Math.min(x0, x1) - reach));
  const toX = Math.min(size - 1, Math.ceil(Math.max(x0, x1) + reach));
  const fromY = Math.max(0, Math.floor(Math.min(y0, y1) - reach));
  const toY = Math.min(size - 1, Math.ceil(Math.max(y0, y1) + reach));
  for (let row = fromY; row <= toY; row++)
    for (let column = fromX; column <= toX; column++) {
      const [px, py] = [column + 0.5 - x0, row + 0.5 - y0];
      const along = squared > 0 ? Math.min(1, Math.max(0, (px * dx + py * dy) / squared)) : 0;
      const [ex, ey] = [px - along * dx, py - along * dy];
      const cover = reach - Math.sqrt(ex * ex + ey * ey);
      const at = row * size + column;
      if (cover > image[at]) image[at] = cover < 1 ? cover : 1;
    }
}

function penDot(image: Float32Array, size: number, x: number, y: number): void {
  const deviation = penDeviation * size;
  const reach = 3 * deviation;
  for (let row = Math.max(0, Math.floor(y - reach)); row < Math.min(size, y + reach); row++)
    for (let column = Math.max(0, Math.floor(x - reach)); column < Math.min(size, x + reach); column++) {
      const squared = (column + 0.5 - x) ** 2 + (row + 0.5 - y) ** 2;
      image[row * size + column] = Math.exp(-squared / (2 * deviation * deviation));
    }
}

/**
 * The frames of a drawing being drawn: frame t shows what was drawn after (t + 1)/frames of the pen's time.
 * @returns [frames, 3, size, size], values 0..1: ink so far, ink since the previous frame, a dot where the pen is
 * @throws UserError for a drawing with no points
 */
export function render(drawing: Drawing, { frames, size }: FrameOptions): Float32Array {
  requireInk(drawing);
  const { x, y, clock, begins } = fitToFrame(drawing, size);
  const plane = size * size;
  const out = new Float32Array(frames * frameChannels * plane);
  const half = halfLine * size;
  const duration = clock[clock.length - 1];
  // The segment that ends in point `next` is the first that is not finished; the pen stands at (penX, penY).
  let next = 0;
  let [penX, penY] = [x[0], y[0]];
  let penClockNow = 0;
  for (let t = 0; t < frames; t++) {
    const base = t * frameChannels * plane;
    const ink = out.subarray(base, base + plane);
    const added = out.subarray(base + plane, base + 2 * plane);
    const until = t === frames - 1 ? Infinity : (duration * (t + 1)) / frames;
    while (next < x.length) {
      if (begins[next]) {
        if (clock[next] > until) break;
        [penX, penY, penClockNow] = [x[next], y[next], clock[next]];
        inkSegment(added, size, penX, penY, penX, penY, half);
        next++;
        continue;
      }
      const done = clock[next] <= until;
      const share = done ? 1 : (until - penClockNow) / (clock[next] - penClockNow);
      const [toX, toY] = [penX + share * (x[next] - penX), penY + share * (y[next] - penY)];
      if (share > 0) inkSegment(added, size, penX, penY, toX, toY, half);
      [penX, penY] = [toX, toY];
      penClockNow = done ? clock[next] : Math.max(until, penClockNow);
      if (!done) break;
      next++;
    }
    const before = base - frameChannels * plane;
    for (let p = 0; p < plane; p++) ink[p] = t === 0 ? added[p] : Math.max(added[p], out[before + p]);
    penDot(out.subarray(base + 2 * plane, base + 3 * plane), size, penX, penY);
  }
  return out;
}
