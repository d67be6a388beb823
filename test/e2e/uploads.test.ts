/** Text, pictures, films and tables: uploads of each kind, and what may be wrong with them. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { mp4Head } from '../unit/inputs/made-files';
import { launch, openPage, serveSite, type Opened, type Site } from './support/harness';
import { drawn, ready, region, settled, slide, strategyRow } from './support/instrument';
import { animatedGif, cmykJpeg, hugePng, pngFile, scriptedSvg, withOrientation } from './support/pictures';

let browser: Browser;
beforeAll(async () => {
  browser = await launch('none');
});
afterAll(() => browser.close());

const garment = new URL('../../public/examples/garments/t-shirt.jpg', import.meta.url);
const choose = (side: Locator, name: string, buffer: Buffer, mimeType = 'application/octet-stream') =>
  side.locator('input[type=file]').setInputFiles({ name, mimeType, buffer });
const refusal = (side: Locator) => side.getByRole('alert').textContent();

/** A page with a pack of random weights for the two sides, its first example predicted. */
function withPack(id: string, sides: ['text' | 'video', 'text' | 'image' | 'audio']) {
  let site: Site;
  let opened: Opened;
  beforeAll(async () => {
    site = await serveSite({ pack: { id, sides } });
    opened = await openPage(browser, site.url);
    await ready(opened.page);
    await opened.page
      .getByText(/^example: /)
      .first()
      .waitFor();
    await settled(opened.page);
  });
  afterAll(async () => {
    expect(opened.errors).toEqual([]);
    await opened.context.close();
    await site.close();
  });
  return () => opened.page;
}

