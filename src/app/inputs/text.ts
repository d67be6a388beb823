/** Text as it is typed, pasted or dropped: what of it is taken. */
import { UserError } from '../../math/errors';
import { firstCharacters } from '../../media/browser/text-file';
import { cutWords } from './files';
import type { Giving } from './side';

/** Whether anything is there that prints: letters, digits, signs, emoji; control and format characters are not. */
export const hasWords = (text: string): boolean => /[^\p{C}\p{Z}\s]/u.test(text);

/**
 * Gives a text, or nothing where it is blank.
 * @returns whether it could be taken; where not, the earlier one stays and a sentence says why
 */
export function giveText(giving: Giving, typed: string): boolean {
  if (typed.trim() === '') {
    giving.give(null, '');
    return true;
  }
  if (!hasWords(typed)) {
    giving.reject(
      new UserError('The text has no words, only characters that do not print: type or paste some words.'),
    );
    return false;
  }
  const { text, cut } = firstCharacters(typed);
  giving.give({ kind: 'text', text }, cut ? `${cutWords} of your text` : 'your text');
  return true;
}
