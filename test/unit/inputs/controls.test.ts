import { describe, expect, it } from 'vitest';
import { controlsOf } from '../../../src/app/inputs/degradations';
import { conditionOf } from '../../../src/app/inputs/side';
import { isAt } from '../../../src/app/inputs/StandardCondition';
import { scientific } from '../../../src/app/chrome/figures';
import { nextShown, placeCard, stopsFor } from '../../../src/app/chrome/tour-stops';
import { modalityKinds } from '../../../src/packs/schema';

describe('degradation sliders', () => {
  it('come back to where they were put, at every step of every kind', () => {
    for (const kind of modalityKinds)
      for (const control of controlsOf(kind))
        for (let at = 0; at <= control.max; at++) expect(control.at(control.change(at))).toBe(at);
  });
  it('leave nothing behind at rest', () => {
    for (const kind of modalityKinds)
      for (const control of controlsOf(kind)) {
        const rest = control.change(control.at({}));
        expect(Object.values(rest).every((value) => value === undefined)).toBe(true);
      }
  });
  it('says what it means: 60 % of the drawing, decibels that fall as the noise rises', () => {
    const [reveal] = controlsOf('video');
    const [noise] = controlsOf('audio');
    expect(reveal.change(60)).toEqual({ keep: 0.6 });
    expect([0, 1, 31, 41].map(noise.words)).toEqual(['none', '30 dB SNR', '0 dB SNR', '−10 dB SNR']);
    expect(noise.change(noise.at({ snrDb: 5 }))).toEqual({ snrDb: 5 });
  });
  it('knows when both stand at a condition', () => {
    expect(isAt({ keep: 0.6 }, { keep: 0.6 }, 'video')).toBe(true);
    expect(isAt({ keep: 0.6, noise: 0.1 }, { keep: 0.6 }, 'video')).toBe(false);
    expect(isAt({ keep: 0.6, dropped: 'means' }, { keep: 0.6 }, 'video')).toBe(false);
  });
  it('reads the numbers of a condition and nothing else', () => {
    expect(conditionOf({ id: 'standard', audio: { snrDb: 5, note: 'x' } }, 'audio')).toEqual({ snrDb: 5 });
    expect(conditionOf({ id: 'standard' }, 'audio')).toBeNull();
    expect(conditionOf(undefined, 'audio')).toBeNull();
  });
});

describe('figures of the header', () => {
  it('writes powers of ten', () => {
    expect(scientific(2.44e-6)).toBe('2.4·10⁻⁶');
    expect(scientific(0)).toBe('0');
    expect(scientific(Number.NaN)).toBe('not a number');
  });
});

describe('the tour', () => {
  it('passes over panels that are not on the page, and ends', () => {
    const shown = (n: number) => n !== 1;
    expect(nextShown(0, 1, 3, shown)).toBe(2);
    expect(nextShown(2, 1, 3, shown)).toBeNull();
    expect(nextShown(2, -1, 3, shown)).toBe(0);
    expect(nextShown(0, -1, 3, shown)).toBeNull();
  });
  it('speaks of the gestures that the pack takes', () => {
    const words = (a: 'video' | 'text', b: 'audio' | 'image') =>
      stopsFor({ a, b })
        .map(({ text }) => text)
        .join(' ');
    expect(words('video', 'audio')).toMatch(/Draw with mouse.*Record/);
    expect(words('text', 'image')).toMatch(/Type, paste.*Choose a picture/);
    expect(words('text', 'image')).not.toMatch(/Draw with/);
  });
  it('puts its card beside the panel and inside the window', () => {
    const card = { width: 300, height: 200 };
    const view = { width: 1440, height: 900 };
    expect(placeCard({ left: 10, top: 50, width: 250, height: 400 }, card, view)).toEqual({
      left: 272,
      top: 50,
    });
    expect(placeCard({ left: 1100, top: 50, width: 330, height: 400 }, card, view).left).toBe(788);
    const phone = { width: 390, height: 700 };
    for (const top of [0, 100, 400, 650]) {
      const at = placeCard({ left: 8, top, width: 374, height: 300 }, card, phone);
      expect(at.left).toBeGreaterThanOrEqual(0);
      expect(at.left + card.width).toBeLessThanOrEqual(390);
      expect(at.top).toBeGreaterThanOrEqual(0);
      expect(at.top + card.height).toBeLessThanOrEqual(700);
    }
  });
});
