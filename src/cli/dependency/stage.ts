/** The stage `dependency` of a pack: measured on the validation pairs whose states it ships, written into the pack. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { encodeDependency } from '../../packs/dependency-file';
import { folderSource } from '../../packs/folder';
import { openPack } from '../../packs/open';
import { decodeSampleStates } from '../../packs/sample-states';
import { assemblePack, type PackContent } from '../../packs/write';
import { startNode } from '../../runtime/node';
import { writeFiles } from '../heads/pack-folder';
import { measurePairing, type MeasureOptions } from './measure';

/**
 * @param packDir models/<pack>; its pack.json and `dependency.<pairing>.safetensors` are written, the rest stays
 * @throws UserError where the pack has no sample states, or they are too few
 */
export async function dependencyStage(
  packDir: string,
  { threads = 1, ...options }: MeasureOptions & { threads?: number } = {},
): Promise<void> {
  await startNode({ threads });
  const opened = await openPack(folderSource(packDir));
  const { files, ...about } = opened.pack;
  const added: PackContent[] = [];
  for (const { id, a, b, paired } of about.pairings) {
    const keys = { pairing: id, split: 'validation' as const };
    const states = decodeSampleStates(await opened.file('sample-states', keys), `the sample states of ${id}`);
    const file = await measurePairing(
      {
        a: { name: a, ...states.a },
        b: { name: b, ...states.b },
        labels: states.labels,
        idsB: states.idsB,
        paired,
        classes: about.tasks[0].classes.length,
      },
      options,
    );
    added.push({
      path: `dependency.${id}.safetensors`,
      role: 'dependency',
      when: 'lazy',
      pairing: id,
      split: 'validation',
      content: encodeDependency(file),
    });
  }
  const kept = files
    .filter(({ path }) => !added.some((file) => file.path === path))
    /* sizes and hashes are worked out anew */
    .map((file): PackContent => ({
      ...file,
      content: new Uint8Array(readFileSync(join(packDir, file.path))),
    }));
  writeFiles(packDir, await assemblePack(about, [...kept, ...added]));
}
