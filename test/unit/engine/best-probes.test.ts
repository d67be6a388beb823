import { describe, expect, it } from 'vitest';
import { bestProbes } from '../../../src/engine/evaluation';
import type { EvaluationRecord } from '../../../src/packs/record-types';

/** Of four samples the first probe of A gets one right, the second three; B's only one all four. */
const record = {
  la: 2,
  lb: 1,
  classes: 2,
  labels: Uint8Array.of(0, 1, 0, 1),
  units: Uint16Array.of(0, 1, 2, 3),
  predicted: Uint8Array.of(1, 1, 1, 0, 0, 1, 0, 0, 0, 1, 0, 1),
  trueLoss: new Uint8Array(12),
  confidence: new Uint8Array(12),
} as unknown as EvaluationRecord;

describe('the best probes', () => {
  it('are the best of each side, and of both the better one', () => {
    expect(bestProbes(record, 'accuracy')).toEqual({ a: 2, b: 1, better: 'b' });
  });
  it('let no side be the better one whose samples were seen, unless the other’s were too', () => {
    expect(bestProbes(record, 'accuracy', { a: false, b: true }).better).toBe('a');
    expect(bestProbes(record, 'accuracy', { a: true, b: false }).better).toBe('b');
    expect(bestProbes(record, 'accuracy', { a: true, b: true }).better).toBe('b');
  });
});
