/** Without a network, without headers, without room, and over an update. */
import { readFileSync } from 'node:fs';
import type { Browser } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { launch, openPage, serveSite, type Site } from './support/harness';
import { drawn, ready, skew, slide, spoken, strategyRow, takeExample } from './support/instrument';

let browser: Browser;
let site: Site;
beforeAll(async () => {
  browser = await launch('none');
});
afterAll(() => browser.close());
beforeEach(async () => {
  site = await serveSite({ headers: false });
});
afterEach(() => site.close());

const kept = (page: Parameters<typeof ready>[0]) => page.getByText('offline too').waitFor();

describe('after the first load', () => {
  it('opens and predicts without a network, examples and all', async () => {
    const { page, context } = await openPage(browser, site.url);
    await ready(page);
    await kept(page);
    await takeExample(drawn(page), 'four, upright');
    await takeExample(spoken(page), 'four, US voice, low');
    const before = await strategyRow(page);
    await site.close();
    await context.setOffline(true);
    await page.reload();
    await ready(page);
    await takeExample(drawn(page), 'four, upright');
    await takeExample(spoken(page), 'four, US voice, low');
    expect(await strategyRow(page)).toEqual(before);
    await context.close();
    site = await serveSite();
  });

  it('is isolated on a host that sets no headers, from the second opening on', async () => {
    const { page, context } = await openPage(browser, site.url);
    await ready(page);
    expect(await page.evaluate(() => crossOriginIsolated)).toBe(false);
    await kept(page);
    await page.reload();
    await ready(page);
    expect(await page.evaluate(() => crossOriginIsolated)).toBe(true);
    await context.close();
  });

  it('forgets a pack on request, and says how much that was', async () => {
    const { page, context } = await openPage(browser, site.url);
    await ready(page);
    await kept(page);
    await page.getByRole('button', { name: /^Delete the .* pack/ }).click();
    await page.getByText(/MB deleted from this browser/).waitFor();
    const left = await page.evaluate(
      async () => (await (await caches.open('skewscope-packs-1')).keys()).length,
    );
    expect(left).toBe(0);
    await context.close();
  });
});

it('says that there is no room to keep the page and the models, and works', async () => {
  const { page, context } = await openPage(browser, 'about:blank');
  const protocol = await context.newCDPSession(page);
  const { origin } = new URL(site.url);
  await protocol.send('Storage.overrideQuotaForOrigin', { origin, quotaSize: 20_000 });
  await page.goto(site.url);
  await ready(page);
  await page
    .getByText(/no room to keep the models/)
    .first()
    .waitFor();
  await page.getByText(/no room in this browser to keep the page/).waitFor();
  await takeExample(drawn(page), 'four, upright');
  expect(await strategyRow(page)).not.toBeNull();
  await context.close();
});

it('takes up a newer version on request, the inputs and the state kept', async () => {
  const { page, context } = await openPage(browser, site.url);
  await ready(page);
  await kept(page);
  await page.reload();
  await ready(page);
  await takeExample(drawn(page), 'four, upright');
  await slide(skew(page), -1);
  const before = await strategyRow(page);
  const worker = readFileSync(new URL('../../dist/sw.js', import.meta.url), 'utf8');
  site.replace('/sw.js', { body: worker.replace(/"version":"\w+"/, '"version":"newer"') });
  await page.evaluate(async () => (await navigator.serviceWorker.getRegistration())!.update());
  const reloaded = page.waitForEvent('load');
  await page.getByRole('button', { name: /^Change to it/ }).click();
  await reloaded;
  await ready(page);
  await expect.poll(() => strategyRow(page)).toEqual(before);
  expect(await skew(page).inputValue()).toBe('-1');
  const names = await page.evaluate(() => caches.keys());
  expect(names).toContain('skewscope-page-newer');
  await context.close();
});
