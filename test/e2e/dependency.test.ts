/**
 * The views of the dependency between A and B on a made pack: its matrix, its penalties, what T says of a sample, and
 * heads trained with it. And packs that cannot say: a sentence in the page, and never a NaN.
 */
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { measurePairing } from '../../src/cli/dependency/measure';
import type { DependencyFile } from '../../src/packs/dependency-file';
import { startNode } from '../../src/runtime/node';
import { addDependency, changeStates, madeDependency, tellingStates } from '../fixtures/tiny-pack/dependency';
import { addVariants, madePenalty } from '../fixtures/tiny-pack/penalty';
import { tinyPack } from '../fixtures/tiny-pack/tiny-pack';
import { violations } from './support/axe';
import { launch, openPage, serveSite, type Opened, type Site } from './support/harness';
import { drawn, ready, region, row, settled, spoken, strategyRow, takeExample } from './support/instrument';

let browser: Browser;
let tiny: Map<string, Uint8Array<ArrayBuffer>>;
let site: Site;

/** T of all three measures, trained here: the last layers of both sides tell the class, and the others are noise. */
async function trained(): Promise<DependencyFile> {
  await startNode();
  const states = tellingStates(320);
  return measurePairing(
    {
      a: { name: 'A', ...states.a },
      b: { name: 'B', ...states.b },
      labels: states.labels,
      idsB: states.idsB,
      paired: 'by-label',
      classes: 4,
    },
    { rounds: 20, epochs: 40, hidden: 24, components: 6 },
  );
}

const serve = (files: Map<string, Uint8Array<ArrayBuffer>>): Promise<Site> =>
  serveSite({ made: { title: 'Made digits', modalities: ['video', 'audio'], files } });

beforeAll(async () => {
  browser = await launch('none');
  tiny = await tinyPack();
  const withStates = await changeStates(tiny, () => tellingStates(320));
  site = await serve(await addVariants(await addDependency(withStates, await trained())));
}, 300_000);
afterAll(async () => {
  await browser.close();
  await site.close();
});

async function four(where: Site, query = '', options: Parameters<typeof openPage>[2] = {}): Promise<Opened> {
  const opened = await openPage(browser, where.url + query, options);
  await ready(opened.page);
  await takeExample(drawn(opened.page), 'four, upright');
  await takeExample(spoken(opened.page), 'four, US voice, low');
  await settled(opened.page);
  return opened;
}

const ask = async (page: Page) => {
  await page.getByRole('button', { name: 'Together?' }).click();
  return page.getByRole('dialog', { name: 'Do these two belong together?' });
};
const themes = ['light', 'dark'] as const;

describe('the matrix', () => {
  it('says how far a cell is above chance, names the ceiling and the unit', async () => {
    const { page, context, errors } = await openPage(browser, `${site.url}?metric=kl`);
    await ready(page);
    await page.getByRole('gridcell', { name: 'A layer 3, B layer 3: KL dependency' }).focus();
    const readout = page.getByRole('complementary', { name: 'Read-out of the layer pair' });
    await expect.poll(() => readout.innerText()).toMatch(/rank\s+20 of 20/);
    expect(await readout.innerText()).toMatch(/ceiling\s+1\.39 = ln 4/);
    expect(await readout.innerText()).toMatch(/KL bound\s+\d\.\d\d nats/);
    expect(await page.locator('.legend').textContent()).toContain('ln 4');
    await page.getByText(/at most ln\(classes\) = ln 4 = 1\.39/).waitFor();
    await page.getByLabel('Metric of the matrix').selectOption('wasserstein');
    await page.getByText('In deviations of a standardised state').waitFor();
    expect(await page.locator('.legend').textContent()).toContain('deviations');
    expect(errors).toEqual([]);
    await context.close();
  });
});

