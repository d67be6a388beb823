/** The lazy pack file of role `head-seeds`: some heads of a variant trained by further seeds. */
import * as v from 'valibot';
import { UserError } from '../math/errors';
import type { HeadShape } from '../fusion/head';
import type { SomeHeads } from '../fusion/heads';
import { headSpecs } from '../math/skew';
import { readSafetensors, writeSafetensors } from '../runtime/safetensors';
import { expectedShape, groupTensors, readGroup, type Expected } from './weights';

/** Some heads trained by one further seed. */
export interface SeedHeads {
  seed: number;
  /** By k. */
  groups: SomeHeads[];
}

/** As `writeHeads`, with `s<seed>.` before each tensor's name; which heads they are is in the metadata. */
export const writeSeedHeads = (shape: HeadShape, seeds: readonly SeedHeads[]): Uint8Array<ArrayBuffer> =>
  writeSafetensors(
    seeds.flatMap(({ seed, groups }) =>
      groups.flatMap((group) => groupTensors(shape, group, { prefix: `s${seed}.` })),
    ),
    {
      head: JSON.stringify(shape),
      seeds: JSON.stringify(
        seeds.map(({ seed, groups }) => ({ seed, groups: groups.map(({ k, heads }) => ({ k, heads })) })),
      ),
    },
  );

const index = v.pipe(v.number(), v.integer(), v.minValue(0));
const seedsSchema = v.array(
  v.object({
    seed: index,
    groups: v.array(v.object({ k: index, heads: v.pipe(v.array(index), v.minLength(1)) })),
  }),
);

/** @throws UserError naming the tensor or the field that is missing or wrong */
export function readSeedHeads(bytes: Uint8Array, expected: Expected, file: string): SeedHeads[] {
  const { metadata, tensors } = readSafetensors(bytes, file);
  const shape = expectedShape(metadata.head, expected, file);
  const specs = headSpecs(shape.la, shape.lb);
  const wrong = (): UserError =>
    new UserError(
      `The file ${file} does not say rightly which heads it holds (metadata field "seeds"); get the pack again.`,
      file,
    );
  let seeds: v.InferOutput<typeof seedsSchema>;
  try {
    seeds = v.parse(seedsSchema, JSON.parse(metadata.seeds ?? ''));
  } catch {
    throw wrong();
  }
  return seeds.map(({ seed, groups }) => ({
    seed,
    groups: groups.map(({ k, heads }) => {
      if (!heads.every((head) => specs[head]?.k === k)) throw wrong();
      return { heads, ...readGroup(tensors, shape, k, heads.length, file, `s${seed}.`) };
    }),
  }));
}
