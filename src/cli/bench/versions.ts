/** What was measured: the machine and the versions, read and never typed. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { cpus, totalmem, type as system } from 'node:os';
import { dirname, join } from 'node:path';

const require = createRequire(import.meta.url);

/** Version of an installed package; some do not export their package.json, so it is looked for upwards. */
export function versionOf(name: string): string {
  let folder = dirname(require.resolve(name));
  for (;;) {
    try {
      const found = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as {
        name?: string;
        version?: string;
      };
      if (found.name === name && found.version) return found.version;
    } catch {
      // not here: go on upwards
    }
    if (folder === dirname(folder)) throw new Error(`The version of ${name} cannot be found.`);
    folder = dirname(folder);
  }
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
