/** The statistical network T of one pair of layers, asked about the person's own sample. */
import { extremes, placeScore } from '../../fusion/dependency/explain';
import { scorePairs, scorerOf, type Scorer } from '../../fusion/dependency/score';
import { UserError } from '../../math/errors';
import { neighbourDistance, usualDistances } from '../../math/novelty';
import type { ModalityStates } from '../../packs/sample-states';
import { labelsIn } from '../../packs/schema';
import * as tf from '../../runtime/tf';
import type { Handler } from '../handler';
import { breathe } from '../modality';
import { statesOf } from '../predict';
import type { OpenedPack } from '../session';
import type { ExplainedSide, Likeness, ScoredPair } from './operations';
import { checkVaries, mismatchedOf, reportPairs, tellingOf } from './telling';

async function scoreOf(scorer: Scorer, states: readonly Float32Array[]): Promise<number> {
  const out = tf.tidy(() => scorer.score(states.map((values) => tf.tensor(values, [1, values.length]))));
  try {
    return (await out.data())[0];
  } finally {
    out.dispose();
  }
}

const neighbours = 5;

/** One layer of the evaluation samples, each once: a partner may be in several pairs. */
function layerRows(
  { layers, width, states }: ModalityStates,
  ids: readonly string[],
  layer: number,
): Float32Array {
  const once = ids.flatMap((id, s) => (ids.indexOf(id) === s ? [s] : []));
  const rows = new Float32Array(once.length * width);
  once.forEach((s, at) => {
    const from = (s * layers + layer) * width;
    rows.set(states.subarray(from, from + width), at * width);
  });
  return rows;
}

/** How far a state of the layer is from the evaluation samples, and how far those are from each other at most. */
function likenessOf(
  opened: OpenedPack,
  key: string,
  side: ModalityStates,
  ids: readonly string[],
  layer: number,
  own: Float32Array,
): Likeness {
  const memo = `usual distances ${key} ${layer}`;
  let known = opened.memo.get(memo) as { rows: Float32Array; furthest: number } | undefined;
  if (!known) {
    const rows = layerRows(side, ids, layer);
    known = { rows, furthest: Math.max(...usualDistances(rows, side.width, neighbours)) };
    opened.memo.set(memo, known);
  }
  return {
    distance: neighbourDistance(own, known.rows, side.width, neighbours),
    furthest: known.furthest,
  };
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
  const pairs = reportPairs(opened, pairing.id, file, states);
  const labelOf = labelsIn(opened.files.pack.modalities);
  checkVaries(pairs.a, pair.i - 1, labelOf(pairing.a));
  checkVaries(pairs.b, pair.j - 1, labelOf(pairing.b));
  const scorer = scorerOf(file.critics[measure], [pair.i - 1, pair.j - 1]);
  try {
    await step(1, 'evaluation pairs');
    const scored = await scorePairs(scorer, pairs.a, pairs.b, { seed });
    const mismatched = mismatchedOf(scored, pairs);
    if (mismatched.length === 0) throw new UserError('The pack keeps too few evaluation pairs for this.');

    await step(2, 'gradients of A');
    const begin = performance.now();
    const given = {
      a: await statesOf(opened, pairing.a, body.a, signal),
      b: await statesOf(opened, pairing.b, body.b, signal),
    };
    const layerOf = (side: 'a' | 'b', layer: number): Float32Array => {
      const { width } = sides[side];
      return given[side].values.slice((layer - 1) * width, layer * width);
    };
    const own = { a: layerOf('a', pair.i), b: layerOf('b', pair.j) };
    const drawnOf = async (side: 'a' | 'b'): Promise<ExplainedSide['drawn']> => {
      const { seen } = given[side];
      const { input, degradation } = body[side];
      if (!seen || !input || input.kind === 'stored') return null;
      const map = await sides[side].attribute(
        { input, degradation },
        side === 'a' ? pair.i : pair.j,
        (state) => {
          const other = side === 'a' ? own.b : own.a;
          const fixed = tf.tensor(other, [1, other.length]);
          return tf.sum(scorer.score(side === 'a' ? [state, fixed] : [fixed, state])) as tf.Scalar;
        },
      );
      return { seen, map };
    };
    const drawnA = await drawnOf('a');
    await step(3, 'gradients of B');
    const drawnB = await drawnOf('b');
    const mapTime = performance.now() - begin;

    const score = await scoreOf(scorer, [own.a, own.b]);
    const ends = extremes(scored.matched, 5);
    const listed = (samples: number[]): ScoredPair[] =>
      samples.map((s) => ({
        idA: states.idsA[pairs.rows[s]],
        idB: states.idsB[pairs.rows[s]],
        label: pairs.labels[s],
        score: scored.matched[s],
      }));
    const likeness = {
      a: likenessOf(opened, `${pairing.id} a`, states.a, states.idsA, pair.i - 1, own.a),
      b: likenessOf(opened, `${pairing.id} b`, states.b, states.idsB, pair.j - 1, own.b),
    };
    return {
      measure,
      pair,
      placed: placeScore(score, { ...scored, mismatched }),
      matched: scored.matched,
      mismatched,
      otherClasses: pairs.byLabel,
      telling: tellingOf(scored, pairs),
      lowest: listed(ends.lowest),
      highest: listed(ends.highest),
      a: { likeness: likeness.a, drawn: drawnA },
      b: { likeness: likeness.b, drawn: drawnB },
      mapTime,
    };
  } finally {
    scorer.dispose();
  }
};
