import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { drawDigit, styles } from '../../../scripts/example-drawings';
import {
  companion,
  exampleName,
  examplesFor,
  unpackStrokes,
  type ExampleIndex,
} from '../../../src/app/inputs/examples';
import { headerPixels } from '../../../src/media/browser/image-size';
import { sniff } from '../../../src/media/browser/sniff';
import { prepareSpeech } from '../../../src/media/audio';
import { requireSound } from '../../../src/media/browser/heard';
import { render } from '../../../src/media/strokes';
import type { Pack } from '../../../src/packs/schema';
import { parseWav } from '../../../src/media/wav';

const folder = join(import.meta.dirname, '../../../public/examples');
const read = (file: string) => readFileSync(join(folder, file));
const index = JSON.parse(read('index.json').toString()) as ExampleIndex;
const digits = Array.from({ length: 10 }, (_, d) => String(d));

describe('the examples of the page', () => {
  it('are few bytes', () => {
    const files = readdirSync(folder, { recursive: true }).map((f) => statSync(join(folder, String(f))));
    const total = files.filter((f) => f.isFile()).reduce((sum, f) => sum + f.size, 0);
    expect(total).toBeLessThan(500_000);
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
    const of = (pack: string, kind: string) =>
      exampleName(
        index.examples.find((e) => e.kind === kind && e.packs.includes(pack))!,
        index,
      );
    expect(of('digits', 'audio')).toBe('example: zero, synthesised with espeak-ng');
    expect(of('emotion', 'audio')).toBe(
      'example: happy, synthesised with espeak-ng, which carries little emotion',
    );
    expect(of('fashion', 'image')).toBe('example: shirt, drawn by a script');
  });
  it('are for their pack and modality only', () => {
    expect(examplesFor(index, 'another-pack', 'audio', 'audio')).toEqual([]);
    const one = { ...index, examples: [{ ...index.examples[0], modality: 'video' }] };
    expect(examplesFor(one, 'digits', 'drawing', 'video')).toHaveLength(1);
    expect(examplesFor(one, 'digits', 'drawing', 'other')).toHaveLength(0);
  });
  it('have something for every side of every pack, of each class that the sentences are of', () => {
    const classes = (pack: string, kind: 'text' | 'audio' | 'image', modality: string) =>
      new Set(examplesFor(index, pack, kind, modality).map((e) => e.class)).size;
    expect([classes('emotion', 'text', 'text'), classes('emotion', 'audio', 'audio')]).toEqual([4, 4]);
    expect([classes('fashion', 'text', 'text'), classes('fashion', 'image', 'image')]).toEqual([12, 12]);
    expect(classes('sentiment', 'text', 'text')).toBe(2);
    expect(classes('latin-english', 'text', 'latin')).toBe(4);
    expect(classes('latin-english', 'text', 'english')).toBe(4);
  });
  it.each(['digits', 'emotion', 'fashion', 'latin-english', 'sentiment'])(
    'are of classes and modalities that %s has',
    (id) => {
      const file = join(folder, '../../models', id, 'pack.json');
      const own = index.examples.filter(({ packs }) => packs.includes(id));
      expect(own.length).toBeGreaterThan(0);
      if (!existsSync(file)) return;
      const pack = JSON.parse(readFileSync(file, 'utf8')) as Pack;
      const classes = new Set(pack.tasks.flatMap((task) => task.classes));
      expect(own.filter((e) => !classes.has(e.class)).map((e) => e.class)).toEqual([]);
      for (const { modality } of own)
        if (modality) expect(pack.modalities.map((m) => m.id)).toContain(modality);
    },
  );
  it('belong together where the pack pairs truly, and by class elsewhere', () => {
    for (const pack of ['fashion', 'latin-english'])
      for (const entry of index.examples.filter(({ packs }) => packs.includes(pack))) {
        const other = companion(entry, index.examples)!;
        expect(other.id).not.toBe(entry.id);
        expect([other.partner, other.class, other.packs]).toEqual([entry.id, entry.class, entry.packs]);
      }
    const happy = examplesFor(index, 'emotion', 'text', 'text')[0];
    expect(companion(happy, examplesFor(index, 'emotion', 'audio', 'audio'))?.class).toBe(happy.class);
  });
  it('never name the type in a title', () => {
    const type = /shirt|trouser|sweater|shoe|heel|flip|watch|bag|sunglass|belt/i;
    for (const { text } of examplesFor(index, 'fashion', 'text', 'text')) expect(text).not.toMatch(type);
  });
  it('can be seen: pictures of at most 8 kB', () => {
    for (const { file } of index.examples.filter(({ kind }) => kind === 'image')) {
      const bytes = read(file!);
      expect(bytes.length).toBeLessThan(8000);
      expect(headerPixels(sniff(bytes), bytes)).toEqual({ width: 224, height: 224 });
    }
  });
  it('can be heard: digits that the front end takes, shorter than a second and a half', () => {
    for (const entry of examplesFor(index, 'digits', 'audio', 'audio')) {
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
