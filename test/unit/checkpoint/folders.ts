/** The reference fixtures as folders that a person drops, and inputs that reach their encoders unchanged. */
import { toFloat32, toInt32 } from '../../../src/runtime/safetensors';
import type { NamedBlob } from '../../../src/engine/study/operations';
import { fixtureBytes, readFixture } from '../../parity/fixture';

export const named = (name: string, content: string | Uint8Array): NamedBlob => ({
  name,
  blob: new Blob([content as BlobPart]),
});
export const json = (name: string, value: unknown): NamedBlob => named(name, JSON.stringify(value));

const files = (fixture: string, folder: string): NamedBlob[] =>
  ['config.json', 'model.safetensors'].map((name) => named(`${folder}/${name}`, fixtureBytes(fixture, name)));

/**
 * The BERT fixture with a vocabulary made for it: each id is a word, and the first and last ids of its second row
 * are called [CLS] and [SEP], so that typing the words between gives the very ids that `transformers` was given.
 */
export function bertFolder(folder = 'tiny-bert'): { files: NamedBlob[]; text: string; tokens: number } {
  const { inputs, config } = readFixture('bert');
  if (config.family !== 'bert') throw new Error('the fixture is another one');
  const all = toInt32(inputs.get('input_ids')!);
  const mask = toFloat32(inputs.get('attention_mask')!);
  const length = inputs.get('input_ids')!.shape[1];
  const tokens = mask.subarray(length).reduce((sum, x) => sum + x, 0);
  const ids = [...all.subarray(length, length + tokens)];
  const free = Array.from({ length: config.vocabulary }, (_, id) => id).filter(
    (id) => id !== config.padId && !ids.includes(id),
  );
  const special = new Map([
    [config.padId, '[PAD]'],
    [ids[0], '[CLS]'],
    [ids[tokens - 1], '[SEP]'],
    [free[0], '[UNK]'],
    [free[1], '[MASK]'],
  ]);
  const pieces = Array.from({ length: config.vocabulary }, (_, id) => special.get(id) ?? `w${id}`);
  return {
    files: [...files('bert', folder), named(`${folder}/vocab.txt`, `${pieces.join('\n')}\n`)],
    text: ids
      .slice(1, -1)
      .map((id) => pieces[id])
      .join(' '),
    tokens,
  };
}

/** A wav2vec 2.0 fixture, its samples left as they are. */
export function waveFolder(fixture: 'wav2vec2-base' | 'wav2vec2-stable', folder: string = fixture) {
  const stored = readFixture(fixture).inputs.get('input_values')!;
  return {
    files: [
      ...files(fixture, folder),
      json(`${folder}/preprocessor_config.json`, {
        feature_extractor_type: 'Wav2Vec2FeatureExtractor',
        sampling_rate: 16000,
        do_normalize: false,
      }),
    ],
    samples: toFloat32(stored).slice(0, stored.shape[1]),
  };
}

/** The ViT fixture behind a preprocessor that resizes to it. */
export const vitFolder = (folder = 'tiny-vit'): NamedBlob[] => [
  ...files('vit', folder),
  json(`${folder}/preprocessor_config.json`, { size: { height: 32, width: 32 } }),
];
