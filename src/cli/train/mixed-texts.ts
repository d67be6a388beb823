/** Texts made of training texts, about which a teacher that has seen none of them is asked (see `textTeacher`). */
import { choice, type Random } from '../../math/random';
import { smoothed } from './task';

/** A training text. */
export interface Source {
  words: string[];
  /** Index of its class; −1 where it has none. */
  label: number;
  /** The teacher's fold that it is in. */
  fold: number;
}

/** What a drawn text has of a training text; `share` of its words. */
export interface Part<T extends Source> {
  of: T;
  words: string[];
  share: number;
}

export const byFold = <T extends Source>(sources: readonly T[]): T[][] =>
  sources.reduce<T[][]>((all, source) => {
    (all[source.fold] ??= []).push(source);
    return all;
  }, []);

/**
 * What is drawn from: the training texts, and while refining those that validate too.
 * @param validating in any fold, for no teacher has seen them
 */
export function drawnFrom<T extends Source>(training: readonly T[], validating: readonly T[]) {
  const of = (sources: readonly T[]) => ({ sources, folds: byFold(sources) });
  const [first, refit] = [of(training), of([...training, ...validating])];
  return (refining: boolean) => (refining ? refit : first);
}

export const whole = <T extends Source>(of: T): Part<T>[] => [{ of, words: of.words, share: 1 }];

/** Where two texts are cut before they are joined. */
export const cutOf = (random: Random): number => 0.25 + 0.5 * random();

/** The beginning of one text and the end, from the same share of it on, of another that the same teacher has not seen. */
export function joined<T extends Source>(first: T, second: T, cut: number): Part<T>[] {
  const words = [
    first.words.slice(0, Math.ceil(cut * first.words.length)),
    second.words.slice(Math.floor(cut * second.words.length)),
  ];
  const count = words[0].length + words[1].length;
  return [first, second].map((of, i) => ({ of, words: words[i], share: words[i].length / count }));
}

/** Each word is left out that often; all of them are kept where none would be left. */
export function thinned(words: string[], drop: number, random: Random): string[] {
  const left = words.filter(() => random() >= drop);
  return left.length > 0 ? left : words;
}

/** Each word makes way that often for one of `others`: of the first or the second list, as often. */
export const replaced = (
  words: readonly string[],
  share: number,
  [first, second]: readonly [readonly string[], readonly string[]],
  random: Random,
): string[] =>
  words.map((word) => (random() < share ? choice(random() < 0.5 ? first : second, random) : word));

/**
 * The labels, smoothed and each by its share, and what the teacher says.
 * @param taught the teacher's part @param labelOf where it is about another label
 */
export function taughtTarget<T extends Source>(
  parts: readonly Part<T>[],
  said: Float32Array,
  { taught, smoothing }: { taught: number; smoothing: number },
  labelOf = ({ label }: T): number => label,
): Float32Array {
  const own = parts.map(({ of, share }) =>
    smoothed(labelOf(of), said.length, smoothing).map((p) => share * p),
  );
  return said.map((p, c) => taught * p + (1 - taught) * own.reduce((sum, q) => sum + q[c], 0));
}
