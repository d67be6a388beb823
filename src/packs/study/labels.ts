/** From the labels as they stand in a file to classes, or to numbers where they are scores. */
import { UserError } from '../../math/errors';
import { quantile } from '../../math/probability';
import { rangeOf } from '../predictions';

/** What a person asks for; `auto` looks at the labels. */
export const targetChoices = ['auto', 'class', 'number'] as const;
export type TargetChoice = (typeof targetChoices)[number];
export type Target = 'class' | 'number';

export interface Labels {
  target: Target;
  /** Which targets these labels could be. */
  possible: Target[];
  /** Names of the classes; of a number the ranges that stand for them. */
  classes: string[];
  /** [n] place among `classes`. */
  labels: Uint8Array;
  /** [n] and the edges between the ranges; null where the target is a class. */
  numbers: { values: number[]; edges: number[] } | null;
}

/** More whole numbers than these are scores, not names of classes. */
export const mostClassNumbers = 20;
const maxClasses = 256;
/** Ranges that a number's split is balanced by and its colours show. */
const ranges = 3;

/**
 * Numbers with fractions, or more than `mostClassNumbers` different whole ones, are taken as numbers; all others as
 * classes, whose numbers are sorted as numbers and names as text.
 * @param texts one a sample
 * @param names of the classes where the labels are their places
 * @throws UserError naming the file
 */
export function readLabels(
  texts: string[],
  names: string[] | null,
  file: string,
  choice: TargetChoice = 'auto',
): Labels {
  const fail = (problem: string): never => {
    throw new UserError(`The labels in ${file} ${problem}.`, `${file}: labels`);
  };
  const empty = texts.findIndex((text) => text === '' || text.toLowerCase() === 'nan');
  if (empty >= 0) fail(`are empty at sample ${empty + 1}; give every sample a label, or leave it out`);
  const distinct = [...new Set(texts)];
  const word = distinct.find((text) => !Number.isFinite(Number(text)));
  const numeric = word === undefined;
  const whole = numeric && distinct.every((text) => Number.isInteger(Number(text)));
  const scores = numeric && !names && (!whole || distinct.length > mostClassNumbers);
  const target = choice === 'auto' ? (scores ? 'number' : 'class') : choice;
  const enough = distinct.length <= maxClasses;
  const possible: Target[] = [...(enough ? ['class' as const] : []), ...(numeric ? ['number' as const] : [])];
  if (target === 'number') {
    if (!numeric)
      fail(
        `are to be numbers, and one is ${JSON.stringify(word!.slice(0, 40))}; take them as classes, or give numbers`,
      );
    const values = texts.map(Number);
    if (new Set(values).size < 2)
      fail(`are all ${distinct[0] ?? 'missing'}; a study needs labels that differ`);
    const edges = edgesOf(values);
    const labels = Uint8Array.from(values, (value) => rangeOf(value, edges));
    return { target, possible, classes: namesOf(edges), labels, numbers: { values, edges } };
  }
  if (distinct.length < 2) fail(`name one class only (${distinct[0] ?? 'none'}); a study needs at least two`);
  if (!enough)
    fail(
      `name ${distinct.length} different classes, more than the ${maxClasses} possible` +
        (numeric ? '; take them as numbers' : ''),
    );
  distinct.sort((x, y) => (numeric ? Number(x) - Number(y) : x < y ? -1 : x > y ? 1 : 0));
  if (names && numeric) {
    const beyond = distinct.find((text) => names[Number(text)] === undefined);
    if (beyond !== undefined) fail(`hold ${beyond}, and the metadata name ${names.length} classes`);
    return {
      target,
      possible,
      classes: names,
      labels: Uint8Array.from(texts, Number),
      numbers: null,
    };
  }
  const place = new Map(distinct.map((text, c) => [text, c]));
  const labels = Uint8Array.from(texts, (text) => place.get(text)!);
  return { target, possible, classes: distinct, labels, numbers: null };
}

/** Cut into thirds of the samples; where many are equal, into fewer ranges, at least two. */
function edgesOf(values: number[]): number[] {
  const sorted = Float64Array.from(values).sort();
  const [least] = sorted;
  const cuts = Array.from({ length: ranges - 1 }, (_, r) => quantile(sorted, (r + 1) / ranges));
  // an edge at the least value would leave nothing under it
  const above = sorted.find((value) => value > least)!;
  return [...new Set(cuts.map((cut) => Math.max(cut, above)))];
}

const short = (x: number): string => String(Number(x.toPrecision(3))).replace('-', '−');

const namesOf = (edges: number[]): string[] => [
  `under ${short(edges[0])}`,
  ...edges.slice(1).map((edge, e) => `${short(edges[e])} to ${short(edge)}`),
  `from ${short(edges[edges.length - 1])}`,
];
