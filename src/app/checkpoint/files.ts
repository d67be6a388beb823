/** Files of a drop or a dialog, folders opened, each under its path. */
import type { NamedBlob } from '../../engine/study/operations';

/** No checkpoint and no table needs more; a dropped disk is not walked to its end. */
const most = 20_000;

const fileOf = (entry: FileSystemFileEntry): Promise<File> =>
  new Promise((resolve, reject) => entry.file(resolve, reject));

const someOf = (reader: FileSystemDirectoryReader): Promise<FileSystemEntry[]> =>
  new Promise((resolve, reject) => reader.readEntries(resolve, reject));

async function walk(entry: FileSystemEntry, into: NamedBlob[]): Promise<void> {
  if (into.length >= most) return;
  if (entry.isFile) {
    const file = await fileOf(entry as FileSystemFileEntry);
    into.push({ name: entry.fullPath.replace(/^\//, ''), blob: file });
    return;
  }
  const reader = (entry as FileSystemDirectoryEntry).createReader();
  // a directory gives its entries in parts, and an empty part at the end
  for (let some = await someOf(reader); some.length; some = await someOf(reader))
    for (const inner of some) await walk(inner, into);
}

export async function filesOfDrop({ items, files }: DataTransfer): Promise<NamedBlob[]> {
  // the list is empty after the event, so it is taken before anything is waited for
  const entries = Array.from(items, (item) => item.webkitGetAsEntry()).filter((entry) => entry !== null);
  if (!entries.length) return filesOfList(files);
  const found: NamedBlob[] = [];
  for (const entry of entries) await walk(entry, found);
  return found;
}

export const filesOfList = (list: FileList | null): NamedBlob[] =>
  Array.from(list ?? [], (file) => ({ name: file.webkitRelativePath || file.name, blob: file }));
