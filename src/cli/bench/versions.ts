/** What was measured: the machine and the versions, read and never typed. */
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { cpus, totalmem, type as system } from 'node:os';
import { join } from 'node:path';

const require = createRequire(import.meta.url);

/** Version of an installed package, by its package.json: some packages do not export it, so it is read from its folder. */
export function versionOf(name: string): string {
  const folder = require.resolve.paths(name)?.find((path) => existsSync(join(path, name, 'package.json')));
  if (!folder) throw new Error(`${name} is not installed.`);
  return (JSON.parse(readFileSync(join(folder, name, 'package.json'), 'utf8')) as { version: string })
    .version;
}

export function machine(): string {
  const cores = cpus();
  return `${cores[0]?.model.trim() ?? 'unknown processor'}, ${cores.length} cores, ${Math.round(totalmem() / 2 ** 30)} GiB, ${system()} ${process.arch}`;
}

export const versions = (): Record<string, string> => ({
  node: process.versions.node,
  v8: process.versions.v8,
  ...Object.fromEntries(
    ['@tensorflow/tfjs-core', '@tensorflow/tfjs-backend-wasm', 'onnxruntime-web', 'assemblyscript'].map(
      (name) => [name, versionOf(name)],
    ),
  ),
});
