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
const p95 = (times: number[]) =>
  quantile(
    [...times].sort((a, b) => a - b),
    0.95,
  );
const side = (page: Page, name: RegExp) => page.getByRole('region', { name });

interface Frames {
  /** Until the last frame that changed the prediction or a chart of what is already known, each time, in ms. */
  times: number[];
  /** Until the last frame that moved the projection, which the worker works out anew; NaN where it stayed. */
  projection: number[];
}

/** Acts at the start of a frame, again and again, and looks at what each frame until all is still has changed. In the page. */
async function framesUntilStill([element, action, values]: [
  Element,
  'slide' | 'click',
  number[],
]): Promise<Frames> {
  const changed = { times: false, projection: false };
  const observer = new MutationObserver((mutations) => {
    for (const { target } of mutations) {
      const at = target instanceof Element ? target : target.parentElement;
      changed[at?.closest('.representation') ? 'projection' : 'times'] = true;
    }
  });
  const everything = { subtree: true, childList: true, attributes: true, characterData: true };
  observer.observe(document.body, everything);
  const frame = () => new Promise((done) => requestAnimationFrame(done));
  const painted = () =>
    new Promise<number>((done) => {
      const { port1, port2 } = new MessageChannel();
      port1.onmessage = () => done(performance.now());
      port2.postMessage(0);
    });
  const take = (key: 'times' | 'projection') => {
    const was = changed[key];
    changed[key] = false;
    return was;
  };
  const found: Frames = { times: [], projection: [] };
  for (const value of values) {
    for (let still = 0; still < 6; still = take('times') || take('projection') ? 0 : still + 1) await frame();
    await frame();
    const from = performance.now();
    if (action === 'slide') {
      const { set } = Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, 'value')!;
      set!.call(element, String(value));
      element.dispatchEvent(new Event('input', { bubbles: true }));
    } else {
      const cell = element.querySelectorAll('[role=gridcell]')[value];
      cell.dispatchEvent(new MouseEvent('click', { bubbles: true }));
    }
    const last = { times: NaN, projection: NaN };
    for (let still = 0; still < 6; still++) {
      const at = (await painted()) - from;
      for (const key of ['times', 'projection'] as const)
        if (take(key)) {
          last[key] = at;
          still = 0;
        }
      await frame();
    }
    if (Number.isNaN(last.times)) throw new Error(`Nothing changed on screen after ${action} to ${value}.`);
    found.times.push(last.times);
    found.projection.push(last.projection);
  }
  observer.disconnect();
  return found;
}

interface Acted extends Frames {
  /** Processor time of the main thread for each action in ms: what a busy machine does not lengthen. */
  processor: number;
}

async function act(target: Locator, action: 'slide' | 'click', values: number[]): Promise<Acted> {
  const page = target.page();
  const session = await page.context().newCDPSession(page);
  await session.send('Performance.enable', { timeDomain: 'threadTicks' });
  const busy = async () =>
    (await session.send('Performance.getMetrics')).metrics.find(({ name }) => name === 'TaskDuration')!
      .value * 1000;
  const element = await target.elementHandle();
  const before = await busy();
  const frames = await page.evaluate(framesUntilStill, [element, action, values] as never);
  const processor = ((await busy()) - before) / values.length;
  await session.detach();
  return { ...frames, processor };
}

async function takeExample(page: Page, region: Locator, nth: number): Promise<void> {
  await region.getByRole('button', { name: 'Example' }).click();
  const choices = page.getByRole('dialog').getByRole('button');
  await choices.nth(nth).click();
  // Reading the file and asking the worker take a moment before the page says that it is busy.
  await page.waitForTimeout(700);
  await page.waitForFunction(() => document.querySelector('[aria-busy=true]') === null);
}

/** The parts of the last sample's time, as the page states them, in ms. */
async function sampleTimes(page: Page): Promise<Record<string, number>> {
  const said = (await page.getByText(/^new sample/).textContent()) ?? '';
  const parts = [...said.matchAll(/(front ends|encoder A|encoder B|all heads) ([\d.,]+) (ms|s)/g)];
  return Object.fromEntries(
    parts.map(([, name, value, unit]) => [name, Number(value) * (unit === 's' ? 1000 : 1)]),
  );
}

/** Opens a page for the time of `run`; errors of the page's own are errors here. */
export async function withPage<T>(
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
  const timed = (name: string, { times, projection, processor }: Acted) =>
    report(
      atMost(
        `${name} to screen, p95`,
        quantile(
          [...times].sort((a, b) => a - b),
          0.95,
        ),
        'ms',
        16,
        `${times.length} times, median ${median(times).toFixed(1)} ms; the projection, from the worker, p95 ${p95(projection.filter((ms) => ms > 0)).toFixed(0)} ms; main thread ${processor.toFixed(1)} ms of processor time each`,
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
  // The side that stayed is not encoded again, so an encoder's time is the median of the samples where it ran.
  const parts = Object.entries(all).map(([name, times]): [string, number] => [
    name,
    median(times.filter((ms) => ms > 0)),
  ]);
  const total = parts.reduce((sum, [, ms]) => sum + ms, 0);
  if (parts.some(([, ms]) => !(ms >= 0))) throw new Error('A part of a new sample was never timed.');
  const note = parts.map(([name, ms]) => `${name} ${ms.toFixed(1)} ms`).join(', ');
  report(atMost('new sample, WASM, one thread', total, 'ms', 150, note));
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
