/** Whether T tells pairs that belong together from pairs that do not, and where it does best. */
import { dependencyMeasures } from '../../fusion/dependency/critic';
import { scorePairs, scorerOf, type ScoredPairs, type Scorer } from '../../fusion/dependency/score';
import { fewestPairs, partInHalves, type LayerViews } from '../../fusion/dependency/views';
import { UserError } from '../../math/errors';
import { mannWhitney } from '../../math/mann-whitney';
import { takeRows } from '../../math/permutation';
import type { DependencyFile } from '../../packs/dependency-file';
import type { ModalityStates, SampleStates } from '../../packs/sample-states';
import type { Handler } from '../handler';
import { breathe } from '../modality';
import type { OpenedPack } from '../session';
import type { Telling, TellingPlace } from './operations';

/** One-sided level of the Mann–Whitney test at one pair of layers; over several it is divided by how many. */
export const tellingLevel = 0.01;

/** Evaluation pairs that T did not learn from. */
export interface ReportPairs {
  a: LayerViews;
  b: LayerViews;
  /** Of each, its row in the sample states. */
  rows: ArrayLike<number>;
  labels: number[];
  byLabel: boolean;
}

const viewsOf = (name: string, side: ModalityStates, rows: ArrayLike<number>): LayerViews => ({
  name,
  layers: side.layers,
  width: side.width,
  states: takeRows(side.states, side.layers * side.width, rows),
});

/**
 * The half that a bound was reported on, where the states are those that T was trained with; else all.
 * @throws UserError where they cannot say what belongs together: too few, of one class, or other layers than the file's
 */
export function reportPairs(
  opened: OpenedPack,
  pairingId: string,
  file: DependencyFile,
  states: SampleStates,
): ReportPairs {
  const pairing = opened.pairing(pairingId);
  const n = states.labels.length;
  const byLabel = pairing.paired === 'by-label';
  if (n < fewestPairs)
    throw new UserError(
      `This pack keeps ${n} evaluation pairs, and at least ${fewestPairs} are needed to say what belongs together: choose another pack.`,
    );
  if (byLabel && states.labels.every((label) => label === states.labels[0]))
    throw new UserError(
      'All evaluation pairs of this pack are of one class, and they are paired by their class: any two belong together. Choose another pack.',
    );
  checkLayers(file, states.a.layers, states.b.layers);
  const rows =
    n === file.pairs
      ? partInHalves(n, file.seed, states.idsB).report
      : Array.from({ length: n }, (_, s) => s);
  return {
    a: viewsOf('A', states.a, rows),
    b: viewsOf('B', states.b, rows),
    rows,
    labels: Array.from(rows, (s) => states.labels[s]),
    byLabel,
  };
}

/** @throws UserError where the file is of other encoders */
export function checkLayers({ la, lb }: DependencyFile, layersA: number, layersB: number): void {
  if (la !== layersA || lb !== layersB)
    throw new UserError(
      `The pack’s dependency file is for ${la} × ${lb} layers, and its encoders have ${layersA} × ${layersB}. Get the pack again.`,
    );
}

/** @throws UserError where one layer is the same for every sample: nothing can then belong to it */
export function checkVaries({ layers, width, states }: LayerViews, layer: number, label: string): void {
  const at = (s: number, c: number): number => states[(s * layers + layer) * width + c];
  const n = states.length / (layers * width);
  for (let s = 1; s < n; s++)
    for (let c = 0; c < width; c++)
      if (Math.abs(at(s, c) - at(0, c)) > 1e-6 * (1 + Math.abs(at(0, c)))) return;
  throw new UserError(
    `Layer ${layer + 1} of ${label} is the same for every evaluation sample, so nothing can belong to it: choose another pair of layers.`,
  );
}

/**
 * Scores of samples with partners that are not theirs; where pairs are made by class, partners of the same class belong
 * together and are left out.
 */
export function mismatchedOf(
  { mismatched, partners }: ScoredPairs,
  { labels, byLabel }: ReportPairs,
): Float32Array {
  if (!byLabel) return mismatched;
  return mismatched.filter((_, at) => {
    const s = at % labels.length;
    return labels[partners[Math.floor(at / labels.length)][s]] !== labels[s];
  });
}

/** Each sample once with its own partner and once with another: with more rounds the test would count samples twice. */
function firstRound(scored: ScoredPairs, pairs: ReportPairs): Float32Array {
  const n = pairs.labels.length;
  return mismatchedOf({ ...scored, mismatched: scored.mismatched.slice(0, n) }, pairs);
}

/** @param looks at how many places it is asked; the level is divided by them */
export function tellingOf(scored: ScoredPairs, pairs: ReportPairs, looks = 1): Telling {
  const { area, p } = mannWhitney(scored.matched, firstRound(scored, pairs));
  const level = tellingLevel / looks;
  return { area, p, level, tells: p < level };
}

async function scoreAt(scorer: Scorer, { a, b }: ReportPairs, seed: number): Promise<ScoredPairs> {
  try {
    return await scorePairs(scorer, a, b, { rounds: 1, seed });
  } finally {
    scorer.dispose();
  }
}

/** For each measure the pair of layers at which T tells best, of those where it does. */
export const telling: Handler<'telling'> = async ({ pairing, seed }, { session, signal, progress }) => {
  const opened = await session.pack();
  const key = `telling ${pairing} ${seed}`;
  const before = opened.memo.get(key) as { looks: number; places: TellingPlace[] } | undefined;
  if (before) return before;
  const file = await opened.dependency(pairing);
  const pairs = reportPairs(opened, pairing, file, await opened.sampleStates(pairing));
  const looks = dependencyMeasures.length * file.la * file.lb;
  const places: TellingPlace[] = [];
  let done = 0;
  for (const measure of dependencyMeasures) {
    let best: TellingPlace | null = null;
    for (let cell = 0; cell < file.la * file.lb; cell++) {
      const layers = [Math.floor(cell / file.lb), cell % file.lb];
      const found = tellingOf(
        await scoreAt(scorerOf(file.critics[measure], layers), pairs, seed),
        pairs,
        looks,
      );
      if (found.tells && (!best || found.area > best.area))
        best = { measure, pair: { i: layers[0] + 1, j: layers[1] + 1 }, area: found.area };
      progress({ done: ++done, total: looks });
      await breathe(signal);
      await session.afterForeground(signal);
    }
    if (best) places.push(best);
  }
  const found = { looks, places: places.sort((x, y) => y.area - x.area) };
  opened.memo.set(key, found);
  return found;
};
