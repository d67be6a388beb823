/** The inputs by every gesture. What may be given wrongly: bad-input.test.ts. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, BrowserContextOptions, Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { wavFile } from '../unit/inputs/made-files';
import { launch, openPage, serveSite, type Site } from './support/harness';
import { drawn, ready, row, settled, slide, spoken, takeExample } from './support/instrument';

const fixtures = join(import.meta.dirname, '../fixtures/sounds');
const word = join(import.meta.dirname, '../../public/examples/speech/4-us-m.wav');

let site: Site;
let folder: string;
beforeAll(async () => {
  site = await serveSite();
  folder = mkdtempSync(join(tmpdir(), 'skewscope-inputs-'));
});
afterAll(async () => {
  for (const browser of browsers.values()) await (await browser).close();
  rmSync(folder, { recursive: true, force: true });
  await site.close();
});

const fakeDevices = ['--use-fake-ui-for-media-stream', '--use-fake-device-for-media-stream'];

/** One browser for each set of flags. */
const browsers = new Map<string, Promise<Browser>>();
function browserWith(args: string[]): Promise<Browser> {
  const key = args.join(' ');
  const browser = browsers.get(key) ?? launch('none', args);
  browsers.set(key, browser);
  return browser;
}

/** A page with its pack open, nothing kept from before. */
async function withPage(
  run: (page: Page, errors: string[]) => Promise<void>,
  { args = [], options = {} }: { args?: string[]; options?: BrowserContextOptions } = {},
): Promise<void> {
  const { page, context, errors } = await openPage(await browserWith(args), site.url, options);
  try {
    await ready(page);
    await drawn(page).getByText('example: four').waitFor();
    await settled(page);
    await run(page, errors);
    expect(errors).toEqual([]);
  } finally {
    await context.close();
  }
}

const pad = (page: Page): Locator => drawn(page).getByRole('application');
const refusal = (side: Locator): Locator => side.getByRole('alert');
const waveform = (page: Page): Locator => spoken(page).getByRole('img', { name: /^Waveform/ });
const choose = (page: Page, files: string | { name: string; mimeType: string; buffer: Buffer }) =>
  spoken(page).locator('input[type=file]').setInputFiles(files);

/** Ink of the frames that the encoder sees: the sum of their alpha. */
const ink = (page: Page): Promise<number[]> =>
  drawn(page)
    .locator('.film canvas')
    .evaluateAll((all) =>
      (all as HTMLCanvasElement[]).map((canvas) => {
        const { data } = canvas.getContext('2d')!.getImageData(0, 0, canvas.width, canvas.height);
        return data.reduce((sum, value, n) => sum + (n % 4 === 3 ? value : 0), 0);
      }),
    );

async function drag(page: Page, from: [number, number], to: [number, number]): Promise<void> {
  const box = (await pad(page).boundingBox())!;
  const at = ([x, y]: [number, number]): [number, number] => [box.x + x * box.width, box.y + y * box.height];
  await page.mouse.move(...at(from));
  await page.mouse.down();
  await page.mouse.move(...at(to), { steps: 12 });
  await page.mouse.up();
}

