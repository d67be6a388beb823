/** What a person, a host or a network can get wrong: one clear sentence each, and nothing is lost. */
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { launch, openPage, serveSite, type Opened, type Site } from './support/harness';
import {
  drawn,
  ready,
  region,
  row,
  settled,
  skew,
  spoken,
  strategyRow,
  takeExample,
} from './support/instrument';
import { wavFile } from './support/wav';

let browser: Browser;
let site: Site;
beforeAll(async () => {
  browser = await launch('none');
  site = await serveSite({ twice: true });
});
afterAll(async () => {
  await browser.close();
  await site.close();
});

describe('a sound that cannot be used', () => {
  let opened: Opened;
  let before: Record<string, number> | null;
  beforeAll(async () => {
    opened = await openPage(browser, site.url);
    await ready(opened.page);
    await takeExample(drawn(opened.page), 'four, upright');
    await takeExample(spoken(opened.page), 'four, US voice, low');
    before = await strategyRow(opened.page);
  });
  afterAll(() => opened.context.close());
  /** The earlier sample is still there, and still answered. */
  afterEach(async () => {
    await expect.poll(() => spoken(opened.page).getByText('example: four').count()).toBe(1);
    await settled(opened.page);
    expect(await strategyRow(opened.page)).toEqual(before);
  });

  const choose = (name: string, mimeType: string, buffer: Buffer) =>
    spoken(opened.page).locator('input[type=file]').setInputFiles({ name, mimeType, buffer });
  const says = (words: RegExp) => spoken(opened.page).getByRole('alert').filter({ hasText: words }).waitFor();

  it('a silent recording', async () => {
    await choose('quiet.wav', 'audio/wav', wavFile(new Int16Array(16000), 16000));
    await says(/quiet\.wav is silent: /);
  });
  it('an empty file', async () => {
    await choose('nothing.wav', 'audio/wav', Buffer.alloc(0));
    await says(/nothing\.wav is empty: /);
  });
  it('a recording with no sound in it', async () => {
    await choose('short.wav', 'audio/wav', wavFile(new Int16Array(0), 16000));
    await says(/short\.wav|not a WAV file/);
  });
  it('thirty minutes', async () => {
    const samples = new Int16Array(30 * 60 * 8000).map((_, t) => (t % 80) * 100);
    await choose('lecture.wav', 'audio/wav', wavFile(samples, 8000));
    await says(/lecture\.wav lasts 30 minutes: /);
  });
  it('a corrupt file', async () => {
    const file = wavFile(
      new Int16Array(16000).map((_, t) => 9000 * Math.sin(t / 10)),
      16000,
    );
    file.fill(0xff, 12, 40);
    await choose('broken.wav', 'audio/wav', file);
    await says(/broken\.wav|WAV/);
  });
  it('a file that is not what its name says', async () => {
    const png = Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex');
    await choose('song.mp3', 'audio/mpeg', png);
    await says(/song\.mp3 is a .*(picture|image)/i);
  });
  it('a video dropped on the sound', async () => {
    const target = spoken(opened.page);
    const transfer = await opened.page.evaluateHandle(() => {
      const data = new DataTransfer();
      const head = [0, 0, 0, 24, 102, 116, 121, 112, 105, 115, 111, 109, 0, 0, 2, 0];
      data.items.add(new File([new Uint8Array(head)], 'clip.mp4', { type: 'video/mp4' }));
      return data;
    });
    for (const type of ['dragenter', 'dragover', 'drop'])
      await target.dispatchEvent(type, { dataTransfer: transfer });
    await says(/clip\.mp4/);
  });
  it('a microphone that is refused', async () => {
    await spoken(opened.page).getByRole('button', { name: 'Record' }).click();
    await says(/The microphone was refused: |No microphone was found: /);
  });
});

it('a drawing that is blank has nothing to predict from, and the sound alone still answers', async () => {
  const { page, context } = await openPage(browser, site.url);
  await ready(page);
  await takeExample(spoken(page), 'four, US voice, low');
  await takeExample(drawn(page), 'four, upright');
  await drawn(page).getByRole('button', { name: 'Clear' }).click();
  await expect.poll(() => row(page, /^A alone/)).toBeNull();
  await settled(page);
  expect(await row(page, /^B alone/)).not.toBeNull();
  expect(await region(page, 'Prediction').getByText('not given').count()).toBeGreaterThan(0);
  await context.close();
});

