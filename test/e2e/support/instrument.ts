/** The page's parts by their roles and names, and what tests read off them. */
import type { Locator, Page } from 'playwright-core';
import { expect } from 'vitest';

export const region = (page: Page, name: string): Locator => page.getByRole('region', { name });
export const drawn = (page: Page): Locator => region(page, 'A Drawn');
export const spoken = (page: Page): Locator => region(page, 'B Spoken');
export const skew = (page: Page): Locator => page.getByRole('slider', { name: /^Skew d/ });
export const sparsity = (page: Page): Locator => page.getByRole('slider', { name: /^Sparsity/ });
export const badge = (page: Page): Locator => page.getByRole('button', { name: /^Backend/ });

/** The pack is open and its figures are there. */
export async function ready(page: Page, timeout = 90_000): Promise<void> {
  await page.getByRole('grid').waitFor({ timeout });
  await skew(page).waitFor({ timeout });
}

/** A native range input, moved as a person's arrow keys end up moving it. */
export const slide = (slider: Locator, value: number): Promise<void> => slider.fill(String(value));

/** What was last given has been read and predicted: a file that is still being read is named already. */
export async function settled(page: Page): Promise<void> {
  await region(page, 'Prediction').waitFor();
  await page.locator('[aria-busy="true"]').first().waitFor({ state: 'detached', timeout: 100_000 });
}

/** @param label "four, upright" */
export async function takeExample(side: Locator, label: string): Promise<void> {
  await side.getByRole('button', { name: 'Example' }).click();
  await side
    .page()
    .getByRole('button', { name: `: ${label}` })
    .click();
  await side.getByText(`example: ${label.split(',')[0]}`).waitFor();
  await settled(side.page());
}

/** What a row of the prediction table says: class → probability to two places, those above 5 %; null for nothing. */
async function saidBy(header: Locator): Promise<Record<string, number> | null> {
  const bars = header.locator('xpath=..').getByRole('img');
  if ((await bars.count()) === 0) return null;
  const label = (await bars.getAttribute('aria-label')) ?? '';
  const list = label.slice(label.indexOf(': ') + 2);
  const said = [...list.matchAll(/(\S+) (\d\.\d\d)/g)].map(([, c, p]): [string, number] => [c, Number(p)]);
  return said.length ? Object.fromEntries(said) : null;
}

const headers = (page: Page, name?: RegExp) => region(page, 'Prediction').getByRole('rowheader', { name });

/** The last row of that name: the strategy in use, in the first row, may be called the same. */
export const row = (page: Page, name: RegExp) => saidBy(headers(page, name).last());

/** The strategy in use is the table's first row. */
export const strategyRow = (page: Page) => saidBy(headers(page).first());

/** Equal but for rounding to two places, and for what the table leaves out. */
export function expectSame(said: Record<string, number> | null, truth: ArrayLike<number>): void {
  expect(said).not.toBeNull();
  Array.from(truth, (p, c) => {
    const shown = said![c];
    if (shown === undefined) expect(p).toBeLessThan(0.0505);
    else expect(Math.abs(shown - p)).toBeLessThan(0.0055);
  });
}