describe('drawing', () => {
  it('takes strokes of the mouse, gives them back, clears and brings back', async () => {
    await withPage(async (page) => {
      const name = () => pad(page).getAttribute('aria-label');
      await drawn(page).getByRole('button', { name: 'Clear' }).click();
      expect(await name()).toContain('the pad is empty');
      expect(await ink(page)).toEqual(Array(8).fill(0));
      await drag(page, [0.5, 0.2], [0.5, 0.8]);
      await drag(page, [0.3, 0.2], [0.7, 0.2]);
      expect(await name()).toContain('2 strokes');
      await drawn(page).getByText('your drawing').waitFor();
      await settled(page);
      const frames = await ink(page);
      expect(frames.every((sum, n) => n === 0 || sum >= frames[n - 1])).toBe(true);
      expect(frames[0]).toBeLessThan(frames[7] / 2);
      await pad(page).press('Control+z');
      expect(await name()).toMatch(/1 stroke\b/);
      await drawn(page).getByRole('button', { name: 'Clear' }).click();
      expect(await name()).toContain('the pad is empty');
      await drawn(page).getByRole('button', { name: 'Undo' }).click();
      expect(await name()).toContain('1 stroke');
    });
  });

  it('takes a finger, and the page does not scroll under it', async () => {
    await withPage(
      async (page) => {
        await drawn(page).getByRole('button', { name: 'Clear' }).tap();
        await pad(page).scrollIntoViewIfNeeded();
        const before = await page.evaluate(() => window.scrollY);
        const box = (await pad(page).boundingBox())!;
        const client = await page.context().newCDPSession(page);
        const touch = (type: 'touchStart' | 'touchMove' | 'touchEnd', part: number) =>
          client.send('Input.dispatchTouchEvent', {
            type,
            touchPoints:
              type === 'touchEnd'
                ? []
                : [{ x: box.x + box.width / 2, y: box.y + box.height * (0.9 - 0.8 * part) }],
          });
        await touch('touchStart', 0);
        for (let n = 1; n <= 8; n++) await touch('touchMove', n / 8);
        await touch('touchEnd', 1);
        await expect.poll(() => pad(page).getAttribute('aria-label')).toContain('1 stroke');
        expect(await page.evaluate(() => window.scrollY)).toBe(before);
      },
      { options: { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true } },
    );
  });

  it('is drawn with the keyboard alone', async () => {
    await withPage(async (page) => {
      await drawn(page).getByRole('button', { name: 'Clear' }).press('Enter');
      await pad(page).focus();
      await page.keyboard.press('Space');
      for (let n = 0; n < 6; n++) await page.keyboard.press('ArrowDown');
      await page.keyboard.press('Space');
      await page.keyboard.press('ArrowRight');
      await page.keyboard.press('Space');
      for (let n = 0; n < 6; n++) await page.keyboard.press('ArrowUp');
      await page.keyboard.press('Escape');
      expect(await pad(page).getAttribute('aria-label')).toContain('2 strokes');
      await settled(page);
      expect((await ink(page))[7]).toBeGreaterThan(0);
    });
  });

  it('replays, and the pad shows the whole again', async () => {
    await withPage(async (page) => {
      const length = () =>
        pad(page)
          .locator('.ink path')
          .evaluateAll((all) => all.map((p) => p.getAttribute('d')!.length).join());
      const whole = await length();
      // A replay may be over before a busy machine looks: the page itself notes that the ink was shorter.
      await pad(page)
        .locator('.ink')
        .evaluate((ink) => {
          const shown = () =>
            [...ink.querySelectorAll('path')].map((p) => p.getAttribute('d')!.length).join();
          const before = shown();
          new MutationObserver(() => {
            if (shown() !== before) document.body.dataset.replayed = 'yes';
          }).observe(ink, { subtree: true, childList: true, attributes: true });
        });
      await drawn(page).getByRole('button', { name: 'Replay the drawing' }).click();
      await page.locator('body[data-replayed]').waitFor({ state: 'attached' });
      await expect.poll(length, { timeout: 8000 }).toBe(whole);
    });
  });

  it('shows the encoder less when less is revealed, and another drawing when the hand shakes', async () => {
    await withPage(async (page) => {
      const clean = await ink(page);
      await slide(drawn(page).getByRole('slider', { name: 'Reveal' }), 30);
      await settled(page);
      expect(await ink(page)).not.toEqual(clean);
      expect(await pad(page).getAttribute('aria-label')).toContain('the first 30 % shown');
      await slide(drawn(page).getByRole('slider', { name: 'Reveal' }), 100);
      await slide(drawn(page).getByRole('slider', { name: 'Noise' }), 80);
      await settled(page);
      expect(await ink(page)).not.toEqual(clean);
      await slide(drawn(page).getByRole('slider', { name: 'Noise' }), 0);
      await settled(page);
      expect(await ink(page)).toEqual(clean);
    });
  });
});

describe('both inputs', () => {
  it('are set to the reported condition and back by one button', async () => {
    await withPage(async (page) => {
      await page.getByRole('button', { name: 'Set both to the reported condition' }).click();
      const reveal = drawn(page).getByRole('slider', { name: 'Reveal' });
      const noise = spoken(page).getByRole('slider', { name: 'Noise' });
      expect(await reveal.getAttribute('aria-valuetext')).toMatch(/^first \d+ %$/);
      expect(await noise.getAttribute('aria-valuetext')).toMatch(/dB SNR$/);
      await page.getByRole('button', { name: 'Give both whole and clean' }).click();
      expect(await reveal.getAttribute('aria-valuetext')).toBe('whole');
      expect(await noise.getAttribute('aria-valuetext')).toBe('none');
    });
  });

  it('say how an example was made; examples are chosen with the arrow keys', async () => {
    await withPage(async (page) => {
      await spoken(page).getByText('synthesised with espeak-ng').waitFor();
      await spoken(page).getByRole('button', { name: 'Example' }).press('Enter');
      await page.getByRole('button', { name: 'zero, US voice, low' }).waitFor();
      for (const key of ['ArrowRight', 'ArrowRight', 'ArrowRight', 'ArrowDown', 'Enter'])
        await page.keyboard.press(key);
      await spoken(page).getByText('example: three, synthesised with espeak-ng').waitFor();
      await page.keyboard.press('Enter');
      await page.getByRole('dialog', { name: 'Examples' }).waitFor();
      await page.keyboard.press('Escape');
      expect(await page.getByRole('dialog', { name: 'Examples' }).count()).toBe(0);
    });
  });

  it('are dropped by their switch: A alone says nothing then', async () => {
    await withPage(async (page) => {
      await takeExample(drawn(page), 'seven, upright');
      expect(await row(page, /^A alone/)).not.toBeNull();
      await drawn(page).getByRole('switch').click();
      await settled(page);
      expect(await row(page, /^A alone/)).toBeNull();
      await drawn(page).getByRole('combobox').selectOption('noise');
      await settled(page);
      await drawn(page).getByRole('switch').press('Space');
      await settled(page);
      expect(await row(page, /^A alone/)).not.toBeNull();
    });
  });
});

