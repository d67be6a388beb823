import { describe, expect, it } from 'vitest';
import { logMel, parseLogMelConfig } from '../../src/encoders/logmel';
import { resample } from '../../src/math/resample';
import { toFloat32 } from '../../src/runtime/safetensors';
import { fixtureJson, fixtureTensors, relativeError } from './fixture';

const bound = 1e-4;

describe('log-mel features', () => {
  const config = parseLogMelConfig(fixtureJson('ast-features', 'preprocessor_config.json'));
  const expected = fixtureTensors('ast-features', 'expected.safetensors');
  const wave = toFloat32(expected.get('waveform')!);
  const features = toFloat32(expected.get('input_values')!);
  const size = config.frames * config.mels;

  it('agree with the reference on a whole recording', () => {
    expect(relativeError(logMel(wave, 16000, config), features.subarray(0, size))).toBeLessThanOrEqual(bound);
  });

  it('agree with the reference on a short recording, padded', () => {
    expect(
      relativeError(logMel(wave.subarray(0, 5000), 16000, config), features.subarray(size)),
    ).toBeLessThanOrEqual(bound);
  });

  it('fail parity when one sample is perturbed', () => {
    const other = wave.slice();
    other[3000] += 0.05;
    expect(relativeError(logMel(other, 16000, config), features.subarray(0, size))).toBeGreaterThan(bound);
  });

  it('change little when the recording came at 44.1 kHz', () => {
    const at44 = resample(wave, 16000, 44100);
    const [a, b] = [logMel(at44, 44100, config), features.subarray(0, size)];
    // the highest bands lie in the roll-off of the resampling
    const differences = Array.from(a, (x, i) => Math.abs(x - b[i])).filter((_, i) => i % 64 < 60);
    expect(differences.reduce((x, y) => x + y, 0) / differences.length).toBeLessThan(0.02);
  });

  it('say so when the recording is shorter than a frame', () => {
    expect(() => logMel(new Float32Array(399), 16000, config)).toThrow(/shorter/);
  });
});
