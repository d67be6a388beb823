import { beforeAll, describe, expect, it } from 'vitest';
import { toFloat32 } from '../../src/runtime/safetensors';
import { useBackend, type BackendName } from './backends';
import { bound, errorsOf, names, testParity } from './encoders';
import { readFixture } from './fixture';

for (const backend of ['cpu', 'wasm', 'webgpu'] satisfies BackendName[]) testParity(backend);

describe('the parity tests', () => {
  beforeAll(() => useBackend('cpu'));

  for (const name of names)
    it(`of ${name} fail when one weight is perturbed`, async () => {
      const fixture = readFixture(name);
      const weight = [...fixture.weights].find(([key]) =>
        /0\.output\.dense\.weight|0\.feed_forward\.output_dense\.weight/.test(key),
      )![1];
      const values = toFloat32(weight).slice();
      values[5] += 0.05;
      fixture.weights.set(weight.name, { ...weight, bytes: new Uint8Array(values.buffer) });
      const errors = await errorsOf(fixture);
      expect(errors[0]).toBeLessThanOrEqual(bound);
      expect(errors[1]).toBeGreaterThan(bound);
    });
});
