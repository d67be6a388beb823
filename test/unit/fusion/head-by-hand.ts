/** The head's definition for one sample in plain arrays, independent of the batched code: tests compare with it. */
import type { HeadShape } from '../../../src/fusion/head';
import type { Parameters } from '../../../src/fusion/parameters';

type Vector = number[];

const add = (x: Vector, y: ArrayLike<number>): Vector => x.map((v, i) => v + y[i]);
const dot = (x: Vector, y: Vector): number => x.reduce((sum, v, i) => sum + v * y[i], 0);

/** x w + b, w row by row [in, out]. */
const linear = (x: ArrayLike<number>, w: ArrayLike<number>, b: ArrayLike<number>): Vector =>
  Array.from(b, (bias, o) => {
    let sum = bias;
    for (let i = 0; i < x.length; i++) sum += x[i] * w[i * b.length + o];
    return sum;
  });

function normalise(x: Vector, gain: ArrayLike<number>, bias: ArrayLike<number>): Vector {
  const mean = x.reduce((a, b) => a + b) / x.length;
  const variance = x.reduce((a, b) => a + (b - mean) ** 2, 0) / x.length;
  return x.map((v, i) => ((v - mean) / Math.sqrt(variance + 1e-5)) * gain[i] + bias[i]);
}

/** Probabilities of one head. @param own its parameters, group axis of one @param pairs the standardised states it fuses */
export function headByHand(
  own: Parameters,
  pairs: { a: Float32Array; b: Float32Array }[],
  shape: HeadShape,
): Vector {
  const p = (name: string): Float32Array => own[name].data;
  const { width: w, attentionHeads: heads } = shape;
  const parts = (which: number, x: Vector): Vector => {
    const all = linear(x, p('qkv'), p('qkvBias'));
    return all.slice(which * w, (which + 1) * w);
  };
  const block = (query: Vector, keys: { vector: Vector; modality: number }[]): Vector => {
    const q = parts(0, query);
    const seen = keys.map(({ vector, modality }) =>
      add(vector, p('modality').subarray(modality * w, (modality + 1) * w)),
    );
    const ks = seen.map((x) => parts(1, x));
    const vs = seen.map((x) => parts(2, x));
    const context: Vector = [];
    const size = w / heads;
    for (let h = 0; h < heads; h++) {
      const cut = (x: Vector) => x.slice(h * size, (h + 1) * size);
      const scores = ks.map((k) => Math.exp(dot(cut(q), cut(k)) / Math.sqrt(size)));
      const total = scores.reduce((a, b) => a + b);
      for (let c = 0; c < size; c++)
        context.push(vs.reduce((sum, v, i) => sum + (scores[i] / total) * cut(v)[c], 0));
    }
    const x = normalise(
      add(query, linear(context, p('attend'), p('attendBias'))),
      p('norm1Gain'),
      p('norm1Bias'),
    );
    const wide = linear(x, p('widen'), p('widenBias')).map((v) => Math.max(0, v));
    return normalise(add(x, linear(wide, p('narrow'), p('narrowBias'))), p('norm2Gain'), p('norm2Bias'));
  };
  const fused = pairs
    .map((pair, t) => {
      const a = linear(pair.a, p('projectA'), p('layerA').subarray(t * w, (t + 1) * w));
      const b = linear(pair.b, p('projectB'), p('layerB').subarray(t * w, (t + 1) * w));
      const both = [
        { vector: a, modality: 0 },
        { vector: b, modality: 1 },
      ];
      return add(block(a, both), block(b, both)).map((v) => v / 2);
    })
    .reduce((sum, f) => add(sum, f))
    .map((v) => v / pairs.length);
  const z = linear(fused, p('classify'), p('classifyBias')).map(Math.exp);
  const total = z.reduce((a, b) => a + b);
  return z.map((v) => v / total);
}
