/** The figures of the mask, of the representation and of the probes, as documents. */
import { CurvesMarks } from '../charts/CurvesChart';
import { showInterval, showUnit } from '../charts/format';
import { MaskMarks, maskSize } from '../charts/MaskChart';
import { ProjectionMarks } from '../charts/ProjectionChart';
import { pairIndex } from '../math/skew';
import { layers, maskPairs, scene, strategyPairsNow, valueOf } from '../store/selectors';
import type { AppState } from '../store/state';
import { notesOf, stemOf, strategyNow, type Figure } from './figure-notes';
import { predictionModel } from './panels/prediction-model';
import { quantityOf } from './words';

export function mask(state: AppState): Figure | null {
  const [l, progress] = [layers(state), valueOf(state.bootstrap)];
  if (!l || !progress) return null;
  const inside = new Array<boolean>(l.la * l.lb).fill(false);
  for (const pair of maskPairs(state)) inside[pairIndex(pair, l.lb)] = true;
  const count = inside.filter(Boolean).length;
  const reached = valueOf(state.maskMetric);
  const now = scene(state);
  const q = quantityOf(now?.task.metric ?? 'accuracy');
  const size = maskSize(l.la, l.lb);
  const scale = 2;
  return {
    stem: stemOf(state, 'mask', `k${state.maskK}`),
    notes: notesOf(
      state,
      `Bootstrapped sparsity mask, K = ${state.maskK}, τ = ${state.maskTau}`,
      `Shade: share of ${progress.done} resamples of the validation set in which the pair is among the ${state.maskK} best. Hatched: π ≥ τ, ${count} ${count === 1 ? 'pair' : 'pairs'}, η = ${count}/${Math.min(l.la, l.lb)}.${
        reached
          ? ` Their ensemble of pair heads reaches ${showUnit(q, reached.value)} ${q.name} on test, 95 % ${showInterval(q, reached)}.`
          : ''
      }`,
    ),
    width: size.width * scale,
    height: size.height * scale,
    marks: (
      <g className="enlarged" transform={`scale(${scale})`}>
        <MaskMarks {...l} frequency={progress.frequency} mask={inside} dark={false} />
      </g>
    ),
    table: {
      columns: ['layer_a', 'layer_b', 'selection_frequency', 'in_mask'],
      rows: inside.map((isIn, n) => [
        Math.floor(n / l.lb) + 1,
        (n % l.lb) + 1,
        progress.frequency[n],
        Number(isIn),
      ]),
    },
  };
}

export function projection(state: AppState): Figure | null {
  const now = scene(state);
  const first = strategyPairsNow(state)[0];
  const where = (['a', 'b', 'fused'] as const).flatMap((side) => {
    const value = valueOf(state.projections[side]);
    return value ? [{ side, value }] : [];
  });
  if (!now || !first || !where.length) return null;
  const names = { a: `A layer ${first.i}`, b: `B layer ${first.j}`, fused: 'fused' };
  const size = 250;
  const answer = predictionModel(state)?.answer ?? -1;
  return {
    stem: stemOf(state, 'projection', state.projectionMethod),
    notes: notesOf(
      state,
      `Representation: ${where.map((w) => names[w.side]).join(', ')}`,
      `${state.projectionMethod === 'pca' ? 'Principal components' : 'UMAP'} of ${where[0].value.labels.length} evaluation samples; the ringed point is the sample given. ${strategyNow(state, false)}`,
      { condition: false },
    ),
    width: where.length * (size + 16) - 16,
    height: size + 20,
    marks: where.map((w, n) => (
      <g key={w.side} transform={`translate(${n * (size + 16)} 0)`}>
        <text className="text text-strong" y={12}>
          {names[w.side]}
        </text>
        <g transform="translate(0 20)">
          <rect className="sunk" width={size} height={size} rx={4} />
          <ProjectionMarks
            points={w.value.points}
            labels={w.value.labels}
            classes={now.task.classes}
            sample={w.value.sample}
            answer={answer}
            width={size}
            height={size}
          />
        </g>
      </g>
    )),
    table: {
      columns: ['space', 'id', 'class', 'x', 'y'],
      rows: where.flatMap((w) => [
        ...Array.from(w.value.labels, (label, n) => [
          names[w.side],
          w.value.ids[n],
          now.task.classes[label],
          w.value.points[2 * n],
          w.value.points[2 * n + 1],
        ]),
        ...(w.value.sample ? [[names[w.side], 'the sample given', '', ...w.value.sample]] : []),
      ]),
    },
  };
}

export function probes(state: AppState): Figure | null {
  const [l, figures, now] = [layers(state), valueOf(state.figures), scene(state)];
  if (!l || !figures || !now) return null;
  const q = quantityOf(figures.metric);
  const part = (from: number, count: number) => ({
    values: figures.value.subarray(from, from + count),
    lo: figures.lo.subarray(from, from + count),
    hi: figures.hi.subarray(from, from + count),
  });
  const row = (side: string, from: number) => (_: number, n: number) => [
    side,
    n + 1,
    figures.value[from + n],
    figures.lo[from + n],
    figures.hi[from + n],
  ];
  return {
    stem: stemOf(state, 'probes', figures.metric),
    notes: notesOf(
      state,
      `Probes by layer: ${q.name}`,
      'Linear classifiers on one layer state of one modality.',
      {
        intervals: true,
      },
    ),
    width: 560,
    height: 280,
    marks: (
      <CurvesMarks
        width={560}
        height={280}
        quantity={q}
        series={[
          { id: 'a', label: `A ${now.a.label}`, tone: 'a', ...part(0, l.la) },
          { id: 'b', label: `B ${now.b.label}`, tone: 'b', ...part(l.la, l.lb) },
        ]}
      />
    ),
    table: {
      columns: ['side', 'layer', 'value', 'lo95', 'hi95'],
      rows: [
        ...Array.from({ length: l.la }, (_, n) => row('A', 0)(0, n)),
        ...Array.from({ length: l.lb }, (_, n) => row('B', l.la)(0, n)),
      ],
    },
  };
}
