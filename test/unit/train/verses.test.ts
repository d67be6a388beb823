/** The teacher of both encoders of the verses, and what they are given to learn. */
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { genres, readVerses, topicOfGenre, type Verse } from '../../../src/cli/data/latin';
import { latinEnglish } from '../../../src/cli/train/latin';
import { byFold, joined, whole } from '../../../src/cli/train/mixed-texts';
import { textTeacher } from '../../../src/cli/train/text-teacher';
import { verseTeacher } from '../../../src/cli/train/verse-teacher';
import { drawnWithMark } from './marked';

const languages = ['latin', 'english'] as const;

/** Chapters of two verses; a genre has two books, and words of its own in either language. */
const rows = genres.flatMap((genre, g) =>
  Array.from({ length: 24 }, (_, n) =>
    [
      `${genre}${n}`,
      `Book${g}${n % 4 < 2 ? 'a' : 'b'}`,
      Math.floor(n / 2) + 1,
      n + 1,
      genre,
      topicOfGenre[genre],
      n < 20 ? 'train' : 'val',
      `verbum${g} et dixit res${n % 3} omnis${g}${n < 20 ? '' : ' Ж'}`,
      `word${g} and said thing${n % 3} all${g}`,
    ].join('\t'),
  ),
);
const dataDir = mkdtempSync(join(tmpdir(), 'verses-'));
writeFileSync(
  join(dataDir, 'verses.tsv'),
  ['id\tbook\tchapter\tverse\tgenre6\ttopic4\tsplit\tlatin\tenglish', ...rows].join('\n') + '\n',
);
const cache = mkdtempSync(join(tmpdir(), 'verses-cache-'));
const train = readVerses(dataDir, ['train']);
const teacher = verseTeacher(train, cache);
const sum = (p: Float32Array) => p.reduce((total, x) => total + x, 0);

describe('the teacher of the verses', () => {
  it('keeps the verses of a chapter in one fold', () => {
    const folds = new Map<string, number>();
    train.forEach(({ unit }, i) => {
      expect(teacher.fold[i]).toBe(folds.get(unit) ?? teacher.fold[i]);
      folds.set(unit, teacher.fold[i]);
    });
    expect(new Set(folds.values()).size).toBeGreaterThan(1);
  });
  it('says the product of what the models of genres and of books say in both languages, to a power', () => {
    const [fold, verse] = [teacher.fold[5], train[5]];
    const ask = (classes: number, labelOf: (v: Verse) => number, balanced: boolean) =>
      languages.map((language) =>
        textTeacher(
          train.map((v) => ({ text: v[language], label: labelOf(v), group: v.unit })),
          classes,
          0,
          { penalty: 3e-6, skips: true, balanced },
        ).unseen(fold, verse[language]),
      );
    const byGenre = ask(genres.length, (v) => v.genre, true);
    const byBook = ask(teacher.books.length, (v) => teacher.books.indexOf(v.book), false);
    const { genre, book } = teacher.unseen(fold, verse);
    expect(sum(genre)).toBeCloseTo(1, 5);
    expect(sum(book)).toBeCloseTo(1, 5);
    const log = ([p, q]: Float32Array[], c: number, to: number) =>
      0.6 * Math.log((p[c] * q[c]) / (p[to] * q[to]));
    for (let b = 1; b < teacher.books.length; b++)
      expect(Math.log(book[b] / book[0])).toBeCloseTo(log(byBook, b, 0), 3);
    // a genre has two books
    const ofBooks = genres.map((_, g) =>
      [...book].reduce((p, x, b) => (teacher.books[b].startsWith(`Book${g}`) ? p + x : p), 0),
    );
    for (let c = 1; c < genres.length; c++)
      expect(Math.log(genre[c] / genre[0])).toBeCloseTo(
        0.6 * (log(byGenre, c, 0) + Math.log(ofBooks[c] / ofBooks[0])),
        3,
      );
    expect(genre.indexOf(Math.max(...genre))).toBe(verse.genre);
  });
});

describe('verses for an encoder', () => {
  const task = latinEnglish('latin', { dataDir, cache, layers: 2 });
  it('have targets that are probabilities, and at times the words of two translations', () => {
    const drawn = Array.from({ length: 200 }, (_, seed) => task.draw(seed, false));
    for (const { target, fine = new Float32Array() } of drawn) {
      expect(sum(target)).toBeCloseTo(1, 4);
      expect(fine).toHaveLength(teacher.books.length);
      expect(sum(fine)).toBeCloseTo(1, 4);
    }
    const lengths = drawn.map(({ translation = [] }) => [...translation].length);
    const short = Math.min(...lengths);
    const long = lengths.filter((length) => length > 1.5 * short).length / lengths.length;
    expect(long).toBeGreaterThan(0.15);
    expect(long).toBeLessThan(0.45);
  });
  it('are of the validation chapters too in the second cycle alone', () => {
    expect(task.refit).toBe(true);
    expect(drawnWithMark(task, 300, false)).toBe(0);
    // a sixth of the verses, some of which lose the mark
    expect(drawnWithMark(task, 300, true)).toBeGreaterThan(15);
  });
  it('are the same for the same seed', () => expect(task.draw(3, false)).toEqual(task.draw(3, false)));
});

describe('parts of two texts', () => {
  const source = (words: string, label: number) => ({ words: words.split(' '), label, fold: 0 });
  it('are the beginning of the one and the end of the other, from the same share on', () => {
    const [first, second] = [source('a b c d', 0), source('e f g h i j k l', 1)];
    const parts = joined(first, second, 0.5);
    expect(parts.map(({ words }) => words.join(' '))).toEqual(['a b', 'i j k l']);
    expect(parts.map(({ share }) => share)).toEqual([1 / 3, 2 / 3]);
    expect(whole(first)).toEqual([{ of: first, words: first.words, share: 1 }]);
    expect(byFold([first, { ...second, fold: 2 }])[2]).toHaveLength(1);
  });
});
