import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { mergeShards, partialPath, shardPath, writeWhole } from '../../../src/cli/align/merge';
import { trainShard } from '../../../src/cli/align/run';
import { UserError } from '../../../src/math/errors';
import { accuracy } from '../../../src/math/metrics';
import { headSpecs } from '../../../src/math/skew';
import { openPack } from '../../../src/packs/open';
import { decodeRecord } from '../../../src/packs/record';
import { memorySource } from '../../../src/packs/source';
import { assembleStudy, packFiles } from '../../../src/packs/study/assemble';
import { decodeStudy, encodeStudy } from '../../../src/packs/study/file';
import { exportHead, headOfName } from '../../../src/packs/study/head-export';
import { aboutStudy, prepareStudy } from '../../../src/packs/study/prepare';
import { readStudy } from '../../../src/packs/study/read';
import { defaultStudy, headShapeOf, rowsOfSplit } from '../../../src/packs/study/settings';
import { decodeShard, encodeShard, joinShards, type StudyShard } from '../../../src/packs/study/shard';
import { startNode } from '../../../src/runtime/node';
import { readSafetensors, toFloat32 } from '../../../src/runtime/safetensors';
import { headByHand } from '../fusion/head-by-hand';
import { filesOf, madeStudy } from './made-files';

const made = madeStudy();
const files = filesOf(made);
const settings = {
  ...defaultStudy,
  epochs: 4,
  batch: 32,
  rate: 0.01,
  resamples: 50,
  validation: 0.25,
  test: 0.25,
};
const folder = mkdtempSync(join(tmpdir(), 'study-'));
const out = join(folder, 'study.json');
let opened: { data: Awaited<ReturnType<typeof readStudy>>; about: ReturnType<typeof aboutStudy> };
let whole: StudyShard;
const train = (shard: number, of: number) => trainShard(opened, { shard, of, threads: 2, report: () => {} });

beforeAll(async () => {
  await startNode();
  const data = await readStudy({ file: files.a }, { file: files.b }, files.labels);
  opened = { data, about: aboutStudy(data, settings) };
  whole = await train(1, 1);
}, 120_000);
afterAll(() => rmSync(folder, { recursive: true }));

