/** The PNG icons from one drawing: `npx tsx scripts/make-icons.ts`, with Chromium at CHROMIUM or /usr/bin/chromium. */
import { join } from 'node:path';
import { chromium } from 'playwright-core';

const out = join(import.meta.dirname, '../public');

/** The corner of a matrix with two pairs off the diagonal; `inset` leaves room for a mask, in parts of 24. */
const drawing = (inset: number) => `
  <svg xmlns="http://www.w3.org/2000/svg" viewBox="${-inset} ${-inset} ${24 + 2 * inset} ${24 + 2 * inset}">
    <rect x="${-inset}" y="${-inset}" width="${24 + 2 * inset}" height="${24 + 2 * inset}" fill="#fcfcfb"/>
    <path fill="none" stroke="#7f8883" d="M3.5 3.5h4v4h-4zM16.5 3.5h4v4h-4zM10 10h4v4h-4zM16.5 10h4v4h-4zM3.5 16.5h4v4h-4zM10 16.5h4v4h-4zM16.5 16.5h4v4h-4z"/>
    <path fill="#171c1f" d="M9.5 3h5v5h-5zM3 9.5h5v5H3z"/>
  </svg>`;

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox'],
});
for (const [name, size, inset] of [
  ['icon-192.png', 192, 1],
  ['icon-512.png', 512, 1],
  ['icon-maskable-512.png', 512, 7],
] as const) {
  const page = await browser.newPage({ viewport: { width: size, height: size } });
  await page.setContent(`<style>body{margin:0}svg{display:block;width:100vw}</style>${drawing(inset)}`);
  await page.screenshot({ path: join(out, name) });
  await page.close();
}
await browser.close();
