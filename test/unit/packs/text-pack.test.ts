/** A pack of two truly paired texts with two tasks: made by the trainer on a few verses, then evaluated. */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { evaluatePack, type Evaluation } from '../../../src/cli/evaluate/run';
import { summaryOf } from '../../../src/cli/evaluate/summary';
import { addToPack } from '../../../src/cli/evaluate/write';
import { variantsStage } from '../../../src/cli/dependency/variants-stage';
import { trainHeads } from '../../../src/cli/heads';
import { writeConfig, type EncoderConfig } from '../../../src/encoders/config';
import { paramSpecs } from '../../../src/encoders/encoder';
import { disassemble, initialValues } from '../../../src/encoders/params';
import { integer, seededRandom } from '../../../src/math/random';
import { folderSource } from '../../../src/packs/folder';
import { readSeedHeads, type SeedHeads } from '../../../src/packs/head-seeds';
import { openPack, type OpenPack } from '../../../src/packs/open';
import { decodeRecord } from '../../../src/packs/record';
import { decodeSampleStates } from '../../../src/packs/sample-states';
import type { Pack } from '../../../src/packs/schema';
import type { PackContent } from '../../../src/packs/write';
import { writeSafetensors } from '../../../src/runtime/safetensors';

const folder = mkdtempSync(join(tmpdir(), 'verses-'));
const packDir = join(folder, 'latin-english');
const dataDir = join(folder, 'data');
const tokenizer = readFileSync('test/fixtures/wordpiece/tokenizer.json', 'utf8');
const { vocab } = (JSON.parse(tokenizer) as { model: { vocab: Record<string, number> } }).model;

function writeEncoder(id: string, layers: number, seed: number): void {
  const at = join(packDir, 'encoders', id);
  mkdirSync(at, { recursive: true });
  const config: EncoderConfig = {
    family: 'bert',
    layers,
    width: 8,
    heads: 2,
    intermediate: 16,
    activation: 'gelu',
    eps: 1e-12,
    initialDeviation: 0.3,
    vocabulary: Object.keys(vocab).length,
    positions: 24,
    types: 2,
    padId: vocab['[PAD]'],
  };
  const tensors = paramSpecs(config).flatMap((spec) => disassemble(spec, initialValues(spec, 0.3, seed)));
  writeFileSync(join(at, 'config.json'), JSON.stringify(writeConfig(config)));
  writeFileSync(join(at, 'tokenizer.json'), tokenizer);
  writeFileSync(join(at, 'model.safetensors'), writeSafetensors(tensors, { format: 'pt' }));
}

const books: [string, string][] = [
  ['gospels_acts', 'new_testament'],
  ['law', 'narrative_law'],
  ['prophets', 'prophets'],
  ['wisdom', 'wisdom'],
];

/** Verses whose words tell their book: each book has words of its own. */
function writeVerses(): void {
  const words = Object.keys(vocab).filter((piece) => /^[a-z]{2,}$/.test(piece));
  const random = seededRandom(1);
  const text = (book: number) =>
    Array.from(
      { length: 2 + integer(random, 8) },
      () => words[(4 * integer(random, 9) + book) % words.length],
    ).join(' ');
  const rows = ['id\tbook\tchapter\tverse\tgenre6\ttopic4\tsplit\tlatin\tenglish'];
  for (const [split, count] of [
    ['train', 120],
    ['val', 40],
    ['test', 30],
  ] as const)
    for (let n = 0; n < count; n++) {
      const book = n % 4;
      const chapter = `${split}${Math.floor(n / 8)}`;
      rows.push([`${split}.${n}`, 'B', chapter, n, ...books[book], split, text(book), text(book)].join('\t'));
    }
  mkdirSync(join(dataDir, 'latin_english'), { recursive: true });
  writeFileSync(join(dataDir, 'latin_english', 'verses.tsv'), `${rows.join('\n')}\n`);
}

const said: string[] = [];
let pack: Pack;
let done: { evaluation: Evaluation; contents: PackContent[]; open: OpenPack };

