import { beforeAll, describe, expect, it } from 'vitest';
import { runHeads, type HeadShape } from '../../../src/fusion/head';
import { createJoint, jointParameters, runJoint, type JointShape } from '../../../src/fusion/joint';
import { initialParameters, toTensors, type Parameters } from '../../../src/fusion/parameters';
import { normal, seededRandom } from '../../../src/math/random';
import { readJoint, writeJoint } from '../../../src/packs/joint-file';
import { startNode } from '../../../src/runtime/node';
import * as tf from '../../../src/runtime/tf';

beforeAll(async () => {
  await startNode({ backend: 'cpu' });
});

const random = seededRandom(7);
const gaussian = (size: number) => Float32Array.from({ length: size }, () => normal(random));
const block = { width: 8, attentionHeads: 2, hidden: 12, classes: 3 };
const n = 5;

/** Random in every parameter, the biases too. */
function shaken(shape: JointShape, members = 1): Parameters {
  const parameters = initialParameters(
    jointParameters(shape),
    Array.from({ length: members }, (_, g) => g + 1),
  );
  for (const { data } of Object.values(parameters))
    data.forEach((v, i) => (data[i] = v + 0.3 * normal(random)));
  return parameters;
}

const softmax = (z: number[]): number[] => {
  const e = z.map(Math.exp);
  return e.map((v) => v / e.reduce((a, b) => a + b));
};
const linear = (x: ArrayLike<number>, w: Float32Array, b: Float32Array): number[] =>
  Array.from(b, (bias, o) => Array.from(x).reduce((sum, v, i) => sum + v * w[i * b.length + o], bias));

describe('the model of several modalities', () => {
  it('is the head where there are two', () => {
    const shape: JointShape = { ...block, widths: [6, 5] };
    const joint = shaken(shape, 2);
    const [a, b] = shape.widths.map((width) => tf.tensor(gaussian(2 * n * width), [2, n, width]));
    const own = toTensors(joint);
    const { 'project.0': projectA, 'project.1': projectB, 'layer.0': one, 'layer.1': two, ...rest } = own;
    const ofHead = {
      ...rest,
      projectA,
      projectB,
      layerA: tf.expandDims(one, 1),
      layerB: tf.expandDims(two, 1),
    };
    const headShape: HeadShape = { ...block, la: 1, lb: 1, widthA: 6, widthB: 5 };
    const head = runHeads(ofHead, a, b, headShape);
    const all = runJoint(own, [a, b], shape);
    expect(all.logits.dataSync()).toEqual(head.logits.dataSync());
    expect(all.fused.dataSync()).toEqual(head.fused.dataSync());
  });

  it('lets each token attend to all, with a learned embedding on keys and values, and takes the mean', async () => {
    const shape: JointShape = { ...block, widths: [6, 5, 4], attentionHeads: 1 };
    const p = shaken(shape);
    const of = (name: string) => p[name].data;
    const w = shape.width;
    const states = shape.widths.map((width) => gaussian(n * width));
    const joint = createJoint({ shape, parameters: p });
    const said = await joint.run(states.map((x, m) => tf.tensor(x, [n, shape.widths[m]])));
    const normalise = (x: number[], which: string): number[] => {
      const mean = x.reduce((a, b) => a + b) / w;
      const deviation = Math.sqrt(x.reduce((a, b) => a + (b - mean) ** 2, 0) / w + 1e-5);
      return x.map((v, i) => ((v - mean) / deviation) * of(`${which}Gain`)[i] + of(`${which}Bias`)[i]);
    };
    for (let s = 0; s < n; s++) {
      const tokens = states.map((x, m) => {
        const width = shape.widths[m];
        return linear(x.subarray(s * width, (s + 1) * width), of(`project.${m}`), of(`layer.${m}`));
      });
      const qkv = (x: number[]) => linear(x, of('qkv'), of('qkvBias'));
      const known = tokens.map((x, m) => qkv(x.map((v, i) => v + of('modality')[m * w + i])));
      const out = tokens.map((token) => {
        const query = qkv(token).slice(0, w);
        const share = softmax(
          known.map((k) => query.reduce((sum, v, i) => sum + v * k[w + i], 0) / Math.sqrt(w)),
        );
        const context = query.map((_, i) => share.reduce((sum, a, m) => sum + a * known[m][2 * w + i], 0));
        const attended = linear(context, of('attend'), of('attendBias'));
        const x = normalise(
          token.map((v, i) => v + attended[i]),
          'norm1',
        );
        const wide = linear(x, of('widen'), of('widenBias')).map((v) => Math.max(0, v));
        const inner = linear(wide, of('narrow'), of('narrowBias'));
        return normalise(
          x.map((v, i) => v + inner[i]),
          'norm2',
        );
      });
      const fused = out[0].map((_, i) => out.reduce((sum, x) => sum + x[i], 0) / out.length);
      softmax(linear(fused, of('classify'), of('classifyBias'))).forEach((value, c) =>
        expect(said[s * shape.classes + c]).toBeCloseTo(value, 5),
      );
    }
    joint.dispose();
  });

  it('takes a missing modality as its training means, and refuses none and too few', async () => {
    const shape: JointShape = { ...block, widths: [6, 5, 4] };
    const joint = createJoint({ shape, parameters: shaken(shape) });
    const [a, b] = [6, 5].map((width) => tf.tensor(gaussian(n * width), [n, width]));
    const zeros = tf.zeros([n, 4]);
    expect(await joint.run([a, b, null])).toEqual(await joint.run([a, b, zeros]));
    expect(await joint.run([a, b, null])).not.toEqual(await joint.run([a, null, null]));
    await expect(joint.run([null, null, null])).rejects.toThrow(RangeError);
    await expect(joint.run([a, b])).rejects.toThrow(RangeError);
    joint.dispose();
  });

  it('comes back from its file, which must be what the pack says', () => {
    const shape: JointShape = { ...block, widths: [6, 5, 4] };
    const parameters = shaken(shape);
    const bytes = writeJoint({ shape, parameters });
    const back = readJoint(bytes, { widths: [6, 5, 4], classes: 3 }, 'joint.safetensors');
    expect(back.shape).toEqual(shape);
    expect(Object.keys(back.parameters)).toEqual(jointParameters(shape).map(({ name }) => name));
    for (const [name, { data, shape: full }] of Object.entries(parameters)) {
      expect(back.parameters[name].shape).toEqual(full);
      // half precision: 11 bits
      back.parameters[name].data.forEach((v, i) =>
        expect(Math.abs(v - data[i])).toBeLessThanOrEqual(Math.abs(data[i]) * 2 ** -11 + 2 ** -24),
      );
    }
    expect(() => readJoint(bytes, { widths: [6, 5], classes: 3 }, 'joint.safetensors')).toThrow(
      'joint.safetensors is for widths = 6,5,4, the pack has 6,5',
    );
  });
});
