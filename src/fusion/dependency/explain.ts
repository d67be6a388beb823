/** What T says of one sample: where its score falls, and whether the parts that are said to carry it do. */
import { seededRandom, shuffle } from '../../math/random';
import type { ScoredPairs } from './score';

/** Share of the scores below, those equal counted half, in percent: 0..100. @param scores at least one, in any order */
export function percentile(score: number, scores: ArrayLike<number>): number {
  let [below, equal] = [0, 0];
  for (let i = 0; i < scores.length; i++) {
    if (scores[i] < score) below++;
    else if (scores[i] === score) equal++;
  }
  return (100 * (below + equal / 2)) / scores.length;
}

export interface PlacedScore {
  score: number;
  /** Percentile among the pairs that belong together, and among those that do not. */
  matched: number;
  mismatched: number;
}

export const placeScore = (score: number, { matched, mismatched }: ScoredPairs): PlacedScore => ({
  score,
  matched: percentile(score, matched),
  mismatched: percentile(score, mismatched),
});

/** The samples with the lowest and the highest scores, as indices, the furthest first. */
export function extremes(scores: ArrayLike<number>, count: number): { lowest: number[]; highest: number[] } {
  const order = Array.from({ length: scores.length }, (_, s) => s).sort((x, y) => scores[x] - scores[y]);
  const take = Math.min(count, order.length);
  return { lowest: order.slice(0, take), highest: order.slice(order.length - take).reverse() };
}

export interface DeletionTest {
  /** T of the input as it is. */
  intact: number;
  /** How far T falls when the parts with the largest attribution are taken out. */
  top: number;
  /** How far it falls for random parts, as many: each draw, and their mean. */
  random: number[];
  randomMean: number;
}

/**
 * Do the parts that are said to carry T carry it? Takes out the top share, and as many at random.
 * @param parts attribution of each part (word, patch, stroke)
 * @param scoreWithout T of the input with these parts blank; none for the input as it is
 * @param share of the parts that are taken out, at least one
 */
export async function deletionTest(
  parts: ArrayLike<number>,
  scoreWithout: (deleted: readonly number[]) => Promise<number>,
  { share = 0.2, draws = 20, seed = 0 }: { share?: number; draws?: number; seed?: number } = {},
): Promise<DeletionTest> {
  const count = Math.max(1, Math.round(share * parts.length));
  const order = Array.from({ length: parts.length }, (_, part) => part);
  const best = [...order].sort((x, y) => parts[y] - parts[x]).slice(0, count);
  const intact = await scoreWithout([]);
  const top = intact - (await scoreWithout(best));
  const random: number[] = [];
  for (let draw = 0; draw < draws; draw++) {
    const chosen = shuffle([...order], seededRandom(seed, 'deletion', draw)).slice(0, count);
    random.push(intact - (await scoreWithout(chosen)));
  }
  return { intact, top, random, randomMean: random.reduce((sum, fall) => sum + fall, 0) / draws };
}
