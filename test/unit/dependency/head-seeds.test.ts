import { expect, it } from 'vitest';
import { chunksOf, seededHeads } from '../../../src/cli/dependency/variants';
import { headParameters, type HeadShape } from '../../../src/fusion/head';
import { initialParameters } from '../../../src/fusion/parameters';
import { readSeedHeads, writeSeedHeads, type SeedHeads } from '../../../src/packs/head-seeds';
import { writeSafetensors } from '../../../src/runtime/safetensors';

const shape: HeadShape = {
  la: 3,
  lb: 3,
  widthA: 6,
  widthB: 5,
  width: 8,
  attentionHeads: 2,
  hidden: 12,
  classes: 4,
};
const seeds = [1, 2].map((seed): SeedHeads => ({
  seed,
  groups: chunksOf(seededHeads([-1], 3, 3), 3, 3).map(({ k, heads }) => ({
    k,
    heads,
    parameters: initialParameters(
      headParameters(shape, k),
      heads.map((head) => 100 * seed + head),
    ),
  })),
}));

it('gives back each seed’s heads, weights to a step of int8', () => {
  const read = readSeedHeads(writeSeedHeads(shape, seeds), shape, 'seeds');
  expect(read.map(({ seed, groups }) => [seed, groups.map(({ k, heads }) => [k, heads])])).toEqual(
    seeds.map(({ seed, groups }) => [seed, groups.map(({ k, heads }) => [k, heads])]),
  );
  read.forEach(({ groups }, s) =>
    groups.forEach(({ parameters }, g) => {
      for (const [name, { shape: size, data }] of Object.entries(seeds[s].groups[g].parameters)) {
        const largest = data.reduce((most, x) => Math.max(most, Math.abs(x)), 0);
        expect(parameters[name].shape).toEqual(size);
        data.forEach((x, i) =>
          expect(Math.abs(parameters[name].data[i] - x)).toBeLessThan(0.01 * largest + 1e-9),
        );
      }
    }),
  );
});

it('names what is wrong with a file', () => {
  expect(() => readSeedHeads(writeSeedHeads(shape, seeds), { ...shape, classes: 5 }, 'seeds')).toThrow(
    /classes/,
  );
  const about = { head: JSON.stringify(shape) };
  expect(() => readSeedHeads(writeSafetensors([], about), shape, 'seeds')).toThrow(/which heads/);
  // head 8 fuses one pair, not two
  const told = { ...about, seeds: JSON.stringify([{ seed: 1, groups: [{ k: 2, heads: [8] }] }]) };
  expect(() => readSeedHeads(writeSafetensors([], told), shape, 'seeds')).toThrow(/which heads/);
  const lacking = { ...about, seeds: JSON.stringify([{ seed: 1, groups: [{ k: 1, heads: [8] }] }]) };
  expect(() => readSeedHeads(writeSafetensors([], lacking), shape, 'seeds')).toThrow(/s1\.k1\.projectA/);
});
