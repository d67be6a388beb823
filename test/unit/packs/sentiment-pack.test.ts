/** A pack of four modalities, four pairings and two groups: made by the trainer on a few made-up reviews, then evaluated. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { dependencyStage } from '../../../src/cli/dependency/stage';
import { variantsStage } from '../../../src/cli/dependency/variants-stage';
import { readUtterances } from '../../../src/cli/data/mosi';
import { evaluatePack, type Evaluation } from '../../../src/cli/evaluate/run';
import { summaryOf } from '../../../src/cli/evaluate/summary';
import { addToPack } from '../../../src/cli/evaluate/write';
import { trainHeads } from '../../../src/cli/heads';
import { writeConfig, type EncoderConfig } from '../../../src/encoders/config';
import { paramSpecs } from '../../../src/encoders/encoder';
import { measureScale, writeFeatureScale } from '../../../src/encoders/feature-scale';
import { disassemble, initialValues } from '../../../src/encoders/params';
import { folderSource } from '../../../src/packs/folder';
import { decodeJointDependency } from '../../../src/packs/joint-file';
import { openPack, type OpenPack } from '../../../src/packs/open';
import { decodeSampleStates } from '../../../src/packs/sample-states';
import { readSummary } from '../../../src/packs/summary';
import type { Pack } from '../../../src/packs/schema';
import type { PackContent } from '../../../src/packs/write';
import { writeSafetensors } from '../../../src/runtime/safetensors';
import { featureWidths, madeVideos, writeUtterances } from '../train/mosi-folder';

const folder = mkdtempSync(join(tmpdir(), 'reviews-'));
const packDir = join(folder, 'sentiment');
const dataDir = join(folder, 'data');
const tokenizer = readFileSync('test/fixtures/wordpiece/tokenizer.json', 'utf8');
const { vocab } = (JSON.parse(tokenizer) as { model: { vocab: Record<string, number> } }).model;
const pairings = ['text-audio', 'text-video', 'video-audio', 'features-video'];

const block = { width: 8, heads: 2, intermediate: 16, activation: 'gelu', eps: 1e-12 } as const;

function writeEncoder(id: string, config: EncoderConfig, files: Record<string, string>, seed: number): void {
  const at = join(packDir, 'encoders', id);
  mkdirSync(at, { recursive: true });
  const tensors = paramSpecs(config).flatMap((spec) => disassemble(spec, initialValues(spec, 0.3, seed)));
  writeFileSync(join(at, 'config.json'), JSON.stringify(writeConfig(config)));
  writeFileSync(join(at, 'model.safetensors'), writeSafetensors(tensors, { format: 'pt' }));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(at, name), text);
}

const evaluate = (dependency = false) =>
  evaluatePack(packDir, dataDir, {
    split: 'test',
    shifts: [],
    draws: 5,
    resamples: 20,
    threads: 1,
    dependency,
    report: () => {},
  });

let pack: Pack;
let done: { evaluation: Evaluation; contents: PackContent[]; open: OpenPack };

beforeAll(async () => {
  mkdirSync(dataDir);
  // features that tell the label, and noise
  const label = (kind: string, row: number, c: number) => Math.sin(kind.length * (row + 1) * (c + 2));
  writeUtterances([...madeVideos(16, 7, 'train'), ...madeVideos(4, 6, 'test', 'unseen')], {
    feature: (_, kind, row, c) => label(kind, row, c),
    data: dataDir,
  });
  const bert: EncoderConfig = {
    ...block,
    family: 'bert',
    layers: 3,
    initialDeviation: 0.3,
    vocabulary: Object.keys(vocab).length,
    positions: 24,
    types: 2,
    padId: vocab['[PAD]'],
  };
  writeEncoder('text', bert, { 'tokenizer.json': tokenizer }, 1);
  const train = readUtterances(dataDir, ['train']);
  for (const [s, [id, kind]] of (
    [
      ['audio', 'audio'],
      ['video', 'video'],
      ['text-features', 'text'],
    ] as const
  ).entries()) {
    const config: EncoderConfig = {
      ...block,
      family: 'sequence',
      layers: 2,
      initialDeviation: 0.3,
      positions: 8,
      features: featureWidths[kind],
    };
    const scale = writeFeatureScale(measureScale(train.map((u) => u.features[kind])));
    writeEncoder(id, config, { 'preprocessor_config.json': JSON.stringify(scale) }, 2 + s);
  }
  pack = await trainHeads(packDir, dataDir, {
    threads: 1,
    epochs: 3,
    keep: false,
    training: { perEpoch: 64, batch: 32 },
    report: () => {},
  });
  done = await evaluate();
}, 300_000);
afterAll(() => rmSync(folder, { recursive: true }));

describe('training several pairings', () => {
  it('gives each its heads, records, skews and sample states; the first prediction needs the first alone', () => {
    expect(pack.pairings.map(({ id }) => id)).toEqual(pairings);
    const of = (role: string) => pack.files.filter((file) => file.role === role);
    expect(of('heads').map(({ path, pairing, when }) => [path, pairing, when])).toEqual([
      ['heads.none.safetensors', 'text-audio', 'first'],
      ['text-video.heads.none.safetensors', 'text-video', 'lazy'],
      ['video-audio.heads.none.safetensors', 'video-audio', 'lazy'],
      ['features-video.heads.none.safetensors', 'features-video', 'lazy'],
    ]);
    expect(of('probes')).toHaveLength(1);
    expect(of('record')).toHaveLength(4 * 2);
    expect(of('sample-states').map(({ pairing }) => pairing)).toEqual(pairings);
    expect(pack.ssfn.map(({ pairing, condition }) => `${pairing} ${condition}`)).toEqual(
      pairings.flatMap((id) => [`${id} clean`, `${id} standard`]),
    );
    const encoders = of('encoder-weights').map(({ modality, when }) => [modality, when]);
    expect(encoders).toEqual([
      ['text', 'first'],
      ['audio', 'lazy'],
      ['video', 'lazy'],
      ['text-features', 'lazy'],
    ]);
    expect(pack.training.head).toMatchObject({ width: 16, feedForward: 32 });
  });

  it('chooses the noise of a modality once, and leaves what validation cannot choose', () => {
    const { chosen, trials } = pack.training.noise as {
      chosen: Record<string, number>;
      trials: { a: number; b: number; loss: number }[];
    };
    expect(trials).toHaveLength(25);
    const least = trials.reduce((x, y) => (y.loss < x.loss ? y : x));
    expect(chosen).toEqual({ text: least.a, audio: least.b, video: 0.5, 'text-features': 0.5 });
    expect(pack.training.exchanged).toEqual({ video: 0.85, 'text-features': 0.45 });
  });

  it('opens with probes of all modalities, and each pairing’s heads when asked', async () => {
    const { open } = done;
    expect(Object.keys(open.encoders)).toEqual(['text']);
    for (const { id, layers, width } of open.pack.modalities)
      expect(open.probes('sentiment', id).shape).toMatchObject({ layers, width, classes: 2 });
    const { shape } = await open.heads('video-audio', 'sentiment', 'none');
    expect(shape).toMatchObject({ la: 2, lb: 2, width: 16, hidden: 32 });
  });

  it('gives each group a model of the layers that validation chose', async () => {
    const { groups = [] } = pack;
    expect(groups.map(({ id, modalities }) => [id, modalities.length])).toEqual([
      ['text-audio-video', 3],
      ['all', 4],
    ]);
    const facts = pack.training.groups as {
      id: string;
      layers: number[];
      trials: { layers: number[]; loss: number }[];
    }[];
    for (const { id, layers } of groups) {
      const { trials, layers: told } = facts.find((fact) => fact.id === id)!;
      expect(
        trials.some((trial) => trial.layers.join() === '3,2,2' || trial.layers.join() === '3,2,2,2'),
      ).toBe(true);
      const least = trials.reduce((x, y) => (y.loss < x.loss ? y : x));
      expect(least.layers).toEqual(layers);
      expect(told).toEqual(layers);
      expect((await done.open.joint(id, 'sentiment')).shape.widths).toEqual(layers.map(() => 8));
    }
  });
});

describe('evaluating several pairings', () => {
  it('measures each, and each group with every set of modalities missing', async () => {
    const { evaluation } = done;
    expect(evaluation).toMatchObject({ n: 24, bootstrap: { unit: 'video', units: 4 } });
    expect([...new Set(evaluation.results.map(({ pairing }) => pairing))]).toEqual(pairings);
    const rows = evaluation.together!;
    const of = (group: string) =>
      rows.filter((row) => row.group === group && row.condition === 'clean' && row.metric === 'accuracy');
    expect(of('all')).toHaveLength(15);
    expect(of('text-audio-video').map(({ missing }) => missing)).toEqual([
      [],
      ['text'],
      ['audio'],
      ['video'],
      ['text', 'audio'],
      ['text', 'video'],
      ['audio', 'video'],
    ]);
    const [whole, ...others] = of('text-audio-video');
    expect(whole.minusWhole).toBeNull();
    for (const { value, minusWhole } of others) expect(minusWhole!.value).toBeCloseTo(value - whole.value, 4);
    expect(summaryOf(evaluation)).toMatch(/together, text-audio-video, clean, without audio, video/);
    // of the two of a pairing the score sum is the pairing's, of one modality its best probe
    const pair = evaluation.results.find(
      ({ pairing, condition, metric }) =>
        pairing === 'text-audio' && condition === 'clean' && metric === 'accuracy',
    )!;
    const sumWithout = (...missing: string[]) =>
      of('text-audio-video').find((row) => row.missing.join() === missing.join())!;
    expect(sumWithout('video').scoreSum!.value).toBeCloseTo(pair.scoreSum.value, 4);
    const alone = pair.probes.a[pair.bestProbes.a - 1].value;
    expect(sumWithout('audio', 'video').scoreSum!.value).toBeCloseTo(alone, 4);
    for (const { value, scoreSum, minusScoreSum } of of('all'))
      expect(minusScoreSum!.value).toBeCloseTo(value - scoreSum!.value, 4);
    expect(rows.every(({ lo, hi, value }) => [lo, hi, value].every(Number.isFinite))).toBe(true);
  });

  it('puts all of it on the card and into the pack, which the list of packs can read', async () => {
    await addToPack(packDir, done.open.pack, done.evaluation, done.contents);
    const card = readFileSync(join(packDir, 'README.md'), 'utf8');
    for (const title of [
      '### Transcript × Voice',
      '### Text features × Face',
      '### Transcript, Voice, Face together',
    ])
      expect(card).toContain(title);
    expect(card).toContain('Without Voice, Face');
    expect(card).toContain('clean | score sum | standard | score sum |');
    expect(card).toContain('85 % of them are another sample’s');
    expect(card).toContain('research use only');
    const summary = await readSummary(folderSource(packDir));
    expect(summary.rows.map(({ pairing, condition }) => `${pairing.id} ${condition}`)).toEqual(
      pairings.flatMap((id) => [`${id} clean`, `${id} standard`]),
    );
    const [{ pairing }] = summary.rows;
    expect([pairing.a.label, pairing.b.label]).toEqual(['Transcript', 'Voice']);
    expect(summary.together.find(({ group }) => group === 'all')?.labels).toContain('Text features');
  });
});

describe('dependency and variants of several pairings', () => {
  it('are measured for each pairing and group, and not twice', async () => {
    const lines: string[] = [];
    const quick = {
      rounds: 1,
      epochs: 2,
      components: 4,
      hidden: 6,
      report: (line: string) => lines.push(line),
    };
    await dependencyStage(packDir, quick);
    const open = await openPack(folderSource(packDir));
    const of = (role: string) => open.pack.files.filter((file) => file.role === role);
    expect(of('dependency').map(({ pairing }) => pairing)).toEqual(pairings);
    const file = decodeJointDependency(await open.file('joint-dependency', { group: 'all' }), 'all');
    expect(file).toMatchObject({ group: 'all', samples: 70, layers: open.pack.groups![1].layers });
    for (const { nulls } of Object.values(file.measures)) expect(nulls).toHaveLength(1);
    const states = decodeSampleStates(await open.file('sample-states', { pairing: 'text-audio' }), 'states');
    expect(states.labels).toHaveLength(70);
    lines.length = 0;
    await dependencyStage(packDir, quick);
    expect(lines).toHaveLength(4);
    expect(lines.every((line) => line.includes('has it already'))).toBe(true);
  }, 60_000);

  it('ship all heads of each pairing, and the seeds of SSFN, late and pairwise', async () => {
    const after = await variantsStage(packDir, dataDir, {
      measures: ['kl'],
      grid: [0.1],
      seeds: 2,
      keep: false,
      report: () => {},
    });
    const paths = (variant: string, role: string) =>
      after.files.filter((file) => file.variant === variant && file.role === role).map(({ path }) => path);
    const each = (name: string) => pairings.map((id, p) => `${p === 0 ? '' : `${id}.`}${name}.safetensors`);
    expect(paths('kl', 'heads')).toEqual(each('heads.kl'));
    expect(paths('kl', 'head-seeds')).toEqual(each('heads.kl.seeds'));
    expect(paths('none', 'head-seeds')).toEqual(each('heads.none.seeds'));
    const { evaluation } = await evaluate(true);
    const { variants, rows } = evaluation.dependency!;
    expect(variants.map(({ id, seeds: of }) => [id, of])).toEqual([
      ['none', [0, 1]],
      ['kl', [0, 1]],
    ]);
    expect([...new Set(rows.map(({ pairing }) => pairing))]).toEqual(pairings);
    for (const id of pairings) {
      const result = evaluation.results.find(
        (r) => r.pairing === id && r.condition === 'clean' && r.metric === 'accuracy',
      )!;
      const row = rows.find(
        (r) =>
          r.pairing === id &&
          r.condition === 'clean' &&
          r.metric === 'accuracy' &&
          r.drop === null &&
          r.strategy === 'late' &&
          r.variant === 'none',
      )!;
      expect(row.seeds[0]).toBeCloseTo(result.late.value, 5);
    }
  }, 120_000);
});
