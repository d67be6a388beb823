/** Alignment matrices with what chance gives, and what the penalties brought. */
import { UserError } from '../../math/errors';
import {
  aboveChance,
  alignmentMetrics,
  type AlignmentMatrix,
  type DependencyFile,
} from '../../packs/dependency-file';
import type { Handler } from '../handler';
import { similarity } from '../handlers/similarity';
import type { Alignment, Alignments, Chance } from './operations';
import { checkLayers } from './telling';

export { explain } from './explain';
export { telling } from './telling';

function withChance(matrix: AlignmentMatrix, rounds: number): Alignment {
  const { values, nulls } = matrix;
  if (rounds === 0) return { values, chance: null };
  const cells = values.length;
  const of = () => new Float32Array(cells);
  const chance: Chance = { mean: of(), deviation: of(), largest: of(), beaten: new Uint16Array(cells) };
  for (let cell = 0; cell < cells; cell++) {
    const found = aboveChance(matrix, cell);
    chance.mean[cell] = found.mean;
    chance.deviation[cell] = found.deviation;
    chance.largest[cell] = found.largest;
    for (let r = 0; r < rounds; r++) if (values[cell] > nulls[r * cells + cell]) chance.beaten[cell]++;
  }
  return { values, chance };
}

const ofFile = ({ la, lb, pairs, rounds, ceiling, metrics }: DependencyFile): Alignments => ({
  la,
  lb,
  pairs,
  rounds,
  ceiling,
  metrics: Object.fromEntries(
    alignmentMetrics.map((metric) => [metric, withChance(metrics[metric], rounds)]),
  ),
});

export const alignments: Handler<'alignments'> = async ({ pairing }, { session, signal, progress, lost }) => {
  const opened = await session.pack();
  const { pack } = opened.files;
  const { a, b, paired } = opened.pairing(pairing);
  const layers = (id: string): number => opened.modality(id).layers;
  if (opened.hasDependency(pairing)) {
    const file = await opened.dependency(pairing);
    checkLayers(file, layers(a), layers(b));
    return ofFile(file);
  }
  const context = { session, signal, progress, lost };
  const { values, n } = await similarity({ pairing, measure: 'cka' }, context);
  const neighbours = await similarity({ pairing, measure: 'mutual-knn' }, context);
  return {
    la: layers(a),
    lb: layers(b),
    pairs: n,
    rounds: 0,
    ceiling: paired === 'by-label' ? Math.log(pack.tasks[0].classes.length) : null,
    metrics: {
      cka: { values, chance: null },
      'mutual-knn': { values: neighbours.values, chance: null },
    },
  };
};

export const penalty: Handler<'penalty'> = async ({ pairing }, { session, signal, progress }) => {
  const opened = await session.pack();
  const { rows, ...about } = await opened.penalty(pairing, ({ loaded, total }) => {
    if (!signal.aborted) progress({ done: loaded, total });
  });
  signal.throwIfAborted();
  const own = rows.filter((row) => row.pairing === pairing);
  if (own.length === 0)
    throw new UserError('The pack’s evaluation of its penalties says nothing of this pairing.');
  return { ...about, rows: own };
};
