/** Which backend runs, why, and what happens when it goes away. */
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { headIndex } from '../../src/math/skew';
import { exampleDrawing, exampleSpeech, headsByHand } from './support/by-hand';
import { launch, openPage, serveSite, type Site } from './support/harness';
import {
  badge,
  drawn,
  expectSame,
  ready,
  row,
  skew,
  slide,
  spoken,
  strategyRow,
  takeExample,
} from './support/instrument';

let site: Site;
beforeAll(async () => {
  site = await serveSite({ pack: { la: 2, lb: 2 } });
});
afterAll(() => site.close());

const details = async (page: Page): Promise<string> => {
  await badge(page).click();
  const dialog = page.getByRole('dialog', { name: 'Backend' });
  await dialog.getByText('Self-test error').waitFor();
  const text = await dialog.innerText();
  await page.keyboard.press('Escape');
  return text;
};

async function four(page: Page): Promise<void> {
  await takeExample(drawn(page), 'four, upright');
  await takeExample(spoken(page), 'four, US voice, low');
}

describe('on WebGPU', () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launch('software');
  });
  afterAll(() => browser.close());

  it('runs on a real adapter and says what each head says when it is run alone', async () => {
    const truth = await headsByHand(site.pack, exampleDrawing('4-upright'), exampleSpeech('4-us-m'));
    const { page, context, errors } = await openPage(browser, site.url);
    await ready(page);
    expect(await badge(page).getAttribute('aria-label')).toContain('Backend WebGPU');
    expect(await page.evaluate(async () => (await navigator.gpu.requestAdapter()) !== null)).toBe(true);
    expect(await details(page)).toMatch(/Adapter\s+\S+/);
    await four(page);
    expectSame(await row(page, /^late/), truth[headIndex({ d: 0, k: 1 }, 2, 2)]);
    expectSame(await row(page, /^pairwise/), truth[headIndex({ d: 0, k: 2 }, 2, 2)]);
    expect(errors).toEqual([]);
    await context.close();
  }, 240_000);

  it('goes on with WASM when the device is lost, the sample and the settings kept', async () => {
    const { page, context } = await openPage(browser, site.url);
    await ready(page);
    await four(page);
    await slide(skew(page), -1);
    const before = await strategyRow(page);
    // The next command on the device destroys it, as a driver that resets does: the real event follows.
    await page.workers()[0].evaluate(() => {
      const make = GPUDevice.prototype.createCommandEncoder;
      GPUDevice.prototype.createCommandEncoder = function (...args) {
        this.destroy();
        return make.apply(this, args);
      };
    });
    await slide(drawn(page).getByRole('slider', { name: 'Reveal' }), 90);
    await page.getByText(/WebGPU stopped working.*went on with WebAssembly/).waitFor();
    expect(await badge(page).getAttribute('aria-label')).toContain('Backend WASM');
    await slide(drawn(page).getByRole('slider', { name: 'Reveal' }), 100);
    await expect.poll(() => strategyRow(page)).toEqual(before);
    expect(await skew(page).inputValue()).toBe('-1');
    await context.close();
  }, 240_000);
});

describe('without an adapter', () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launch('none');
  });
  afterAll(() => browser.close());

  it('falls back to WASM and says why', async () => {
    const { page, context } = await openPage(browser, site.url);
    await ready(page);
    expect(await page.evaluate(async () => navigator.gpu?.requestAdapter() ?? null)).toBeNull();
    expect(await badge(page).getAttribute('aria-label')).toContain('Backend WASM');
    expect(await details(page)).toMatch(/WebGPU is not used: .*adapter/);
    await context.close();
  });

  it('can be made to run on plain JavaScript, by choice and by address, and remembers the choice', async () => {
    const { page, context } = await openPage(browser, site.url);
    await ready(page);
    await four(page);
    const before = await strategyRow(page);
    await badge(page).click();
    await page.getByRole('radio', { name: /^CPU/ }).check();
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: /^Backend CPU/ }).waitFor();
    await expect.poll(() => strategyRow(page)).toEqual(before);
    await page.reload();
    await page.getByRole('button', { name: /^Backend CPU/ }).waitFor();
    await page.goto(`${site.url}?backend=wasm`);
    await page.getByRole('button', { name: /^Backend WASM/ }).waitFor();
    await context.close();
  });

  it('says so where the forced one does not run', async () => {
    const { page, context } = await openPage(browser, `${site.url}?backend=webgpu`);
    await ready(page);
    expect(await details(page)).toContain('WebGPU is not used');
    await context.close();
  });

  it('starts the worker again after a crash, on the next best backend, with everything kept', async () => {
    const { page, context } = await openPage(browser, site.url);
    await ready(page);
    await four(page);
    await slide(skew(page), 1);
    const before = await strategyRow(page);
    await page.workers()[0].evaluate(() => {
      setTimeout(() => {
        throw new Error('a fault');
      });
    });
    await page.getByText(/WebAssembly stopped working: The worker crashed.*plain JavaScript/).waitFor();
    await page.getByRole('button', { name: /^Backend CPU/ }).waitFor();
    await slide(drawn(page).getByRole('slider', { name: 'Reveal' }), 50);
    await expect.poll(() => strategyRow(page)).not.toEqual(before);
    await slide(drawn(page).getByRole('slider', { name: 'Reveal' }), 100);
    await expect.poll(() => strategyRow(page)).toEqual(before);
    expect(await skew(page).inputValue()).toBe('1');
    await context.close();
  });

  it('starts it again when memory runs out', async () => {
    const { page, context } = await openPage(browser, site.url);
    await ready(page);
    await four(page);
    const before = await strategyRow(page);
    // From here on no Float32Array of any size can be had, as when the tab's memory is used up.
    await page.workers()[0].evaluate(() => {
      const make = Float32Array.prototype.slice;
      Float32Array.prototype.slice = function (...args) {
        if (this.length > 8) throw new RangeError('Array buffer allocation failed');
        return make.apply(this, args);
      };
    });
    await slide(drawn(page).getByRole('slider', { name: 'Reveal' }), 50);
    await page.getByText(/WebAssembly stopped working: It ran out of memory.*plain JavaScript/).waitFor();
    await slide(drawn(page).getByRole('slider', { name: 'Reveal' }), 100);
    await expect.poll(() => strategyRow(page)).toEqual(before);
    await context.close();
  });
});