describe('the evaluation drawer', () => {
  it.each(themes)('compares penalties, whole and under drops, by the keys alone: %s', async (colorScheme) => {
    const { page, context, errors } = await openPage(browser, site.url, { colorScheme });
    await ready(page);
    await page.getByRole('button', { name: 'Evaluation' }).press('Enter');
    const whole = region(page, 'With a penalty and without');
    await whole.getByText(/^That a penalty helps does not hold on this pack\. Of 18 differences/).waitFor();
    expect(await whole.getByRole('img').getAttribute('aria-label')).toContain(
      '9 heads trained with a penalty',
    );
    expect(await whole.getByRole('row').count()).toBe(1 + 3 * 4);
    await whole.getByRole('combobox').selectOption('log-loss');
    await whole.getByText(/differences in log-loss/).waitFor();
    await whole.getByRole('combobox').selectOption('accuracy');

    const drops = region(page, 'As a modality goes');
    const b = drops.getByRole('radio', { name: 'B spoken' });
    await drops.getByRole('radio', { name: 'A drawn' }).press('ArrowRight');
    expect(await b.isChecked()).toBe(true);
    await drops.getByRole('radio', { name: 'SSFN' }).press('ArrowRight');
    expect(await drops.getByRole('radio', { name: 'late' }).isChecked()).toBe(true);
    const made = madePenalty().rows.find(
      ({ drop, strategy, variant, condition, metric }) =>
        drop?.modality === 'b' &&
        drop.by === 'means' &&
        strategy === 'late' &&
        variant === 'kl' &&
        condition === 'standard' &&
        metric === 'accuracy',
    )!;
    const kl = drops.getByRole('row', { name: /^KL/ });
    await expect.poll(() => kl.innerText()).toContain(`${(100 * made.value).toFixed(1)} %`);
    expect(await page.getByRole('dialog').innerText()).not.toContain('NaN');
    expect(await violations(page)).toEqual([]);
    expect(errors).toEqual([]);
    await context.close();
  });
});

describe('do these two belong together?', () => {
  it.each(themes)(
    'answers where T tells, offers where it does not, and passes axe: %s',
    async (colorScheme) => {
      const { page, context, errors } = await four(site, '?pair=1.1', { colorScheme });
      const dialog = await ask(page);
      // nothing is told at the first layers
      await dialog.getByText(/^No verdict: T (does not tell|gives every pair)/).waitFor();
      await dialog.getByText('It does elsewhere').waitFor();
      await dialog
        .getByRole('button', { name: /at \(3, 3\)/ })
        .first()
        .press('Enter');
      await dialog.getByText('pair (3, 3)').waitFor();
      // a real drawing is nothing like the made states
      await dialog.getByText(/^No verdict: A and B are unlike any evaluation sample/).waitFor();
      expect(await dialog.getByRole('img').count()).toBeGreaterThanOrEqual(3);
      expect(await dialog.innerText()).not.toContain('NaN');
      expect(await violations(page)).toEqual([]);
      await page.keyboard.press('Escape');
      expect(await dialog.count()).toBe(0);
      expect(errors).toEqual([]);
      await context.close();
    },
  );
});

