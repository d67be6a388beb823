import { describe, expect, it } from 'vitest';
import { drawDigit, styles } from '../../../scripts/example-drawings';
import { normal, seededRandom } from '../../../src/math/random';
import { traceFilm, type Film } from '../../../src/media/browser/trace';
import { frameChannels, render, type Drawing } from '../../../src/media/strokes';

const side = 96;
const plane = side * side;

/** Dark ink on light ground, or the other way round, with a camera's noise; an empty sheet before. */
function filmOf(drawing: Drawing, { noise = 0, light = false, count = 60 } = {}): Film {
  const drawn = render(drawing, { frames: count - 4, size: side });
  const random = seededRandom(1);
  const grey = new Float32Array(count * plane);
  for (let t = 0; t < count; t++)
    for (let p = 0; p < plane; p++) {
      const ink = t < 4 ? 0 : drawn[(t - 4) * frameChannels * plane + p];
      grey[t * plane + p] = (light ? 0.1 + 0.8 * ink : 0.9 - 0.8 * ink) + noise * normal(random);
    }
  return { grey, width: side, height: side, times: Array.from({ length: count }, (_, t) => 40 * t) };
}

/** Cosine of what the encoder would see of two drawings: ink so far and new ink, all frames. */
function likeness(a: Drawing, b: Drawing): number {
  const [x, y] = [a, b].map((d) => render(d, { frames: 8, size: 36 }));
  const channel = 36 * 36;
  let [xy, xx, yy] = [0, 0, 0];
  x.forEach((v, i) => {
    if (Math.floor(i / channel) % frameChannels === 2) return;
    xy += v * y[i];
    xx += v * v;
    yy += y[i] * y[i];
  });
  return xy / Math.sqrt(xx * yy);
}

describe('a film in which a digit is drawn', () => {
  const digits = Array.from({ length: 10 }, (_, digit) => drawDigit(digit, styles[0], digit));
  it('gives strokes that the encoder sees as it sees the drawing itself, not as another', () => {
    const own = digits.map((d) => likeness(d, traceFilm(filmOf(d))));
    const other = digits.map((d, n) => likeness(d, digits[(n + 3) % 10]));
    for (const value of own) expect(value).toBeGreaterThan(0.8);
    expect(Math.min(...own)).toBeGreaterThan(Math.max(...other));
  });
  it('may be light on dark, and grainy', () => {
    for (const options of [{ light: true }, { noise: 0.05 }])
      expect(likeness(digits[3], traceFilm(filmOf(digits[3], options)))).toBeGreaterThan(0.8);
  });
  it('lifts the pen where the next ink is elsewhere, and keeps time', () => {
    const stroke = (x: number, t: number) =>
      Array.from({ length: 21 }, (_, n) => ({ x, y: 4 * n, t: t + 50 * n }));
    const { strokes } = traceFilm(filmOf({ strokes: [stroke(0, 0), stroke(60, 1050)] }));
    expect(strokes).toHaveLength(2);
    const [left, right] = strokes;
    expect(right[0].x - left[0].x).toBeGreaterThan(30);
    for (const points of strokes) {
      expect(points.at(-1)!.y).toBeGreaterThan(points[0].y + 40);
      expect(points.every((p, n) => n === 0 || p.t >= points[n - 1].t)).toBe(true);
    }
    expect(right[0].t).toBeGreaterThan(left.at(-1)!.t);
  });
});

describe('a film that shows no drawing being made', () => {
  const still = (of: (p: number, t: number) => number): Film => ({
    grey: Float32Array.from({ length: 10 * plane }, (_, i) => of(i % plane, Math.floor(i / plane))),
    width: side,
    height: side,
    times: Array.from({ length: 10 }, (_, t) => 40 * t),
  });
  it.each<[string, Film, RegExp]>([
    ['an empty sheet', still(() => 0.9), /^No drawing appears/],
    [
      'a picture that stands still',
      still((p) => (p % side > 40 && p % side < 46 ? 0.1 : 0.9)),
      /from the start/,
    ],
    ['a fade to black', still((_, t) => 0.9 - 0.08 * t), /^Too much changes/],
  ])('%s', (_, film, words) => expect(() => traceFilm(film)).toThrow(words));
});
