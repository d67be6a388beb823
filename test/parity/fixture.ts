/** The reference fixtures: checkpoints with random weights, inputs and every layer's state (test/fixtures/generate.py). */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseConfig, type EncoderConfig } from '../../src/encoders/config';
import { createEncoder, loadCheckpoint, type Encoder } from '../../src/encoders/encoder';
import { readSafetensors, toFloat32, type StoredTensor } from '../../src/runtime/safetensors';

const root = join(import.meta.dirname, '../fixtures');

export const fixturePath = (...parts: string[]): string => join(root, ...parts);
export const fixtureBytes = (...parts: string[]): Uint8Array =>
  new Uint8Array(readFileSync(fixturePath(...parts)));
export const fixtureJson = (...parts: string[]): unknown =>
  JSON.parse(readFileSync(fixturePath(...parts), 'utf8'));
export const fixtureTensors = (...parts: string[]): Map<string, StoredTensor> =>
  readSafetensors(fixtureBytes(...parts), parts.join('/')).tensors;

export interface Fixture {
  config: EncoderConfig;
  weights: Map<string, StoredTensor>;
  inputs: Map<string, StoredTensor>;
  /** The states 0..L, and the model's output. */
  states: Float32Array[];
  output: Float32Array;
}

export function readFixture(name: string): Fixture {
  const config = parseConfig(fixtureJson(name, 'config.json'), `${name}/config.json`);
  const expected = fixtureTensors(name, 'expected.safetensors');
  return {
    config,
    weights: fixtureTensors(name, 'model.safetensors'),
    inputs: fixtureTensors(name, 'inputs.safetensors'),
    states: Array.from({ length: config.layers + 1 }, (_, i) =>
      toFloat32(expected.get(`hidden_states.${i}`)!),
    ),
    output: toFloat32(expected.get('last_hidden_state')!),
  };
}

export const encoderOf = ({ config, weights }: Fixture): Encoder =>
  createEncoder(config, loadCheckpoint(config, weights));

/** max|x − y| / max|y| over the elements that count: the parity bound is 1e-4. */
export function relativeError(
  actual: ArrayLike<number>,
  expected: ArrayLike<number>,
  counts: (i: number) => boolean = () => true,
): number {
  if (actual.length !== expected.length)
    throw new Error(`${actual.length} values where ${expected.length} are expected`);
  let difference = 0;
  let size = 0;
  for (let i = 0; i < expected.length; i++) {
    if (!counts(i)) continue;
    if (!Number.isFinite(actual[i])) return Infinity;
    difference = Math.max(difference, Math.abs(actual[i] - expected[i]));
    size = Math.max(size, Math.abs(expected[i]));
  }
  return difference / size;
}