describe('a pack that cannot be used', () => {
  afterEach(() => site.restore());
  const problem = (page: Page) => page.getByRole('alert');

  /** It is said, the page is alive, and it works when the host is mended. */
  async function saidAndMended(words: RegExp): Promise<void> {
    const { page, context } = await openPage(browser, site.url);
    await problem(page).getByText(words).waitFor();
    site.restore();
    await problem(page).getByRole('button', { name: 'Try again' }).click();
    await ready(page);
    await context.close();
  }
  const models = '/models/digits/';
  const file = (path: string) => Buffer.from(site.pack.get(path)!);

  it('a file whose hash is another', async () => {
    const bytes = file('probes.safetensors');
    bytes[bytes.length - 1] ^= 1;
    site.replace(`${models}probes.safetensors`, { body: bytes });
    await saidAndMended(/probes\.safetensors .*SHA-256/);
  });
  it('weights that were cut short', async () => {
    const path = 'encoders/audio/model.safetensors';
    site.replace(models + path, { body: file(path).subarray(0, 5000) });
    await saidAndMended(/model\.safetensors has 5000 bytes instead of/);
  });
  it('weights that are longer than they should be', async () => {
    const path = 'heads.none.safetensors';
    site.replace(models + path, { body: Buffer.concat([file(path), Buffer.alloc(10)]) });
    await saidAndMended(/heads\.none\.safetensors/);
  });
  it('a file that is missing', async () => {
    site.replace(`${models}standardisation.safetensors`, { status: 404 });
    await saidAndMended(/standardisation\.safetensors .*missing/);
  });
  it('a schema of the future', async () => {
    const json = JSON.parse(file('pack.json').toString()) as Record<string, unknown>;
    site.replace(`${models}pack.json`, { body: JSON.stringify({ ...json, schema: 2 }) });
    await saidAndMended(/schema version 2, .*reads version 1/);
  });
  it('a pack.json that is not JSON', async () => {
    site.replace(`${models}pack.json`, { body: '<html>' });
    await saidAndMended(/pack\.json/);
  });
  it('a host that fails', async () => {
    site.replace(`${models}probes.safetensors`, { status: 503 });
    await saidAndMended(/answered 503/);
  });
  it('a list of packs that is missing, or nonsense', async () => {
    site.replace('/models/index.json', { status: 404 });
    await saidAndMended(/list of packs is missing/);
    site.replace('/models/index.json', { body: '{"schema":1,"packs":[{"id":7}]}' });
    await saidAndMended(/list of packs is not of a form/);
  });
  it('an evaluation record that is missing leaves the rest of the page', async () => {
    site.replace(`${models}record.standard.test.safetensors`, { status: 404 });
    const { page, context } = await openPage(browser, site.url);
    await page
      .getByText(/record\.standard\.test\.safetensors .*missing/)
      .first()
      .waitFor();
    await takeExample(drawn(page), 'four, upright');
    expect(await strategyRow(page)).not.toBeNull();
    await context.close();
  });
  it('loses nothing of the pack before', async () => {
    const { page, context } = await openPage(browser, site.url);
    await ready(page);
    await takeExample(drawn(page), 'four, upright');
    const before = await strategyRow(page);
    site.replace('/models/other/pack.json', { status: 404 });
    await page.getByRole('radio', { name: /^Other/ }).click();
    await problem(page)
      .getByText(/pack\.json .*missing/)
      .waitFor();
    await page.getByRole('radio', { name: /^Tiny/ }).click();
    await ready(page);
    await expect.poll(() => strategyRow(page)).toEqual(before);
    await context.close();
  });
});

describe('no network at the first load', () => {
  it.each([
    ['the list of packs', '**/models/index.json', /list of packs cannot be reached: check the network/],
    ['a file of the pack', '**/*.safetensors', /could not be downloaded: check the network/],
    ['the worker', '**/assets/worker-*.js', /could not be loaded: check the network/],
    ['the backend', '**/*.wasm', /./],
  ])('%s', async (what, pattern, words) => {
    const { page, context } = await openPage(browser, 'about:blank');
    await context.route(pattern, (route) => route.abort('internetdisconnected'));
    await page.goto(site.url);
    if (what === 'the backend') {
      await page.getByRole('button', { name: /^Backend CPU/ }).click();
      await page.getByText(/could not be downloaded/).waitFor();
    } else {
      await page.getByRole('alert').getByText(words).waitFor();
      await context.unroute(pattern);
      await page.getByRole('button', { name: 'Try again' }).first().click();
      await ready(page);
    }
    await context.close();
  });
});

it('an address with nonsense in it opens the page without that, and says so once', async () => {
  const { page, context } = await openPage(
    browser,
    `${site.url}?d=99&k=2&condition=warm&metric=vibes&pack=none&seed=x&pair=0.0&a.keep=%00&b.dropped=maybe`,
  );
  await ready(page);
  const notice = page.getByText(/mean nothing here/);
  expect(await notice.count()).toBe(1);
  const words = (await notice.textContent())!;
  for (const key of ['pack', 'seed', 'condition', 'metric', 'd', 'pair', 'a.keep', 'b.dropped'])
    expect(words).toMatch(new RegExp(`[ ,]${key.replace('.', '\\.')}[,.]`));
  expect(words).not.toMatch(/[ ,]k[,.]/);
  expect(await skew(page).inputValue()).toBe('1');
  await context.close();
});