describe('a title and a photograph', () => {
  const page = withPack('fashion', ['text', 'image']);
  const written = () => region(page(), 'A Written');
  const pictured = () => region(page(), 'B Pictured');
  const field = () => written().getByRole('textbox');
  const tokens = () => written().getByRole('button', { name: /token/ });
  const seen = () => pictured().getByRole('img', { name: /^What the image encoder sees/ });
  const picture = () => pictured().getByRole('img', { name: /^Picture of/ });
  const middle = (canvas: Locator): Promise<number[]> =>
    canvas.evaluate((element) => {
      const { width, height } = element as HTMLCanvasElement;
      const context = (element as HTMLCanvasElement).getContext('2d')!;
      return [...context.getImageData(width >> 1, height >> 1, 1, 1).data];
    });

  it('begin with an example whose sides belong together', async () => {
    await written().getByText('example: shirt, our own words').waitFor();
    await pictured().getByText('example: shirt, drawn by a script').waitFor();
    expect(await strategyRow(page())).not.toBeNull();
  });

  describe('text', () => {
    it('may be typed, and is read a moment after the last key', async () => {
      const before = await strategyRow(page());
      await field().fill('');
      await field().pressSequentially('the old red coat');
      await written().getByText('your text').waitFor();
      await settled(page());
      await expect.poll(() => tokens().textContent()).toMatch(/^\d+ tokens/);
      await expect.poll(() => strategyRow(page())).not.toEqual(before);
      await tokens().click();
      await page().getByRole('dialog', { name: 'What the text encoder reads' }).getByText('[CLS]').waitFor();
      await page().keyboard.press('Escape');
    });
    it('may come in a file, dropped or chosen', async () => {
      await choose(written(), 'title.txt', Buffer.from('a blue one'), 'text/plain');
      await written().getByText('title.txt', { exact: true }).waitFor();
      expect(await field().inputValue()).toBe('a blue one');
    });
    it('of a file that takes long to read does not come after that of a later file', async () => {
      await page().evaluate(() => {
        const read = Blob.prototype.arrayBuffer;
        Blob.prototype.arrayBuffer = async function (this: Blob) {
          const bytes = await read.call(this);
          if (this instanceof File && this.name === 'slow.txt')
            await new Promise((resolve) => window.addEventListener('slow file', resolve, { once: true }));
          return bytes;
        };
      });
      await choose(written(), 'slow.txt', Buffer.from('a slow one'), 'text/plain');
      await written().getByText('reading slow.txt').waitFor();
      await choose(written(), 'quick.txt', Buffer.from('a quick one'), 'text/plain');
      await written().getByText('quick.txt', { exact: true }).waitFor();
      await page().evaluate(() => window.dispatchEvent(new Event('slow file')));
      await settled(page());
      expect(await field().inputValue()).toBe('a quick one');
    });
    it('of 100,000 characters and more is cut, and both cuts are said', async () => {
      await field().fill('a coat '.repeat(20_000));
      await written().getByText('first 100,000 characters of your text').waitFor();
      await settled(page());
      await expect.poll(() => tokens().textContent()).toMatch(/^22 tokens; [\d,]+ more cut$/);
    });
    it.each<[string, string, RegExp]>([
      ['control characters', '\u0007\u200b', /only characters that do not print/],
      ['another script', 'ᚠᛇᚻ ᛒᛦᚦ', /knows no part of this text/],
      ['emoji', '🦑🦑', /knows no part of this text/],
    ])('of %s alone is refused, and stays in the field to be mended', async (_, text, words) => {
      await field().fill('a coat');
      await settled(page());
      await field().fill(text);
      await expect.poll(() => refusal(written())).toMatch(words);
      expect(await field().inputValue()).toBe(text);
      await written().getByText('not used: the text before still counts').waitFor();
      await field().fill('a coat again');
      await expect.poll(() => refusal(written())).toBe('');
    });
    it('with some emoji and signs among words is read', async () => {
      await field().fill('a coat 🦑 \u0007 ok');
      await expect.poll(() => tokens().textContent()).toMatch(/unknown/);
      expect(await refusal(written())).toBe('');
    });
    it('that is emptied is no input', async () => {
      await field().fill('');
      await expect.poll(() => tokens().count()).toBe(0);
      await settled(page());
      await region(page(), 'Prediction').getByText('not given').first().waitFor();
      await field().fill('a coat');
    });
    it('is shorter for the encoder when words are left out', async () => {
      await field().fill('one two three four five six');
      await settled(page());
      const count = async () => Number.parseInt((await tokens().textContent()) ?? '', 10);
      const whole = await count();
      await slide(written().getByRole('slider', { name: 'Words' }), 50);
      await expect.poll(count).toBeLessThan(whole);
      await slide(written().getByRole('slider', { name: 'Words' }), 0);
    });
  });

  describe('a picture', () => {
    it('may be JPEG, and is shown as the encoder sees it', async () => {
      await choose(pictured(), 't-shirt.jpg', readFileSync(garment));
      await pictured().getByText('t-shirt.jpg', { exact: true }).waitFor();
      await settled(page());
      expect(await seen().getAttribute('aria-label')).toContain('32 × 32 pixels');
      const [r, g, b] = await middle(picture());
      const [sr, sg, sb] = await middle(seen());
      expect(Math.abs(r - sr) + Math.abs(g - sg) + Math.abs(b - sb)).toBeLessThan(60);
    });
    it('may be dropped or pasted, and so may a text beside it', async () => {
      const give = (how: 'drop' | 'paste', side: 'a' | 'b', name: string, type: string, file: Buffer) =>
        page().evaluate(
          ({ how, side, name, type, bytes }) => {
            const transfer = new DataTransfer();
            transfer.items.add(new File([Uint8Array.from(bytes)], name, { type }));
            (document.activeElement as HTMLElement | null)?.blur();
            if (how === 'drop')
              document
                .querySelector(`[data-side=${side}]`)!
                .dispatchEvent(
                  new DragEvent('drop', { dataTransfer: transfer, bubbles: true, cancelable: true }),
                );
            else
              document.dispatchEvent(
                new ClipboardEvent('paste', { clipboardData: transfer, cancelable: true }),
              );
          },
          { how, side, name, type, bytes: [...file] },
        );
      const png = pngFile(24, 24, () => [1, 2, 3]);
      await give('drop', 'b', 'dropped.png', 'image/png', png);
      await pictured().getByText('dropped.png', { exact: true }).waitFor();
      await give('paste', 'b', 'pasted.png', 'image/png', png);
      await pictured().getByText('pasted.png', { exact: true }).waitFor();
      await give('drop', 'a', 'dropped.txt', 'text/plain', Buffer.from('a green coat'));
      await written().getByText('dropped.txt', { exact: true }).waitFor();
      await give('drop', 'a', 'wrong.png', 'image/png', png);
      await expect
        .poll(() => refusal(written()))
        .toMatch(/^wrong\.png is a PNG picture: choose a plain text/);
      expect(await field().inputValue()).toBe('a green coat');
    });
    it('is turned as its camera was held', async () => {
      const jpeg = await page().evaluate(async () => {
        const canvas = new OffscreenCanvas(60, 40);
        const context = canvas.getContext('2d')!;
        context.fillStyle = '#fff';
        context.fillRect(0, 0, 60, 40);
        return [...new Uint8Array(await (await canvas.convertToBlob({ type: 'image/jpeg' })).arrayBuffer())];
      });
      await choose(pictured(), 'upright.jpg', withOrientation(Buffer.from(jpeg), 6));
      await expect.poll(() => picture().getAttribute('aria-label')).toBe('Picture of 40 × 60 pixels');
    });
    it('that is animated gives its first frame, and that is said', async () => {
      await choose(pictured(), 'anim.gif', animatedGif());
      await pictured().getByText('first frame of anim.gif').waitFor();
      expect((await middle(picture())).slice(0, 3)).toEqual([255, 255, 255]);
    });
    it('in CMYK is taken as the browser decodes it', async () => {
      await choose(pictured(), 'print.jpg', cmykJpeg());
      await pictured().getByText('print.jpg', { exact: true }).waitFor();
      await settled(page());
      expect(await refusal(pictured())).toBe('');
    });
    it('is worse for the encoder when it is blurred, cropped or noisy', async () => {
      await choose(
        pictured(),
        'halves.png',
        pngFile(64, 64, (x) => (x < 31 ? [0, 0, 0] : [255, 255, 255])),
      );
      await pictured().getByText('halves.png', { exact: true }).waitFor();
      const look = () => seen().evaluate((canvas) => (canvas as HTMLCanvasElement).toDataURL());
      await settled(page());
      const clean = await look();
      for (const name of ['Blur', 'Crop', 'Noise']) {
        const slider = pictured().getByRole('slider', { name });
        await slide(slider, 60);
        await expect.poll(look).not.toBe(clean);
        await slide(slider, 0);
        await expect.poll(look).toBe(clean);
      }
    });
    it.each<[string, string, () => Buffer, RegExp]>([
      [
        'HEIC',
        'photo.jpg',
        () => Buffer.from(mp4Head('heic', 1, 1)),
        /^photo\.jpg is a HEIC picture, which browsers cannot read: save it as JPEG/,
      ],
      [
        '200 megapixels',
        'poster.png',
        () => hugePng(20_000, 10_000),
        /^poster\.png has 20000 × 10000 pixels: choose one of at most 50 million\.$/,
      ],
      [
        '1 × 1',
        'dot.png',
        () => pngFile(1, 1, () => [9, 9, 9]),
        /^The picture has 1 × 1 pixels: choose one of at least/,
      ],
      [
        'a truncated PNG',
        'cut.png',
        () => pngFile(40, 40, (x, y) => [x, y, 0]).subarray(0, 90),
        /^cut\.png looks like a PNG picture but cannot be decoded/,
      ],
      [
        'an SVG with a script',
        'logo.svg',
        () => scriptedSvg,
        /^logo\.svg is an SVG drawing, which can hold a program and is not opened here/,
      ],
      ['an SVG called PNG', 'logo.png', () => scriptedSvg, /^logo\.png is an SVG drawing/],
      [
        'a video',
        'clip.mp4',
        () => Buffer.from(mp4Head('isom', 1000, 5000)),
        /^clip\.mp4 is a video: choose a JPEG/,
      ],
      ['nothing', 'empty.png', () => Buffer.alloc(0), /^empty\.png is empty/],
    ])('%s: one sentence, and the earlier one stays', async (_, name, file, words) => {
      await choose(
        pictured(),
        'before.png',
        pngFile(20, 20, () => [200, 30, 30]),
      );
      await pictured().getByText('before.png', { exact: true }).waitFor();
      await settled(page());
      const before = await strategyRow(page());
      await choose(pictured(), name, file());
      await expect.poll(() => refusal(pictured())).toMatch(words);
      await settled(page());
      expect(await picture().getAttribute('aria-label')).toBe('Picture of 20 × 20 pixels');
      expect(await strategyRow(page())).toEqual(before);
      expect(await page().title()).not.toContain('executed');
    });
  });

  describe('many at once', () => {
    const dialog = () => page().getByRole('dialog', { name: 'Many at once' });
    const give = (...files: { name: string; mimeType: string; buffer: Buffer }[]) =>
      dialog().getByLabel('Table and files of the batch').setInputFiles(files);
    const csv = (text: string) => ({ name: 'table.csv', mimeType: 'text/csv', buffer: Buffer.from(text) });
    const png = (name: string) => ({
      name,
      mimeType: 'image/png',
      buffer: pngFile(16, 16, () => [name.length, 99, 5]),
    });
    beforeAll(async () => {
      await page().getByRole('button', { name: 'Many at once…' }).click();
      await dialog().waitFor();
    });

    it('says what is wrong with a header', async () => {
      await give(csv('foo,bar\na,b'));
      await dialog()
        .getByText('table.csv has the columns "foo", "bar", and none of them is an input')
        .waitFor();
    });
    it('names the files that are missing, predicts the other rows, and saves them', async () => {
      await give(
        csv('id,title,photo,label\nr1,a red coat,a.png,3\nr2,a blue hat,gone.png,4\nr3,,b.png,5\n'),
        png('a.png'),
        png('b.png'),
      );
      await dialog()
        .getByText(/^One file that the table names is not among the chosen ones: gone\.png\./)
        .waitFor();
      await dialog().getByRole('button', { name: 'Predict 3 rows' }).click();
      await dialog().getByText('3 of 3 rows.').waitFor();
      await dialog().getByText('gone.png is not among the chosen files.').waitFor();
      const download = page().waitForEvent('download');
      await dialog().getByRole('button', { name: 'Save as CSV' }).click();
      const lines = readFileSync(await (await download).path(), 'utf8')
        .trim()
        .split('\r\n')
        .filter((line) => !line.startsWith('#'));
      expect(lines).toHaveLength(4);
      expect(lines[0]).toMatch(/^id,A,B,label,problem,.*SSFN,p SSFN,late,.*,B alone,p B alone$/);
      expect(lines[1]).toMatch(/^r1,a red coat,a\.png,3,,\d,0\.\d+,/);
      expect(lines[2]).toMatch(/^r2,.*gone\.png is not among/);
      // A was not given: no score sum, and nothing that A alone could say.
      expect(lines[3]).toMatch(/^r3,,b\.png,5,,(\d,0\.\d+,){4},,,,\d,0\.\d+$/);
    });
    it('takes a folder with its table in it', async () => {
      await dialog().getByRole('button', { name: 'Begin anew' }).click();
      const folder = mkdtempSync(join(tmpdir(), 'skewscope-batch-'));
      mkdirSync(join(folder, 'photos'));
      writeFileSync(join(folder, 'list.tsv'), 'photo\tlabel\nphotos/a.png\t1\nb.png\t2\n');
      for (const name of ['a.png', 'b.png']) writeFileSync(join(folder, 'photos', name), png(name).buffer);
      await dialog().getByLabel('Folder of the batch').setInputFiles(folder);
      await dialog().getByRole('button', { name: 'Predict 2 rows' }).click();
      await dialog().getByText('2 of 2 rows.').waitFor();
      await dialog().getByRole('cell', { name: '2 labelled' }).waitFor();
      expect(await dialog().getByText('could not be predicted').count()).toBe(0);
      rmSync(folder, { recursive: true });
    });
    it('stops and goes on, and agrees with the page', async () => {
      await dialog().getByRole('button', { name: 'Begin anew' }).click();
      await give(csv(`text\n${Array.from({ length: 300 }, (_, n) => `coat number ${n}`).join('\n')}`));
      await dialog().getByRole('button', { name: 'Predict 300 rows' }).click();
      await dialog().getByRole('button', { name: 'Stop' }).click();
      await dialog().getByText('Stopped: the rows so far are kept.').waitFor();
      await dialog()
        .getByRole('button', { name: /^Go on with \d+ rows$/ })
        .click();
      await dialog().getByText('300 of 300 rows.').waitFor();
      const row = await dialog()
        .getByRole('row', { name: /^line 9 / })
        .textContent();
      await dialog().getByRole('button', { name: 'Close' }).click();
      await field().fill('coat number 7');
      await pictured().getByRole('switch').click();
      // what was typed is given to the encoder a moment later
      await expect
        .poll(async () => {
          await settled(page());
          const [said] = Object.entries((await strategyRow(page())) ?? {}).sort((a, b) => b[1] - a[1]);
          return row?.includes(`${said[0]} ${said[1].toFixed(2).slice(1)}`);
        })
        .toBe(true);
    });
  });
});

