/** The page with the digits pack itself: that the controls mean what they say. */
import { existsSync } from 'node:fs';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openShipped, type Shipped } from './support/harness';
import {
  drawn,
  ready,
  region,
  row,
  skew,
  slide,
  spoken,
  strategyRow,
  takeExample,
} from './support/instrument';

const dist = new URL('../../dist', import.meta.url).pathname;

describe.skipIf(!existsSync(`${dist}/models/digits/pack.json`))('the digits pack', () => {
  let shipped: Shipped;
  let page: Page;
  beforeAll(async () => {
    shipped = await openShipped('?pack=digits');
    page = shipped.page;
    await ready(page);
  });
  afterAll(() => shipped.close());

  const best = (said: Record<string, number> | null): string =>
    Object.entries(said ?? {}).reduce((a, b) => (b[1] > a[1] ? b : a), ['', 0])[0];
  const answer = async () => best(await strategyRow(page));
  const drop = (side: typeof drawn, on: boolean) => side(page).getByRole('switch').setChecked(on);

  it('reads a four that is drawn and spoken', async () => {
    await takeExample(drawn(page), 'four, upright');
    await takeExample(spoken(page), 'four, US voice, low');
    for (const name of [/^late/, /^pairwise/, /^score sum/, /^A alone/, /^B alone/])
      expect(best(await row(page, name))).toBe('4');
    expect(await answer()).toBe('4');
  });

  it('moves to what is spoken when the drawing is dropped, and back when the sound is', async () => {
    await takeExample(drawn(page), 'four, upright');
    await takeExample(spoken(page), 'seven, US voice, low');
    await drop(drawn, true);
    await expect.poll(answer).toBe('7');
    await drop(drawn, false);
    await drop(spoken, true);
    await expect.poll(answer).toBe('4');
    await drop(spoken, false);
  });

  it('asks another head at another skew', async () => {
    await slide(skew(page), 0);
    const late = await strategyRow(page);
    expect(late).toEqual(await row(page, /^late/));
    const seen = new Set<string>();
    for (const d of [-9, -4, 3, 8]) {
      await slide(skew(page), d);
      seen.add(JSON.stringify(await strategyRow(page)));
    }
    expect(seen.size).toBeGreaterThan(1);
  });

  it('shows 144 heads for the sample, and reports both conditions', async () => {
    await page.getByRole('radio', { name: 'your sample' }).click();
    expect(await page.getByRole('gridcell', { name: /answers/ }).count()).toBe(144);
    await page.getByRole('radio', { name: 'evaluation set' }).click();
    const matrix = region(page, 'Layer alignment');
    for (const condition of ['clean', 'standard']) {
      await matrix.getByRole('radio', { name: condition }).click();
      await expect.poll(() => page.getByRole('gridcell', { name: /accuracy \d/ }).count()).toBe(144);
    }
  });
});
