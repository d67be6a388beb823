/** The built page in Chromium: how soon it answers, what it downloads, how long it keeps its main thread. */
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { BrowserContextOptions, Locator, Page } from 'playwright-core';
import { ensureBuilt } from '../../../scripts/serve.mjs';
import { quantile } from '../../math/probability';
import { downloads } from './downloads';
import { launchChromium, serveFolder } from './site';
import { median } from './timing';
import { atMost, type Group, type Row } from './types';

const skew = (page: Page) => page.getByRole('slider', { name: /^Skew d/ });
const side = (page: Page, name: RegExp) => page.getByRole('region', { name });

/**
 * Acts `count` times, each at the start of a frame, and takes the time until the last frame that still changed anything
 * has been painted. Runs in the page.
 */
async function framesUntilStill([element, action, values]: [Element, 'slide' | 'click', number[]]): Promise<
  number[]
> {
  let changed: boolean;
  const observer = new MutationObserver(() => {
    changed = true;
  });
  observer.observe(document.body, { subtree: true, childList: true, attributes: true, characterData: true });
  const frame = () => new Promise((done) => requestAnimationFrame(done));
  const painted = () =>
    new Promise<number>((done) => {
      const { port1, port2 } = new MessageChannel();
      port1.onmessage = () => done(performance.now());
      port2.postMessage(0);
    });
  const times: number[] = [];
  for (const value of values) {
    for (let still = 0; still < 3; still = changed ? 0 : still + 1) {
      changed = false;
      await frame();
      await painted();
    }
    changed = false;
    await frame();
    const from = performance.now();
    if (action === 'slide') {
      Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, 'value')!.set!.call(element, String(value));
      element.dispatchEvent(new Event('input', { bubbles: true }));
    } else
      (element.querySelectorAll('[role=gridcell]')[value] as HTMLElement | SVGElement).dispatchEvent(
        new MouseEvent('click', { bubbles: true }),
      );
    let last = NaN;
    for (let still = 0; still < 4; still++) {
      const at = await painted();
      if (changed) {
        last = at - from;
        still = 0;
        changed = false;
      }
      await frame();
    }
    if (Number.isNaN(last)) throw new Error(`Nothing changed on screen after ${action} to ${value}.`);
    times.push(last);
  }
  observer.disconnect();
  return times;
}

async function act(target: Locator, action: 'slide' | 'click', values: number[]): Promise<number[]> {
  const element = await target.elementHandle();
  return target.page().evaluate(framesUntilStill, [element, action, values] as never);
}

async function takeExample(page: Page, region: Locator, nth: number): Promise<void> {
  await region.getByRole('button', { name: 'Example' }).click();
  const choices = page.getByRole('dialog').getByRole('button');
  await choices.nth(nth).click();
  await page.waitForFunction(() => document.querySelector('[aria-busy=true]') === null);
}

/** The parts of the last sample's time, as the page states them, in ms. */
async function sampleTimes(page: Page): Promise<Record<string, number>> {
  const said = (await page.getByText(/^new sample/).textContent()) ?? '';
  const parts = [...said.matchAll(/(new sample|front ends|encoder A|encoder B|all heads) ([\d.,]+) (ms|s)/g)];
  return Object.fromEntries(
    parts.map(([, name, value, unit]) => [name, Number(value) * (unit === 's' ? 1000 : 1)]),
  );
}

/** Opens a page for the time of `run`; errors of the page's own are errors here. */
async function withPage<T>(
  url: string,
  options: BrowserContextOptions,
  run: (page: Page) => Promise<T>,
): Promise<T> {
  const browser = await launchChromium();
  try {
    const page = await (await browser.newContext(options)).newPage();
    // The name that the compiler of this file gives functions by; they run in the page too.
    await page.addInitScript('globalThis.__name = (f) => f; window.longTasks = [];');
    await page.addInitScript(() => {
      const { longTasks } = window as unknown as { longTasks: number[] };
      new PerformanceObserver((list) => list.getEntries().forEach((e) => longTasks.push(e.duration))).observe(
        {
          type: 'longtask',
          buffered: true,
        },
      );
    });
    await page.goto(url);
    await skew(page).waitFor({ timeout: 180_000 });
    return await run(page);
  } finally {
    await browser.close();
  }
}

