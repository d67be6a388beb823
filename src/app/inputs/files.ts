/** A file that was chosen, dropped or pasted, as the input of a kind. The readers are fetched when first needed. */
import type { ModalityInput } from '../../engine/protocol';
import { UserError } from '../../math/errors';
import { limits } from '../../media/browser/limits';
import type { ModalityKind } from '../../packs/schema';

export const accepted: Partial<Record<ModalityKind, string>> = {
  audio: 'audio/*,.wav,.mp3,.ogg,.oga,.opus,.m4a,.flac',
  image: 'image/*',
  text: 'text/plain,.txt',
  video: 'video/*',
};

/** How a text that was too long is named. */
export const cutWords = `first ${limits.textCharacters.toLocaleString('en')} characters`;

/** A name that fits into a sentence. */
export const shortName = (name: string): string =>
  name.length > 40 ? `${name.slice(0, 24)}…${name.slice(-12)}` : name;

/** A reader's module; after a new version was put on the server its old address may be gone. */
const fetched = <T>(reader: Promise<T>): Promise<T> =>
  reader.catch(() => {
    throw new UserError(
      'The reader of such files could not be fetched: check the network, or reload the page.',
    );
  });

export interface ReadInput {
  input: ModalityInput;
  /** The file's name, and what of it was taken where that is not all. */
  name: string;
}

/**
 * @param kind what the side takes
 * @throws UserError in one sentence, where the file is not of that kind or cannot be used
 */
export async function readFile(kind: ModalityKind, file: File): Promise<ReadInput> {
  const name = shortName(file.name || 'The file');
  switch (kind) {
    case 'audio': {
      const { readSoundFile } = await fetched(import('../../media/browser/sound-file'));
      return { input: { kind, ...(await readSoundFile(file, name)) }, name };
    }
    case 'image': {
      const { readImageFile } = await fetched(import('../../media/browser/image-file'));
      const { firstFrame, ...picture } = await readImageFile(file, name);
      return { input: { kind, ...picture }, name: firstFrame ? `first frame of ${name}` : name };
    }
    case 'text': {
      const { readTextFile } = await fetched(import('../../media/browser/text-file'));
      const { text, cut } = await readTextFile(file, name);
      return { input: { kind, text }, name: cut ? `${cutWords} of ${name}` : name };
    }
    case 'video': {
      const { readVideoFile } = await fetched(import('../../media/browser/video-file'));
      return {
        input: { kind: 'drawing', drawing: await readVideoFile(file, name) },
        name: `traced in ${name}`,
      };
    }
    case 'features':
      throw new UserError(`${name} cannot be used here: this input comes from the pack's own samples.`);
  }
}
