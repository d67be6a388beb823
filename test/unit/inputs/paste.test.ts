import { describe, expect, it } from 'vitest';
import { pasteSide } from '../../../src/app/inputs/paste';

describe('the side of a pasted file', () => {
  const [picture, sound, other] = [{ type: 'image/png' }, { type: 'audio/wav' }, { type: '' }];
  it('is the one that has the focus, whatever it takes', () => {
    expect(pasteSide(sound, 'a', { a: 'image', b: 'audio' })).toBe('a');
    expect(pasteSide(picture, 'b', { a: 'image', b: 'audio' })).toBe('b');
  });
  it('is else the first that takes its kind', () => {
    expect(pasteSide(picture, undefined, { a: 'text', b: 'image' })).toBe('b');
    expect(pasteSide(sound, undefined, { a: 'audio', b: 'audio' })).toBe('a');
  });
  it('is else the sound, which has many types, and without one A', () => {
    expect(pasteSide(other, undefined, { a: 'video', b: 'audio' })).toBe('b');
    expect(pasteSide(other, undefined, { a: 'text', b: 'image' })).toBe('a');
    expect(pasteSide(picture, undefined, {})).toBe('a');
  });
});
