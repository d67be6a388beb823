/** A person's own checkpoints in the page: dropped, run, kept; a table's rows extracted, and gone on with after a reload. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { deflateSync, crc32 } from 'node:zlib';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { NamedBlob } from '../../src/engine/study/operations';
import { bertFolder, vitFolder } from '../unit/checkpoint/folders';
import { launch, openPage, serveSite, type Site } from './support/harness';

let site: Site;
let browser: Browser;
let folder: string;
const bert = bertFolder();

async function write(files: NamedBlob[]): Promise<void> {
  for (const { name, blob } of files) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), new Uint8Array(await blob.arrayBuffer()));
  }
}

/** An 8 × 8 picture of one colour as PNG. */
function png(red: number, green: number, blue: number): Buffer {
  const chunk = (type: string, data: Buffer): Buffer => {
    const body = Buffer.concat([Buffer.from(type), data]);
    const [length, check] = [Buffer.alloc(4), Buffer.alloc(4)];
    length.writeUInt32BE(data.length);
    check.writeUInt32BE(crc32(body));
    return Buffer.concat([length, body, check]);
  };
  const rows = Buffer.concat(
    Array.from({ length: 8 }, () =>
      Buffer.from([0, ...Array.from({ length: 8 }, () => [red, green, blue]).flat()]),
    ),
  );
  return Buffer.concat([
    Buffer.from([0x89, 0x50, 0x4e, 0x47, 13, 10, 26, 10]),
    chunk('IHDR', Buffer.from([0, 0, 0, 8, 0, 0, 0, 8, 8, 2, 0, 0, 0])),
    chunk('IDAT', deflateSync(rows)),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

const rows = Array.from({ length: 40 }, (_, n) => n);
const csv = [
  'text,picture,label',
  ...rows.map((n) => `w${7 + n} w${90 - n},p${n}.png,${n % 2 ? 'odd' : 'even'}`),
].join('\n');
const pictures = rows.map((n) => ({
  name: `p${n}.png`,
  mimeType: 'image/png',
  buffer: png((n * 37) % 256, n % 2 ? 200 : 50, (n * 11) % 256),
}));
const table = { name: 'samples.csv', mimeType: 'text/csv', buffer: Buffer.from(csv) };

beforeAll(async () => {
  site = await serveSite();
  browser = await launch('none');
  folder = mkdtempSync(join(tmpdir(), 'skewscope-checkpoints-'));
  await write([...bert.files, ...vitFolder()]);
  await write([{ name: 'tiny-llama/config.json', blob: new Blob(['{"model_type":"llama"}']) }]);
});
afterAll(async () => {
  await browser.close();
  await site.close();
  rmSync(folder, { recursive: true, force: true });
});

const button = (page: Page, name: string | RegExp) => page.getByRole('button', { name });
const give = (page: Page, side: 'A' | 'B', name: string) =>
  page.getByLabel(`Folder of encoder ${side}`).setInputFiles(join(folder, name));

it('runs dropped checkpoints, and turns a table into a study that outlives a reload', async () => {
  const { page, context, errors } = await openPage(browser, `${site.url}?view=study`);
  await give(page, 'A', 'tiny-llama');
  await page.getByText(/"llama" in .*config\.json is not supported; use one of bert, /).waitFor();
  await give(page, 'A', 'tiny-bert');
  await page.getByText('BertModel, 3 layers of width 32, takes text').waitFor();
  await give(page, 'B', 'tiny-vit');
  await page.getByText('ViTModel, 3 layers of width 32, takes pictures').waitFor();

  await page.getByLabel('Text for tiny-bert').fill(bert.text);
  await button(page, 'Compute its states').click();
  await page.getByText(`3 layers × ${bert.tokens} positions × width 32`).waitFor();
  expect(
    await page.getByRole('table', { name: 'CKA of the layers of tiny-bert' }).getByRole('cell').count(),
  ).toBe(9);
  const download = page.waitForEvent('download');
  await button(page, 'States as .npz').click();
  expect((await download).suggestedFilename()).toBe('tiny-bert-states.npz');

  const kept = page.getByRole('region', { name: 'Kept in this browser' });
  await button(page, 'Keep it in this browser').first().click();
  await kept.getByText('BertModel').waitFor();

  const samples = page.getByLabel('Table of samples and its files');
  await samples.setInputFiles([table, ...pictures.slice(1)]);
  await page.getByText('1 files are not there yet: p0.png').waitFor();
  await samples.setInputFiles([pictures[0]]);
  await page.getByText('40 rows, 40 files beside it').waitFor();
  await button(page, 'Compute the states of all rows').click();
  await page.getByRole('cell', { name: /^tiny-bert \(tiny-bert\.safetensors, states, F32\)/ }).waitFor();
  await page.getByRole('cell', { name: /^tiny-vit \(tiny-vit\.safetensors, states, F32\)/ }).waitFor();
  await button(page, /^Train \d+ heads$/).waitFor();
  await kept.getByText('states of 40 of 40 rows').first().waitFor();

  await page.reload();
  await button(page, 'tiny-bert').first().click();
  await page.getByText('Kept in this browser.', { exact: true }).waitFor();
  await give(page, 'B', 'tiny-bert');
  await samples.setInputFiles([table]);
  await button(page, 'Compute the states of all rows').click();
  // both encoders are the kept one's, on one column: nothing is computed again
  await page.getByRole('cell', { name: /^tiny-bert, text \(A\)/ }).waitFor();
  expect(await kept.getByRole('listitem').count()).toBe(3);
  for (let left = 2; left >= 0; left--) {
    await kept
      .getByRole('button', { name: /^Delete/ })
      .first()
      .click();
    await expect.poll(() => kept.getByRole('listitem').count()).toBe(left);
  }
  expect(errors).toEqual([]);
  await context.close();
});