describe('heads trained with a penalty', () => {
  it('take over the sample, dropped sides included, and give it back', async () => {
    const { page, context, errors } = await four(site);
    const penalties = page.getByRole('radiogroup', { name: 'Heads trained with the penalty' });
    const before = await strategyRow(page);
    await spoken(page).getByRole('switch').check();
    await settled(page);
    const dropped = await strategyRow(page);
    expect(dropped).not.toEqual(before);
    await penalties.getByRole('radio', { name: 'none' }).press('ArrowRight');
    await page.getByText('for your sample; figures of the evaluation set stay without it').waitFor();
    await settled(page);
    await expect.poll(() => strategyRow(page)).not.toEqual(dropped);
    expect(Object.keys((await row(page, /^B alone/)) ?? {})).toHaveLength(0);
    await penalties.getByRole('radio', { name: 'none' }).click();
    await expect.poll(() => strategyRow(page)).toEqual(dropped);
    await spoken(page).getByRole('switch').uncheck();
    await expect.poll(() => strategyRow(page)).toEqual(before);
    expect(errors).toEqual([]);
    await context.close();
  });

  it('leave the sample as it is where their file does not come, and come when asked again', async () => {
    const { page, context } = await four(site);
    const before = await strategyRow(page);
    site.replace('/models/digits/heads.wasserstein.safetensors', { status: 404, body: 'gone' });
    await page.getByRole('radio', { name: 'Wasserstein' }).click();
    await page.getByText(/heads\.wasserstein\.safetensors .* is missing/).waitFor();
    expect(await page.getByRole('radio', { name: 'none' }).isChecked()).toBe(true);
    expect(await strategyRow(page)).toEqual(before);
    site.restore();
    await page.locator('.variants').getByRole('button', { name: 'Try again' }).click();
    await expect.poll(() => page.getByRole('radio', { name: 'Wasserstein' }).isChecked()).toBe(true);
    await expect.poll(() => strategyRow(page)).not.toEqual(before);
    await context.close();
  });
});

describe('packs that cannot say', () => {
  const nan = () => {
    const states = tellingStates(60);
    states.a.states[7] = NaN;
    return states;
  };
  const cases: [string, () => ReturnType<typeof tellingStates>, RegExp][] = [
    ['fewer than 50 pairs', () => tellingStates(49), /keeps 49 evaluation pairs, and at least 50 are needed/],
    [
      'one class only',
      () => tellingStates(60, { classes: 1 }),
      /are of one class, and they are paired by their class/,
    ],
    [
      'a constant layer',
      () => tellingStates(60, { constant: 2 }),
      /Layer 3 of Spoken is the same for every evaluation sample/,
    ],
    ['a NaN', nan, /cannot be used: a is missing or wrong/],
  ];
  it.each(cases)('%s: a sentence, and no NaN', async (_, states, sentence) => {
    const files = await addDependency(await changeStates(tiny, states), madeDependency());
    const broken = await serve(files);
    const { page, context } = await four(broken, '?pair=3.3');
    const dialog = await ask(page);
    await dialog.getByRole('alert').getByText(sentence).waitFor();
    expect(await dialog.innerText()).not.toContain('NaN');
    await context.close();
    await broken.close();
  });

  it('a constant layer without a dependency file: the reason under the matrix', async () => {
    const broken = await serve(await changeStates(tiny, () => tellingStates(60, { constant: 1 })));
    const { page, context } = await openPage(browser, `${broken.url}?metric=cka`);
    await ready(page);
    await page.getByText(/^B layer 2: 0 throughout, as where a layer is the same for every sample/).waitFor();
    await page.getByRole('button', { name: 'Evaluation' }).click();
    await region(page, 'Alignment and gain')
      .getByText(/over 9 pairs of layers/)
      .waitFor();
    expect(await page.locator('body').innerText()).not.toContain('NaN');
    await context.close();
    await broken.close();
  });

  it('a file of the penalties that is cut: a sentence, and the rest of the drawer stays', async () => {
    const broken = await serve(await addVariants(tiny, { ...madePenalty(), rows: [] }));
    const { page, context } = await openPage(browser, broken.url);
    await ready(page);
    await page.getByRole('button', { name: 'Evaluation' }).click();
    await region(page, 'With a penalty and without')
      .getByText(/dependency-evaluation cannot be used: rows is missing/)
      .waitFor();
    await region(page, 'Confusion matrix').waitFor();
    await context.close();
    await broken.close();
  });

  it('one side dropped: the question is not asked, as there are no two', async () => {
    const { page, context } = await four(site);
    const button = page.getByRole('button', { name: 'Together?' });
    await button.waitFor();
    await spoken(page).getByRole('switch').check();
    await expect.poll(() => button.count()).toBe(0);
    await spoken(page).getByRole('switch').uncheck();
    await button.waitFor();
    await context.close();
  });
});
