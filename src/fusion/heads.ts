/** Heads of a pairing, ready to run: grouped by how many pairs they fuse, answered in the order of `headSpecs`. */
import { headSpecs, type HeadSpec } from '../math/skew';
import * as tf from '../runtime/tf';
import { runHeads, type HeadShape } from './head';
import { members, toTensors, type Parameters, type ParameterTensors } from './parameters';

/** Heads of one k, in the order in which they appear in `headSpecs`. */
export interface HeadGroup {
  k: number;
  parameters: Parameters;
}

export interface HeadWeights {
  shape: HeadShape;
  /** By k from 1; each with all heads of that k. */
  groups: HeadGroup[];
}

/** Which heads belong to which k, as indices into `headSpecs`. */
export function groupsByPairs(la: number, lb: number): { k: number; heads: number[]; specs: HeadSpec[] }[] {
  const groups: { k: number; heads: number[]; specs: HeadSpec[] }[] = [];
  headSpecs(la, lb).forEach((spec, head) => {
    const group = (groups[spec.k - 1] ??= { k: spec.k, heads: [], specs: [] });
    group.heads.push(head);
    group.specs.push(spec);
  });
  return groups;
}

/** Layer indices from 0 that a run of heads takes from A and from B, pair by pair. */
export const layersOf = (specs: readonly HeadSpec[]): { a: number[]; b: number[] } => ({
  a: specs.flatMap((spec) => spec.pairs.map((pair) => pair.i - 1)),
  b: specs.flatMap((spec) => spec.pairs.map((pair) => pair.j - 1)),
});

/** How many rows (heads × pairs × samples) go through the ops at once, so that what they touch stays in the cache. */
const rowsAtOnce = 6144;

/** Consecutive runs of a group's heads that are small enough to go at once with that many samples. */
export function runsOf(heads: number, k: number, samples: number, rows = rowsAtOnce): [number, number][] {
  const step = Math.max(1, Math.floor(rows / (k * samples)));
  return Array.from({ length: Math.ceil(heads / step) }, (_, r) => [
    r * step,
    Math.min(heads, (r + 1) * step),
  ]);
}

export interface Heads {
  readonly shape: HeadShape;
  /** How many: 265 for 12 × 12. */
  readonly count: number;
  /**
   * Probabilities of every head, in the order of `headSpecs`.
   * @param a [N, la, widthA] standardised layer states of A
   * @param b [N, lb, widthB] of B
   * @returns [heads, N, classes]
   */
  run(a: tf.Tensor, b: tf.Tensor): Promise<Float32Array>;
  /** The fused vectors f of one head, [N, width]. */
  fused(head: number, a: tf.Tensor, b: tf.Tensor): Promise<Float32Array>;
  dispose(): void;
}

/** Some of the heads of one k: which, as indices into `headSpecs`. */
export interface SomeHeads extends HeadGroup {
  heads: number[];
}

interface Loaded {
  heads: number[];
  specs: HeadSpec[];
  k: number;
  /** Tensors of a run of heads: `begin` to `end` of the group. */
  tensors: Map<string, ParameterTensors>;
  parameters: Parameters;
}

export function createHeads({ shape, groups }: HeadWeights): Heads {
  return createSomeHeads(
    shape,
    groupsByPairs(shape.la, shape.lb).map(({ k, heads }, g) => {
      if (groups[g]?.k !== k) throw new RangeError(`The heads that fuse ${k} pairs are missing.`);
      return { k, heads, parameters: groups[g].parameters };
    }),
  );
}

/** As `createHeads`; the probabilities of heads that are not there are 0. */
export function createSomeHeads(shape: HeadShape, groups: readonly SomeHeads[]): Heads {
  const all = headSpecs(shape.la, shape.lb);
  const loaded: Loaded[] = groups.map((group) => ({
    ...group,
    specs: group.heads.map((head) => all[head]),
    tensors: new Map(),
  }));
  const tensorsOf = (group: Loaded, begin: number, end: number): ParameterTensors => {
    const key = `${begin}-${end}`;
    let tensors = group.tensors.get(key);
    if (!tensors) {
      tensors = toTensors(members(group.parameters, begin, end));
      for (const tensor of Object.values(tensors)) tf.keep(tensor);
      group.tensors.set(key, tensors);
    }
    return tensors;
  };
  const count = all.length;

  /** [N, L, W] → the states of these layers, [layers, N, W]. */
  const take = (states: tf.Tensor, layers: number[]): tf.Tensor =>
    tf.gather(tf.transpose(states, [1, 0, 2]), tf.tensor1d(layers, 'int32'));

  return {
    shape,
    count,
    async run(a, b) {
      const n = a.shape[0];
      const { classes } = shape;
      const out = new Float32Array(count * n * classes);
      // a few hundred samples at a time, so that a large set needs no large intermediate
      const block = 256;
      for (let from = 0; from < n; from += block) {
        const size = Math.min(block, n - from);
        const order: number[] = [];
        const all = tf.tidy(() => {
          const part = (t: tf.Tensor): tf.Tensor =>
            size === n ? t : tf.slice(t, [from, 0, 0], [size, ...(t.shape.slice(1) as number[])]);
          const [stateA, stateB] = [part(a), part(b)];
          const parts = loaded.flatMap((group) =>
            runsOf(group.heads.length, group.k, size).map(([begin, end]) => {
              order.push(...group.heads.slice(begin, end));
              const layers = layersOf(group.specs.slice(begin, end));
              return tf.tidy(() =>
                tf.softmax(
                  runHeads(
                    tensorsOf(group, begin, end),
                    take(stateA, layers.a),
                    take(stateB, layers.b),
                    shape,
                  ).logits,
                ),
              );
            }),
          );
          return parts.length === 1 ? parts[0] : tf.concat(parts, 0);
        });
        const values = await all.data<'float32'>();
        all.dispose();
        order.forEach((head, h) =>
          out.set(values.subarray(h * size * classes, (h + 1) * size * classes), (head * n + from) * classes),
        );
      }
      return out;
    },
    async fused(head, a, b) {
      const group = loaded.find((candidate) => candidate.heads.includes(head));
      if (!group) throw new RangeError(`There is no head ${head}.`);
      const at = group.heads.indexOf(head);
      const result = tf.tidy(() => {
        const layers = layersOf([group.specs[at]]);
        const parameters = toTensors(members(group.parameters, at, at + 1));
        return runHeads(parameters, take(a, layers.a), take(b, layers.b), shape).fused;
      });
      const values = await result.data<'float32'>();
      result.dispose();
      return values.slice();
    },
    dispose() {
      for (const group of loaded) {
        for (const tensors of group.tensors.values()) tf.dispose(tensors);
        group.tensors.clear();
      }
    },
  };
}
