/** What the first load fetched, by who asked for it, as it came over the wire. */
import type { Page, Worker } from 'playwright-core';
import { atMost, type Row } from './types';

interface Fetched {
  path: string;
  bytes: number;
}

/** Runs in the page and in its workers. */
const fetched = (): Fetched[] =>
  (performance.getEntriesByType('resource') as PerformanceResourceTiming[]).map((entry) => ({
    path: new URL(entry.name).pathname,
    bytes: entry.encodedBodySize,
  }));

const kB = (files: Fetched[]): number => files.reduce((sum, { bytes }) => sum + bytes, 0) / 1000;

/** A helper thread of the kernels sleeps and does not answer; it fetches nothing itself. */
const ask = (worker: Worker): Promise<Fetched[]> =>
  Promise.race([
    worker.evaluate(fetched),
    new Promise<Fetched[]>((resolve) => setTimeout(resolve, 5000, [])),
  ]);

/** What a script imports before it runs, and what those import, by path. */
async function importedBy(page: Page, path: string, seen = new Set<string>()): Promise<Set<string>> {
  if (seen.has(path)) return seen;
  seen.add(path);
  const text = await page.evaluate(async (url) => (await fetch(url)).text(), path);
  for (const [, name] of text.matchAll(/(?:from|import)\s*["']\.\/([\w.-]+\.js)["']/g))
    await importedBy(page, path.replace(/[^/]*$/, name), seen);
  return seen;
}

/** Bytes after compression, by the browser's own account. Every file counts once, for whoever asked first. */
export async function downloads(page: Page): Promise<Row[]> {
  const workers = page.workers();
  const seen = new Set<string>();
  const once = (files: Fetched[]) => files.filter(({ path }) => !seen.has(path) && seen.add(path));
  const main = once(await page.evaluate(fetched));
  const inWorkers = once((await Promise.all(workers.map(ask))).flat());
  // The browser lists what a worker's modules import among the page's own.
  const entries = await page.evaluate(() =>
    [...document.querySelectorAll<HTMLScriptElement>('script[src]')].map(({ src }) => new URL(src).pathname),
  );
  const reach = async (paths: string[]) =>
    new Set((await Promise.all(paths.map((path) => importedBy(page, path)))).flatMap((set) => [...set]));
  const ofPage = await reach(entries);
  const scriptsOf = new Set(
    [...(await reach(workers.map((worker) => new URL(worker.url()).pathname)))].filter(
      (path) => !ofPage.has(path),
    ),
  );
  const isScript = ({ path }: Fetched) => path.endsWith('.js');
  const all = [...main, ...inWorkers];
  const own = main.filter((file) => isScript(file) && !scriptsOf.has(file.path));
  const worker = [...main.filter((file) => scriptsOf.has(file.path)), ...inWorkers.filter(isScript)];
  const binaries = all.filter(({ path }) => path.endsWith('.wasm'));
  if ([own, worker, binaries].some((files) => files.length === 0))
    throw new Error('What the first load fetched was not seen.');
  return [
    atMost('script of the main thread, gzipped', kB(own), 'kB', 180, `${own.length} files`),
    atMost('script of the worker with its backend, gzipped', kB(worker), 'kB', 250, `${worker.length} files`),
    {
      name: 'WebAssembly',
      value: kB(binaries),
      unit: 'kB',
    },
    atMost(
      'pack, for the first prediction',
      kB(all.filter(({ path }) => path.includes('/models/'))) / 1000,
      'MB',
      12,
    ),
  ];
}
