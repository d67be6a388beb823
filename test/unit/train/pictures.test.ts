import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { featureCount, gradientCells, patchGradients, pictureFeatures } from '../../../src/cli/train/hog';
import { pictureTeacher } from '../../../src/cli/train/picture-teacher';
import { backgroundOf, hideParts, varyLook, viewOf } from '../../../src/cli/train/vary-picture';
import { seededRandom } from '../../../src/math/random';

const side = 16;
const drawn = (value: (x: number, y: number, c: number) => number, size = side): Float32Array =>
  Float32Array.from({ length: 3 * size * size }, (_, i) =>
    value(i % size, Math.floor(i / size) % size, Math.floor(i / size ** 2)),
  );

describe('gradientCells', () => {
  it('puts a step from left to right into the direction 0, with its height, where it is', () => {
    const cells = gradientCells(
      drawn((x) => (x < 6 ? 0 : 0.5)),
      side,
      8,
    );
    // columns 5 and 6 see the step, half a unit each, over 8 rows of a cell
    expect(cells[0]).toBeCloseTo(8 * 2 * 0.5, 4);
    expect(cells.slice(1, 18).every((v) => v < 1e-5)).toBe(true);
    expect(cells[18]).toBeCloseTo(8, 4);
  });
  it('shares a slope between the two nearest of nine directions', () => {
    // a gradient of 45° lies at 2.25 of the bins of 20°; a cell at the border would lean
    const cells = gradientCells(
      drawn((x, y) => (x + y) / 100),
      side,
      4,
    );
    const inner = cells.slice(5 * 9, 6 * 9);
    expect(inner[2] / (inner[2] + inner[3])).toBeCloseTo(0.75, 4);
    expect(inner.filter((_, bin) => bin !== 2 && bin !== 3).every((v) => v < 1e-5)).toBe(true);
  });
  it('makes features of the stated number, each part within its range', () => {
    const features = pictureFeatures(
      drawn((x, y, c) => ((x * 7 + y * 3 + c) % 10) / 10),
      side,
    );
    expect(features).toHaveLength(featureCount(side));
    expect(features.slice(-64).reduce((sum, v) => sum + v * v, 0)).toBeCloseTo(1, 5);
    const patches = patchGradients(
      drawn((x) => (x < 6 ? 0 : 0.5)),
      side,
      8,
    );
    expect(Math.hypot(...patches.slice(0, 36))).toBeCloseTo(1, 2);
    expect(Math.hypot(...patches.slice(36, 72))).toBe(0);
  });
});

describe('views', () => {
  const data = Uint8Array.from({ length: side * side * 3 }, (_, i) => (i * 37) % 256);
  it('of no strength are the picture, plane by plane', () => {
    const view = viewOf({ data, side }, side, seededRandom(1), 0);
    const most = view.reduce((worst, v, i) => {
      const [c, at] = [Math.floor(i / side ** 2), i % side ** 2];
      return Math.max(worst, Math.abs(v - data[at * 3 + c] / 255));
    }, 0);
    expect(most).toBeLessThan(1e-6);
  });
  it('differ by seed, and stay within 0 and 1 in any light', () => {
    const one = viewOf({ data, side }, side, seededRandom(1));
    expect(viewOf({ data, side }, side, seededRandom(1))).toEqual(one);
    expect(viewOf({ data, side }, side, seededRandom(2))).not.toEqual(one);
    for (let seed = 0; seed < 50; seed++)
      expect(varyLook(one, side, seededRandom(seed)).every((v) => v >= 0 && v <= 1)).toBe(true);
  });
  it('know the white that reaches the border as background, and no other', () => {
    const found = backgroundOf(
      drawn((x, y) => (Math.max(Math.abs(x - 8), Math.abs(y - 8)) === 4 ? 0 : 1)),
      side,
    );
    expect([found[0], found[4 * side + 4], found[8 * side + 8]]).toEqual([1, 0, 0]);
    expect(found.reduce((a, b) => a + b, 0)).toBe(side * side - 81);
  });
  it('hide whole patches in grey, or a rectangle, in some of the pictures', () => {
    let touched = 0;
    const rounds = 400;
    for (let seed = 0; seed < rounds; seed++) {
      const picture = drawn(() => 2);
      hideParts(picture, side, 8, seededRandom(seed));
      if (picture.some((v) => v !== 2)) touched++;
    }
    expect(touched / rounds).toBeGreaterThan(0.25);
    expect(touched / rounds).toBeLessThan(0.55);
  });
});

describe('pictureTeacher', () => {
  it('learns two kinds of picture, and is the same when read again', { timeout: 120_000 }, () => {
    const make = (label: number, n: number) => drawn((x, y) => (((label ? x : y) + n) % 4 < 2 ? 0.9 : 0.1));
    const flat = (picture: Float32Array) =>
      Uint8Array.from(
        { length: picture.length },
        (_, i) => 255 * picture[(i % 3) * side ** 2 + Math.floor(i / 3)],
      );
    const train = Array.from({ length: 160 }, (_, n) => ({
      picture: { data: flat(make(n % 2, n >> 1)), side },
      label: n % 2,
      group: `g${n}`,
    }));
    const validation = [0, 1, 2, 3].map((n) => ({ picture: make(n % 2, n >> 1), label: n % 2 }));
    const cache = join(mkdtempSync(join(tmpdir(), 'teacher-')), 'teacher.safetensors');
    const teacher = pictureTeacher(train, validation, 2, side, cache);
    expect(teacher.accuracy).toBe(1);
    const answer = teacher.ofTraining(0, make(0, 0));
    expect(answer[0]).toBeGreaterThan(0.5);
    expect(pictureTeacher(train, validation, 2, side, cache).ofTraining(0, make(0, 0))).toEqual(answer);
  });
});
