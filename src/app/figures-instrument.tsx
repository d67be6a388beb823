/** The figures of the instrument, as documents. */
import { CurvesMarks } from '../charts/CurvesChart';
import { argmax } from '../charts/grid';
import { MaskMarks, maskSize } from '../charts/MaskChart';
import { MatrixFigure, matrixFigureSize } from '../charts/MatrixFigure';
import { PredictionFigure, predictionHeight } from '../charts/PredictionTable';
import { ProjectionMarks } from '../charts/ProjectionChart';
import { SliderMarks } from '../charts/SliderChart';
import { valueRange, type SliderPoint } from '../charts/sliders';
import { headSpecs, pairIndex } from '../math/skew';
import { headModel, scoreSumModel } from '../store/models';
import {
  layers,
  maskPairs,
  placeOf,
  references,
  scene,
  skewSeries,
  sparsitySeries,
  strategyPairsNow,
  valueOf,
  type Point,
} from '../store/selectors';
import type { AppState } from '../store/state';
import { ssfnSkew } from '../store/strategy';
import type { InstrumentFigure } from './exports';
import { notesOf, stemOf, type Figure } from './figure-notes';
import { matrixLight } from './matrix-model';
import { predictionModel } from './panels/prediction-model';
import { tickSkews } from './panels/StrategyPanel';
import { differenceOf, etaText, leastSpan, quantityOf, skewText, ssfnSentence, strategyWords } from './words';

export function instrumentFigure(state: AppState, id: InstrumentFigure): Figure | null {
  switch (id) {
    case 'alignment':
      return alignment(state);
    case 'strategy':
      return strategyFigure(state);
    case 'prediction':
      return prediction(state);
    case 'mask':
      return mask(state);
    case 'projection':
      return projection(state);
    case 'probes':
      return probes(state);
  }
}

function strategyNow(state: AppState, outlined = true): string {
  const l = layers(state);
  if (!l) return '';
  const { name, detail } = strategyWords(state.strategy, l, ssfnSkew(state));
  return `Strategy in use${outlined ? ', outlined' : ''}: ${name}, ${detail}.`;
}

function alignment(state: AppState): Figure | null {
  const model = matrixLight(state);
  if (!model || argmax(model.values) < 0) return null;
  const pair = strategyPairsNow(state)[0];
  const value = pair ? model.values[pairIndex(pair, model.lb)] : NaN;
  const rows = [];
  for (let i = 1; i <= model.la; i++)
    for (let j = 1; j <= model.lb; j++) {
      const n = pairIndex({ i, j }, model.lb);
      rows.push([
        i,
        j,
        i - model.la - (j - model.lb),
        model.values[n],
        model.lo?.[n] ?? NaN,
        model.hi?.[n] ?? NaN,
        model.says?.[n].text ?? '',
      ]);
    }
  const what = model.sample ? 'your sample' : `${model.quantity.name}, test set`;
  const best = model.best
    ? `Best pair of ${model.la * model.lb}, picked on this very set: (${model.best.i}, ${model.best.j}).`
    : '';
  return {
    stem: stemOf(state, 'alignment', model.sample ? 'sample' : state.metric),
    notes: notesOf(
      state,
      `Layer alignment: ${what}`,
      `Each cell is one pair head, layer i of A with layer j of B${model.sample ? ': the probability of the class that the strategy in use predicts; its own answer is written in it' : ''}. ${strategyNow(state)} ${best}`,
      { condition: !model.sample, intervals: model.lo !== null, pairing: !model.sample },
    ),
    ...matrixFigureSize(model.la, model.lb),
    marks: <MatrixFigure {...model} current={{ value }} />,
    table: { columns: ['layer_a', 'layer_b', 'skew', 'value', 'lo95', 'hi95', 'answer'], rows },
  };
}

const sliderPoints = (points: Point[], at: (p: Point) => number): SliderPoint[] =>
  points.flatMap((p) => (p.figure ? [{ at: at(p), ...p.figure }] : []));

