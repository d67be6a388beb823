/** Checkpoints in the origin's private file system: kept file by file in parts, listed, opened again, deleted. */
import { UserError } from '../../math/errors';
import { breathe } from '../modality';
import type { NamedBlob } from '../study/operations';
import type { KeptCheckpoint, KeptRows, Progress } from './operations';
import {
  filesIn,
  folderOf,
  noRoom,
  openFile,
  readJson,
  sizeOf,
  writeAt,
  writeJson,
  type PrivateRoot,
} from './private-files';

const shelf = 'checkpoints';
/** Written last, so that a folder without it was cut off. */
const label = 'skewscope.json';
const partBytes = 8 * 2 ** 20;

interface Label {
  name: string;
  architecture: string;
}

export interface KeepOptions {
  signal: AbortSignal;
  progress(progress: Progress): void;
}

/**
 * Copies a checkpoint's files in parts of 8 MiB. Stopped or without room, nothing stays behind.
 * @throws UserError where there is no room
 */
export async function keepFiles(
  root: PrivateRoot,
  about: Label,
  files: readonly NamedBlob[],
  { signal, progress }: KeepOptions,
): Promise<KeptCheckpoint> {
  const total = files.reduce((sum, { blob }) => sum + blob.size, 0);
  const { quota, usage } = (await globalThis.navigator?.storage?.estimate?.()) ?? {};
  if (quota !== undefined && usage !== undefined && quota - usage < total) throw noRoom(total);
  const all = await folderOf(root, shelf);
  const key = crypto.randomUUID();
  const folder = await all.getDirectoryHandle(key, { create: true });
  let done = 0;
  try {
    for (const { name, blob } of files) {
      const file = await openFile(folder, name.slice(name.lastIndexOf('/') + 1));
      try {
        for (let at = 0; at < blob.size; at += partBytes) {
          const bytes = new Uint8Array(await blob.slice(at, at + partBytes).arrayBuffer());
          writeAt(file, bytes, at);
          done += bytes.length;
          progress({ stage: 'keeping', done, total });
          await breathe(signal);
        }
        file.flush();
      } finally {
        file.close();
      }
    }
    await writeJson(folder, label, about satisfies Label);
    return { key, ...about, bytes: total, complete: true };
  } catch (error) {
    await all.removeEntry(key, { recursive: true }).catch(() => undefined);
    throw error;
  }
}

export async function keptCheckpoints(root: PrivateRoot): Promise<KeptCheckpoint[]> {
  const list: KeptCheckpoint[] = [];
  for await (const handle of (await folderOf(root, shelf)).values()) {
    if (handle.kind !== 'directory') continue;
    const folder = handle as FileSystemDirectoryHandle;
    const about = (await readJson(folder, label)) as Label | null;
    list.push({
      key: handle.name,
      name: about?.name ?? 'unfinished',
      architecture: about?.architecture ?? '',
      bytes: await sizeOf(folder),
      complete: about !== null,
    });
  }
  return list.sort((x, y) => x.name.localeCompare(y.name));
}

/** The files of one that is kept; they are read from the disk when they are asked for. */
export async function keptFiles(
  root: PrivateRoot,
  key: string,
): Promise<{ name: string; files: NamedBlob[] }> {
  const all = await folderOf(root, shelf);
  const folder = await all.getDirectoryHandle(key).catch(() => null);
  const about = folder && ((await readJson(folder, label)) as Label | null);
  if (!folder || !about)
    throw new UserError('This checkpoint is no longer kept in this browser: drop its folder again.');
  const files: NamedBlob[] = [];
  for await (const { name, file } of filesIn(folder)) if (name !== label) files.push({ name, blob: file });
  return { name: about.name, files };
}

const rowShelf = 'rows';

export async function keptRows(root: PrivateRoot): Promise<KeptRows[]> {
  const list: KeptRows[] = [];
  for await (const handle of (await folderOf(root, rowShelf)).values()) {
    if (handle.kind !== 'directory') continue;
    const folder = handle as FileSystemDirectoryHandle;
    const about = (await readJson(folder, rowsLabel)) as RowsAbout | null;
    const bytes = await sizeOf(folder);
    const held = await folder.getFileHandle(rowsFile).catch(() => null);
    const size = held ? (await held.getFile()).size : 0;
    list.push({
      key: handle.name,
      title: about?.title ?? 'unfinished',
      done: about ? Math.floor(size / recordBytes(about)) : 0,
      rows: about?.rows ?? 0,
      bytes,
    });
  }
  return list.sort((x, y) => x.title.localeCompare(y.title));
}

export const rowsFolder = async (root: PrivateRoot, key: string): Promise<FileSystemDirectoryHandle> =>
  (await folderOf(root, rowShelf)).getDirectoryHandle(key, { create: true });

export const rowsLabel = 'about.json';
export const rowsFile = 'states.f32';

export interface RowsAbout {
  title: string;
  rows: number;
  layers: number;
  width: number;
}

/** A row's states, and four bytes that tell a whole row from one that was cut off. */
export const recordBytes = ({ layers, width }: Pick<RowsAbout, 'layers' | 'width'>): number =>
  4 * layers * width + 4;

/** @returns bytes that are free again; 0 where nothing of that key was kept */
export async function forget(root: PrivateRoot, key: string): Promise<number> {
  for (const name of [shelf, rowShelf]) {
    const all = await folderOf(root, name);
    const folder = await all.getDirectoryHandle(key).catch(() => null);
    if (!folder) continue;
    const bytes = await sizeOf(folder);
    try {
      await all.removeEntry(key, { recursive: true });
    } catch {
      throw new UserError('It is being written just now: stop that first, or close the other tab.');
    }
    return bytes;
  }
  return 0;
}
