/**
 * What is said to carry T carries it: on shipped encoders, with the project's own examples and a T trained here, T falls
 * more without the fifth of the parts that gradient × input puts first than without a random fifth. Paired by example,
 * one-sided Student's t at 1 %, over both sides of a pairing.
 */
import { beforeAll, describe, expect, it } from 'vitest';
import { startNode } from '../../../src/runtime/node';
import { deletionGains, examplePairs, openSubject, tOf, trainedScorer } from './deletion';

beforeAll(async () => {
  await startNode();
}, 60_000);

/** Critical values of t, one-sided 1 %, by degrees of freedom (any table). */
const critical: Record<number, number> = { 15: 2.602, 31: 2.453 };

interface Case {
  pack: string;
  parts: string;
  pairs: [number, number][];
  examples: number;
}

const cases: Case[] = [
  { pack: 'digits', parts: 'patches of a drawing and of a spectrogram', pairs: [[12, 12]], examples: 8 },
  {
    pack: 'latin-english',
    parts: 'pieces of two texts',
    pairs: [
      [6, 6],
      [12, 12],
    ],
    examples: 8,
  },
];

describe.each(cases)('deleting $parts', ({ pack, pairs, examples }) => {
  it.each(['kl', 'f', 'wasserstein'] as const)(
    'that carry T by %s moves it more than deleting as many at random',
    async (measure) => {
      const subject = await openSubject(pack);
      const given = examplePairs(subject).slice(0, examples);
      expect(given).toHaveLength(examples);
      const gains: number[] = [];
      for (const pair of pairs) {
        const scorer = await trainedScorer(subject, measure, pair);
        for (const side of ['a', 'b'] as const)
          gains.push(...(await deletionGains(subject, scorer, side, pair, given)));
        scorer.dispose();
      }
      expect(gains).toHaveLength(2 * pairs.length * examples);
      expect(tOf(gains)).toBeGreaterThan(critical[gains.length - 1]);
    },
    300_000,
  );
});
