/** Geometry of a projection: points in a box, and class labels placed beside what they name. */

export interface Box {
  width: number;
  height: number;
  pad: number;
}

type Point = [number, number];

/** Maps points (any common unit) into a box with equal scales on both axes; the sample counts as a point. */
export function fitPoints(
  points: ArrayLike<number>,
  sample: Point | null,
  { width, height, pad }: Box,
): (x: number, y: number) => Point {
  let [x0, x1, y0, y1] = [Infinity, -Infinity, Infinity, -Infinity];
  const take = (x: number, y: number): void => {
    x0 = Math.min(x0, x);
    x1 = Math.max(x1, x);
    y0 = Math.min(y0, y);
    y1 = Math.max(y1, y);
  };
  for (let n = 0; n + 1 < points.length; n += 2) take(points[n], points[n + 1]);
  if (sample) take(...sample);
  if (x0 > x1) return () => [width / 2, height / 2];
  const scale = Math.min((width - 2 * pad) / (x1 - x0 || 1), (height - 2 * pad) / (y1 - y0 || 1));
  const [cx, cy] = [(x0 + x1) / 2, (y0 + y1) / 2];
  return (x, y) => [width / 2 + (x - cx) * scale, height / 2 - (y - cy) * scale];
}

/** One path for many dots: zero-length strokes with round ends. */
export const dotsPath = (at: Point[]): string =>
  at.map(([x, y]) => `M${x.toFixed(1)} ${y.toFixed(1)}h0`).join('');

const median = (values: number[]): number => {
  const sorted = values.slice().sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)];
};

/** The median point of each class, or null for a class with no point. */
export function classCentres(at: Point[], labels: ArrayLike<number>, classes: number): (Point | null)[] {
  const xs: number[][] = Array.from({ length: classes }, () => []);
  const ys: number[][] = Array.from({ length: classes }, () => []);
  at.forEach(([x, y], n) => {
    xs[labels[n]]?.push(x);
    ys[labels[n]]?.push(y);
  });
  return xs.map((x, c) => (x.length ? [median(x), median(ys[c])] : null));
}

/** More labels than these are named only where there is room. */
const MOST_LABELS = 10;

/**
 * Moves labels off one another and off the sample: each takes the nearest free place on rings around its centre.
 * Deterministic; a label that finds none stays where it is, or is left out where there are many.
 * @param sizes [n] width and height of each label, in pixels
 * @param first the label that is placed before the others; −1 for none
 */
export function placeLabels(
  centres: (Point | null)[],
  sizes: Point[],
  sample: Point | null,
  { width, height }: Box,
  first = -1,
): (Point | null)[] {
  const crowded = centres.filter(Boolean).length > MOST_LABELS;
  const placed: { at: Point; size: Point }[] = sample ? [{ at: sample, size: [18, 18] }] : [];
  const clear = (at: Point, size: Point): boolean =>
    at[0] - size[0] / 2 >= 1 &&
    at[0] + size[0] / 2 <= width - 1 &&
    at[1] - size[1] / 2 >= 1 &&
    at[1] + size[1] / 2 <= height - 1 &&
    placed.every(
      (p) =>
        Math.abs(p.at[0] - at[0]) >= (p.size[0] + size[0]) / 2 ||
        Math.abs(p.at[1] - at[1]) >= (p.size[1] + size[1]) / 2,
    );
  const place = (centre: Point | null, n: number): Point | null => {
    if (!centre) return null;
    let at: Point | null = crowded ? null : centre;
    search: for (let ring = 0; ring <= 6; ring++)
      for (let turn = 0; turn < (ring ? 12 : 1); turn++) {
        const angle = (turn * Math.PI) / 6;
        const to: Point = [centre[0] + 6 * ring * Math.cos(angle), centre[1] + 6 * ring * Math.sin(angle)];
        if (clear(to, sizes[n])) {
          at = to;
          break search;
        }
      }
    if (at) placed.push({ at, size: sizes[n] });
    return at;
  };
  const leading = first >= 0 ? place(centres[first] ?? null, first) : null;
  return centres.map((centre, n) => (n === first ? leading : place(centre, n)));
}
