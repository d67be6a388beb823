/** A person's own study: layer states in, a study out; beside a loop that trains its heads one by one in the same runtime. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { integer, normal, seededRandom } from '../../math/random';
import { ensureBuilt } from '../../../scripts/serve.mjs';
import { writeSafetensors } from '../../runtime/safetensors';
import { measure } from './child';
import { launchChromium, serveFolder } from './site';
import { sampled, type StudyFiles } from './study-run';
import { atMost, faster, type Group } from './types';

const [width, classes] = [768, 4];
/** Fewer for a try, whose rows say so. */
const samples = Number(process.env.STUDY_BENCH_SAMPLES ?? 4000);
const tried = samples === 4000 ? '' : `, a try with ${samples} samples`;
/** 24 × 24 layers have five times the pairs of 12 × 12: one shard of so many is timed. */
const shards = 8;

/** Layer states of made-up samples of 200 speakers: normal noise about a mean per class. */
function makeFiles(folder: string, layers: number): StudyFiles {
  const random = seededRandom('study bench');
  const labels = Array.from({ length: samples }, () => integer(random, classes));
  const side = (name: string): string => {
    const means = Float32Array.from({ length: classes * width }, () => normal(random));
    const data = new Float32Array(samples * layers * width);
    for (let at = 0; at < data.length; at++) {
      const label = labels[Math.floor(at / (layers * width))];
      data[at] = 0.1 * means[label * width + (at % width)] + 3.4 * random() - 1.7;
    }
    const path = join(folder, `${name}${layers}.safetensors`);
    writeFileSync(path, writeSafetensors([{ name: 'states', shape: [samples, layers, width], data }]));
    return path;
  };
  const path = join(folder, 'labels.csv');
  writeFileSync(
    path,
    `label,speaker\n${labels.map((label, s) => `${label},s${Math.floor(s / 20)}`).join('\n')}\n`,
  );
  return { a: side('a'), b: side('b'), labels: path };
}

/** The same in the built page. */
async function timePage({ a, b, labels }: StudyFiles): Promise<number> {
  const site = await serveFolder(ensureBuilt(), {}, true);
  const browser = await launchChromium();
  try {
    const page = await browser.newPage();
    await page.goto(`${site.url}?view=study&backend=wasm`);
    const start = performance.now();
    await page.getByLabel('Files of layer states, labels or a study').setInputFiles([a, b, labels]);
    await page.getByRole('button', { name: /^Train \d+ heads$/ }).click({ timeout: 120_000 });
    await page
      .getByRole('radio', { name: / × / })
      .and(page.locator('[aria-checked="true"]'))
      .waitFor({ timeout: 3_600_000 });
    return (performance.now() - start) / 1000;
  } finally {
    await browser.close();
    site.close();
  }
}

export const studyGroup: Group = {
  name: 'study',
  about:
    'own features in to a full study: 4,000 samples, 12 × 12 layers of width 768, 4 classes; a shard of 24 × 24',
  async run(report) {
    const folder = mkdtempSync(join(tmpdir(), 'study-bench-'));
    try {
      const files = makeFiles(folder, 12);
      const cores = cpus().length;
      const say = (line: string): void => console.error(`study: ${line}`);
      say(`12 × 12 in Node, ${cores} threads`);
      const { seconds, peak, epochs } = await measure('study', { files });
      report(atMost(`study 12 × 12, Node, ${cores} threads${tried}`, seconds, 's', 240));
      report({ name: `study 12 × 12, Node, peak memory${tried}`, value: peak, unit: 'MB' });
      say('single heads');
      const alone = await measure('studyOneByOne', { files, epochs });
      report({
        ...faster(
          `study 12 × 12, Node, against one by one${tried}`,
          seconds * 1000,
          { name: 'one by one, one thread, op by op', value: alone * 1000 },
          10,
        ),
        note: `one by one is worked out from one epoch of single heads of ${sampled.join(', ')} pairs, each head until it settles`,
      });
      say('12 × 12 in headless Chromium');
      report(atMost(`study 12 × 12, headless Chromium, WASM${tried}`, await timePage(files), 's', 240));
      say(`a shard of ${shards} of 24 × 24 in Node, ${cores} threads`);
      const deep = await measure('study', { files: makeFiles(folder, 24), of: shards });
      const name = `study 24 × 24, shard 1 of ${shards}, Node`;
      report({ name: `${name}, ${cores} threads${tried}`, value: deep.seconds, unit: 's' });
      report({ name: `${name}, peak memory${tried}`, value: deep.peak, unit: 'MB' });
    } finally {
      rmSync(folder, { recursive: true });
    }
  },
};
