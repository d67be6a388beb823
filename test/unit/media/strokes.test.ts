import { describe, expect, it } from 'vitest';
import { UserError } from '../../../src/math/errors';
import { frameChannels, render, reveal, type Drawing } from '../../../src/media/strokes';

const size = 36;
const frames = 8;
const options = { frames, size };

/** A stroke along x at y, a point every 10 ms. */
const line = (fromX: number, toX: number, y: number, start = 0, n = 21) =>
  Array.from({ length: n }, (_, i) => ({ x: fromX + ((toX - fromX) * i) / (n - 1), y, t: start + 10 * i }));

const plane = (video: Float32Array, frame: number, channel: number) =>
  video.subarray(
    (frame * frameChannels + channel) * size * size,
    (frame * frameChannels + channel + 1) * size * size,
  );
const sum = (a: Float32Array) => a.reduce((s, v) => s + v, 0);
const at = (image: Float32Array, row: number, column: number) => image[row * size + column];

describe('render', () => {
  const drawing: Drawing = { strokes: [line(0, 100, 0), line(0, 100, 60, 5000)] };
  const video = render(drawing, options);

  it('gives frames of three channels within 0..1', () => {
    expect(video.length).toBe(frames * frameChannels * size * size);
    for (const v of video) expect(v >= 0 && v <= 1).toBe(true);
  });

  it('keeps all ink, and the last frame has both strokes', () => {
    for (let t = 1; t < frames; t++) {
      const [before, now] = [plane(video, t - 1, 0), plane(video, t, 0)];
      for (let i = 0; i < now.length; i++) expect(now[i]).toBeGreaterThanOrEqual(before[i]);
    }
    // The box is 100 × 60 units in 30 pixels: strokes at 18 ± 9 pixels, from 3 to 33.
    const last = plane(video, 7, 0);
    expect(at(last, 9, 18)).toBeGreaterThan(0.9);
    expect(at(last, 26, 18)).toBeGreaterThan(0.9);
    expect(at(last, 18, 18)).toBe(0);
    expect(at(last, 9, 1)).toBe(0);
  });

  it('shows half of the drawing half way, whatever the pause between the strokes', () => {
    expect(at(plane(video, 3, 0), 9, 31)).toBeGreaterThan(0.9);
    expect(at(plane(video, 3, 0), 26, 18)).toBe(0);
    const noPause = render({ strokes: [line(0, 100, 0), line(0, 100, 60, 210)] }, options);
    expect(noPause).toEqual(video);
  });

  it('splits the ink among the frames, evenly at an even pace', () => {
    const one = render({ strokes: [line(0, 100, 0)] }, options);
    const added = Array.from({ length: frames }, (_, t) => sum(plane(one, t, 1)));
    for (let t = 2; t < frames - 1; t++) expect(added[t]).toBeCloseTo(added[1], 0);
    expect(plane(one, 0, 0)).toEqual(plane(one, 0, 1));
  });

  it('puts the pen at the end of what is drawn', () => {
    const pen = plane(render({ strokes: [line(0, 100, 0)] }, options), 7, 2);
    expect(at(pen, 18, 32)).toBeGreaterThan(0.8);
    expect(at(pen, 18, 3)).toBe(0);
  });

  it('does not depend on place, size or unit of the drawing', () => {
    const moved: Drawing = {
      strokes: drawing.strokes.map((s) =>
        s.map(({ x, y, t }) => ({ x: 4 * x + 7, y: 4 * y - 900, t: 3 * t })),
      ),
    };
    const other = render(moved, options);
    for (let i = 0; i < video.length; i++) expect(other[i]).toBeCloseTo(video[i], 4);
  });

  it('renders a dot', () => {
    const dot = render({ strokes: [[{ x: 5, y: 5, t: 0 }]] }, options);
    expect(at(plane(dot, 7, 0), 18, 18)).toBeGreaterThan(0.5);
  });

  it('refuses a blank drawing and points that are not numbers', () => {
    expect(() => render({ strokes: [] }, options)).toThrow(UserError);
    expect(() => render({ strokes: [[]] }, options)).toThrow(/blank/);
    expect(() => render({ strokes: [[{ x: NaN, y: 0, t: 0 }]] }, options)).toThrow(UserError);
  });
});

describe('reveal', () => {
  it('keeps the first part in time', () => {
    const kept = reveal({ strokes: [line(0, 100, 0), line(0, 100, 60, 5000)] }, 0.75);
    expect(kept.strokes).toHaveLength(2);
    expect(kept.strokes[0]).toHaveLength(21);
    expect(kept.strokes[1].length).toBe(10);
  });
  it('keeps all at 1 and one point at 0', () => {
    const drawing = { strokes: [line(0, 1, 0)] };
    expect(reveal(drawing, 1)).toBe(drawing);
    expect(reveal(drawing, 0).strokes).toEqual([[drawing.strokes[0][0]]]);
  });
});
