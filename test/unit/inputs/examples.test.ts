import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { drawDigit, styles } from '../../../scripts/example-drawings';
import { exampleName, examplesFor, unpackStrokes, type ExampleIndex } from '../../../src/app/inputs/examples';
import { prepareSpeech } from '../../../src/media/audio';
import { requireSound } from '../../../src/media/browser/heard';
import { render } from '../../../src/media/strokes';
import { parseWav } from '../../../src/media/wav';

const folder = join(import.meta.dirname, '../../../public/examples');
const read = (file: string) => readFileSync(join(folder, file));
const index = JSON.parse(read('index.json').toString()) as ExampleIndex;
const digits = Array.from({ length: 10 }, (_, d) => String(d));

describe('the examples of the page', () => {
  it('are few bytes', () => {
    const files = readdirSync(folder, { recursive: true }).map((f) => statSync(join(folder, String(f))));
    const total = files.filter((f) => f.isFile()).reduce((sum, f) => sum + f.size, 0);
    expect(total).toBeLessThan(400_000);
  });
  it('have every digit in every hand and every voice, once', () => {
    for (const kind of ['drawing', 'audio'] as const) {
      const own = examplesFor(index, 'digits', kind, 'any');
      const sets = [...new Set(own.map(({ set }) => set))];
      expect(sets.length).toBeGreaterThanOrEqual(2);
      for (const set of sets) expect(own.filter((e) => e.set === set).map((e) => e.class)).toEqual(digits);
    }
  });
  it('say how they were made wherever they are named', () => {
    const spoken = index.examples.find(({ kind }) => kind === 'audio')!;
    expect(exampleName(spoken, index)).toBe('example: zero, synthesised with espeak-ng');
  });
  it('are for their pack and modality only', () => {
    expect(examplesFor(index, 'another-pack', 'audio', 'audio')).toEqual([]);
    const one = { ...index, examples: [{ ...index.examples[0], modality: 'video' }] };
    expect(examplesFor(one, 'digits', 'drawing', 'video')).toHaveLength(1);
    expect(examplesFor(one, 'digits', 'drawing', 'other')).toHaveLength(0);
  });
  it('can be heard: speech that the front end takes, shorter than a second and a half', () => {
    for (const entry of index.examples.filter(({ kind }) => kind === 'audio')) {
      const { samples, sampleRate } = parseWav(read(entry.file!));
      requireSound(samples, sampleRate, entry.id);
      const { trim } = prepareSpeech(samples, sampleRate);
      expect(trim[1] - trim[0]).toBeGreaterThan(0.2);
      expect(trim[1] - trim[0]).toBeLessThan(1.44);
    }
  });
  it('can be drawn: strokes on the pad, in time, with ink in the last frame', () => {
    const drawings = JSON.parse(read('drawings.json').toString()) as Record<string, number[][]>;
    for (const entry of index.examples.filter(({ kind }) => kind === 'drawing')) {
      const drawing = unpackStrokes(drawings[entry.key!]);
      const points = drawing.strokes.flat();
      expect(points.every(({ x, y }) => x >= 0 && x <= 100 && y >= 0 && y <= 100)).toBe(true);
      expect(points.every(({ t }, n) => n === 0 || t >= points[n - 1].t)).toBe(true);
      const frames = render(drawing, { frames: 4, size: 24 });
      expect(frames.subarray(3 * 3 * 576, (3 * 3 + 1) * 576).reduce((a, b) => a + b)).toBeGreaterThan(20);
    }
  });
});

describe('a digit drawn by formula', () => {
  it('is the same for the same seed, and another for another', () => {
    expect(drawDigit(3, styles[0], 5)).toEqual(drawDigit(3, styles[0], 5));
    expect(drawDigit(3, styles[0], 5)).not.toEqual(drawDigit(3, styles[0], 6));
  });
  it('is slower in the bends than on the straight, as hands are', () => {
    // The two: its bow against its straight foot.
    const [points] = drawDigit(2, { ...styles[0], tremor: 0 }, 1).strokes;
    const speeds = points.slice(1).map((p, n) => ({
      y: p.y,
      speed: Math.hypot(p.x - points[n].x, p.y - points[n].y) / (p.t - points[n].t),
    }));
    const mean = (list: { speed: number }[]) => list.reduce((s, { speed }) => s + speed, 0) / list.length;
    expect(mean(speeds.filter(({ y }) => y < 15))).toBeLessThan(
      mean(speeds.filter(({ y }) => y > 30 && y < 70)),
    );
  });
});
