import { extremes, placeScore } from '../../fusion/dependency/explain';
import { scorePairs, scorerOf, type ScoredPairs, type Scorer } from '../../fusion/dependency/score';
import { partInHalves, type LayerViews } from '../../fusion/dependency/views';
import { UserError } from '../../math/errors';
import { takeRows } from '../../math/permutation';
import {
  aboveChance,
  alignmentMetrics,
  type AlignmentMatrix,
  type DependencyFile,
} from '../../packs/dependency-file';
import type { ModalityStates, SampleStates } from '../../packs/sample-states';
import * as tf from '../../runtime/tf';
import type { Handler } from '../handler';
import { similarity } from '../handlers/similarity';
import { breathe } from '../modality';
import type { Alignment, Alignments, ScoredPair } from './operations';

const withChance = (matrix: AlignmentMatrix): Alignment => {
  const { values } = matrix;
  const chance = { mean: new Float32Array(values.length), largest: new Float32Array(values.length) };
  for (let cell = 0; cell < values.length; cell++)
    ({ mean: chance.mean[cell], largest: chance.largest[cell] } = aboveChance(matrix, cell));
  return { values, chance };
};

export const alignments: Handler<'alignments'> = async ({ pairing }, { session, signal, progress, lost }) => {
  const opened = await session.pack();
  const { pack } = opened.files;
  if (opened.hasDependency(pairing)) {
    const { la, lb, pairs, rounds, ceiling, metrics } = await opened.dependency(pairing);
    return {
      la,
      lb,
      pairs,
      rounds,
      ceiling,
      metrics: Object.fromEntries(alignmentMetrics.map((metric) => [metric, withChance(metrics[metric])])),
    } satisfies Alignments;
  }
  const context = { session, signal, progress, lost };
  const { values, n } = await similarity({ pairing, measure: 'cka' }, context);
  const neighbours = await similarity({ pairing, measure: 'mutual-knn' }, context);
  const { a, b } = opened.pairing(pairing);
  const layers = (id: string): number => opened.modality(id).layers;
  return {
    la: layers(a),
    lb: layers(b),
    pairs: n,
    rounds: 0,
    ceiling: opened.pairing(pairing).paired === 'by-label' ? Math.log(pack.tasks[0].classes.length) : null,
    metrics: {
      cka: { values, chance: null },
      'mutual-knn': { values: neighbours.values, chance: null },
    },
  };
};

const sideOf = (name: string, side: ModalityStates, rows: ArrayLike<number>): LayerViews => ({
  name,
  layers: side.layers,
  width: side.width,
  states: takeRows(side.states, side.layers * side.width, rows),
});

/** Pairs that T did not learn from: the half its bound was reported on, where the states are those it was trained with. */
function reportRows(file: DependencyFile, { labels, idsB }: SampleStates): ArrayLike<number> {
  const n = labels.length;
  return n === file.pairs ? partInHalves(n, file.seed, idsB).report : Array.from({ length: n }, (_, s) => s);
}

/** Scores of other partners; where pairs are made by class, those of the same class belong together and are left out. */
function ofOthers({ mismatched, partners }: ScoredPairs, labels: ArrayLike<number> | null): Float32Array {
  if (!labels) return mismatched;
  return mismatched.filter((_, at) => {
    const s = at % labels.length;
    return labels[partners[Math.floor(at / labels.length)][s]] !== labels[s];
  });
}

async function scoreOf(scorer: Scorer, states: readonly Float32Array[]): Promise<number> {
  const out = tf.tidy(() => scorer.score(states.map((values) => tf.tensor(values, [1, values.length]))));
  try {
    return (await out.data())[0];
  } finally {
    out.dispose();
  }
}

const bothNeeded =
  'Whether two belong together can only be asked of two: give both A and B, and drop neither.';

export const explain: Handler<'explain'> = async (body, { session, signal, progress }) => {
  const { measure, pair, seed } = body;
  const opened = await session.pack();
  const pairing = opened.pairing(body.pairing);
  const sides = { a: opened.modality(pairing.a), b: opened.modality(pairing.b) };
  const step = async (done: number, stage: string): Promise<void> => {
    progress({ done, total: 4, stage });
    await breathe(signal);
    await session.afterForeground(signal);
  };
  if (!opened.hasDependency(pairing.id))
    throw new UserError('This pack ships no statistical network for its pairing; choose another pack.');
  for (const side of [body.a, body.b])
    if (!side.input || side.degradation.dropped) throw new UserError(bothNeeded);

  await step(0, 'statistical networks');
  const file = await opened.dependency(pairing.id);
  const states = await opened.sampleStates(pairing.id);
  const scorer = scorerOf(file.critics[measure], [pair.i - 1, pair.j - 1]);
  try {
    await step(1, 'evaluation pairs');
    const rows = reportRows(file, states);
    const labels = Array.from(rows, (s) => states.labels[s]);
    const scored = await scorePairs(scorer, sideOf('A', states.a, rows), sideOf('B', states.b, rows), {
      seed,
    });
    const byLabel = pairing.paired === 'by-label';
    const mismatched = ofOthers(scored, byLabel ? labels : null);
    if (mismatched.length === 0) throw new UserError('The pack keeps too few evaluation pairs for this.');

    await step(2, 'gradients of A');
    const begin = performance.now();
    const given = {
      a: await sides.a.states(body.a, signal),
      b: await sides.b.states(body.b, signal),
    };
    const layerOf = (side: 'a' | 'b', layer: number): Float32Array => {
      const { width } = sides[side];
      return given[side].values.slice((layer - 1) * width, layer * width);
    };
    const own = { a: layerOf('a', pair.i), b: layerOf('b', pair.j) };
    const mapOf = (side: 'a' | 'b') =>
      sides[side].attribute(body[side], side === 'a' ? pair.i : pair.j, (state) => {
        const other = side === 'a' ? own.b : own.a;
        const fixed = tf.tensor(other, [1, other.length]);
        return tf.sum(scorer.score(side === 'a' ? [state, fixed] : [fixed, state])) as tf.Scalar;
      });
    const mapA = await mapOf('a');
    await step(3, 'gradients of B');
    const mapB = await mapOf('b');
    const mapTime = performance.now() - begin;
    const { seen: seenA } = given.a;
    const { seen: seenB } = given.b;
    if (!seenA || !seenB) throw new UserError(bothNeeded);

    const score = await scoreOf(scorer, [own.a, own.b]);
    const ends = extremes(scored.matched, 5);
    const listed = (samples: number[]): ScoredPair[] =>
      samples.map((s) => ({
        idA: states.idsA[rows[s]],
        idB: states.idsB[rows[s]],
        label: labels[s],
        score: scored.matched[s],
      }));
    return {
      measure,
      pair,
      placed: placeScore(score, { ...scored, mismatched }),
      matched: scored.matched,
      mismatched,
      otherClasses: byLabel,
      lowest: listed(ends.lowest),
      highest: listed(ends.highest),
      a: { seen: seenA, map: mapA },
      b: { seen: seenB, map: mapB },
      mapTime,
    };
  } finally {
    scorer.dispose();
  }
};