describe('Latin and English', () => {
  const page = withPack('latin-english', ['text', 'text']);
  it('are two fields; an example gives both sides, or the one', async () => {
    const [latin, english] = [region(page(), 'A Latin'), region(page(), 'B English')];
    await english.getByRole('button', { name: 'Example' }).click();
    await page()
      .getByRole('button', { name: /^A hasty tongue/ })
      .click();
    await expect.poll(() => latin.getByRole('textbox').inputValue()).toMatch(/^Lingua festina/);
    await latin.getByRole('button', { name: 'Example' }).click();
    await page()
      .getByRole('checkbox', { name: /other side/ })
      .uncheck();
    await page()
      .getByRole('button', { name: /^Sicut umbra/ })
      .click();
    await expect.poll(() => latin.getByRole('textbox').inputValue()).toMatch(/^Sicut umbra/);
    expect(await english.getByRole('textbox').inputValue()).toMatch(/^A hasty tongue/);
    await settled(page());
    expect(await strategyRow(page())).not.toBeNull();
  });
});

describe('a film of a drawing being made', () => {
  const page = withPack('digits', ['video', 'audio']);
  const pad = () => drawn(page()).getByRole('application');
  /** Two strokes on white, one after the other, recorded by the browser itself. */
  const film = (target: Page, still: boolean) =>
    target.evaluate(async (nothing) => {
      const canvas = document.createElement('canvas');
      canvas.width = canvas.height = 160;
      const context = canvas.getContext('2d')!;
      const stream = canvas.captureStream(30);
      const recorder = new MediaRecorder(stream, { mimeType: 'video/webm' });
      const parts: Blob[] = [];
      recorder.ondataavailable = ({ data }) => parts.push(data);
      const paint = (share: number) => {
        context.fillStyle = '#fff';
        context.fillRect(0, 0, 160, 160);
        context.fillStyle = '#111';
        if (nothing) return;
        context.fillRect(30, 20, 8, 120 * Math.min(1, 2 * share));
        context.fillRect(100, 20, 8, 120 * Math.max(0, 2 * share - 1));
      };
      paint(0);
      recorder.start();
      const begin = performance.now();
      await new Promise<void>((resolve) => {
        const step = () => {
          const share = (performance.now() - begin - 300) / 1200;
          paint(Math.min(1, Math.max(0, share)));
          if (share < 1.2) requestAnimationFrame(step);
          else resolve();
        };
        step();
      });
      const stopped = new Promise((resolve) => (recorder.onstop = resolve));
      recorder.stop();
      await stopped;
      return [...new Uint8Array(await new Blob(parts).arrayBuffer())];
    }, still);

  it('becomes its strokes', async () => {
    await choose(drawn(page()), 'film.webm', Buffer.from(await film(page(), false)), 'video/webm');
    await drawn(page()).getByText('traced in film.webm').waitFor({ timeout: 60_000 });
    expect(await pad().getAttribute('aria-label')).toContain('2 strokes');
    await settled(page());
    expect(await refusal(drawn(page()))).toBe('');
  });
  it('is refused where nothing appears in it, or it is no film, or broken', async () => {
    await choose(drawn(page()), 'still.webm', Buffer.from(await film(page(), true)), 'video/webm');
    await expect.poll(() => refusal(drawn(page()))).toMatch(/^No drawing appears in this film: /);
    await choose(
      drawn(page()),
      'photo.png',
      pngFile(9, 9, () => [0, 0, 0]),
    );
    await expect.poll(() => refusal(drawn(page()))).toMatch(/^photo\.png is a PNG picture: draw on the pad/);
    await choose(drawn(page()), 'broken.mp4', Buffer.from(mp4Head('isom', 1000, 5000)));
    await expect
      .poll(() => refusal(drawn(page())))
      .toMatch(/^broken\.mp4 is a video that this browser cannot decode/);
    expect(await pad().getAttribute('aria-label')).toContain('2 strokes');
  });
});