function strategyFigure(state: AppState): Figure | null {
  const [l, figures, known] = [layers(state), valueOf(state.figures), references(state)];
  if (!l || !figures || !known) return null;
  const q = quantityOf(figures.metric);
  const { d, k } = placeOf(state.strategy, l);
  const most = Math.min(l.la, l.lb);
  const lines = [
    { label: 'pairwise', value: known.pairwise.value, dash: 'dotted' as const },
    { label: 'late', value: known.late.value, dash: 'dashed' as const },
    { label: 'score sum', value: figures.value[scoreSumModel(l)], dash: 'dash-dot' as const },
  ];
  const bySkew = sliderPoints(skewSeries(state), (p) => p.d);
  const byK = sliderPoints(sparsitySeries(state), (p) => p.k);
  const range = valueRange([...bySkew, ...byK], lines, leastSpan(q));
  const shared = { lines, range, quantity: q, height: 260 };
  const unit = valueOf(state.record)?.unitName ?? 'sample';
  const model = (head: number): number => headModel(head, l);
  return {
    stem: stemOf(state, 'strategies', figures.metric),
    notes: notesOf(
      state,
      `${q.name} by skew and by sparsity`,
      `Left: skew-pair strategies at η = ${etaText(k, most)}. Right: at d = ${skewText(d)}. ${ssfnSentence(ssfnSkew(state), figures.ssfnMinusLate, differenceOf(figures.metric, ''), unit, known.ssfn ? known.ssfn.value - figures.value[scoreSumModel(l)] : NaN)} A best of ${most * most} strategies on this set flatters.`,
      { intervals: true, pairing: true },
    ),
    width: 860,
    height: 260,
    marks: (
      <>
        <SliderMarks
          {...shared}
          width={500}
          left={46}
          right={20}
          from={-(l.la - 1)}
          to={l.lb - 1}
          at={d}
          points={bySkew}
          ticks={tickSkews(l.la, l.lb)}
          format={skewText}
          axis={{ name: 'skew d', from: '‹ B deeper', to: 'A deeper ›' }}
          numbers
          names={false}
        />
        <g transform="translate(500 0)">
          <SliderMarks
            {...shared}
            width={360}
            left={24}
            right={100}
            from={1}
            to={most}
            at={k}
            points={byK}
            ticks={[1, most]}
            format={(at) => etaText(at, most)}
            axis={{ name: 'sparsity η', from: 'sparse', to: 'dense' }}
            numbers={false}
            names
          />
        </g>
      </>
    ),
    table: {
      columns: ['skew', 'pairs_fused', 'first_layer_a', 'first_layer_b', 'value', 'lo95', 'hi95'],
      rows: headSpecs(l.la, l.lb).map((h, n) => [
        h.d,
        h.k,
        h.pairs[0].i,
        h.pairs[0].j,
        figures.value[model(n)],
        figures.lo[model(n)],
        figures.hi[model(n)],
      ]),
    },
  };
}

function prediction(state: AppState): Figure | null {
  const model = predictionModel(state);
  if (!model) return null;
  return {
    stem: stemOf(state, 'prediction'),
    notes: notesOf(
      state,
      model.answer < 0 ? 'Prediction' : `Prediction: ${model.classes[model.answer]}`,
      `Class probabilities of one sample by strategy. ${model.sentence}`,
      { condition: false },
    ),
    width: 640,
    height: predictionHeight(model.rows.length, model.classes),
    marks: <PredictionFigure rows={model.rows} classes={model.classes} answer={model.answer} width={640} />,
    table: {
      columns: ['strategy', 'detail', ...model.classes],
      rows: model.rows.map((row) => [
        row.label,
        row.detail ?? '',
        ...model.classes.map((_, c) => row.probabilities?.[c] ?? NaN),
      ]),
    },
  };
}

function mask(state: AppState): Figure | null {
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
          ? ` Their ensemble of pair heads reaches ${(reached.value * q.scale).toFixed(q.decimals)}${q.unit} ${q.name} on test, 95 % ${(reached.lo * q.scale).toFixed(q.decimals)} to ${(reached.hi * q.scale).toFixed(q.decimals)}.`
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

function projection(state: AppState): Figure | null {
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

function probes(state: AppState): Figure | null {
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
