/** Every shipped pack in Chromium: what it downloads, and how soon after the first byte it has predicted an example. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ensureBuilt } from '../../../scripts/serve.mjs';
import { folderSource } from '../../packs/folder';
import { parsePack } from '../../packs/parse';
import { withPage } from './instrument';
import { serveFolder } from './site';
import { atMost, type Group } from './types';

export const packsGroup: Group = {
  name: 'packs',
  about: 'each pack: its size, and the time from an empty browser to the first prediction',
  async run(report) {
    const folder = ensureBuilt();
    const { packs } = JSON.parse(readFileSync(join(folder, 'models/index.json'), 'utf8')) as {
      packs: { id: string }[];
    };
    const site = await serveFolder(folder, {}, true);
    for (const { id } of packs) {
      const source = folderSource(join(folder, 'models', id));
      const json = await source.read('pack.json', { limit: 4 * 2 ** 20 });
      const { files } = parsePack(new TextDecoder().decode(json), id);
      const bytes = (when: 'first' | 'lazy') =>
        files.filter((file) => file.when === when).reduce((sum, file) => sum + file.bytes, 0) / 1e6;
      const lazy = files.filter(({ when }) => when === 'lazy').map((file) => file.bytes / 1e6);
      report(
        atMost(
          `${id}: files for the first prediction`,
          bytes('first'),
          'MB',
          12,
          `${bytes('lazy').toFixed(1)} MB more in ${lazy.length} files when a view needs them, the largest ${Math.max(...lazy).toFixed(1)} MB`,
        ),
      );
      const ms = await withPage(
        `${site.url}?pack=${id}`,
        { viewport: { width: 1440, height: 900 } },
        async (page) => {
          const prediction = page.getByRole('region', { name: 'Prediction' });
          await prediction.getByRole('rowheader').first().waitFor({ timeout: 180_000 });
          await prediction.and(page.locator('[aria-busy="false"]')).waitFor({ timeout: 180_000 });
          await prediction.getByRole('img').first().waitFor({ timeout: 180_000 });
          return page.evaluate(() => performance.now());
        },
      );
      report({
        name: `${id}: empty browser to first prediction`,
        value: ms,
        unit: 'ms',
        note: 'from this machine, nothing throttled',
      });
    }
    site.close();
  },
};
