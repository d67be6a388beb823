/** The built page, served with the tiny pack of random weights, in Chromium. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { chromium, type Browser, type BrowserContext, type Page } from 'playwright-core';
import { ensureChromium } from '../../../scripts/chromium.mjs';
import { listen, staticServer, type Answer } from '../../../scripts/serve.mjs';
import { tinyPack, type TinyOptions } from '../../fixtures/tiny-pack/tiny-pack';

const dist = new URL('../../../dist', import.meta.url).pathname;

/** `software`: the true WebGPU path on a software adapter; `none`: WebGPU is there and has no adapter. */
export type Gpu = 'software' | 'none';

const quiet = [
  '--no-sandbox',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];
const software = ['--enable-unsafe-webgpu', '--use-webgpu-adapter=swiftshader'];

export const launch = (gpu: Gpu, args: string[] = []): Promise<Browser> =>
  chromium.launch({
    executablePath: ensureChromium(),
    headless: true,
    args: [...quiet, ...(gpu === 'software' ? software : []), ...args],
  });

export interface Site {
  url: string;
  /** Answer a path otherwise than with its file, until `restore`. */
  replace(path: string, answer: Answer): void;
  restore(): void;
  /** The files of the tiny pack. */
  pack: Map<string, Uint8Array<ArrayBuffer>>;
  close(): Promise<void>;
}

export interface SiteOptions {
  pack?: TinyOptions;
  /** As a static host that sets no headers of its own. */
  headers?: boolean;
  /** Two entries in the list, the same files. */
  twice?: boolean;
  /** This pack in the place of the tiny one. */
  made?: { title: string; modalities: string[]; files: Map<string, Uint8Array<ArrayBuffer>> };
}

const entry = (id: string, title: string, modalities: string[] = ['video', 'audio']) => ({
  id,
  title,
  subtitle: modalities.join(' × '),
  modalities,
  url: `${id}/pack.json`,
});

/** The built page with the tiny pack as its only one. */
export async function serveSite({
  pack: options,
  headers = true,
  twice,
  made,
}: SiteOptions = {}): Promise<Site> {
  const folder = mkdtempSync(join(tmpdir(), 'skewscope-models-'));
  const pack = made?.files ?? (await tinyPack(options));
  const first = entry(
    options?.id ?? 'digits',
    made?.title ?? 'Tiny digits',
    made?.modalities ?? options?.sides,
  );
  const packs = [first, ...(twice ? [entry('other', 'Other')] : [])];
  writeFileSync(join(folder, 'index.json'), JSON.stringify({ schema: 1, packs }));
  for (const { id } of packs)
    for (const [path, bytes] of pack) {
      mkdirSync(dirname(join(folder, id, path)), { recursive: true });
      writeFileSync(join(folder, id, path), bytes);
    }
  const answers = new Map<string, Answer>();
  const server = staticServer({
    folder: dist,
    mounts: { '/models/': folder },
    headers,
    replace: (path: string) => answers.get(path),
  });
  const port = await listen(server, 0);
  return {
    url: `http://localhost:${port}/`,
    pack,
    replace: (path, answer) => void answers.set(path, answer),
    restore: () => answers.clear(),
    close: () =>
      new Promise((resolve) => {
        rmSync(folder, { recursive: true, force: true });
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}

export interface Opened {
  context: BrowserContext;
  page: Page;
  /** Every address that was asked for. */
  requests: string[];
  /** What went wrong unseen: errors in the page's console, uncaught exceptions. */
  errors: string[];
}

/** A new page in a context of its own: nothing kept from before. */
export async function openPage(
  browser: Browser,
  address: string,
  options: Parameters<Browser['newContext']>[0] = {},
): Promise<Opened> {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, ...options });
  const requests: string[] = [];
  const errors: string[] = [];
  context.on('request', (request) => requests.push(request.url()));
  const page = await context.newPage();
  page.on('console', (message) => {
    if (message.type() === 'error') errors.push(message.text());
  });
  page.on('pageerror', (error) => errors.push(error.message));
  await page.goto(address);
  return { context, page, requests, errors };
}

export interface Shipped extends Opened {
  close(): Promise<void>;
}

/** The built page with the packs that ship, in a browser of its own. @param query such as `?pack=digits` */
export async function openShipped(query: string): Promise<Shipped> {
  const browser = await launch('none');
  const server = staticServer({ folder: dist });
  const opened = await openPage(browser, `http://localhost:${await listen(server, 0)}/${query}`);
  return {
    ...opened,
    close: async () => {
      await browser.close();
      server.closeAllConnections();
      server.close();
    },
  };
}
