/** The files of a dropped folder that make up a checkpoint, and a fingerprint of every byte that was used of them. */
import { blobSource, openCheckpoint, type ByteSource, type Checkpoint } from '../../encoders/checkpoint';
import { familyNames } from '../../encoders/config';
import type { Pooling } from '../../encoders/network';
import { UserError } from '../../math/errors';
import { sha256 } from '../../packs/integrity';
import type { NamedBlob } from '../study/operations';
import type { CheckpointInfo, Takes } from './operations';

const part =
  /^(config|preprocessor_config|tokenizer|tokenizer_config|model\.safetensors\.index)\.json$|^vocab\.txt$|\.safetensors$/;

/** The files that opening a checkpoint may ask for; others (other formats, read-mes) are left alone. */
export const partsOf = (files: readonly NamedBlob[]): NamedBlob[] =>
  files.filter(({ name }) => part.test(name.slice(name.lastIndexOf('/') + 1)));

/** A source whose reads leave their SHA-256 behind. */
function watched(source: ByteSource, seen: Map<string, Promise<string>>): ByteSource {
  const name = source.name.slice(source.name.lastIndexOf('/') + 1);
  return {
    ...source,
    async read(begin, end) {
      const bytes = await source.read(begin, end).catch(() => {
        throw new UserError(
          `The file ${source.name} could not be read: it was moved or changed since it was chosen; choose the folder again.`,
          source.name,
        );
      });
      seen.set(`${name} ${begin} ${end}`, sha256(bytes as Uint8Array<ArrayBuffer>));
      return bytes;
    },
  };
}

export interface OpenFolder {
  info: Omit<CheckpointInfo, 'id'>;
  checkpoint: Checkpoint;
  files: NamedBlob[];
  /** Of every byte that was read so far: once the weights are loaded, of all that the states depend on. */
  fingerprint(): Promise<string>;
}

const takes = {
  text: 'text',
  spectrogram: 'audio',
  wave: 'audio',
  image: 'image',
  video: 'video',
} as const satisfies Record<Checkpoint['frontEnd']['kind'], Takes>;

/** What a family's states can be pooled by; its own first. wav2vec 2.0 has no CLS token. */
const poolings = {
  bert: ['cls', 'mean'],
  vit: ['cls', 'mean'],
  beit: ['cls', 'mean'],
  timesformer: ['cls', 'mean'],
  ast: ['cls-distillation', 'cls', 'mean'],
  wav2vec2: ['mean'],
  sequence: ['mean'],
} as const satisfies Record<Checkpoint['config']['family'], readonly Pooling[]>;

/** @throws UserError naming the file, and the field, that is missing, unsupported or does not belong */
export async function openFolder(name: string, given: readonly NamedBlob[]): Promise<OpenFolder> {
  const seen = new Map<string, Promise<string>>();
  const files = partsOf(given);
  const checkpoint = await openCheckpoint(
    files.map((file) => watched(blobSource(file.name, file.blob), seen)),
  );
  const { config, frontEnd, bytes } = checkpoint;
  const choices: readonly Pooling[] = poolings[config.family];
  return {
    info: {
      name,
      architecture: familyNames[config.family].architecture,
      takes: takes[frontEnd.kind],
      frames: frontEnd.kind === 'video' ? frontEnd.frames : 1,
      layers: config.layers,
      width: config.width,
      bytes,
      fileBytes: files.reduce((sum, { blob }) => sum + blob.size, 0),
      pooling: choices[0],
      poolings: [...choices],
    },
    checkpoint,
    files,
    async fingerprint() {
      const lines = await Promise.all([...seen].map(async ([at, hash]) => `${at} ${await hash}`));
      return sha256(new TextEncoder().encode(lines.sort().join('\n')));
    },
  };
}
