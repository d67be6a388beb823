/** A plain text file as text. */
import { UserError } from '../../math/errors';
import { limits, spokenSize } from './limits';
import { kindWords, sniff } from './sniff';

/** The first part of a text that is too long to take whole; a character of two units is not torn. */
export function firstCharacters(text: string): { text: string; cut: boolean } {
  if (text.length <= limits.textCharacters) return { text, cut: false };
  const last = text.charCodeAt(limits.textCharacters - 1);
  const torn = last >= 0xd800 && last < 0xdc00;
  return { text: text.slice(0, limits.textCharacters - (torn ? 1 : 0)), cut: true };
}

/** @throws UserError where it is not plain text in UTF-8, too large, or empty */
export async function readTextFile(file: Blob, name: string): Promise<ReturnType<typeof firstCharacters>> {
  if (file.size > limits.textBytes)
    throw new UserError(
      `${name} has ${spokenSize(file.size)}: choose a text of at most ${spokenSize(limits.textBytes)}.`,
    );
  const bytes = new Uint8Array(
    await file.arrayBuffer().catch(() => {
      throw new UserError(`${name} could not be read: choose a plain text file.`);
    }),
  );
  const kind = sniff(bytes);
  if (kind !== 'unknown' && kind !== 'empty')
    throw new UserError(`${name} is ${kindWords[kind]}: choose a plain text file.`);
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new UserError(`${name} is not plain text in UTF-8: save it so, or paste the text.`);
  }
  if (text.includes('\0'))
    throw new UserError(`${name} is not plain text: choose a .txt file, or paste the text.`);
  if (text.trim() === '') throw new UserError(`${name} holds no words: choose another file, or type.`);
  return firstCharacters(text);
}
