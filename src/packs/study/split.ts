/** Which samples train, which choose, which report: whole groups at a time, classes in about equal shares, by seed. */
import { UserError } from '../../math/errors';
import { permutation, seededRandom } from '../../math/random';
import type { SplitIndex, StudySettings } from './settings';

export interface Split {
  split: SplitIndex[];
  /** [n] which group each sample is of, from 0 in order of first appearance. */
  units: number[];
  groups: number;
  /** In words, for the card and the caption. */
  by: string;
}

interface SplitRequest {
  labels: Uint8Array;
  classes: string[];
  groups: string[] | null;
  groupName: string | null;
  given: SplitIndex[] | null;
  /** Where the target is a number, whose ranges need not all be in training. */
  numbers?: object | null;
}

/**
 * A given split is kept; one without validation gives up groups of its training part for it. Otherwise each group, the
 * largest first, goes where its classes are missing most.
 * @throws UserError where the groups are too few, a given split tears one apart, or a class is not in training
 */
export function planSplit(
  { labels, classes, groups, groupName, given, numbers }: SplitRequest,
  { seed, validation, test }: Pick<StudySettings, 'seed' | 'validation' | 'test'>,
): Split {
  if (!(validation > 0 && test > 0 && validation + test < 1))
    throw new UserError(
      `Validation and test are to be shares above 0 that leave something to train on, not ${validation} and ${test}.`,
    );
  const n = labels.length;
  const word = groupName ?? 'sample';
  const index = new Map<string, number>();
  const units = groups
    ? groups.map((group) => {
        if (!index.has(group)) index.set(group, index.size);
        return index.get(group)!;
      })
    : Array.from({ length: n }, (_, s) => s);
  const count = groups ? index.size : n;
  if (count > 65536)
    throw new UserError(`There are ${count} ${word}s, more than the 65,536 possible; give coarser groups.`);
  const members: number[][] = Array.from({ length: count }, () => []);
  units.forEach((unit, s) => members[unit].push(s));
  const split: SplitIndex[] = given ? [...given] : new Array<SplitIndex>(n).fill(0);
  if (given && groups) checkWhole(members, given, [...index.keys()], word);
  let by: string;
  if (given && given.includes(1)) by = 'as the files give it';
  else {
    const free = given ? members.filter((group) => given[group[0]] === 0) : members;
    if (given && !given.includes(2))
      throw new UserError('The given split has no test samples; mark some, or leave the split out.', 'split');
    const parts: [SplitIndex, number][] = given
      ? [
          [0, 1 - validation],
          [1, validation],
        ]
      : [
          [0, 1 - validation - test],
          [1, validation],
          [2, test],
        ];
    if (free.length < parts.length)
      throw new UserError(
        `There are ${free.length} ${word}s to split, and at least ${parts.length} are needed so that none is on two sides.`,
        'groups',
      );
    distribute(free, labels, classes.length, parts, seed, split);
    const drawn = `seed ${seed}, whole ${word}s, ${numbers ? 'ranges of the label' : 'classes'} in about equal shares`;
    by = given ? `test as the files give it, validation drawn from training: ${drawn}` : drawn;
  }
  checkParts(split);
  if (!numbers) checkClasses(split, labels, classes);
  return { split, units, groups: count, by };
}

/** Greedy: after Sechidis et al. 2011, §3, with groups in place of samples. */
function distribute(
  groups: number[][],
  labels: Uint8Array,
  classes: number,
  parts: [SplitIndex, number][],
  seed: number,
  split: SplitIndex[],
): void {
  const total = new Float64Array(classes);
  for (const group of groups) for (const s of group) total[labels[s]]++;
  const missing = parts.map(([, share]) => total.map((x) => x * share));
  const random = seededRandom(seed, 'split');
  const order = Array.from(permutation(groups.length, random), (g) => groups[g]);
  order.sort((x, y) => y.length - x.length);
  const used = parts.map(() => 0);
  order.forEach((group, done) => {
    const own = new Float64Array(classes);
    for (const s of group) own[labels[s]]++;
    const left = order.length - done;
    const empty = used.filter((count) => count === 0).length;
    let best = -1;
    let bestNeed = -Infinity;
    parts.forEach(([, share], p) => {
      // the last groups are for the parts that have none yet
      if (left <= empty && used[p] > 0) return;
      let need = 0;
      for (let c = 0; c < classes; c++) if (own[c] > 0) need += (own[c] * missing[p][c]) / (share * total[c]);
      if (need > bestNeed) [best, bestNeed] = [p, need];
    });
    used[best]++;
    for (let c = 0; c < classes; c++) missing[best][c] -= own[c];
    for (const s of group) split[s] = parts[best][0];
  });
}

function checkWhole(members: number[][], given: SplitIndex[], names: string[], word: string): void {
  members.forEach((group, g) => {
    if (group.some((s) => given[s] !== given[group[0]]))
      throw new UserError(
        `The ${word} ${JSON.stringify(names[g].slice(0, 60))} is in more than one part of the given split; a ${word} belongs to one.`,
        'split',
      );
  });
}

function checkParts(split: SplitIndex[]): void {
  (['training', 'validation', 'test'] as const).forEach((name, part) => {
    if (!split.includes(part as SplitIndex))
      throw new UserError(`No sample is left for ${name}: give more samples or groups, or a split.`, 'split');
  });
}

function checkClasses(split: SplitIndex[], labels: Uint8Array, classes: string[]): void {
  for (let c = 0; c < classes.length; c++) {
    const has = (part: SplitIndex) => split.some((p, s) => p === part && labels[s] === c);
    if (has(0) || (!has(1) && !has(2))) continue;
    throw new UserError(
      `No training sample is of class ${JSON.stringify(classes[c].slice(0, 60))}; give more of it, or leave it out.`,
      'split',
    );
  }
}
