/** A file that was chosen, dropped or pasted, as the input of a kind. The readers are fetched when first needed. */
import type { ModalityInput } from '../../engine/protocol';
import { UserError } from '../../math/errors';
import type { ModalityKind } from '../../packs/schema';

export const accepted: Partial<Record<ModalityKind, string>> = {
  audio: 'audio/*,.wav,.mp3,.ogg,.oga,.opus,.m4a,.flac',
  image: 'image/*',
  text: 'text/plain,.txt',
};

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

/**
 * @param kind what the side takes
 * @throws UserError in one sentence, where the file is not of that kind or cannot be used
 */
export async function readFile(kind: ModalityKind, file: File): Promise<ModalityInput> {
  const name = shortName(file.name || 'The file');
  if (kind === 'audio') {
    const { readSoundFile } = await fetched(import('../../media/browser/sound-file'));
    return { kind: 'audio', ...(await readSoundFile(file, name)) };
  }
  if (kind === 'image') {
    const { readImageFile } = await fetched(import('../../media/browser/image-file'));
    return { kind: 'image', ...(await readImageFile(file, name)) };
  }
  if (kind === 'text') {
    const { readTextFile } = await fetched(import('../../media/browser/text-file'));
    return { kind: 'text', text: await readTextFile(file, name) };
  }
  if (kind === 'video') throw new UserError(`${name} cannot be used here: this input is drawn on the pad.`);
  throw new UserError(`${name} cannot be used here: this input comes from the pack's own samples.`);
}
