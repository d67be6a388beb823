/** A person's own layer states in the page: dropped, trained, shown, saved, opened again. */
import { readFileSync } from 'node:fs';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { StudyFile } from '../../src/packs/study/file';
import { filesOf, madeStudy } from '../unit/study/made-files';
import { launch, openPage, serveSite, type Site } from './support/harness';
import { ready, region } from './support/instrument';

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

const made = filesOf(madeStudy(120, 2, 3, 6));
const payload = ({ name, bytes }: { name: string; bytes: Uint8Array }) => ({
  name,
  mimeType: 'application/octet-stream',
  buffer: Buffer.from(bytes),
});
const chooser = (page: Page) => page.getByLabel('Files of layer states, labels or a study');
const button = (page: Page, name: string | RegExp) => page.getByRole('button', { name });

describe('a study of one’s own', () => {
  it('goes from files to figures, to a file, and back', async () => {
    const { page, context, requests, errors } = await openPage(browser, `${site.url}?view=study`);
    // a file that is wrong: a sentence that names it, and the page goes on
    await chooser(page).setInputFiles([
      { ...payload(made.a), buffer: Buffer.from('no such thing') },
      payload(made.b),
      payload(made.labels),
    ]);
    await page.getByText(/The file text\.safetensors is not a sound safetensors file/).waitFor();
    await chooser(page).setInputFiles([made.a, made.b, made.labels].map(payload));
    await page.getByRole('cell', { name: /^text \(text\.safetensors, states, F32\)/ }).waitFor();
    await page.getByRole('columnheader', { name: 'speakers' }).waitFor();
    const epochs = page.getByLabel('Epochs at most');
    await epochs.fill('3');
    await epochs.blur();
    const before = requests.length;
    await button(page, /^Train \d+ heads$/).click();
    // trained: the instrument shows it as it shows a pack
    await page
      .getByRole('radio', { name: 'text × audio' })
      .and(page.locator('[aria-checked="true"]'))
      .waitFor();
    await ready(page);
    await page.getByRole('gridcell', { name: /^A layer 2, B layer 3: / }).waitFor();
    expect(await page.getByRole('gridcell').count()).toBe(6);
    const shown = await page
      .getByRole('gridcell', { name: /^A layer 2, B layer 3: / })
      .getAttribute('aria-label');
    expect(
      requests.slice(before).filter((url) => !url.startsWith(site.url) && !url.startsWith('blob:')),
    ).toEqual([]);

    await page.getByRole('radio', { name: 'Your own' }).or(button(page, 'Your own')).first().click();
    const download = page.waitForEvent('download');
    await button(page, 'Save the study').click();
    const saved = await download;
    expect(saved.suggestedFilename()).toBe('text-audio.study.json');
    const bytes = readFileSync(await saved.path());
    const study = JSON.parse(bytes.toString()) as StudyFile;
    const [{ pairs }] = study.evaluation.results;
    expect(shown).toContain((100 * pairs[1][2].value).toFixed(1));
    expect(errors).toEqual([]);
    await context.close();

    // a colleague, without the features
    const other = await openPage(browser, `${site.url}?view=study`);
    await chooser(other.page).setInputFiles({
      name: 'theirs.json',
      mimeType: 'application/json',
      buffer: bytes,
    });
    await ready(other.page);
    await other.page.getByRole('gridcell', { name: shown! }).waitFor();
    expect(await region(other.page, 'Layer alignment').count()).toBe(1);
    await other.context.close();
  });

  it('takes labels that are numbers, and shows predicted against true', async () => {
    const { page, context, errors } = await openPage(browser, `${site.url}?view=study`);
    const [head, ...rows] = Buffer.from(made.labels.bytes).toString().trim().split('\n');
    const numbered = rows.map((row, n) => row.replace(/,[^,]*,/, `,${(n % 7) / 2 + 0.25},`));
    const labels = { ...payload(made.labels), buffer: Buffer.from([head, ...numbered].join('\n')) };
    await chooser(page).setInputFiles([payload(made.a), payload(made.b), labels]);
    await page.getByRole('radio', { name: 'numbers' }).and(page.locator(':checked')).waitFor();
    const epochs = page.getByLabel('Epochs at most');
    await epochs.fill('2');
    await epochs.blur();
    await button(page, /^Train \d+ heads$/).click();
    await ready(page);
    await page
      .getByRole('gridcell', { name: /mean absolute error \d/ })
      .first()
      .waitFor();
    await button(page, /^Evaluation$/).click();
    await page.getByRole('img', { name: /true/ }).first().waitFor();
    expect(errors).toEqual([]);
    await context.close();
  });
});
