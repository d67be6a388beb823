/** Which classes a prediction shows, and how their names fit. */
import { argmax } from './grid';

const SHOWN = 12;
const TOP = 10;

/**
 * Up to twelve classes are all shown, in the pack's order. Of more, ten or as many as there is room for: what each row
 * answers, then the likeliest of the first row.
 * @param rows [strategies][classes] probabilities, or null for a row that has none
 * @param room for how many columns
 * @returns class indices in the pack's order
 */
export function shownClasses(rows: (ArrayLike<number> | null)[], classes: number, room = TOP): number[] {
  const all = Array.from({ length: classes }, (_, c) => c);
  if (classes <= SHOWN) return all;
  const chosen = new Set<number>();
  for (const row of rows) if (row) chosen.add(argmax(row));
  const lead = rows.find((row) => row !== null);
  const likely = lead ? all.slice().sort((a, b) => lead[b] - lead[a]) : all;
  for (const c of likely) if (chosen.size < Math.min(TOP, room)) chosen.add(c);
  return all.filter((c) => chosen.has(c));
}

/** A class's name cut to so many characters, with an ellipsis where it was cut. */
export const cut = (name: string, characters: number): string =>
  name.length <= characters ? name : name.slice(0, Math.max(1, characters - 1)) + '…';

/** "transcript, voice and face" */
export const listed = (words: readonly string[]): string =>
  words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} and ${words[words.length - 1]}`;

export interface Said {
  label: string;
  /** Index of its answer, or −1 where it has none. */
  answer: number;
}

/** One sentence: who disagrees with the answer. "A alone says 9; late says 3." */
export function disagreement(answer: number, others: Said[], names: string[]): string {
  const other = others.filter((o) => o.answer >= 0 && o.answer !== answer);
  if (!other.length) return 'All agree.';
  const byAnswer = new Map<number, string[]>();
  for (const o of other) byAnswer.set(o.answer, [...(byAnswer.get(o.answer) ?? []), o.label]);
  const parts = [...byAnswer].map(
    ([said, who]) => `${listed(who)} ${who.length > 1 ? 'say' : 'says'} ${names[said]}`,
  );
  const text = parts.join('; ') + '.';
  return text[0].toUpperCase() + text.slice(1);
}
