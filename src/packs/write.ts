/** Putting a pack together: the bytes of its files, and what pack.json says of them. */
import { sha256 } from './integrity';
import { parsePack } from './parse';
import type { Pack, PackFile } from './schema';

/** A file with what it is for; its size and hash are worked out. */
export type PackContent = Omit<PackFile, 'bytes' | 'sha256'> & { content: Uint8Array<ArrayBuffer> };

/**
 * pack.json and the files it lists.
 * @param about everything of pack.json but its files
 * @returns path → bytes, `pack.json` included; it has been read back and checked
 */
export async function assemblePack(
  about: Omit<Pack, 'files'>,
  contents: readonly PackContent[],
): Promise<Map<string, Uint8Array<ArrayBuffer>>> {
  const files = await Promise.all(
    contents.map(async ({ content, ...file }) => ({
      ...file,
      bytes: content.length,
      sha256: await sha256(content),
    })),
  );
  const json = `${JSON.stringify({ ...about, files }, null, 2)}\n`;
  parsePack(json, about.id);
  return new Map([
    ['pack.json', new TextEncoder().encode(json)],
    ...contents.map(({ path, content }): [string, Uint8Array<ArrayBuffer>] => [path, content]),
  ]);
}

export const jsonContent = (value: unknown): Uint8Array<ArrayBuffer> =>
  new TextEncoder().encode(`${JSON.stringify(value, null, 2)}\n`);
