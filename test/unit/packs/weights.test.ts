import { describe, expect, it } from 'vitest';
import type { HeadShape } from '../../../src/fusion/head';
import { measure, standardise } from '../../../src/fusion/standardise';
import { normal, seededRandom } from '../../../src/math/random';
import { decodeRecord, encodeRecord, modelCount } from '../../../src/packs/record';
import type { EvaluationRecord } from '../../../src/packs/record-types';
import {
  readHeads,
  readProbes,
  readStandardisation,
  writeHeads,
  writeProbes,
  writeStandardisations,
} from '../../../src/packs/weights';
import { dequantise, quantise } from '../../../src/runtime/quantise';
import { randomHeads, randomProbes } from '../../fixtures/tiny-pack/tiny-pack';

const shape: HeadShape = {
  la: 3,
  lb: 4,
  widthA: 6,
  widthB: 5,
  width: 8,
  attentionHeads: 2,
  hidden: 12,
  classes: 3,
};

describe('heads on disk', () => {
  it('come back within half a step of their scale, the same each time', () => {
    const weights = randomHeads(shape, 1);
    const bytes = writeHeads(weights);
    const { la, lb, widthA, widthB, classes } = shape;
    const back = readHeads(bytes, { la, lb, widthA, widthB, classes }, 'heads');
    expect(back.shape).toEqual(shape);
    weights.groups.forEach(({ parameters }, g) => {
      for (const [name, { data, shape: full }] of Object.entries(parameters)) {
        const read = back.groups[g].parameters[name];
        expect(read.shape).toEqual(full);
        const largest = data.reduce((top, v) => Math.max(top, Math.abs(v)), 0);
        read.data.forEach((v, i) => expect(Math.abs(v - data[i])).toBeLessThanOrEqual(largest / 127));
      }
    });
    expect(writeHeads(back)).toEqual(bytes);
  });

  it('take at most 3.2 MB for 12 × 12', () => {
    const full = { ...shape, la: 12, lb: 12, widthA: 96, widthB: 96, width: 24, hidden: 48, classes: 10 };
    expect(writeHeads(randomHeads(full, 0)).length).toBeLessThan(3.2e6);
  });
});

describe('quantise', () => {
  it('keeps each channel within half a step, and zeros', () => {
    const random = seededRandom(2);
    const weights = Float32Array.from({ length: 2 * 5 * 3 }, (_, i) =>
      i % 3 === 2 ? 0 : normal(random) * 10 ** (i % 3),
    );
    const packed = quantise(weights, 2, 3);
    const back = dequantise(packed, 2, 3);
    weights.forEach((w, i) => {
      const scale = packed.scales[Math.floor(i / 15) * 3 + (i % 3)];
      expect(Math.abs(back[i] - w)).toBeLessThanOrEqual(0.5001 * scale + 127 * scale * 2 ** -11);
      if (w === 0) expect(back[i]).toBe(0);
    });
    expect(Math.max(...packed.values)).toBeLessThanOrEqual(127);
  });
});

describe('probes and standardisation on disk', () => {
  it('come back', () => {
    const probes = randomProbes(3, 6, 4, 1);
    const back = readProbes(
      writeProbes({ video: probes }),
      { id: 'video', layers: 3, width: 6 },
      4,
      'probes',
    );
    probes.parameters.classify.data.forEach((v, i) =>
      expect(back.parameters.classify.data[i]).toBeCloseTo(v, 2),
    );
    const states = Float32Array.from({ length: 40 * 3 * 6 }, (_, i) => (i % 18) * 0.1 + Math.sin(i * i));
    const s = measure(states, 3, 6);
    expect(
      readStandardisation(writeStandardisations({ video: s }), { id: 'video', layers: 3, width: 6 }, 's'),
    ).toEqual(s);
  });

  it('standardise to mean 0 and deviation 1, and leave what never varies at 0', () => {
    const random = seededRandom(4);
    const states = Float32Array.from({ length: 500 * 2 * 3 }, (_, i) =>
      i % 6 === 4 ? 7 : 5 + (1 + (i % 6)) * normal(random),
    );
    standardise(states, measure(states, 2, 3));
    const again = measure(states, 2, 3);
    again.mean.forEach((m) => expect(m).toBeCloseTo(0, 5));
    again.deviation.forEach((d) => expect(d).toBeCloseTo(1, 4));
    expect(states[4]).toBe(0);
  });
});

it('a record comes back', () => {
  const [n, models] = [7, modelCount(2, 3)];
  const random = seededRandom(1);
  const bytes = (size: number, below: number) =>
    Uint8Array.from({ length: size }, () => Math.floor(random() * below));
  const record: EvaluationRecord = {
    pairing: 'video-audio',
    task: 'digit',
    variant: 'none',
    condition: 'clean',
    split: 'validation',
    la: 2,
    lb: 3,
    classes: 4,
    idsA: Array.from({ length: n }, (_, s) => `a ${s}`),
    idsB: Array.from({ length: n }, (_, s) => `b–${s}`),
    labels: bytes(n, 4),
    units: Uint16Array.from({ length: n }, (_, s) => 300 + s),
    unitName: 'writer',
    predicted: bytes(models * n, 4),
    confidence: bytes(models * n, 256),
    trueLoss: bytes(models * n, 256),
  };
  expect(models).toBe(2 + 3 + 6 + 2 + 1);
  expect(decodeRecord(encodeRecord(record), 'record')).toEqual(record);
  const wrong = encodeRecord({ ...record, predicted: record.predicted.map(() => 9) });
  expect(() => decodeRecord(wrong, 'record')).toThrow(/predicted/);
});