describe('a study', () => {
  it('reports on test what its record holds, chosen on validation', async () => {
    const study = assembleStudy(whole, 'wasm');
    const pack = await openPack(memorySource(await packFiles(study)));
    const keys = { pairing: 'a-b', task: 'label', variant: 'none', condition: 'clean' };
    const record = async (split: 'validation' | 'test') =>
      decodeRecord(await pack.file('record', { ...keys, split }), split);
    const [validation, test] = [await record('validation'), await record('test')];
    const { about } = opened;
    expect(test.idsA).toEqual(Array.from(rowsOfSplit(about.split, 2), (s) => about.ids[s]));
    const reached = ({ labels, predicted }: typeof test, model: number) =>
      accuracy(predicted.subarray(model * labels.length, (model + 1) * labels.length), labels);
    const [result] = study.evaluation.results;
    const { la, lb } = headShapeOf(about);
    result.pairs.forEach((row, i) =>
      row.forEach(({ value }, j) => expect(value).toBeCloseTo(reached(test, la + lb + i * lb + j), 4)),
    );
    // no skew at one pair does better on validation than the one that was chosen
    const onValidation = headSpecs(la, lb)
      .map(({ d, k }, head) => ({ d, k, value: reached(validation, la + lb + head) }))
      .filter(({ k }, head) => k === 1 && head < la * lb);
    const late = headSpecs(la, lb).map(({ pairs: [{ i, j }] }) => i === la || j === lb);
    const ends = onValidation.filter((_, head) => late[head]);
    const chosen = ends.find(({ d }) => d === study.ssfn)!;
    expect(chosen.value).toBe(Math.max(...ends.map(({ value }) => value)));
    expect((await pack.heads('a-b', 'label', 'none')).shape).toEqual(headShapeOf(about));
  });

  it('learns what is there to be learnt', () => {
    const [{ late }] = assembleStudy(whole, 'wasm').evaluation.results;
    expect(late.value).toBeGreaterThan(0.8);
  });

  it('standardises by training alone', () => {
    const { sets, standardisation } = prepareStudy(opened.data, opened.about);
    const { labels, layers, width, states } = sets.train.b;
    for (let i = 0; i < layers * width; i++) {
      let sum = 0;
      for (let s = 0; s < labels.length; s++) sum += states[s * layers * width + i];
      expect(Math.abs(sum / labels.length)).toBeLessThan(1e-5);
    }
    const sample = rowsOfSplit(opened.about.split, 2)[3];
    const own = made.b.states[sample * layers * width + 7];
    expect(sets.test.b.states[3 * layers * width + 7]).toBeCloseTo(
      (own - standardisation.b.mean[7]) / standardisation.b.deviation[7],
      5,
    );
  });

  it('opens again from its file, and refuses a file that was changed', async () => {
    const study = assembleStudy(whole, 'wasm');
    const bytes = await encodeStudy(whole, study);
    expect(await encodeStudy(whole, study)).toEqual(bytes);
    const { files: parts } = await decodeStudy(bytes, 'study.json');
    const pack = await openPack(memorySource(parts));
    expect(pack.pack.ssfn[0].d).toBe(study.ssfn);
    const json = new TextDecoder().decode(bytes);
    const wrong: [string, RegExp][] = [
      [json.slice(0, -40), /not whole JSON/],
      ['{"schema":1}', /no study/],
      [
        json.replace(/"record\.clean\.test\.safetensors": ".{40}/, (found) => `${found.slice(0, -4)}AAAA`),
        /damaged: its part record/,
      ],
    ];
    for (const [text, sentence] of wrong)
      await expect(decodeStudy(new TextEncoder().encode(text), 'study.json')).rejects.toThrow(sentence);
  });
});

describe('shards', () => {
  it('four of them merge to the very bytes of the whole study', async () => {
    const expected = await encodeStudy(whole, assembleStudy(whole, 'wasm'));
    const paths: string[] = [];
    for (const shard of [1, 2, 3, 4]) {
      paths.push(shardPath(out, shard, 4));
      writeWhole(paths[shard - 1], await encodeShard(await train(shard, 4)));
    }
    const merged = await mergeShards(paths, out, false);
    expect(await encodeStudy(merged, assembleStudy(merged, 'wasm'))).toEqual(expected);
    // one died while it was written: nothing is merged, its place is named, the others are kept for --append
    const third = readFileSync(paths[2]);
    writeFileSync(paths[2], third.subarray(0, third.length / 2));
    await expect(mergeShards(paths, out, false)).rejects.toThrow(
      /shard-3-of-4.*half written[^]*3 is missing/,
    );
    await expect(mergeShards([paths[2]], out, true)).rejects.toThrow(/half written/);
    writeFileSync(paths[2], third);
    const appended = await mergeShards([paths[2]], out, true);
    expect(await encodeStudy(appended, assembleStudy(appended, 'wasm'))).toEqual(expected);
    expect(() => readFileSync(partialPath(out))).toThrow();
    await expect(mergeShards([paths[0], paths[0]], out, false)).rejects.toThrow(/Shard 1 is in/);
  }, 120_000);

  it('refuses a shard of which one byte is another, and shards of two studies', async () => {
    const bytes = await encodeShard(whole);
    expect((await decodeShard(bytes, 'x')).shards).toEqual([1]);
    for (const at of [9, 300, Math.floor(bytes.length / 2), bytes.length - 1]) {
      const changed = bytes.slice();
      changed[at] ^= 1;
      await expect(decodeShard(changed, 'x')).rejects.toThrow(UserError);
    }
    const other = { ...whole, about: { ...whole.about, settings: { ...settings, seed: 1 } } };
    expect(() =>
      joinShards([
        { file: 'x', shard: whole },
        { file: 'y', shard: other },
      ]),
    ).toThrow(/not shards of one study/);
  });

  it('are at most as many as there are chunks', async () => {
    await expect(train(1, 99)).rejects.toThrow(/at most 5 shards|at most 4 shards/);
  });
});

describe('an exported head', () => {
  it.each(['ssfn', 'pairwise', '-1,2', '2.5'])(
    '%s gives the same answers by the documented arithmetic',
    (name) => {
      const shape = headShapeOf(whole.about);
      const { ssfn } = assembleStudy(whole, 'wasm');
      const head = headOfName(name, shape.la, shape.lb, ssfn);
      const { weights } = exportHead(whole, head, name);
      const { tensors, metadata } = readSafetensors(weights, 'head');
      const { pairs } = JSON.parse(metadata.description) as { pairs: { i: number; j: number }[] };
      const own = Object.fromEntries(
        [...tensors].map(([key, tensor]) => [key, { shape: tensor.shape, data: toFloat32(tensor) }]),
      );
      const chunk = whole.chunks.find(({ heads }) => heads.includes(head))!;
      const rows = rowsOfSplit(whole.about.split, 2);
      const at = chunk.heads.indexOf(head) * rows.length;
      const given = (side: 'a' | 'b', sample: number, layer: number, pair: number): Float32Array => {
        const { layers, width, states } = made[side];
        const from = (sample * layers + layer - 1) * width;
        return states
          .slice(from, from + width)
          .map(
            (x, c) =>
              (x - own[`${side}.mean`].data[pair * width + c]) /
              own[`${side}.deviation`].data[pair * width + c],
          );
      };
      for (const s of [0, 5]) {
        const states = pairs.map(({ i, j }, p) => ({
          a: given('a', rows[s], i, p),
          b: given('b', rows[s], j, p),
        }));
        const said = headByHand(own, states, shape);
        said.forEach((p, c) =>
          expect(Math.log(p)).toBeCloseTo(Math.log(chunk.test[(at + s) * shape.classes + c]), 4),
        );
      }
    },
  );

  it('has a name that exists', () => {
    for (const name of ['middle', '9,1', '0,5', '5.1', '0.1', ''])
      expect(() => headOfName(name, 4, 5, 0)).toThrow(UserError);
  });
});
