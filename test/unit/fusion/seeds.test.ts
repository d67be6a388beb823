import { beforeAll, describe, expect, it } from 'vitest';
import { createHeads, groupsByPairs, type SomeHeads } from '../../../src/fusion/heads';
import { joinMembers, members } from '../../../src/fusion/parameters';
import { createSeeds } from '../../../src/fusion/seeds';
import { headIndex } from '../../../src/math/skew';
import { normal, seededRandom } from '../../../src/math/random';
import { startNode } from '../../../src/runtime/node';
import * as tf from '../../../src/runtime/tf';
import { randomHeads } from '../../fixtures/tiny-pack/tiny-pack';

const shape = { la: 3, lb: 2, widthA: 6, widthB: 5, width: 8, attentionHeads: 2, hidden: 12, classes: 4 };
const wanted = [
  headIndex({ d: 0, k: 1 }, 3, 2),
  headIndex({ d: 1, k: 1 }, 3, 2),
  headIndex({ d: 0, k: 2 }, 3, 2),
];
const all = [10, 11, 12].map((seed) => randomHeads(shape, seed));

/** Some heads of a seed, as a file of further seeds holds them. */
const some = (weights: (typeof all)[number], heads: readonly number[]): SomeHeads[] =>
  groupsByPairs(3, 2).flatMap(({ k, heads: of }) => {
    const own = of.filter((head) => heads.includes(head));
    if (own.length === 0) return [];
    const { parameters } = weights.groups[k - 1];
    const at = (head: number) => members(parameters, of.indexOf(head), of.indexOf(head) + 1);
    return [{ k, heads: own, parameters: joinMembers(own.map(at)) }];
  });

describe('heads of several seeds', () => {
  beforeAll(() => startNode());

  it('answer by the normalised product of what each seed says, and tell how far apart they are', async () => {
    const random = seededRandom(5);
    const states = (layers: number, width: number) =>
      tf.tensor(
        Float32Array.from({ length: layers * width }, () => normal(random)),
        [1, layers, width],
      );
    const [a, b] = [states(3, 6), states(2, 5)];
    const tables: Float32Array[] = [];
    for (const weights of all) tables.push(await createHeads(weights).run(a, b));
    const seeds = createSeeds(shape, [some(all[1], wanted), some(all[2], wanted)]);
    const said = await seeds.run(tables[0], a, b);
    expect(said.count).toBe(3);
    expect([...said.heads].sort((x, y) => x - y)).toEqual([...wanted].sort((x, y) => x - y));
    said.heads.forEach((head, h) => {
      const each = tables.map((table) => Array.from(table.subarray(head * 4, head * 4 + 4)));
      const products = [0, 1, 2, 3].map((c) => (each[0][c] * each[1][c] * each[2][c]) ** (1 / 3));
      const total = products.reduce((x, y) => x + y);
      for (let c = 0; c < 4; c++) {
        expect(said.probabilities[h * 4 + c]).toBeCloseTo(products[c] / total, 5);
        expect(said.least[h * 4 + c]).toBeCloseTo(Math.min(...each.map((p) => p[c])), 5);
        expect(said.most[h * 4 + c]).toBeCloseTo(Math.max(...each.map((p) => p[c])), 5);
      }
    });
    seeds.dispose();
  });

  it('must be the same heads of every seed', () => {
    expect(() => createSeeds(shape, [some(all[1], wanted), some(all[2], wanted.slice(1))])).toThrow(
      /different heads/,
    );
  });
});
