/**
 * The origin's private file system, as much of it as is used: folders that are made, listed with their sizes and
 * deleted, files that are written through in parts. Only a worker may write so.
 */
import { UserError } from '../../math/errors';

/** Gives the root; tests bring their own. */
export type PrivateRoot = () => Promise<FileSystemDirectoryHandle>;

/** Null where the browser has none: no secure context, or private browsing. */
export function browserRoot(): PrivateRoot | null {
  const storage = globalThis.navigator?.storage as StorageManager | undefined;
  return storage?.getDirectory ? () => storage.getDirectory() : null;
}

const own = 'skewscope';

/** One of our folders. @throws where storage is refused */
export async function folderOf(root: PrivateRoot, name: string): Promise<FileSystemDirectoryHandle> {
  const base = await (await root()).getDirectoryHandle(own, { create: true });
  return base.getDirectoryHandle(name, { create: true });
}

export async function* filesIn(
  folder: FileSystemDirectoryHandle,
): AsyncGenerator<{ name: string; file: File }> {
  for await (const handle of folder.values())
    if (handle.kind === 'file')
      yield { name: handle.name, file: await (handle as FileSystemFileHandle).getFile() };
}

export async function sizeOf(folder: FileSystemDirectoryHandle): Promise<number> {
  let bytes = 0;
  for await (const { file } of filesIn(folder)) bytes += file.size;
  return bytes;
}

/** The JSON of a file in a folder; null where it is missing or cut off. */
export async function readJson(folder: FileSystemDirectoryHandle, name: string): Promise<unknown> {
  try {
    return JSON.parse(await (await (await folder.getFileHandle(name)).getFile()).text()) as unknown;
  } catch {
    return null;
  }
}

/** A file open for writing in place. @throws UserError where another tab has it open */
export async function openFile(
  folder: FileSystemDirectoryHandle,
  name: string,
): Promise<FileSystemSyncAccessHandle> {
  const handle = await folder.getFileHandle(name, { create: true });
  try {
    return await handle.createSyncAccessHandle();
  } catch (error) {
    if ((error as DOMException).name !== 'NoModificationAllowedError') throw error;
    throw new UserError('Another tab of this page is writing the same files: close it, then try again.');
  }
}

export const noRoom = (bytes: number): UserError =>
  new UserError(
    `There is no room for ${Math.ceil(bytes / 1e6)} MB in this browser's storage: delete something that is kept, or free space on the disk.`,
  );

/** Writes all of it, or says that there is no room. @param at byte of the file */
export function writeAt(file: FileSystemSyncAccessHandle, bytes: Uint8Array<ArrayBuffer>, at: number): void {
  let written: number;
  try {
    written = file.write(bytes, { at });
  } catch (error) {
    throw (error as DOMException).name === 'QuotaExceededError' ? noRoom(bytes.length) : error;
  }
  if (written < bytes.length) throw noRoom(bytes.length);
}

export async function writeJson(
  folder: FileSystemDirectoryHandle,
  name: string,
  value: unknown,
): Promise<void> {
  const file = await openFile(folder, name);
  try {
    file.truncate(0);
    writeAt(file, new TextEncoder().encode(JSON.stringify(value)), 0);
    file.flush();
  } finally {
    file.close();
  }
}
