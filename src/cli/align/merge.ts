/** Shards on disk: written whole or not at all, joined only when sound. */
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { UserError } from '../../math/errors';
import {
  decodeShard,
  encodeShard,
  joinShards,
  missingShards,
  type StudyShard,
} from '../../packs/study/shard';

const stem = (out: string): string => out.replace(/\.json$/i, '');
export const shardPath = (out: string, shard: number, of: number): string =>
  `${stem(out)}.shard-${shard}-of-${of}.safetensors`;
export const partialPath = (out: string): string => `${stem(out)}.partial.safetensors`;

/** A run that dies while it writes leaves a file of another name. */
export function writeWhole(path: string, bytes: Uint8Array): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(`${path}.part`, bytes);
  renameSync(`${path}.part`, path);
}

/**
 * Joins shards, and with `append` those that an earlier merge kept. What is sound but not all is kept beside `out`.
 * @throws UserError naming every file that is damaged and every shard that is missing
 */
export async function mergeShards(
  files: readonly string[],
  out: string,
  append: boolean,
): Promise<StudyShard> {
  const partial = partialPath(out);
  const paths = append && existsSync(partial) ? [partial, ...files] : [...files];
  if (paths.length === 0) throw new UserError('Name the shard files to merge.', 'merge');
  const sound: { file: string; shard: StudyShard }[] = [];
  const problems: string[] = [];
  for (const path of paths) {
    if (!existsSync(path)) {
      problems.push(`There is no file ${path}.`);
      continue;
    }
    try {
      const shard = await decodeShard(new Uint8Array(readFileSync(path)), basename(path));
      sound.push({ file: basename(path), shard });
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      problems.push(error.message);
    }
  }
  if (sound.length === 0) throw new UserError(problems.join('\n'), 'merge');
  const joined = joinShards(sound);
  const missing = missingShards(joined);
  if (missing.length === 0 && problems.length === 0) {
    rmSync(partial, { force: true });
    return joined;
  }
  if (missing.length > 0) {
    writeWhole(partial, await encodeShard(joined));
    problems.push(
      `Of ${joined.of} shards ${missing.join(', ')} ${missing.length === 1 ? 'is' : 'are'} missing: run ${missing.map((s) => `--shard ${s}/${joined.of}`).join(' and ')}, then --append ${missing.length === 1 ? 'it' : 'them'}. The sound ones are kept in ${basename(partial)}.`,
    );
  }
  throw new UserError(problems.join('\n'), 'merge');
}
