/** A file as what an encoder takes; the readers are fetched when first needed. */
import type { CheckpointInput, Takes } from '../../engine/checkpoint/operations';
import type { NamedBlob } from '../../engine/study/operations';

/**
 * @param frames of a video
 * @throws UserError in one sentence, where the file is not of that kind or cannot be used
 */
export async function readMedia(
  takes: Takes,
  { name: path, blob }: NamedBlob,
  frames: number,
): Promise<CheckpointInput> {
  const name = path.slice(path.lastIndexOf('/') + 1);
  switch (takes) {
    case 'audio': {
      const { readSoundFile } = await import('../../media/browser/sound-file');
      return { kind: 'audio', ...(await readSoundFile(blob, name)) };
    }
    case 'image': {
      const { readImageFile } = await import('../../media/browser/image-file');
      const { pixels, width, height } = await readImageFile(blob, name);
      return { kind: 'image', pixels, width, height };
    }
    case 'video': {
      const { readFilmFrames } = await import('../../media/browser/film-frames');
      return { kind: 'video', frames: await readFilmFrames(blob, name, frames) };
    }
    case 'text':
      return { kind: 'text', text: await blob.text() };
  }
}
