/** A pack in a folder, for the command line and tests in Node. Never imported by the page. */
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { missing, tooLong, type Source } from './source';

export const folderSource = (folder: string): Source => ({
  name: folder,
  async read(path, { signal, limit, onBytes }) {
    const full = join(folder, path);
    const info = await stat(full).catch(() => null);
    if (!info?.isFile()) throw missing(path, folder);
    if (info.size > limit) throw tooLong(path, limit);
    const bytes = new Uint8Array(await readFile(full, { signal }));
    onBytes?.(bytes.length);
    return bytes;
  },
});
