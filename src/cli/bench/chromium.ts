/** The forward pass in headless Chromium, with and without threads. */
import { createRequire } from 'node:module';
import { dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'vite';
import type { ForwardCase } from './forward';
import type {} from './page/page';
import type { PageResult } from './page/worker';
import { launchChromium, serveFolder } from './site';
import { faster, type Group } from './types';
import { versionOf } from './versions';

const cases: ForwardCase[] = [128, 192].flatMap((width) => [16, 1].map((batch) => ({ width, batch })));
const page = fileURLToPath(new URL('./page', import.meta.url));

/** @returns the folder of the built page */
async function buildPage(): Promise<string> {
  const outDir = resolve('.cache/bench-page');
  await build({
    root: page,
    configFile: false,
    logLevel: 'error',
    base: './',
    worker: { format: 'es' },
    build: { outDir, emptyOutDir: true, target: 'es2023', assetsInlineLimit: 0, chunkSizeWarningLimit: 4000 },
  });
  return outDir;
}

export const chromiumGroup: Group = {
  name: 'chromium',
  about: 'the forward pass in headless Chromium, with and without threads',
  async run(report) {
    const built = await buildPage();
    const ortFolder = dirname(createRequire(import.meta.url).resolve('onnxruntime-web'));
    const browser = await launchChromium();
    try {
      for (const threads of [1, 4]) {
        const served = await serveFolder(built, { '/ort/': ortFolder }, threads > 1);
        const tab = await browser.newPage();
        tab.on('console', (message) => message.type() === 'error' && console.error(message.text()));
        await tab.goto(served.url);
        await tab.waitForFunction(() => 'compareForward' in window);
        const measured: PageResult = await tab.evaluate((request) => window.compareForward(request), {
          cases,
          threads,
        });
        if (measured.isolated !== threads > 1)
          throw new Error('The page’s isolation is not what was asked for.');
        for (const r of measured.results)
          report(
            faster(
              `Chromium ${browser.version().split('.')[0]} forward w${r.width} b${r.batch} ${threads}t`,
              r.ours,
              { name: `onnxruntime-web ${versionOf('onnxruntime-web')}, ${r.graph}`, value: r.theirs },
              undefined,
              threads > 1
                ? `ours on up to ${measured.threads} thread${measured.threads > 1 ? 's' : ''}`
                : 'not cross-origin isolated',
            ),
          );
        await tab.close();
        served.close();
      }
    } finally {
      await browser.close();
    }
  },
};
