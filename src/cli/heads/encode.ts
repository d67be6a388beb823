/** Pooled layer states of many samples: the page's front end, the pack's frozen encoder. */
import { parseConfig } from '../../encoders/config';
import { createEncoder, loadCheckpoint } from '../../encoders/encoder';
import { parseFeatureScale } from '../../encoders/feature-scale';
import { batchOf, type EncoderInput } from '../../encoders/frontend';
import { parseLogMelConfig } from '../../encoders/logmel';
import { sequenceInput } from '../../encoders/sequence';
import { createFrontEnd } from '../../engine/front-end';
import type { Degradation, Seen } from '../../engine/protocol';
import type { StoredEncoder } from '../../packs/open';
import * as tf from '../../runtime/tf';
import { scaledRows, variedInput, variedLogMel, type Sample, type SampleInput } from './data';

export interface StateEncoder {
  layers: number;
  width: number;
  /** What the encoder takes for an input. */
  features(input: SampleInput, degradation: Degradation): EncoderInput;
  /** The same for a training variant of a sample. */
  variedFeatures(sample: Sample, seed: number): EncoderInput;
  /** Pooled states of samples, [n, layers, width], not standardised. Texts of like length go together. */
  encode(inputs: EncoderInput[]): Promise<Float32Array>;
  dispose(): void;
}

const batchSize = 32;

export function openEncoder(stored: StoredEncoder): StateEncoder {
  const { modality } = stored;
  const config = parseConfig(stored.config, `${modality.encoder}/config.json`);
  const ofRows = config.family === 'sequence';
  if (modality.pooling === 'given' && !ofRows) throw new RangeError(`${modality.id} has no encoder.`);
  const pooling = modality.pooling === 'given' ? undefined : modality.pooling;
  const encoder = createEncoder(config, loadCheckpoint(config, stored.weights), pooling);
  const front = ofRows ? null : createFrontEnd(stored);
  const file = `${modality.encoder}/preprocessor_config.json`;
  const scale = ofRows ? parseFeatureScale(stored.preprocessor, config.features, file) : null;

  function featuresOf(input: SampleInput, degradation: Degradation): { values: EncoderInput; seen?: Seen } {
    if (input.kind === 'rows') {
      if (!ofRows || !scale) throw new RangeError(`${modality.id} takes no feature vectors.`);
      return { values: sequenceInput(config, scaledRows(input, scale, degradation), input.at) };
    }
    if (!front) throw new RangeError(`${modality.id} takes feature vectors.`);
    return front(input, degradation);
  }
  const { layers, width } = encoder;

  async function encodeBatch(inputs: EncoderInput[]): Promise<Float32Array> {
    const pooled = tf.tidy(() => {
      const batch = batchOf(config, inputs);
      return tf.stack(encoder.pool(encoder.forward(batch).slice(1), batch), 1);
    });
    const out = (await pooled.data<'float32'>()).slice();
    pooled.dispose();
    return out;
  }
  return {
    layers,
    width,
    features: (input, degradation) => featuresOf(input, degradation).values,
    variedFeatures(sample, seed) {
      const { input, degradation } = variedInput(sample, seed);
      const { values, seen } = featuresOf(input, degradation);
      if (seen?.kind === 'logmel')
        variedLogMel(seen.values, parseLogMelConfig(stored.preprocessor), seen.used, seed, sample.id);
      return values;
    },
    async encode(inputs) {
      const row = layers * width;
      const out = new Float32Array(inputs.length * row);
      // a stable sort: where all have one length, as they came
      const order = inputs.map((_, s) => s).sort((x, y) => inputs[x].length - inputs[y].length);
      for (let from = 0; from < order.length; from += batchSize) {
        const chosen = order.slice(from, from + batchSize);
        const states = await encodeBatch(chosen.map((s) => inputs[s]));
        chosen.forEach((s, at) => out.set(states.subarray(at * row, (at + 1) * row), s * row));
      }
      return out;
    },
    dispose: () => encoder.dispose(),
  };
}
