import { UserError } from '../../math/errors';
import { principalComponents, project } from '../../math/projection';
import { mixSeed, seededRandom } from '../../math/random';
import * as tf from '../../runtime/tf';
import type { Handler, HandlerContext } from '../handler';
import { breathe } from '../modality';
import type { Projection, RequestOf } from '../protocol';
import type { OpenedPack } from '../session';

type Body = RequestOf<'projection'>;

/** A map of the evaluation samples, and where any other point falls on it. */
interface Fitted {
  points: Float32Array;
  explained?: [number, number];
  place(point: Float32Array): [number, number];
}

/** Both axes by the same factor, so that distances keep their ratio: the furthest point is at 1. */
function toUnit(points: ArrayLike<number>): { points: Float32Array; scale: number } {
  let furthest = 0;
  for (let i = 0; i < points.length; i++) furthest = Math.max(furthest, Math.abs(points[i]));
  const scale = furthest > 0 ? 1 / furthest : 1;
  return { points: Float32Array.from(points, (x) => x * scale), scale };
}

function fitPca(values: Float32Array, width: number): Fitted {
  const principal = principalComponents(values, width, 2);
  const { points, scale } = toUnit(project(principal, values));
  return {
    points,
    explained: [principal.explained[0], principal.explained[1]],
    place(point) {
      const [x, y] = project(principal, point);
      return [x * scale, y * scale];
    },
  };
}

/** McInnes et al. 2018, by umap-js. */
async function fitUmap(
  values: Float32Array,
  width: number,
  seed: number,
  { session, signal, progress }: HandlerContext<'projection'>,
): Promise<Fitted> {
  const n = values.length / width;
  if (n < 4) throw new UserError(`UMAP needs at least 4 evaluation samples, and the pack has ${n}.`);
  const { UMAP } = await import('umap-js');
  const umap = new UMAP({ nNeighbors: Math.min(15, n - 1), random: seededRandom(mixSeed(seed, 'umap')) });
  const rows = Array.from({ length: n }, (_, s) => [...values.subarray(s * width, (s + 1) * width)]);
  const epochs = umap.initializeFit(rows);
  for (let epoch = 0; epoch < epochs; epoch++) {
    umap.step();
    if (epoch % 10 > 0) continue;
    progress({ done: epoch, total: epochs });
    await breathe(signal);
    await session.afterForeground(signal);
  }
  // UMAP's origin means nothing: centre it.
  const flat = umap.getEmbedding();
  const centre = [0, 1].map((axis) => flat.reduce((sum, point) => sum + point[axis], 0) / n);
  const { points, scale } = toUnit(flat.flatMap((p) => [p[0] - centre[0], p[1] - centre[1]]));
  return {
    points,
    place(point) {
      const [[x, y]] = umap.transform([[...point]]);
      return [(x - centre[0]) * scale, (y - centre[1]) * scale];
    },
  };
}

/** The evaluation samples in the asked space, [n, width]. */
async function valuesOf(opened: OpenedPack, { space, ...scope }: Body) {
  const states = await opened.sampleStates(scope.pairing);
  const n = states.labels.length;
  if (space.side === 'fused') {
    const heads = await opened.heads(scope);
    const { a, b } = states;
    const tensorA = tf.tensor(a.states, [n, a.layers, a.width]);
    const tensorB = tf.tensor(b.states, [n, b.layers, b.width]);
    try {
      return { values: await heads.fused(space.head, tensorA, tensorB), width: heads.shape.width };
    } finally {
      tensorA.dispose();
      tensorB.dispose();
    }
  }
  const { layers, width, states: all } = states[space.side];
  const values = new Float32Array(n * width);
  for (let s = 0; s < n; s++) {
    const from = (s * layers + space.layer - 1) * width;
    values.set(all.subarray(from, from + width), s * width);
  }
  return { values, width };
}

/** The person's sample in the asked space; null where that side was not given. */
async function sampleOf(opened: OpenedPack, { space, ...scope }: Body): Promise<Float32Array | null> {
  const { last } = opened;
  if (!last || last.pairing !== scope.pairing) return null;
  if (space.side === 'fused') {
    const heads = await opened.heads(scope);
    const { la, lb, widthA, widthB } = heads.shape;
    const tensorA = tf.tensor(last.a, [1, la, widthA]);
    const tensorB = tf.tensor(last.b, [1, lb, widthB]);
    try {
      return await heads.fused(space.head, tensorA, tensorB);
    } finally {
      tensorA.dispose();
      tensorB.dispose();
    }
  }
  if (!(space.side === 'a' ? last.givenA : last.givenB)) return null;
  const states = last[space.side];
  const layers = opened.modality(opened.pairing(scope.pairing)[space.side]).layers;
  const width = states.length / layers;
  return states.slice((space.layer - 1) * width, space.layer * width);
}

/** Maps that are kept; a drag over all skews makes many. */
const KEPT = 24;

export const projection: Handler<'projection'> = async (body, context) => {
  const { session, signal } = context;
  const opened = await session.pack();
  const { labels, idsA, idsB } = await opened.sampleStates(body.pairing);
  const key = JSON.stringify(body);
  const maps =
    (opened.memo.get('projections') as Map<string, Fitted> | undefined) ?? new Map<string, Fitted>();
  opened.memo.set('projections', maps);
  let fitted = maps.get(key);
  if (!fitted) {
    // A drag asks for many maps and wants the last: let the word that this one is not wanted arrive first.
    await breathe(signal);
    await session.afterForeground(signal);
    const { values, width } = await valuesOf(opened, body);
    await breathe(signal);
    fitted = body.method === 'pca' ? fitPca(values, width) : await fitUmap(values, width, body.seed, context);
    maps.set(key, fitted);
    for (const oldest of maps.keys()) if (maps.size > KEPT) maps.delete(oldest);
  }
  const sample = await sampleOf(opened, body);
  const reply: Projection = {
    points: fitted.points,
    labels,
    ids: body.space.side === 'b' ? idsB : idsA,
    sample: sample && fitted.place(sample),
    method: body.method,
  };
  return fitted.explained ? { ...reply, explained: fitted.explained } : reply;
};