describe('a sound file', () => {
  it.each(['four.mp3', 'four.ogg', 'four.opus', 'four.flac', 'four.m4a'])('may be %s', async (file) => {
    await withPage(async (page) => {
      await choose(page, join(fixtures, file));
      await spoken(page).getByText(file, { exact: true }).waitFor();
      // Encoders pad; the word itself lasts 0.54 s.
      const [, seconds] = /Waveform of ([\d.]+) s/.exec((await waveform(page).getAttribute('aria-label'))!)!;
      expect(Number(seconds)).toBeGreaterThan(0.5);
      expect(Number(seconds)).toBeLessThan(0.7);
      await settled(page);
      expect(await refusal(spoken(page)).textContent()).toBe('');
    });
  });

  it('may be WAV, by drop and by paste, and by the wrong name', async () => {
    await withPage(async (page) => {
      const give = (how: 'drop' | 'paste', name: string) =>
        page.evaluate(
          ({ how, name, base64 }) => {
            const bytes = Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));
            const transfer = new DataTransfer();
            transfer.items.add(new File([bytes], name, { type: 'audio/wav' }));
            if (how === 'drop')
              document
                .querySelector('[data-side=b]')!
                .dispatchEvent(
                  new DragEvent('drop', { dataTransfer: transfer, bubbles: true, cancelable: true }),
                );
            else
              document.dispatchEvent(
                new ClipboardEvent('paste', { clipboardData: transfer, cancelable: true }),
              );
          },
          { how, name, base64: readFileSync(word).toString('base64') },
        );
      await give('drop', 'dropped.wav');
      await spoken(page).getByText('dropped.wav', { exact: true }).waitFor();
      await give('paste', 'pasted.wav');
      await spoken(page).getByText('pasted.wav', { exact: true }).waitFor();
      await choose(page, { name: 'wrong.mp3', mimeType: 'audio/mpeg', buffer: readFileSync(word) });
      await spoken(page).getByText('wrong.mp3', { exact: true }).waitFor();
      expect(await waveform(page).getAttribute('aria-label')).toContain('0.54 s');
      await spoken(page).getByRole('button', { name: 'Undo' }).click();
      await spoken(page).getByText('pasted.wav', { exact: true }).waitFor();
    });
  });
});

describe('the microphone', () => {
  /** A recording of two seconds of what the fake microphone plays. */
  const record = async (page: Page) => {
    await spoken(page).getByRole('button', { name: 'Record' }).press('Enter');
    await spoken(page).getByText('Speak now').waitFor();
    await expect
      .poll(async () =>
        Number.parseFloat((await spoken(page).locator('.axis span').first().textContent()) ?? '0'),
      )
      .toBeGreaterThan(2);
  };

  it('records a word; the encoder takes it', async () => {
    const padded = join(folder, 'word.wav');
    writeFileSync(padded, readFileSync(word));
    await withPage(
      async (page) => {
        await record(page);
        await spoken(page).getByRole('button', { name: 'Stop' }).click();
        await spoken(page).getByText('your recording').waitFor();
        await settled(page);
        expect(await refusal(spoken(page)).textContent()).toBe('');
        expect(await waveform(page).getAttribute('aria-label')).toMatch(/from [\d.]+ s to [\d.]+ s are kept/);
        await spoken(page).getByRole('button', { name: 'Undo' }).click();
        await spoken(page).getByText('example: four').waitFor();
      },
      { args: [...fakeDevices, `--use-file-for-fake-audio-capture=${padded}`] },
    );
  });

  it('is let go by Esc, and the sound before stays', async () => {
    await withPage(
      async (page) => {
        const before = await waveform(page).getAttribute('aria-label');
        await record(page);
        await page.keyboard.press('Escape');
        expect(await waveform(page).getAttribute('aria-label')).toBe(before);
        await spoken(page).getByRole('button', { name: 'Record' }).waitFor();
      },
      { args: fakeDevices },
    );
  });

  it('that hears nothing is told so', async () => {
    const silent = join(folder, 'silent.wav');
    writeFileSync(silent, wavFile(Array(48000).fill(0), 48000));
    await withPage(
      async (page) => {
        await record(page);
        await spoken(page).getByRole('button', { name: 'Stop' }).click();
        await expect
          .poll(() => refusal(spoken(page)).textContent())
          .toMatch(/^The recording is silent: .*\.$/);
        await spoken(page).getByText('example: four').waitFor();
      },
      { args: [...fakeDevices, `--use-file-for-fake-audio-capture=${silent}`] },
    );
  });

  it('that does not answer can be given up', async () => {
    await withPage(async (page) => {
      // As a browser whose question the person leaves open.
      await page.evaluate(() => {
        navigator.mediaDevices.getUserMedia = () => new Promise(() => undefined);
      });
      await spoken(page).getByRole('button', { name: 'Record' }).click();
      await spoken(page).getByText('Waiting for the microphone').waitFor();
      await spoken(page).getByRole('button', { name: 'Cancel' }).click();
      await spoken(page).getByText('example: four').waitFor();
      expect(await waveform(page).count()).toBe(1);
    });
  });
});
