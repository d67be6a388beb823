/** What the shop says of a product beside its type, as further labels that train the encoders of `fashion`. */
import { crossEntropy, layerNorm, linear } from '../../runtime/ops';
import * as tf from '../../runtime/tf';
import { attributeNames, type Attributes } from '../data/fashion';
import { own } from './model';
import type { Extra } from './task';

/** A value that comes less often than this in training is as good as none. */
const leastCount = 5;

export interface AttributeCodes {
  /** The values of each attribute, in the order of `attributeNames`. */
  values: string[][];
  /** Index of each attribute's value, −1 where it is rare, empty or not known. */
  encode: (attributes: Attributes) => number[];
}

/** @param training attributes of the training items, and no others */
export function attributeCodes(training: Attributes[]): AttributeCodes {
  const values = attributeNames.map((name) => {
    const counts = new Map<string, number>();
    for (const { [name]: value } of training) counts.set(value, (counts.get(value) ?? 0) + 1);
    return [...counts.keys()].filter((v) => v !== '' && (counts.get(v) as number) >= leastCount).sort();
  });
  return { values, encode: (item) => attributeNames.map((name, a) => values[a].indexOf(item[name])) };
}

/** Linear classifiers of each attribute on the CLS state of the last layer. @param share weight of their summed loss */
export function attributeLosses(width: number, { values }: AttributeCodes, share: number): Extra {
  return {
    specs: [
      own('attributes.gain', [width], 1),
      own('attributes.bias', [width], 0),
      ...values.flatMap((list, a) => [
        own(`attributes.${a}.weight`, [width, list.length], 'normal'),
        own(`attributes.${a}.offset`, [list.length], 0),
      ]),
    ],
    losses(_, params, states, examples) {
      const of = (name: string) => params.get(`attributes.${name}`) as tf.Tensor;
      const last = states[states.length - 1];
      const count = examples.length;
      const cls = tf.reshape(tf.slice(last, [0, 0, 0], [count, 1, width]), [count, width]);
      const state = layerNorm(cls, of('gain'), of('bias'), 1e-6);
      return values.map((list, a) => {
        const goal = new Float32Array(count * list.length);
        examples.forEach(({ attributes }, b) => {
          const at = attributes?.[a] ?? -1;
          if (at >= 0) goal[b * list.length + at] = 1;
        });
        const scores = linear(state, of(`${a}.weight`), of(`${a}.offset`));
        return tf.mul(tf.mean(crossEntropy(scores, tf.tensor2d(goal, [count, list.length]))), share);
      });
    },
  };
}

/** Several losses as one. */
export const together = (...extras: Extra[]): Extra => ({
  specs: extras.flatMap(({ specs }) => specs),
  losses: (...given) => extras.flatMap(({ losses }) => losses(...given)),
});