beforeAll(async () => {
  writeEncoder('latin', 3, 1);
  writeEncoder('english', 2, 2);
  writeVerses();
  pack = await trainHeads(packDir, dataDir, {
    threads: 1,
    epochs: 3,
    keep: false,
    training: { perEpoch: 120, batch: 32 },
    report: (line) => said.push(line),
  });
  done = await evaluatePack(packDir, dataDir, {
    split: 'test',
    shifts: [],
    draws: 5,
    resamples: 20,
    threads: 1,
    report: () => {},
  });
}, 180_000);
afterAll(() => rmSync(folder, { recursive: true }));

describe('training', () => {
  it('chooses noise on validation and says how well training samples are remembered', () => {
    const { noise, bestProbes, ssfn, perEpoch } = pack.training as unknown as {
      noise: { chosen: Record<string, number>; trials: { a: number; b: number; loss: number }[] };
      bestProbes: { tasks: Record<string, Record<string, { training: number[]; validation: number[] }>> };
      ssfn: string;
      perEpoch: number;
    };
    expect(noise.trials).toHaveLength(16);
    const least = noise.trials.reduce((x, y) => (y.loss < x.loss ? y : x));
    expect(noise.chosen).toEqual({ latin: least.a, english: least.b });
    expect(Object.keys(bestProbes.tasks)).toEqual(['topic4', 'genre6']);
    expect(bestProbes.tasks.topic4.latin.training).toHaveLength(3);
    expect(bestProbes.tasks.topic4.latin.validation).toHaveLength(2);
    expect(ssfn).toContain('best on the validation split');
    expect(perEpoch).toBe(120);
    expect(said.some((line) => /latin, best probe on training states: clean 0?\.?\d/.test(line))).toBe(true);
  });
  it('gives each task its probes, heads, records and SSFN; only the first task’s heads come first', () => {
    expect(pack.ssfn.map(({ task, condition }) => `${task} ${condition}`)).toEqual([
      'topic4 clean',
      'topic4 standard',
      'genre6 clean',
      'genre6 standard',
    ]);
    const of = (role: string) => pack.files.filter((file) => file.role === role);
    expect(of('heads').map(({ task, when }) => [task, when])).toEqual([
      ['topic4', 'first'],
      ['genre6', 'lazy'],
    ]);
    expect(of('probes').map(({ when }) => when)).toEqual(['first', 'first']);
    expect(of('record')).toHaveLength(4);
    expect(of('sample-states')).toHaveLength(1);
    expect(of('tokenizer')).toHaveLength(2);
  });
  it('ships pairs of the same verse', async () => {
    const open = await openPack(folderSource(packDir));
    const states = decodeSampleStates(
      await open.file('sample-states', { pairing: 'latin-english' }),
      'states',
    );
    expect(states.idsA).toEqual(states.idsB);
    expect(states.idsA).toHaveLength(40);
  });
});

describe('evaluating', () => {
  it('pairs each item with itself, in one draw, for every task', () => {
    const { evaluation, contents } = done;
    expect(evaluation).toMatchObject({
      n: 30,
      pairing: { draws: 1 },
      bootstrap: { unit: 'chapter', units: 4 },
    });
    const told = evaluation.results
      .filter((r) => r.metric === 'accuracy')
      .map((r) => `${r.task} ${r.condition}`);
    expect(told).toEqual(['topic4 clean', 'topic4 standard', 'genre6 clean', 'genre6 standard']);
    for (const { path, content, role } of contents)
      if (role === 'record') {
        const record = decodeRecord(content, path);
        expect(record.idsA).toEqual(record.idsB);
        expect(record.classes).toBe(path.startsWith('genre6.') ? 6 : 4);
      }
    expect(summaryOf(evaluation)).toMatch(/genre6, standard, accuracy/);
  });
  it('puts both tasks on the card', async () => {
    await addToPack(packDir, done.open.pack, done.evaluation, done.contents);
    const card = readFileSync(join(packDir, 'README.md'), 'utf8');
    expect(card).toContain('### Topic');
    expect(card).toContain('### Genre');
    expect(card).toContain('truly paired');
    expect(card).toMatch(/Latin: undegraded, the best probe reaches/);
    expect(card).toContain('the mean of the parameters after the last 5 epochs');
    expect(
      (await openPack(folderSource(packDir))).pack.files.some(({ path }) => path.startsWith('genre6.record')),
    ).toBe(true);
  });
  it('refuses shifted voices where there are none', () =>
    expect(
      evaluatePack(packDir, dataDir, {
        split: 'test',
        shifts: [0.8],
        draws: 1,
        resamples: 5,
        threads: 1,
        report: () => {},
      }),
    ).rejects.toThrow(/audio/));
});

