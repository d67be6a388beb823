import { describe, expect, it } from 'vitest';
import { UserError } from '../../../src/math/errors';
import { integer, seededRandom } from '../../../src/math/random';
import type { SplitIndex } from '../../../src/packs/study/settings';
import { planSplit } from '../../../src/packs/study/split';

const shares = { seed: 4, validation: 0.2, test: 0.2 };
const classes = ['a', 'b', 'c'];
const random = seededRandom(1);
const n = 600;
const labels = Uint8Array.from({ length: n }, () => (random() < 0.2 ? 2 : integer(random, 2)));
const groups = Array.from({ length: n }, () => `g${integer(random, 40)}`);
const plan = (part: Partial<Parameters<typeof planSplit>[0]> = {}, settings = shares) =>
  planSplit({ labels, classes, groups, groupName: 'group', given: null, ...part }, settings);
const count = (split: SplitIndex[], part: number, label: number) =>
  split.filter((p, s) => p === part && labels[s] === label).length;

describe('the split', () => {
  it.each([
    ['groups', groups],
    ['single samples', null],
  ])('keeps %s whole and gives each class its share', (_, own) => {
    const { split, units } = plan({ groups: own });
    const part = new Map<number, SplitIndex>();
    units.forEach((unit, s) => {
      expect(part.get(unit) ?? split[s]).toBe(split[s]);
      part.set(unit, split[s]);
    });
    for (const c of [0, 1, 2]) {
      const all = labels.filter((label) => label === c).length;
      for (const held of [1, 2]) {
        const share = count(split, held, c) / all;
        expect(Math.abs(share - 0.2)).toBeLessThan(own ? 0.08 : 0.01);
      }
    }
  });

  it('follows from its seed', () => {
    expect(plan().split).toEqual(plan().split);
    expect(plan().split).not.toEqual(plan({}, { ...shares, seed: 5 }).split);
  });

  it('keeps a given split, and takes a validation that is missing from training alone', () => {
    const given = groups.map((g): SplitIndex => (Number(g.slice(1)) < 10 ? 2 : 0));
    const { split } = plan({ given });
    given.forEach((part, s) => expect(split[s] === 2).toBe(part === 2));
    expect(split).toContain(1);
    const whole = split.map((part): SplitIndex => part);
    expect(plan({ given: whole }).split).toEqual(whole);
  });

  it('gives every part a group where there are three', () => {
    const own = Array.from({ length: n }, (_, s) => ['x', 'y', 'z'][s % 3]);
    expect(new Set(plan({ groups: own }).split).size).toBe(3);
  });

  it.each<[string, RegExp, () => unknown]>([
    [
      'two groups',
      /2 groups to split, and at least 3/,
      () => plan({ groups: groups.map((g) => (g < 'g2' ? 'x' : 'y')) }),
    ],
    [
      'a group in two parts',
      /more than one part/,
      () => plan({ given: groups.map((_, s): SplitIndex => (s % 3) as SplitIndex) }),
    ],
    [
      'a class that is not in training',
      /No training sample is of class "c"/,
      () =>
        plan({
          groups: null,
          given: Array.from(labels, (l, s): SplitIndex => (l === 2 ? 2 : ((s % 3) as SplitIndex))),
        }),
    ],
    [
      'no test samples',
      /no test samples/,
      () => plan({ groups: null, given: Array.from(labels, (): SplitIndex => 0) }),
    ],
    [
      'shares that leave nothing',
      /shares above 0/,
      () => plan({}, { ...shares, validation: 0.6, test: 0.5 }),
    ],
  ])('refuses %s', (_, sentence, run) => {
    expect(run).toThrow(UserError);
    expect(run).toThrow(sentence);
  });
});
