/** Parity of the encoders with the reference implementation: every layer's state within 1e-4 of the fixtures'. */
import { beforeAll, describe, expect, it } from 'vitest';
import * as tf from '../../src/runtime/tf';
import { toFloat32, toInt32, type StoredTensor } from '../../src/runtime/safetensors';
import type { EncoderBatch } from '../../src/encoders/encoder';
import { cutPatches, patchLayout } from '../../src/encoders/patches';
import { useBackend, type BackendName } from './backends';
import { encoderOf, readFixture, relativeError, type Fixture } from './fixture';

export const bound = 1e-4;
export const names = ['timesformer', 'ast', 'bert', 'beit', 'vit', 'wav2vec2-base', 'wav2vec2-stable'];

function batchOf({ config, inputs }: Fixture): EncoderBatch {
  const input = (name: string): StoredTensor => inputs.get(name)!;
  if (config.family === 'bert') {
    const shape = input('input_ids').shape as [number, number];
    return {
      ids: tf.tensor2d(toInt32(input('input_ids')), shape, 'int32'),
      types: tf.tensor2d(toInt32(input('token_type_ids')), shape, 'int32'),
      mask: tf.tensor2d(toFloat32(input('attention_mask')), shape),
    };
  }
  const values = toFloat32(inputs.get('pixel_values') ?? input('input_values'));
  if (config.family === 'wav2vec2')
    return { wave: tf.tensor2d(values, input('input_values').shape as [number, number]) };
  const { patches, pixels, inputs: size } = patchLayout(config);
  return { patches: tf.tensor3d(cutPatches(config, values), [values.length / size, patches, pixels]) };
}

/** The relative error of each state and of the model's output; padded positions do not count. */
export async function errorsOf(fixture: Fixture): Promise<number[]> {
  const encoder = encoderOf(fixture);
  const batch = batchOf(fixture);
  const states = encoder.forward(batch);
  const output = encoder.outputNorm(states[encoder.layers]);
  const padding = fixture.inputs.get('attention_mask');
  const mask = padding && toFloat32(padding);
  const errors = [];
  for (const [i, tensor] of [...states, output].entries())
    errors.push(
      relativeError(
        await tensor.data(),
        fixture.states[i] ?? fixture.output,
        (at) => !mask || mask[Math.floor(at / encoder.width)] === 1,
      ),
    );
  return errors;
}

/** Tests of every fixture on a backend. */
export function testParity(backend: BackendName): void {
  describe(`parity with the reference implementation on ${backend}`, () => {
    let available = false;
    beforeAll(async () => {
      available = await useBackend(backend);
    }, 120_000);

    for (const name of names)
      it(
        name,
        async (context) => {
          if (!available) return context.skip();
          const fixture = readFixture(name);
          const errors = await errorsOf(fixture);
          expect(errors).toHaveLength(fixture.config.layers + 2);
          expect(Math.max(...errors)).toBeLessThanOrEqual(bound);
        },
        120_000,
      );
  });
}
