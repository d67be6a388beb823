/** What T's score of the person's sample allows to be said, in words: a verdict only where there is one. */
import { fixed } from '../../charts/format';
import type { Explanation, Likeness, Telling } from '../../engine/dependency/operations';

export type VerdictKind =
  /** T scores matched pairs no higher than mismatched ones: its score says nothing. */
  | 'silent'
  /** The sample, or its score, lies outside everything that T was tried on. */
  | 'unlike'
  | 'together'
  | 'apart'
  | 'either';

/** Percent of the mismatched pairs that a score must be above to say that two belong together. */
const aboveMismatched = 95;
/** Percent of the matched pairs that it must at least be above not to say that they do not. */
const belowMatched = 5;

const isUnlike = ({ distance, furthest }: Likeness): boolean => distance > furthest;

/** Which of the two are further from all evaluation samples than any of those is from the others. */
export const unlikeSides = ({ a, b }: Pick<Explanation, 'a' | 'b'>): ('A' | 'B')[] => [
  ...(isUnlike(a.likeness) ? (['A'] as const) : []),
  ...(isUnlike(b.likeness) ? (['B'] as const) : []),
];

type Judged = Pick<Explanation, 'placed' | 'matched' | 'mismatched' | 'telling' | 'a' | 'b'>;

/** Below the least or above the greatest score of all evaluation pairs. */
function outside({ placed: { score }, matched, mismatched }: Judged): 'above' | 'below' | null {
  const all = [matched, mismatched];
  if (all.every((scores) => scores.every((other) => score > other))) return 'above';
  return all.every((scores) => scores.every((other) => score < other)) ? 'below' : null;
}

export function verdictKind(found: Judged): VerdictKind {
  const { placed, telling } = found;
  if (!telling.tells) return 'silent';
  if (unlikeSides(found).length > 0 || outside(found)) return 'unlike';
  const [high, low] = [placed.mismatched >= aboveMismatched, placed.matched < belowMatched];
  return high && !low ? 'together' : low && !high ? 'apart' : 'either';
}

/** "91st" */
export function ordinal(n: number): string {
  const tens = n % 100;
  const ending = tens >= 11 && tens <= 13 ? 'th' : (['th', 'st', 'nd', 'rd'][n % 10] ?? 'th');
  return `${n}${ending}`;
}

/** All evaluation pairs have one score. */
export const isFlat = ({ matched, mismatched }: Judged): boolean =>
  [matched, mismatched].every((scores) => scores.every((score) => score === matched[0]));

const smallest = (p: number): string => (p < 0.001 ? 'p < .001' : `p = ${fixed(p, 3).replace(/^0/, '')}`);

/** "a matched pair scores above a mismatched one in 87 % of cases (Mann–Whitney, one-sided p < .001, level .01)" */
export const tellingText = ({ area, p, level }: Telling): string =>
  `a matched pair scores above a mismatched one in ${fixed(100 * area, 0)} % of cases (Mann–Whitney, one-sided ${smallest(p)}, level ${String(level).replace(/^0/, '')})`;

/** Where the score falls, without a judgement. */
export const placeText = ({ placed: { score, matched, mismatched } }: Judged): string =>
  `T = ${fixed(score, 2)}, above ${fixed(matched, 0)} % of matched pairs and ${fixed(mismatched, 0)} % of mismatched ones`;

/** The verdict, and what stands behind it. */
export function verdictText(found: Judged): { kind: VerdictKind; verdict: string; because: string } {
  const kind = verdictKind(found);
  const { placed } = found;
  switch (kind) {
    case 'silent':
      if (isFlat(found))
        return {
          kind,
          verdict: 'No verdict: T gives every pair the same score here',
          because: 'It learned nothing at this pair of layers from the pairs that it was trained on.',
        };
      return {
        kind,
        verdict: 'No verdict: T does not tell pairs that belong together from others here',
        because: `On evaluation pairs that it did not learn from, ${tellingText(found.telling)}. ${placeText(found)}, which says nothing.`,
      };
    case 'unlike': {
      const sides = unlikeSides(found);
      const place = outside(found);
      const verdict = sides.length
        ? `No verdict: ${sides.join(' and ')} ${sides.length > 1 ? 'are' : 'is'} unlike any evaluation sample`
        : `No verdict: the score is ${place} that of every evaluation pair, so the two are unlike any`;
      const distances = (['a', 'b'] as const)
        .filter((side) => isUnlike(found[side].likeness))
        .map((side) => {
          const { distance, furthest } = found[side].likeness;
          return `The state of ${side.toUpperCase()} lies ${fixed(distance, 1)} from its five nearest evaluation samples; none of those lies more than ${fixed(furthest, 1)} from its own.`;
        });
      return {
        kind,
        verdict,
        because: [...distances, `${placeText(found)}, for what it is worth.`].join(' '),
      };
    }
    case 'together':
      return {
        kind,
        verdict: `These two belong together: ${ordinal(Math.round(placed.matched))} percentile of matched pairs`,
        because: `${placeText(found)}; together from ${aboveMismatched} % of the mismatched on. ${capital(tellingText(found.telling))}.`,
      };
    case 'apart':
      return {
        kind,
        verdict: `These two do not belong together: ${ordinal(Math.round(placed.matched))} percentile of matched pairs`,
        because: `${placeText(found)}; apart below ${belowMatched} % of the matched. ${capital(tellingText(found.telling))}.`,
      };
    case 'either':
      return {
        kind,
        verdict: 'Undecided: matched and mismatched pairs both score like this',
        because: `${placeText(found)}; together from ${aboveMismatched} % of the mismatched on, apart below ${belowMatched} % of the matched. ${capital(tellingText(found.telling))}.`,
      };
  }
}

const capital = (text: string): string => text[0].toUpperCase() + text.slice(1);
