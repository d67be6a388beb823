import * as ort from 'onnxruntime-web';
import { beforeAll, describe, expect, it } from 'vitest';
import { relativeDifference } from '../../../src/cli/bench/forward';
import { forwardStates, makeInput, makeStack, toOnnx, toTensors } from '../../../src/cli/bench/model';
import { Message } from '../../../src/cli/bench/protobuf';
import { startNode } from '../../../src/runtime/node';
import * as tf from '../../../src/runtime/tf';

const [batch, length, width] = [2, 5, 64];

describe('the yardstick runs the same model', () => {
  const stack = makeStack(width, 2);
  const input = makeInput(batch, length, width);
  let ours: Float32Array;

  beforeAll(async () => {
    await startNode({ backend: 'cpu' });
    const states = forwardStates(stack.config, toTensors(stack), tf.tensor(input, [batch, length, width]));
    ours = states[1].dataSync<'float32'>();
    ort.env.wasm.numThreads = 1;
  });

  const theirs = async (file: Uint8Array) => {
    const session = await ort.InferenceSession.create(file, { executionProviders: ['wasm'] });
    const { y } = await session.run({ x: new ort.Tensor('float32', input, [batch, length, width]) });
    await session.release();
    return y.data as Float32Array;
  };

  it.each([
    ['standard operators', false],
    ['fused operators', true],
  ])('to 1e-5, in %s', async (_, fused) => {
    expect(relativeDifference(await theirs(toOnnx(stack, batch, length, fused)), ours)).toBeLessThan(1e-5);
  });

  it('and a perturbed weight is seen', async () => {
    const values = stack.weights.get('layer.1.out.weight')!.values;
    const kept = values[7];
    values[7] += 1;
    const file = toOnnx(stack, batch, length, false);
    values[7] = kept;
    expect(relativeDifference(await theirs(file), ours)).toBeGreaterThan(1e-3);
  });
});

it('protocol buffers: the documentation’s examples', () => {
  // Encoding guide: field 1 = 150 is 08 96 01; field 2 = "testing" is 12 07 74 65 73 74 69 6e 67.
  expect([...new Message().int(1, 150).finish()]).toEqual([0x08, 0x96, 0x01]);
  expect([...new Message().text(2, 'testing').finish()]).toEqual([
    0x12, 7, 0x74, 0x65, 0x73, 0x74, 0x69, 0x6e, 0x67,
  ]);
  expect([...new Message().message(3, new Message().int(1, 150)).finish()]).toEqual([
    0x1a, 3, 0x08, 0x96, 0x01,
  ]);
  expect([...new Message().float(4, 1).finish()]).toEqual([0x25, 0, 0, 0x80, 0x3f]);
});

it('a difference in length or a NaN is not a small difference', () => {
  expect(relativeDifference([1], [1, 2])).toBe(Infinity);
  expect(relativeDifference([1, 2], [1, 2])).toBe(0);
  expect(relativeDifference([1, NaN], [1, 2]) <= 1e-4).toBe(false);
});
