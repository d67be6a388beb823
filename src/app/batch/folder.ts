/** Files of a drop, folders opened; the browser gives at most a hundred entries at a time. */

const mostFiles = 20_000;

function entriesOf(folder: FileSystemDirectoryEntry): Promise<FileSystemEntry[]> {
  const reader = folder.createReader();
  const all: FileSystemEntry[] = [];
  return new Promise((resolve, reject) => {
    const more = () =>
      reader.readEntries((some) => {
        all.push(...some);
        if (some.length === 0 || all.length > mostFiles) resolve(all);
        else more();
      }, reject);
    more();
  });
}

const fileOf = (entry: FileSystemFileEntry): Promise<File> =>
  new Promise((resolve, reject) => entry.file(resolve, reject));

/** Path inside what was dropped → file. Must be called while the drop is handled. */
export async function droppedFiles(transfer: DataTransfer): Promise<Map<string, File>> {
  // Entries are gone after the first wait, so they are all taken before it.
  const waiting = [...transfer.items]
    .map((item) => item.webkitGetAsEntry())
    .filter((entry) => entry !== null);
  const out = new Map<string, File>();
  for (let entry = waiting.shift(); entry && out.size < mostFiles; entry = waiting.shift()) {
    const path = entry.fullPath.replace(/^\//, '');
    if (entry.isFile) out.set(path, await fileOf(entry as FileSystemFileEntry));
    else if (entry.isDirectory) waiting.push(...(await entriesOf(entry as FileSystemDirectoryEntry)));
  }
  return out;
}

/** Path inside the chosen folder → file; of single files their names. */
export const chosenFiles = (list: FileList | null): Map<string, File> =>
  new Map(Array.from(list ?? [], (file) => [file.webkitRelativePath || file.name, file]));
