import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { pairByLabel, readDigits, readDrawings, readSpeech } from '../../../src/cli/data/digits';
import { UserError } from '../../../src/math/errors';
import { makeDigitsFolder } from './digits-folder';

describe('readDigits', () => {
  const folder = makeDigitsFolder(2);

  it('reads each split with its people, the validation voice apart from the training voices', () => {
    const units = (split: 'train' | 'validation' | 'test') => {
      const { video, audio } = readDigits(folder, { splits: [split] });
      expect(video).toHaveLength(20);
      expect(audio).toHaveLength(20);
      return [new Set(video.map((d) => d.unit)), new Set(audio.map((s) => s.unit))];
    };
    expect(units('train')).toEqual([new Set(['tr01']), new Set(['george'])]);
    expect(units('validation')).toEqual([new Set(['tr29']), new Set(['nicolas'])]);
    expect(units('test')).toEqual([new Set(['te01']), new Set(['lucas'])]);
  });

  it('holds another voice out for leave-one-voice-out, never the test voice', () => {
    const voices = (split: 'train' | 'validation', heldOut: string) =>
      new Set(readSpeech(folder, [split], heldOut).map((s) => s.unit));
    expect(voices('validation', 'george')).toEqual(new Set(['george']));
    expect(voices('train', 'george')).toEqual(new Set(['nicolas']));
    expect(voices('validation', 'lucas')).toEqual(new Set());
  });

  it('turns the tablet upside down: y grows downwards, times 100 ms apart', () => {
    const [{ drawing }] = readDrawings(folder, ['train']);
    const [stroke] = drawing.strokes;
    expect(stroke[23].y).toBeLessThan(stroke[0].y);
    expect(stroke.map((p) => p.t)).toEqual(stroke.map((_, i) => 100 * i));
  });

  it('works with a folder that holds only the asked split, sound files included', () => {
    const partial = makeDigitsFolder(1);
    for (const name of ['george', 'nicolas'])
      for (let digit = 0; digit < 10; digit++) rmSync(join(partial, 'audio', `${digit}_${name}_0.wav`));
    expect(readDigits(partial, { splits: ['test'] }).audio).toHaveLength(10);
    expect(() => readDigits(partial, { splits: ['train'] })).toThrow(/missing/);
  });

  it('says in a sentence what is wrong with a folder', () => {
    expect(() => readDigits('/nowhere', { splits: ['test'] })).toThrow(UserError);
    const damaged = makeDigitsFolder(1);
    writeFileSync(join(damaged, 'pen_strokes.jsonl'), '{"id":');
    expect(() => readDigits(damaged, { splits: ['test'] })).toThrow(/line 1/);
  });
});

describe('pairByLabel', () => {
  const a = Array.from({ length: 200 }, (_, i) => ({ label: i % 10 }));
  const b = Array.from({ length: 500 }, (_, i) => ({ label: (i * 7) % 10 }));
  it('pairs each sample with one of its class, by seed', () => {
    const pairs = pairByLabel(a, b, 3);
    expect(pairs).toHaveLength(200);
    pairs.forEach((j, i) => expect(b[j].label).toBe(a[i].label));
    expect(pairByLabel(a, b, 3)).toEqual(pairs);
    expect(pairByLabel(a, b, 4)).not.toEqual(pairs);
  });
  it('draws partners uniformly', () => {
    const many = pairByLabel(Array(20000).fill({ label: 0 }), b, 0);
    const counts = new Map<number, number>();
    many.forEach((j) => counts.set(j, (counts.get(j) ?? 0) + 1));
    expect(counts.size).toBe(50);
    for (const n of counts.values()) expect(Math.abs(n - 400)).toBeLessThan(5 * 20);
  });
  it('refuses a class that the other side does not have', () => {
    expect(() => pairByLabel([{ label: 11 }], b, 0)).toThrow(UserError);
  });
});
