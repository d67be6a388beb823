/** The frozen encoders of a pack folder, before there is a pack.json. */
import { readdirSync, readFileSync, existsSync } from 'node:fs';
import { join } from 'node:path';
import * as v from 'valibot';
import { parseConfig, type Family } from '../../encoders/config';
import { UserError } from '../../math/errors';
import type { StoredEncoder } from '../../packs/open';
import type { PackFile, PackModality } from '../../packs/schema';
import { readSafetensors } from '../../runtime/safetensors';

const names: Record<Family, string> = {
  timesformer: 'TimeSformer',
  ast: 'Audio Spectrogram Transformer',
  bert: 'BERT',
  vit: 'ViT',
  beit: 'BEiT',
  wav2vec2: 'wav2vec 2.0',
  sequence: 'BERT over feature vectors',
};
const poolings: Record<Family, PackModality['pooling']> = {
  timesformer: 'cls',
  ast: 'cls-distillation',
  bert: 'cls',
  vit: 'cls',
  beit: 'cls',
  wav2vec2: 'mean',
  // its rows cannot be given in the page, which takes the states as stored
  sequence: 'given',
};
const kinds: Record<Family, PackModality['modality']> = {
  timesformer: 'video',
  ast: 'audio',
  bert: 'text',
  vit: 'image',
  beit: 'image',
  wav2vec2: 'audio',
  sequence: 'features',
};

const read = (path: string): Uint8Array<ArrayBuffer> => {
  if (!existsSync(path)) throw new UserError(`${path} is missing: train the encoders first.`);
  return new Uint8Array(readFileSync(path));
};
const json = (path: string): unknown =>
  existsSync(path) ? JSON.parse(new TextDecoder().decode(read(path))) : null;

/** @param label what a person calls the modality; the default is its id */
export async function readStoredEncoder(packDir: string, id: string, label = id): Promise<StoredEncoder> {
  const encoder = `encoders/${id}`;
  const folder = join(packDir, encoder);
  const bytes = read(join(folder, 'model.safetensors'));
  const config = json(join(folder, 'config.json'));
  const { family, layers, width } = parseConfig(config, join(folder, 'config.json'));
  return {
    modality: {
      id,
      modality: kinds[family],
      label,
      encoder,
      family: names[family],
      layers,
      width,
      pooling: poolings[family],
    },
    config,
    preprocessor: json(join(folder, 'preprocessor_config.json')),
    tokenizer: json(join(folder, 'tokenizer.json')),
    weights: readSafetensors(bytes, join(folder, 'model.safetensors')).tensors,
  };
}

const roles: Record<string, PackFile['role']> = {
  'config.json': 'encoder-config',
  'model.safetensors': 'encoder-weights',
  'preprocessor_config.json': 'preprocessor',
  'tokenizer.json': 'tokenizer',
};

/** The files of an encoder that belong into the pack; the page does not run those of feature vectors. */
export const encoderContents = (packDir: string, { id, modality }: Pick<PackModality, 'id' | 'modality'>) =>
  readdirSync(join(packDir, 'encoders', id))
    .filter((name) => name in roles)
    .sort()
    .map((name) => ({
      path: `encoders/${id}/${name}`,
      role: roles[name],
      when: modality === 'features' ? ('lazy' as const) : ('first' as const),
      modality: id,
      content: read(join(packDir, 'encoders', id, name)),
    }));

const measuredSchema = v.looseObject({ data: v.looseObject({}), history: v.optional(v.array(v.string())) });

/** What the encoder's training left in `measured`: its data, its history, its accuracy on validation. */
export function encoderFacts(packDir: string, id: string): v.InferOutput<typeof measuredSchema> | null {
  const path = join(packDir, 'measured', `encoder-${id}.json`);
  const parsed = v.safeParse(measuredSchema, json(path));
  return parsed.success ? parsed.output : null;
}

const leftOutSchema = v.record(
  v.string(),
  v.looseObject({
    steps: v.number(),
    validation: v.array(
      v.looseObject({ name: v.string(), count: v.number(), accuracy: v.record(v.string(), v.number()) }),
    ),
  }),
);

/** Of encoders that were trained without one training voice each: what the last layer reaches on it; null if none were. */
export function leftOutVoices(
  packDir: string,
): Record<string, { steps: number; count: number; accuracy: number }> | null {
  const parsed = v.safeParse(leftOutSchema, json(join(packDir, 'measured', 'lovo.json')));
  if (!parsed.success) return null;
  return Object.fromEntries(
    Object.entries(parsed.output).map(
      ([
        voice,
        {
          steps,
          validation: [clean],
        },
      ]) => {
        const last = Math.max(...Object.keys(clean.accuracy).map(Number));
        return [voice, { steps, count: clean.count, accuracy: clean.accuracy[last] }];
      },
    ),
  );
}
