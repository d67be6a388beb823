/** The instrument on WASM: what its controls mean, and that nothing leaves the tab. */
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { headIndex, pairIndex } from '../../src/math/skew';
import { exampleDrawing, exampleSpeech, headsByHand } from './support/by-hand';
import { launch, openPage, serveSite, type Opened, type Site } from './support/harness';
import {
  badge,
  drawn,
  expectSame,
  ready,
  region,
  row,
  settled,
  skew,
  slide,
  sparsity,
  spoken,
  strategyRow,
  takeExample,
} from './support/instrument';

let site: Site;
let browser: Browser;
beforeAll(async () => {
  site = await serveSite();
  browser = await launch('none');
});
afterAll(async () => {
  await browser.close();
  await site.close();
});

/** A four, drawn and spoken. */
async function four(query = ''): Promise<Opened> {
  const opened = await openPage(browser, site.url + query);
  await ready(opened.page);
  await takeExample(drawn(opened.page), 'four, upright');
  await takeExample(spoken(opened.page), 'four, US voice, low');
  return opened;
}

describe('a sample', () => {
  it('is fused by the head that the sliders name, as that head does when it is run alone', async () => {
    const truth = await headsByHand(site.pack, exampleDrawing('4-upright'), exampleSpeech('4-us-m'));
    const { page, context } = await four();
    expectSame(await row(page, /^late/), truth[headIndex({ d: 0, k: 1 }, 3, 3)]);
    expectSame(await row(page, /^pairwise/), truth[headIndex({ d: 0, k: 3 }, 3, 3)]);
    for (const [d, k] of [
      [-2, 1],
      [-1, 1],
      [-1, 2],
      [0, 2],
      [1, 2],
      [2, 1],
    ]) {
      await slide(skew(page), d);
      await slide(sparsity(page), k);
      expect(await skew(page).inputValue()).toBe(String(d));
      expectSame(await strategyRow(page), truth[headIndex({ d, k }, 3, 3)]);
    }
    await context.close();
  });

  it('shows in "your sample" what each pair head says when it is run alone', async () => {
    const truth = await headsByHand(site.pack, exampleDrawing('4-upright'), exampleSpeech('4-us-m'));
    const { page, context } = await four('?mode=sample');
    await page
      .getByRole('gridcell', { name: /answers/ })
      .first()
      .waitFor();
    const late = truth[headIndex({ d: 0, k: 1 }, 3, 3)];
    await page.getByRole('button', { name: 'late', exact: true }).click();
    const answer = late.indexOf(Math.max(...late));
    await page.getByRole('grid', { name: `probability of ${answer}` }).waitFor();
    for (let i = 1; i <= 3; i++)
      for (let j = 1; j <= 3; j++) {
        const head = truth[pairIndex({ i, j }, 3)];
        const cell = page.getByRole('gridcell', { name: `A layer ${i}, B layer ${j}:` });
        const own = head.indexOf(Math.max(...head));
        const words = `answers ${own}, probability of ${answer} ${head[answer].toFixed(2)}`;
        expect(await cell.getAttribute('aria-label')).toContain(words);
      }
    await context.close();
  });

  it('no longer depends on a modality that is dropped', async () => {
    const { page, context } = await four();
    const both = await strategyRow(page);
    await drawn(page).getByRole('switch').check();
    await expect.poll(() => row(page, /^A alone/)).toBeNull();
    const withoutA = await strategyRow(page);
    expect(withoutA).not.toEqual(both);
    // Another drawing changes nothing, another word does.
    await takeExample(drawn(page), 'nine, slanted');
    expect(await strategyRow(page)).toEqual(withoutA);
    await takeExample(spoken(page), 'nine, British voice, high');
    await expect.poll(() => strategyRow(page)).not.toEqual(withoutA);
    await context.close();
  });

  it('changes with the degradation, and comes back without it', async () => {
    const { page, context } = await four();
    const whole = await row(page, /^A alone/);
    await slide(drawn(page).getByRole('slider', { name: 'Reveal' }), 30);
    await expect.poll(() => row(page, /^A alone/)).not.toEqual(whole);
    await slide(drawn(page).getByRole('slider', { name: 'Reveal' }), 100);
    await expect.poll(() => row(page, /^A alone/)).toEqual(whole);
    await context.close();
  });

  it('can be drawn and undone', async () => {
    const { page, context } = await openPage(browser, site.url);
    await ready(page);
    const pad = drawn(page).getByRole('application');
    // The page opens with an example.
    await settled(page);
    await drawn(page).getByRole('button', { name: 'Clear' }).click();
    await expect.poll(() => pad.getAttribute('aria-label')).toContain('empty');
    const box = (await pad.boundingBox())!;
    const at = (x: number, y: number) => [box.x + x * box.width, box.y + y * box.height] as const;
    await page.mouse.move(...at(0.3, 0.2));
    await page.mouse.down();
    for (let t = 0; t <= 10; t++) await page.mouse.move(...at(0.3 + t * 0.04, 0.2 + t * 0.05));
    await page.mouse.up();
    await expect.poll(() => row(page, /^A alone/)).not.toBeNull();
    expect(await pad.getAttribute('aria-label')).toContain('1 stroke');
    await drawn(page).getByRole('button', { name: 'Clear' }).click();
    await expect.poll(() => pad.getAttribute('aria-label')).toContain('empty');
    await drawn(page).getByRole('button', { name: 'Undo' }).click();
    await expect.poll(() => pad.getAttribute('aria-label')).toContain('1 stroke');
    await context.close();
  });
});

