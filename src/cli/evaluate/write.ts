/** Puts what was measured into the pack: records, figures, the card. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { decodePenaltyEvaluation, type PenaltyEvaluation } from '../../packs/dependency-evaluation';
import type { Pack } from '../../packs/schema';
import { assemblePack, jsonContent, type PackContent } from '../../packs/write';
import { cardOf } from '../heads/card';
import { leftOutVoices } from '../heads/encoder-folder';
import { writeFiles } from '../heads/pack-folder';
import type { Evaluation } from './run';

/** Files of the same path are replaced; the others stay as they are. */
export async function addToPack(
  packDir: string,
  pack: Pack,
  evaluation: Evaluation,
  records: PackContent[],
): Promise<void> {
  const { files, ...rest } = pack;
  const left = leftOutVoices(packDir);
  // may have been measured after the heads were made
  const about = left ? { ...rest, training: { ...rest.training, leftOutVoices: left } } : rest;
  const { dependency, ...results } = evaluation;
  const figures: PackContent = {
    path: `evaluation.${evaluation.split}.json`,
    role: 'evaluation',
    when: 'lazy',
    split: evaluation.split as 'test' | 'validation',
    // of several pairings it would be some megabytes with spaces
    content:
      pack.pairings.length > 1 ? new TextEncoder().encode(JSON.stringify(results)) : jsonContent(results),
  };
  const drops: PackContent[] = dependency
    ? [
        {
          path: 'dependency.evaluation.json',
          role: 'dependency-evaluation',
          when: 'lazy',
          split: figures.split,
          content: new TextEncoder().encode(JSON.stringify(dependency)),
        },
      ]
    : [];
  const card: PackContent = {
    path: 'README.md',
    role: 'card',
    when: 'lazy',
    content: new TextEncoder().encode(cardOf(about, evaluation, penaltyOf(packDir, files, drops))),
  };
  const added = [...records, figures, ...drops, card];
  const kept = files
    .filter(({ path }) => !added.some((file) => file.path === path))
    /* sizes and hashes are worked out anew */
    .map((file): PackContent => ({
      ...file,
      content: new Uint8Array(readFileSync(join(packDir, file.path))),
    }));
  writeFiles(packDir, await assemblePack(about, [...kept, ...added]));
}

/** What was measured of heads with a penalty: just now, or before and still in the pack. */
function penaltyOf(
  packDir: string,
  files: Pack['files'],
  [made]: readonly PackContent[],
): PenaltyEvaluation | null {
  const before = files.find(({ role }) => role === 'dependency-evaluation');
  if (!made && !before) return null;
  const path = (made ?? before)!.path;
  const bytes = made?.content ?? new Uint8Array(readFileSync(join(packDir, path)));
  return decodePenaltyEvaluation(bytes, path);
}
