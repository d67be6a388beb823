import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  linearProbabilities,
  linearTeacher,
  ngramTable,
  trainLinear,
  type SparseRow,
} from '../../../src/cli/train/linear-teacher';
import { seededRandom } from '../../../src/math/random';

const row = (...values: number[]): SparseRow => ({
  at: Int32Array.from(values, (_, i) => i),
  values: Float32Array.from(values),
});

describe('ngramTable', () => {
  it('weighs rare words more, and gives rows of length 1 over what two texts have', () => {
    const table = ngramTable(['a b', 'a b', 'a c', 'a d']);
    const { at, values } = table.row('a b zz');
    expect(Math.hypot(...values)).toBeCloseTo(1, 6);
    // the words a and b, their pair, and the runs of each: <a a> <a> <b b> <b>
    expect([table.size, at.length]).toEqual([9, 9]);
    expect(new Set(Array.from(values, (v) => v.toFixed(5))).size).toBe(2);
    expect(table.row('zz').at).toHaveLength(0);
  });
});

describe('trainLinear', () => {
  it('ends where the gradient of mean −log p + ‖W‖²/(2CN) is zero', () => {
    const random = seededRandom(1);
    const labels = Array.from({ length: 30 }, (_, i) => i % 3);
    const rows = labels.map((l) => row(random() + (l === 0 ? 1 : 0), random(), random() - (l === 1 ? 1 : 0)));
    const strength = 2;
    const model = trainLinear(rows, labels, 3, 3, strength);
    const gradient = model.weights.map((w, i) => (i < 9 ? w / (strength * 30) : 0));
    rows.forEach((x, r) =>
      linearProbabilities(model, x).forEach((p, c) => {
        const error = (p - (c === labels[r] ? 1 : 0)) / 30;
        x.values.forEach((v, f) => (gradient[f * 3 + c] += v * error));
        gradient[9 + c] += error;
      }),
    );
    expect(Math.hypot(...gradient)).toBeLessThan(0.005);
    expect(Math.hypot(...model.weights)).toBeGreaterThan(1);
  });
});

describe('linearTeacher', () => {
  it('tells of a text only what texts that read otherwise told it', () => {
    // Ten texts of each class share its word; each pair of equal odd texts is alone with the label of the other class.
    const texts = Array.from({ length: 40 }, (_, i) => (i < 20 ? `red ${i}x` : `blue ${i}x`));
    const labels = texts.map((_, i) => (i < 20 ? 0 : 1));
    const odd = ['red odd', 'RED odd'];
    const cache = join(mkdtempSync(join(tmpdir(), 'teacher-')), 'teacher.safetensors');
    const all = [...texts, ...odd];
    const teacher = linearTeacher(all, [...labels, 1, 1], 2, 10, cache);
    const taught = all.map((text, i) => teacher.ofTraining(i, text));
    expect(taught[0][0]).toBeGreaterThan(0.6);
    expect(taught[40][0]).toBeGreaterThan(0.5);
    expect(taught[41]).toEqual(taught[40]);
    expect(teacher.of('red odd')[1]).toBeGreaterThan(taught[40][1]);
    expect(linearTeacher(all, [], 2, 10, cache).of('red 1x')).toEqual(teacher.of('red 1x'));
    expect(() => linearTeacher([...all, 'green', 'green'], [], 2, 10, cache)).toThrow(/remove it/);
  });
});
