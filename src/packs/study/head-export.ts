/** One head for use elsewhere: its weights in float32 and a description that says how to run it. docs/align/run_head.py */
import { headParameters } from '../../fusion/head';
import { members } from '../../fusion/parameters';
import { UserError } from '../../math/errors';
import { lateStrategy, pairwiseStrategy } from '../../math/masks';
import { headIndex, headSpecs, pairIndex } from '../../math/skew';
import { writeSafetensors, type TensorToWrite } from '../../runtime/safetensors';
import { jsonContent } from '../write';
import { headShapeOf } from './settings';
import type { StudyShard } from './shard';

/** What the description says; layers count from 1. */
export interface HeadDescription {
  schema: 1;
  kind: 'skewscope-head';
  program: string;
  study: string;
  head: string;
  d: number;
  k: number;
  pairs: { i: number; j: number }[];
  a: { label: string; layers: number; width: number };
  b: { label: string; layers: number; width: number };
  width: number;
  attentionHeads: number;
  hidden: number;
  layerNormEpsilon: number;
  classes: string[];
  /** Where the target is a number: the output times the deviation, plus the mean, is the number; classes are none. */
  numbers?: { mean: number; deviation: number };
  /** `loss` is the log-loss, or of a number the squared error in its deviations. */
  validation: { loss: number; accuracy?: number; correlation?: number };
}

/**
 * Index of a head by its name: "ssfn", "late", "pairwise", "d,k" of a strategy, "i.j" of a layer pair.
 * @throws UserError where there is no such head
 */
export function headOfName(name: string, la: number, lb: number, ssfn: number): number {
  const fail = (): never => {
    throw new UserError(
      `There is no head "${name}": use ssfn, late, pairwise, a skew and a count such as "2,1", or a layer pair such as "7.12".`,
      name,
    );
  };
  const strategy = (d: number, k: number): number => {
    try {
      return headIndex({ d, k }, la, lb);
    } catch {
      return fail();
    }
  };
  if (name === 'ssfn') return strategy(ssfn, 1);
  if (name === 'late') return strategy(lateStrategy.d, lateStrategy.k);
  if (name === 'pairwise') {
    const { d, k } = pairwiseStrategy(la, lb);
    return strategy(d, k);
  }
  const [, d, k] = /^(-?\d+),(\d+)$/.exec(name) ?? [];
  if (d !== undefined) return strategy(Number(d), Number(k));
  const [, i, j] = /^(\d+)\.(\d+)$/.exec(name) ?? [];
  const pair = { i: Number(i), j: Number(j) };
  return pair.i >= 1 && pair.i <= la && pair.j >= 1 && pair.j <= lb ? pairIndex(pair, lb) : fail();
}

/**
 * @param head index into `headSpecs`
 * @param name as it was asked for
 * @returns the weights, `mean` and `deviation` of the states that each pair takes among them, and the description
 */
export function exportHead(
  { about, chunks, standardisation }: StudyShard,
  head: number,
  name: string,
): { weights: Uint8Array<ArrayBuffer>; description: Uint8Array<ArrayBuffer> } {
  const shape = headShapeOf(about);
  const chunk = chunks.find(({ heads }) => heads.includes(head));
  if (!chunk) throw new RangeError(`The head ${head} is not in the study.`);
  const at = chunk.heads.indexOf(head);
  const { pairs, d, k } = headSpecs(shape.la, shape.lb)[head];
  const own = members(chunk.parameters, at, at + 1);
  const tensors: TensorToWrite[] = headParameters(shape, k).map(({ name: parameter, shape: size }) => ({
    name: parameter,
    shape: size,
    data: own[parameter].data.slice(),
  }));
  for (const [side, layer] of [
    ['a', 'i'],
    ['b', 'j'],
  ] as const)
    for (const moment of ['mean', 'deviation'] as const) {
      const { width } = standardisation[side];
      const data = new Float32Array(k * width);
      pairs.forEach((pair, p) =>
        data.set(
          standardisation[side][moment].subarray((pair[layer] - 1) * width, pair[layer] * width),
          p * width,
        ),
      );
      tensors.push({ name: `${side}.${moment}`, shape: [k, width], data });
    }
  const { numbers } = about;
  const side = ({ label, layers, width }: typeof about.a) => ({ label, layers, width });
  const description: HeadDescription = {
    schema: 1,
    kind: 'skewscope-head',
    program: about.program,
    study: about.title,
    head: name,
    d,
    k,
    pairs,
    a: side(about.a),
    b: side(about.b),
    width: shape.width,
    attentionHeads: shape.attentionHeads,
    hidden: shape.hidden,
    layerNormEpsilon: 1e-5,
    classes: numbers ? [] : about.classes,
    ...(numbers ? { numbers: { mean: numbers.mean, deviation: numbers.deviation } } : {}),
    validation: {
      loss: chunk.loss[at],
      [numbers ? 'correlation' : 'accuracy']: chunk.accuracy[at],
    },
  };
  return {
    weights: writeSafetensors(tensors, { description: JSON.stringify(description) }),
    description: jsonContent(description),
  };
}