const longTasks = (page: Page): Promise<number[]> =>
  page.evaluate(() => (window as unknown as { longTasks: number[] }).longTasks);

const plain = (name: string, value: number): Row => ({ name, value, unit: 'ms' });

async function firstLoad(page: Page, report: (row: Row) => void): Promise<void> {
  const controls = await page.evaluate(() => performance.now());
  const painted = await page.evaluate(
    () => performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? NaN,
  );
  report(plain('first load to first paint', painted));
  report(plain('first load to pack open and controls there', controls));
  for (const row of await downloads(page)) report(row);
}

async function controls(page: Page, report: (row: Row) => void): Promise<void> {
  const loading = (await longTasks(page)).length;
  await takeExample(page, side(page, /^A /), 0);
  await takeExample(page, side(page, /^B /), 0);
  await page.getByRole('region', { name: 'Prediction' }).getByRole('rowheader').first().waitFor();
  const [least, most] = await skew(page).evaluate((e) =>
    [(e as HTMLInputElement).min, (e as HTMLInputElement).max].map(Number),
  );
  const skews = Array.from({ length: most - least + 1 }, (_, s) => least + s);
  const timed = (name: string, times: number[]) =>
    report(
      atMost(
        `${name} to screen, p95`,
        quantile(
          [...times].sort((a, b) => a - b),
          0.95,
        ),
        'ms',
        16,
        `${times.length} times, median ${median(times).toFixed(1)} ms`,
      ),
    );
  timed('skew slider', await act(skew(page), 'slide', [...skews, ...[...skews].reverse().slice(1)]));
  const cells = await page.getByRole('gridcell').count();
  const clicked = Array.from({ length: 40 }, (_, c) => (c * 31) % cells);
  timed('matrix click', await act(page.getByRole('grid'), 'click', clicked));
  const tasks = await longTasks(page);
  report({
    name: 'main-thread tasks over 50 ms, from first load to last click',
    value: tasks.length,
    unit: 'tasks',
    target: 0,
    meets: tasks.length === 0,
    note: tasks.length ? `${loading} while loading; longest ${Math.max(...tasks).toFixed(0)} ms` : undefined,
  });
}

async function newSamples(page: Page, report: (row: Row) => void): Promise<void> {
  const all: Record<string, number[]> = {};
  for (let sample = 0; sample < 16; sample++) {
    await takeExample(page, side(page, sample % 2 ? /^A / : /^B /), Math.floor(sample / 2));
    if (sample < 4) continue;
    for (const [name, ms] of Object.entries(await sampleTimes(page))) (all[name] ??= []).push(ms);
  }
  const { 'new sample': total, ...parts } = all;
  const note = Object.entries(parts).map(([name, times]) => `${name} ${median(times).toFixed(1)} ms`);
  report(atMost('new sample, WASM, one thread', median(total), 'ms', 150, note.join(', ')));
}

/** @param models folder of packs to serve; left out: the built page's own */
export const instrumentGroup = (models?: string): Group => ({
  name: 'page',
  about: 'the built page: controls to screen, new sample, first load, long tasks',
  async run(report) {
    const folder = ensureBuilt();
    const packs = models ? resolve(models) : join(folder, 'models');
    if (!existsSync(join(packs, 'index.json')))
      throw new Error(`${packs} has no index.json, so the page has no pack to open: train one first.`);
    const mounts = { '/models/': packs };
    const isolated = await serveFolder(folder, mounts, true);
    await withPage(isolated.url, { viewport: { width: 1440, height: 900 } }, async (page) => {
      await firstLoad(page, report);
      await controls(page, report);
    });
    isolated.close();
    // Without headers and without the service worker a page is not isolated, so it has one thread.
    const single = await serveFolder(folder, mounts, false);
    await withPage(`${single.url}?backend=wasm`, { serviceWorkers: 'block' }, (page) =>
      newSamples(page, report),
    );
    single.close();
    report({ name: 'new sample, GPU', value: null, unit: 'ms', target: 30, note: 'no GPU at hand' });
  },
});
