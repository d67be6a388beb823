/** The arithmetic of the drawing pad: points in its 100 × 100, the time of a stroke, paths to show. */
import type { Drawing, StrokePoint } from '../../media/strokes';

/** The pad's own units; its shorter side holds this many. */
export const padUnits = 100;
/** Points of a drawing beyond which further ones are not taken: minutes of scribbling. */
export const mostPoints = 20_000;
/** Between two strokes no more than this passes on the drawing's clock, however long the person thinks. */
const longestPauseMs = 600;

export const blank: Drawing = { strokes: [] };

export const isBlank = (drawing: Drawing): boolean => drawing.strokes.every((stroke) => stroke.length === 0);

export const pointCount = (drawing: Drawing): number =>
  drawing.strokes.reduce((n, stroke) => n + stroke.length, 0);

export const lastTime = (drawing: Drawing): number => drawing.strokes.at(-1)?.at(-1)?.t ?? 0;

/**
 * What to take off a clock so that a stroke that begins now follows the drawing.
 * @param now milliseconds on any clock
 * @param ended on the same clock, when the last stroke ended; null where there is none or it was on another clock
 */
export function strokeOrigin(drawing: Drawing, now: number, ended: number | null): number {
  if (isBlank(drawing)) return now;
  const pause = ended === null ? longestPauseMs : Math.min(longestPauseMs, Math.max(0, now - ended));
  return now - lastTime(drawing) - pause;
}

/** The stroke with more points, its times never going back (coalesced events may carry equal ones). */
export function extendStroke(stroke: StrokePoint[], points: StrokePoint[]): StrokePoint[] {
  const out = stroke.slice();
  for (const p of points) {
    const before = out.at(-1);
    if (before && before.x === p.x && before.y === p.y) continue;
    out.push(before && p.t < before.t ? { ...p, t: before.t } : p);
  }
  return out;
}

export const withStroke = (drawing: Drawing, stroke: StrokePoint[]): Drawing => ({
  strokes: [...drawing.strokes, stroke],
});

export const withoutLastStroke = (drawing: Drawing): Drawing => ({ strokes: drawing.strokes.slice(0, -1) });

const near = (value: number): number => Math.round(value * 100) / 100;

/** The `d` of an SVG path; a single point is a dot. */
export const strokePath = (stroke: StrokePoint[]): string =>
  stroke.length === 1
    ? `M${near(stroke[0].x)} ${near(stroke[0].y)}h.01`
    : stroke.map(({ x, y }, n) => `${n === 0 ? 'M' : 'L'}${near(x)} ${near(y)}`).join('');

/** A point of the screen in pad units: the square of 100 × 100 lies in the middle of the box, as large as it fits. */
export function toPad(
  clientX: number,
  clientY: number,
  box: { left: number; top: number; width: number; height: number },
): { x: number; y: number } {
  const scale = Math.min(box.width, box.height) / padUnits || 1;
  return {
    x: (clientX - box.left - box.width / 2) / scale + padUnits / 2,
    y: (clientY - box.top - box.height / 2) / scale + padUnits / 2,
  };
}

/** Drawing with the arrow keys: where the pen is, whether it is down. */
export interface KeyPen {
  x: number;
  y: number;
  down: boolean;
}

/** Units of a step by key, and of a fine step with Shift; a unit takes as long as a hand takes for it. */
const stepUnits = 5;
const fineUnits = 1;
const msPerUnit = 12;

export const centred: KeyPen = { x: padUnits / 2, y: padUnits / 2, down: false };

/** Where a key moves the pen, or null for a key that does not. */
export function moveKeyPen(pen: KeyPen, key: string, fine: boolean): KeyPen | null {
  const step = fine ? fineUnits : stepUnits;
  const by: Record<string, [number, number]> = {
    ArrowLeft: [-step, 0],
    ArrowRight: [step, 0],
    ArrowUp: [0, -step],
    ArrowDown: [0, step],
  };
  const move = by[key];
  if (!move) return null;
  const inside = (value: number) => Math.min(padUnits, Math.max(0, value));
  return { ...pen, x: inside(pen.x + move[0]), y: inside(pen.y + move[1]) };
}

/** The points between two places of the pen, one a unit, the first place left out. */
export function keyPoints(from: KeyPen, to: KeyPen, startTime: number): StrokePoint[] {
  const length = Math.max(Math.abs(to.x - from.x), Math.abs(to.y - from.y));
  const count = Math.max(1, Math.round(length));
  return Array.from({ length: count }, (_, n) => {
    const u = (n + 1) / count;
    return {
      x: from.x + u * (to.x - from.x),
      y: from.y + u * (to.y - from.y),
      t: startTime + u * length * msPerUnit,
    };
  });
}
