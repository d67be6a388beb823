/** Pooled layer states of many samples: the page's front end, the pack's frozen encoder. */
import { parseConfig } from '../../encoders/config';
import { createEncoder, loadCheckpoint } from '../../encoders/encoder';
import { parseLogMelConfig } from '../../encoders/logmel';
import { cutPatches, patchLayout } from '../../encoders/patches';
import { createFrontEnd } from '../../engine/front-end';
import type { Degradation, ModalityInput } from '../../engine/protocol';
import type { StoredEncoder } from '../../packs/open';
import * as tf from '../../runtime/tf';
import { variedInput, variedLogMel, type Sample } from './data';

export interface StateEncoder {
  layers: number;
  width: number;
  /** What the encoder takes for an input. */
  features(input: ModalityInput, degradation: Degradation): Float32Array;
  /** The same for a training variant of a sample. */
  variedFeatures(sample: Sample, seed: number): Float32Array;
  /** Pooled states of samples, [n, layers, width], not standardised. @param inputs n feature arrays */
  encode(inputs: Float32Array[]): Promise<Float32Array>;
  dispose(): void;
}

const batchSize = 32;

export function openEncoder(stored: StoredEncoder): StateEncoder {
  const { modality } = stored;
  const config = parseConfig(stored.config, `${modality.encoder}/config.json`);
  if (modality.pooling === 'given') throw new RangeError(`${modality.id} has no encoder.`);
  const encoder = createEncoder(config, loadCheckpoint(config, stored.weights), modality.pooling);
  const frontEnd = createFrontEnd(stored);
  const { patches, pixels, inputs: size } = patchLayout(config);
  const { layers, width } = encoder;

  async function encodeBatch(inputs: Float32Array[]): Promise<Float32Array> {
    const n = inputs.length;
    const values = new Float32Array(n * size);
    inputs.forEach((input, s) => values.set(input, s * size));
    const pooled = tf.tidy(() => {
      const batch = { patches: tf.tensor(cutPatches(config, values), [n, patches, pixels]) };
      return tf.stack(encoder.pool(encoder.forward(batch).slice(1), batch), 1);
    });
    const out = (await pooled.data<'float32'>()).slice();
    pooled.dispose();
    return out;
  }
  return {
    layers,
    width,
    features: (input, degradation) => frontEnd(input, degradation).values,
    variedFeatures(sample, seed) {
      const { input, degradation } = variedInput(sample, seed);
      const { values, seen } = frontEnd(input, degradation);
      if (seen.kind === 'logmel')
        variedLogMel(values, parseLogMelConfig(stored.preprocessor), seen.used, seed, sample.id);
      return values;
    },
    async encode(inputs) {
      const out = new Float32Array(inputs.length * layers * width);
      for (let from = 0; from < inputs.length; from += batchSize)
        out.set(await encodeBatch(inputs.slice(from, from + batchSize)), from * layers * width);
      return out;
    },
    dispose: () => encoder.dispose(),
  };
}
