/** Pack folders on disk: writing one, and the list of packs beside it. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { PackSettings } from './settings';

export function writeFiles(folder: string, files: ReadonlyMap<string, Uint8Array>): void {
  for (const [path, bytes] of files) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), bytes);
  }
}

interface PackList {
  schema: 1;
  packs: { id: string; title: string; subtitle: string; modalities: [string, string]; url: string }[];
}

/**
 * Puts the pack into index.json of the folder that holds the packs, in place of an older entry.
 * @param modalities the kinds of A and B, which the page shows as glyphs
 */
export function listPack(packDir: string, settings: PackSettings, modalities: [string, string]): void {
  const path = join(dirname(packDir), 'index.json');
  const id = basename(packDir);
  const list: PackList = existsSync(path)
    ? (JSON.parse(readFileSync(path, 'utf8')) as PackList)
    : { schema: 1, packs: [] };
  const entry = {
    id,
    title: settings.short,
    subtitle: settings.subtitle,
    modalities,
    url: `${id}/pack.json`,
  };
  const at = list.packs.findIndex((pack) => pack.id === id);
  if (at < 0) list.packs.push(entry);
  else list.packs[at] = entry;
  writeFileSync(path, `${JSON.stringify(list, null, 2)}\n`);
}
