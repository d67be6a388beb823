/** Reader of `latin_english`: verses in Latin and English, truly paired, split by chapter. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { UserError } from '../../math/errors';
import type { Split } from './digits';
import { readTable } from './table';

export const topics = ['narrative_law', 'new_testament', 'prophets', 'wisdom'] as const;
export const genres = ['gospels_acts', 'history', 'law', 'letters_rev', 'prophets', 'wisdom'] as const;

/** A topic is made of whole genres, by the columns of the table. */
export const topicOfGenre: Record<(typeof genres)[number], (typeof topics)[number]> = {
  gospels_acts: 'new_testament',
  letters_rev: 'new_testament',
  history: 'narrative_law',
  law: 'narrative_law',
  prophets: 'prophets',
  wisdom: 'wisdom',
};

export interface Verse {
  id: string;
  latin: string;
  english: string;
  /** Index into `topics`. */
  topic: number;
  /** Index into `genres`. */
  genre: number;
  book: string;
  /** The chapter: the unit of a bootstrap. */
  unit: string;
  split: Split;
}

const names: Record<string, Split> = { train: 'train', val: 'validation', test: 'test' };
const columns = ['id', 'book', 'chapter', 'genre6', 'topic4', 'split', 'latin', 'english'] as const;

/** @param splits only these are kept @throws UserError where the folder is not this data set */
export function readVerses(dataDir: string, splits: Split[]): Verse[] {
  const inside = join(dataDir, 'latin_english');
  const path = join(existsSync(inside) ? inside : dataDir, 'verses.tsv');
  return readTable(path, columns).flatMap((row) => {
    const split = names[row.split];
    const topic = topics.indexOf(row.topic4 as (typeof topics)[number]);
    const genre = genres.indexOf(row.genre6 as (typeof genres)[number]);
    if (!split || topic < 0 || genre < 0)
      throw new UserError(`${path}: ${row.id} has a split, topic or genre that is not known.`);
    if (!splits.includes(split)) return [];
    return {
      id: row.id,
      latin: row.latin,
      english: row.english,
      topic,
      genre,
      book: row.book,
      unit: `${row.book} ${row.chapter}`,
      split,
    };
  });
}
