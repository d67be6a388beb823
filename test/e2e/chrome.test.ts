/** What surrounds the instrument: backend badge, help, tour, theme, link; and axe's rules over all of it. */
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { violations } from './support/axe';
import { launch, openPage, serveSite, type Site } from './support/harness';
import { badge, drawn, ready, settled } from './support/instrument';

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

async function withPage(
  run: (page: Page) => Promise<void>,
  options: BrowserContextOptions = {},
): Promise<void> {
  const { page, context, errors } = await openPage(browser, site.url, options);
  try {
    await ready(page);
    await drawn(page).getByText('example: four').waitFor();
    await settled(page);
    await run(page);
    expect(errors).toEqual([]);
  } finally {
    await context.close();
  }
}

describe('the header', () => {
  it('opens why this backend runs, and gives the focus back', async () => {
    await withPage(async (page) => {
      await badge(page).press('Enter');
      const sheet = page.getByRole('dialog', { name: 'Backend' });
      await sheet.getByText('Self-test error').waitFor();
      expect(await sheet.getByRole('radio', { name: /The best that works/ }).isChecked()).toBe(true);
      await page.keyboard.press('Escape');
      expect(await sheet.count()).toBe(0);
      expect(await page.evaluate(() => document.activeElement?.className)).toBe('badge');
    });
  });

  it('changes the theme and remembers it', async () => {
    await withPage(async (page) => {
      const paper = () => page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor);
      const system = await paper();
      await page.getByRole('button', { name: /^Theme as the system/ }).click();
      await page.getByRole('button', { name: /^Theme light/ }).click();
      await page.getByRole('button', { name: /^Theme dark/ }).waitFor();
      expect(await paper()).not.toBe(system);
      await page.reload();
      await page.getByRole('button', { name: /^Theme dark/ }).waitFor();
    });
  });

  it('copies a link that holds the state and nothing of the input', async () => {
    await withPage(
      async (page) => {
        await page.getByRole('button', { name: 'late', exact: true }).click();
        await page.getByRole('button', { name: /^Copy a link/ }).click();
        await page.getByText('Link copied').waitFor({ state: 'attached' });
        const link = new URL(await page.evaluate(() => navigator.clipboard.readText()));
        expect(link.origin).toBe(new URL(site.url).origin);
        expect(link.href.length).toBeLessThan(400);
        expect(link.search).not.toMatch(/stroke|sample|four|input/);
        await page.getByRole('button', { name: 'SSFN', exact: true }).click();
        await expect.poll(() => page.url()).not.toBe(link.href);
      },
      { permissions: ['clipboard-read', 'clipboard-write'] },
    );
  });

  it('gives a tour with the keys alone, which ends where it began', async () => {
    await withPage(async (page) => {
      await page.getByRole('button', { name: /^Help/ }).press('Enter');
      await page.getByRole('button', { name: 'Take the two-minute tour' }).press('Enter');
      const card = page.locator('.tour');
      await card.waitFor();
      const titles: string[] = [];
      while (await card.count()) {
        titles.push((await card.getByRole('heading').textContent()) ?? '');
        const box = (await card.boundingBox())!;
        expect(box.x >= 0 && box.x + box.width <= 1440).toBe(true);
        await page.keyboard.press('ArrowRight');
        await page.waitForTimeout(50);
        if (titles.length > 20) break;
      }
      expect(new Set(titles).size).toBe(titles.length);
      expect(titles.length).toBeGreaterThanOrEqual(8);
      expect(await page.evaluate(() => document.activeElement?.getAttribute('aria-label'))).toMatch(/^Help/);
    });
  });
});

describe('the footer', () => {
  it('says what a sample took and takes another seed', async () => {
    await withPage(async (page) => {
      await page.getByText(/^new sample [\d.]+ ms/).waitFor();
      await page.getByRole('spinbutton', { name: 'seed' }).fill('7');
      await expect.poll(() => page.url()).toContain('seed=7');
    });
  });
});

describe('the rules of axe', () => {
  it.each<[string, BrowserContextOptions]>([
    ['light', { colorScheme: 'light' }],
    ['dark', { colorScheme: 'dark' }],
    ['on a phone', { viewport: { width: 390, height: 844 }, hasTouch: true }],
  ])('hold over the page, %s', async (_, options) => {
    await withPage(async (page) => expect(await violations(page)).toEqual([]), options);
  });
  it('hold over what opens', async () => {
    await withPage(async (page) => {
      for (const open of [
        badge(page),
        page.getByRole('button', { name: /^Help/ }),
        drawn(page).getByRole('button', { name: 'Example' }),
      ]) {
        await open.click();
        await page.locator('.sheet:popover-open').waitFor();
        await page.waitForTimeout(100);
        expect(await violations(page)).toEqual([]);
        await page.keyboard.press('Escape');
      }
    });
  });
});
