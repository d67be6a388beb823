/** The shipped packs in the page: each takes what its modalities are given and answers; all stand side by side. */
import { existsSync, readFileSync } from 'node:fs';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { PenaltyEvaluation } from '../../src/packs/dependency-evaluation';
import { openShipped, type Shipped } from './support/harness';
import { ready, region, row, settled, strategyRow } from './support/instrument';

const dist = new URL('../../dist', import.meta.url).pathname;
const example = (path: string): Buffer => readFileSync(`${dist}/examples/${path}`);

interface Case {
  pack: string;
  classes: number;
  a: string;
  b: string;
  give: (side: ReturnType<typeof region>, kind: 'a' | 'b') => Promise<void>;
}

const type = (side: ReturnType<typeof region>, text: string) => side.getByRole('textbox').fill(text);
const choose = (side: ReturnType<typeof region>, name: string, mimeType: string, buffer: Buffer) =>
  side.locator('input[type=file]').first().setInputFiles({ name, mimeType, buffer });

const cases: Case[] = [
  {
    pack: 'emotion',
    classes: 4,
    a: 'A Written',
    b: 'B Spoken',
    give: (side, kind) =>
      kind === 'a'
        ? type(side, 'I miss her so much, and nothing feels right without her')
        : choose(side, 'sad.wav', 'audio/wav', example('speech/sad-gb-f.wav')),
  },
  {
    pack: 'fashion',
    classes: 18,
    a: 'A Title',
    b: 'B Photo',
    give: (side, kind) =>
      kind === 'a'
        ? type(side, 'round dial black leather strap analogue')
        : choose(side, 'watch.jpg', 'image/jpeg', example('garments/watch.jpg')),
  },
  {
    pack: 'latin-english',
    classes: 4,
    a: 'A Latin',
    b: 'B English',
    give: (side, kind) =>
      kind === 'a'
        ? type(side, 'Filius sapiens lætificat patrem: qui autem stultus est, non audit')
        : choose(
            side,
            'verse.txt',
            'text/plain',
            Buffer.from('A wise son gladdens his father: but the foolish does not listen.'),
          ),
  },
];

describe.each(cases)('the $pack pack', ({ pack, classes, a, b, give }) => {
  describe.skipIf(!existsSync(`${dist}/models/${pack}/pack.json`))('as it is shipped', () => {
    let shipped: Shipped;
    let page: Page;
    beforeAll(async () => {
      shipped = await openShipped(`?pack=${pack}`);
      page = shipped.page;
      await ready(page);
    });
    afterAll(() => shipped.close());

    it('answers what is given on both sides, and what each side says alone', async () => {
      await give(region(page, a), 'a');
      await give(region(page, b), 'b');
      await settled(page);
      await expect
        .poll(async () => Object.keys((await row(page, /^B alone/)) ?? {}).length)
        .toBeGreaterThan(0);
      const fused = (await strategyRow(page)) ?? {};
      expect(Object.keys(fused).length).toBeGreaterThan(0);
      expect(Object.values(fused).reduce((sum, p) => sum + p, 0)).toBeLessThan(1.05);
      await page.getByRole('radio', { name: 'your sample' }).click();
      expect(await page.getByRole('gridcell', { name: /answers/ }).count()).toBe(144);
      await page.getByRole('radio', { name: 'evaluation set' }).click();
    });

    it('answers by the heads of all seeds together, and says what those reach on test', async () => {
      const evaluation = JSON.parse(
        readFileSync(`${dist}/models/${pack}/dependency.evaluation.json`, 'utf8'),
      ) as PenaltyEvaluation;
      const one = await row(page, /^late/);
      const seeds = page.getByRole('radiogroup', { name: 'Heads by seed' });
      await seeds.getByRole('radio', { name: 'one' }).press('ArrowRight');
      await page.getByText(/^5 seeds together: /).waitFor();
      const ssfn = evaluation.rows.find(
        ({ strategy, variant, condition, drop }) =>
          strategy === 'ssfn' && variant === 'none' && condition === 'standard' && !drop,
      )!;
      await page.getByText(`5 seeds together: ${(100 * ssfn.ensemble.value).toFixed(1)} %`).waitFor();
      const late = await row(page, /^late ×5/);
      expect(late).not.toEqual(one);
      await expect.poll(() => page.url()).toContain('seeds=all');
      await seeds.getByRole('radio', { name: 'one' }).click();
      await expect.poll(() => row(page, /^late/)).toEqual(one);
    });

    it('fuses nothing of a side that is dropped', async () => {
      await region(page, b).getByRole('switch').check();
      await settled(page);
      const without = await row(page, /^B alone/);
      expect(Object.keys(without ?? {})).toHaveLength(0);
      await region(page, b).getByRole('switch').uncheck();
    });

    it('has its test figures, its card and its masks', async () => {
      await expect
        .poll(() => page.getByRole('gridcell', { name: /(accuracy|recall) \d/ }).count(), { timeout: 30_000 })
        .toBe(144);
      await page.getByRole('radio', { name: 'Card' }).click();
      await region(page, 'Figures on the test set').getByRole('row', { name: /^SSFN/ }).waitFor();
      const names = (
        JSON.parse(readFileSync(`${dist}/models/${pack}/pack.json`, 'utf8')) as {
          tasks: { classes: string[] }[];
        }
      ).tasks[0].classes;
      expect(names).toHaveLength(classes);
    });
  });
});

describe('all packs side by side', () => {
  let shipped: Shipped;
  let page: Page;
  const listed = (
    JSON.parse(readFileSync(new URL('../../models/index.json', import.meta.url), 'utf8')) as {
      packs: { id: string }[];
    }
  ).packs;
  beforeAll(async () => {
    shipped = await openShipped('?view=packs');
    page = shipped.page;
  });
  afterAll(() => shipped.close());

  it('have a row for each task, and a frontier', async () => {
    const table = region(page, 'What the SSFN gains').getByRole('table');
    await table.waitFor({ timeout: 60_000 });
    expect(await table.getByRole('row').count()).toBeGreaterThan(listed.length);
    expect(await region(page, 'Gain by sparsity').getByRole('img').count()).toBeGreaterThanOrEqual(
      listed.length,
    );
  });

  it('cluster every pair of layers, and stop when asked', async () => {
    const panel = region(page, 'Clusters without labels');
    await panel.getByRole('button', { name: 'Cluster all pairs' }).click();
    await panel
      .getByRole('gridcell', { name: /silhouette \d/ })
      .first()
      .waitFor({ timeout: 60_000 });
    await panel.getByRole('button', { name: 'Stop' }).click();
    await panel.getByRole('button', { name: 'Run again' }).waitFor();
  });
});