describe('the camera', () => {
  it('gives a photograph, or is let go', async () => {
    const own = await launch('none', [
      '--use-fake-ui-for-media-stream',
      '--use-fake-device-for-media-stream',
    ]);
    const site = await serveSite({ pack: { id: 'fashion', sides: ['text', 'image'] } });
    try {
      const { page, errors } = await openPage(own, site.url);
      await ready(page);
      const side = region(page, 'B Pictured');
      await side.getByText('example: shirt').waitFor();
      const camera = side.getByRole('button', { name: /camera/ });
      await camera.click();
      await side.getByRole('button', { name: 'Cancel' }).click();
      await side.getByText('example: shirt').waitFor();
      await camera.click();
      await expect
        .poll(async () => {
          await side
            .getByRole('button', { name: 'Take it' })
            .click({ timeout: 500 })
            .catch(() => undefined);
          return side.getByText('your photograph').count();
        })
        .toBe(1);
      await settled(page);
      expect(errors).toEqual([]);
    } finally {
      await own.close();
      await site.close();
    }
  });
});

describe('two packs', () => {
  it('switched quickly while they load: the last one opens, with its inputs', async () => {
    const site = await serveSite({ twice: true });
    const { page, context, errors } = await openPage(browser, site.url);
    const pick = (name: RegExp) => page.getByRole('radio', { name }).click();
    await page.getByRole('radio', { name: /^Other/ }).waitFor();
    for (let n = 0; n < 4; n++) {
      await pick(/^Other/);
      await pick(/^Tiny/);
    }
    await pick(/^Other/);
    await ready(page);
    await choose(
      region(page, 'B Spoken'),
      'w.wav',
      readFileSync(new URL('../../public/examples/speech/7-us-m.wav', import.meta.url)),
    );
    await region(page, 'B Spoken').getByText('w.wav', { exact: true }).waitFor();
    for (const name of [/^Tiny/, /^Other/, /^Tiny/, /^Other/]) await pick(name);
    await ready(page);
    await region(page, 'B Spoken').getByText('w.wav', { exact: true }).waitFor();
    await settled(page);
    expect(await strategyRow(page)).not.toBeNull();
    expect(await page.getByRole('radio', { name: /^Other/ }).getAttribute('aria-checked')).toBe('true');
    expect(errors).toEqual([]);
    await context.close();
    await site.close();
  });
});