describe('variants', () => {
  const evaluateAll = () =>
    evaluatePack(packDir, dataDir, {
      split: 'test',
      shifts: [],
      draws: 1,
      resamples: 20,
      threads: 1,
      dependency: true,
      report: () => {},
    });
  const train = (report: (line: string) => void = () => {}, again = false) =>
    variantsStage(packDir, dataDir, {
      measures: ['f'],
      grid: [0.1, 1],
      seeds: 2,
      keep: false,
      again,
      report,
    });

  it('are asked for where there are none', () => expect(evaluateAll()).rejects.toThrow(/--stage variants/));

  it('go into the pack beside what it has, and are not trained twice', async () => {
    const before = JSON.parse(readFileSync(join(packDir, 'pack.json'), 'utf8')) as Pack;
    const after = await train();
    const [, variant] = after.variants;
    expect(after.variants).toEqual([{ id: 'none' }, variant]);
    expect(variant).toMatchObject({ id: 'f', measure: 'f' });
    expect([0.1, 1]).toContain(variant.lambda);
    const skews = ({ ssfn }: Pack, id: string) =>
      ssfn
        .filter((entry) => entry.variant === id)
        .map(({ task, condition, d }) => `${task} ${condition} ${d}`);
    expect(skews(after, 'f')).toEqual(skews(before, 'none'));
    expect(after.ssfn.slice(0, before.ssfn.length)).toEqual(before.ssfn);
    const paths = after.files.map(({ path }) => path);
    for (const { path } of before.files) expect(paths).toContain(path);
    // of the genres the seeds alone
    expect(paths.filter((path) => !before.files.some((file) => file.path === path)).sort()).toEqual([
      'genre6.heads.f.seeds.safetensors',
      'genre6.heads.none.seeds.safetensors',
      'heads.f.safetensors',
      'heads.f.seeds.safetensors',
      'heads.none.seeds.safetensors',
    ]);
    const open = await openPack(folderSource(packDir));
    const { shape } = await open.heads('latin-english', 'topic4', 'none');
    const seedsOf = async (variant: string) =>
      readSeedHeads(await open.file('head-seeds', { task: 'topic4', variant }), shape, variant);
    const [none, f] = [await seedsOf('none'), await seedsOf('f')];
    // the first seed is all heads, in a file of their own
    expect([none, f].map((seeds) => seeds.map(({ seed }) => seed))).toEqual([[1], [1]]);
    const projection = ({ groups }: SeedHeads) => groups[0].parameters.projectA.data;
    expect(projection(f[0])).not.toEqual(projection(none[0]));
    const genres = await open.heads('latin-english', 'genre6', 'none');
    const ofGenres = await open.file('head-seeds', { task: 'genre6', variant: 'f' });
    expect(readSeedHeads(ofGenres, genres.shape, 'f').map(({ seed }) => seed)).toEqual([0, 1]);
    const lines: string[] = [];
    await train((line) => lines.push(line));
    expect(lines).toEqual([expect.stringContaining('has it already')]);
  });

  it('are evaluated whole and under drops, paired with none', async () => {
    const { evaluation, contents, open } = await evaluateAll();
    const { variants, rows } = evaluation.dependency!;
    expect(variants.map(({ id, seeds }) => [id, seeds])).toEqual([
      ['none', [0, 1]],
      ['f', [0, 1]],
    ]);
    // 2 tasks × 2 conditions × 2 metrics × (whole + 2 sides × 5 drops) × 3 strategies × 2 variants
    expect(rows).toHaveLength(2 * 2 * 2 * 11 * 3 * 2);
    const at = (variant: string, strategy: string, drop: object | null, metric = 'accuracy') =>
      rows.find(
        (row) =>
          row.task === 'topic4' &&
          row.condition === 'clean' &&
          row.metric === metric &&
          row.variant === variant &&
          row.strategy === strategy &&
          JSON.stringify(row.drop) === JSON.stringify(drop),
      )!;
    const result = evaluation.results.find(
      (r) => r.task === 'topic4' && r.condition === 'clean' && r.metric === 'accuracy',
    )!;
    // the first seed of `none` is the pack's own head
    for (const strategy of ['ssfn', 'late', 'pairwise'] as const)
      expect(at('none', strategy, null).seeds[0]).toBeCloseTo(result[strategy].value, 5);
    // the same seeds as one model, worked out with the strategies and with the variants
    for (const strategy of ['ssfn', 'late', 'pairwise'] as const)
      expect(at('none', strategy, null).ensemble.value).toBeCloseTo(result.ensembles![strategy].value, 5);
    expect(result.ensembles!.seeds).toEqual([0, 1]);
    expect(summaryOf(evaluation)).toMatch(/2 seeds together {4}late .*, pairwise .*, SSFN /);
    for (const row of rows) {
      expect([row.value, row.lo, row.hi].every(Number.isFinite)).toBe(true);
      expect(row.value).toBeCloseTo((row.seeds[0] + row.seeds[1]) / 2, 4);
      const none = rows.find(
        (other) =>
          other.variant === 'none' &&
          (['task', 'condition', 'metric', 'strategy', 'drop'] as const).every(
            (key) => other[key] === row[key],
          ),
      )!;
      if (row.variant === 'none') expect(row.minusNone).toBeNull();
      else expect(row.minusNone!.value).toBeCloseTo(row.value - none.value, 4);
    }
    // of Latin nothing is left: where nothing but its mean is given, all that varies is English
    const [whole, without] = [null, { modality: 'a', by: 'means', share: 1 }].map(
      (drop) => at('f', 'late', drop, 'log-loss').value,
    );
    expect(without).not.toBe(whole);
    expect(summaryOf(evaluation)).toMatch(/without A, late: f .*minus none/);
    await addToPack(packDir, open.pack, evaluation, contents);
    expect(readFileSync(join(packDir, 'README.md'), 'utf8')).toMatch(
      /With a dependency in the loss\n\n.*f λ = .*\n- Topic: That a penalty helps .*\n- Topic: That a penalty makes fusion robust .*\n- Genre: /,
    );
    expect(readFileSync(join(packDir, 'README.md'), 'utf8')).toMatch(/\| 2 seeds together: SSFN − late \|/);
    const written = await openPack(folderSource(packDir));
    const file = JSON.parse(
      new TextDecoder().decode(await written.file('dependency-evaluation', { split: 'test' })),
    ) as object;
    expect(file).toEqual(evaluation.dependency);
    expect(new TextDecoder().decode(await written.file('evaluation', {}))).not.toContain('minusNone');
  });

  it('lose what was measured of them, and heads that ship as seeds alone, when they are trained again', async () => {
    const path = join(packDir, 'pack.json');
    const before = JSON.parse(readFileSync(path, 'utf8')) as Pack;
    const all = before.files.find((file) => file.path === 'genre6.heads.none.safetensors')!;
    const older = { ...all, path: 'genre6.heads.f.safetensors', variant: 'f' };
    writeFileSync(join(packDir, older.path), readFileSync(join(packDir, all.path)));
    writeFileSync(path, JSON.stringify({ ...before, files: [...before.files, older] }));
    const after = await train(() => {}, true);
    expect(after.files.some((file) => file.path === older.path)).toBe(false);
    expect(existsSync(join(packDir, older.path))).toBe(false);
    expect(after.files.some(({ role }) => role === 'dependency-evaluation')).toBe(false);
    expect(existsSync(join(packDir, 'dependency.evaluation.json'))).toBe(false);
    expect(after.variants.map(({ id }) => id)).toEqual(['none', 'f']);
    await openPack(folderSource(packDir));
  });
});
