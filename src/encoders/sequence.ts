/**
 * BERT over rows of numbers: a row, such as the features of one utterance of a film, is projected to the width and
 * takes the place of a word. Everything after that is BERT's (Devlin et al. 2019), under the same names, so that
 * `transformers`' BertModel opens the weights and gives the same states for `inputs_embeds = rows · projectionᵀ`;
 * the one token type is the projection's bias.
 */
import * as tf from '../runtime/tf';
import type { BertConfig, SequenceConfig } from './config';
import { bert } from './bert';
import { patchesOf, type EncoderBatch, type FamilyModel, type PatchBatch } from './network';
import { linearSpecs } from './params';
import { project } from './transformer';

const asBert = (config: SequenceConfig): BertConfig => ({
  ...config,
  family: 'bert',
  vocabulary: 1,
  types: 1,
  padId: 0,
});

const rowsOf = (batch: EncoderBatch): PatchBatch => {
  patchesOf(batch);
  return batch as PatchBatch;
};

export const sequence: FamilyModel<'sequence'> = {
  /** Of the rows that are asked about. */
  pooling: 'mean',

  specs: (config) => [
    ...linearSpecs('projection', config.features, config.width, ['projection'], []),
    ...bert.specs(asBert(config)).filter(({ name }) => name !== 'words'),
  ],

  build(config, params) {
    const inner = bert.build(asBert(config), params);
    return {
      mask: (batch) => rowsOf(batch).mask,
      poolMask: (batch) => rowsOf(batch).asked,
      embed: (batch, drop, mask) =>
        inner.embed({ words: project(patchesOf(batch), params, 'projection') }, drop, mask),
      layer: (x, index, drop, options) => inner.layer(x, index, drop, options),
    };
  },
};

/**
 * One input of a sequence encoder: the index of the row that is asked about, then the rows.
 * @param rows [n, features]; where there are more than the encoder has positions for, those around `at` are taken
 */
export function sequenceInput(
  { features, positions }: SequenceConfig,
  rows: Float32Array,
  at: number,
): Float32Array {
  const count = rows.length / features;
  if (!Number.isInteger(count) || !(at >= 0 && at < count))
    throw new RangeError(`${rows.length} values have no row ${at} of ${features}`);
  const length = Math.min(count, positions);
  const first = Math.min(Math.max(0, at - Math.floor(length / 2)), count - length);
  const input = new Float32Array(1 + length * features);
  input[0] = at - first;
  input.set(rows.subarray(first * features, (first + length) * features), 1);
  return input;
}

/** Inputs of `sequenceInput` side by side, padded to the longest; its tensors are the caller's to dispose. */
export function sequenceBatch({ features }: SequenceConfig, inputs: readonly Float32Array[]): PatchBatch {
  const counts = inputs.map((input) => (input.length - 1) / features);
  const length = Math.max(...counts);
  const rows = new Float32Array(inputs.length * length * features);
  const mask = new Float32Array(inputs.length * length);
  const asked = new Float32Array(inputs.length * length);
  inputs.forEach((input, b) => {
    rows.set(input.subarray(1), b * length * features);
    mask.fill(1, b * length, b * length + counts[b]);
    asked[b * length + input[0]] = 1;
  });
  const shape: [number, number] = [inputs.length, length];
  return {
    patches: tf.tensor3d(rows, [...shape, features]),
    mask: tf.tensor2d(mask, shape),
    asked: tf.tensor2d(asked, shape),
  };
}
