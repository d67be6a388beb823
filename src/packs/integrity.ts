/** That a file is the one pack.json means. */
import { UserError } from '../math/errors';
import type { PackFile } from './schema';

/** Lower-case hexadecimal SHA-256. @throws UserError where the browser withholds its cryptography */
export async function sha256(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  const subtle = globalThis.crypto?.subtle;
  if (!subtle)
    throw new UserError(
      'Files cannot be checked on an insecure address: open this page over https or on localhost.',
    );
  const digest = new Uint8Array(await subtle.digest('SHA-256', bytes));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** @throws UserError naming the file if its size or its hash is another */
export async function checkFile(bytes: Uint8Array<ArrayBuffer>, file: PackFile): Promise<void> {
  if (bytes.length !== file.bytes)
    throw new UserError(
      `The file ${file.path} has ${bytes.length} bytes instead of ${file.bytes}: its download was cut short or it was changed; reload the page, or get the pack again.`,
      file.path,
    );
  if ((await sha256(bytes)) !== file.sha256)
    throw new UserError(
      `The file ${file.path} is not the one that the pack lists (its SHA-256 differs): it was damaged or changed; reload the page, or get the pack again.`,
      file.path,
    );
}