describe('the address', () => {
  it('brings back the state, but never the input', async () => {
    const { page, context } = await four();
    await slide(skew(page), -1);
    await page.getByLabel('Metric of the matrix').selectOption({ label: 'CKA' });
    await expect.poll(() => page.url()).toContain('metric=cka');
    const address = page.url();
    expect(address).toContain('d=-1');
    expect(decodeURIComponent(address)).not.toMatch(/stroke|four|espeak/);
    const again = await openPage(browser, address);
    await ready(again.page);
    expect(await skew(again.page).inputValue()).toBe('-1');
    await again.page.getByRole('grid', { name: 'CKA' }).waitFor();
    expect(await again.page.getByText(/mean nothing here/).count()).toBe(0);
    await again.context.close();
    await context.close();
  });
});

describe('the bootstrapped mask', () => {
  it('runs in the worker, and again for another K', async () => {
    const { page, context } = await openPage(browser, site.url);
    await ready(page);
    const mask = region(page, 'Sparsity mask');
    await mask.getByText('1,000 / 1,000').waitFor();
    const before = await mask.getByRole('img').getAttribute('aria-label');
    await slide(mask.getByRole('slider', { name: 'K best' }), 1);
    await expect.poll(() => mask.getByRole('img').getAttribute('aria-label')).not.toBe(before);
    await context.close();
  });
});

describe('nothing leaves the tab', () => {
  it('contacts no other origin, logs no error, and runs isolated on a named backend', async () => {
    const { page, context, requests, errors } = await four();
    await page.getByText('offline too').waitFor();
    await page.getByRole('radio', { name: 'UMAP' }).click();
    await page.getByRole('radio', { name: 'Card' }).click();
    await page.getByRole('radio', { name: 'Published' }).click();
    await page.waitForTimeout(500);
    expect(requests.filter((address) => new URL(address).origin !== new URL(site.url).origin)).toEqual([]);
    expect(errors).toEqual([]);
    expect(await page.evaluate(() => crossOriginIsolated)).toBe(true);
    expect(await badge(page).getAttribute('aria-label')).toContain('Backend WASM');
    await context.close();
  });

  it('is kept to its own origin by the policy, in the page and in the worker', async () => {
    const other = await serveSite();
    const { page, context } = await openPage(browser, site.url);
    await ready(page);
    const reach = async (address: string) => {
      try {
        await fetch(address, { mode: 'no-cors' });
        return 'reached';
      } catch {
        return 'refused';
      }
    };
    const address = `${other.url}models/index.json`;
    expect(await page.evaluate(reach, address)).toBe('refused');
    expect(await page.workers()[0].evaluate(reach, address)).toBe('refused');
    const image = (source: string) =>
      new Promise((resolve) => {
        const element = new Image();
        element.onload = () => resolve('reached');
        element.onerror = () => resolve('refused');
        element.src = source;
      });
    expect(await page.evaluate(image, `${other.url}icon-192.png`)).toBe('refused');
    expect(await page.evaluate(image, `${site.url}icon-192.png`)).toBe('reached');
    await context.close();
    await other.close();
  });
});
