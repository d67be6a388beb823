/** The figures of the instrument, as documents. */
import { argmax } from '../charts/grid';
import { MatrixFigure, matrixFigureSize } from '../charts/MatrixFigure';
import { PredictionFigure, predictionHeight, type PredictionRow } from '../charts/PredictionTable';
import { SliderMarks } from '../charts/SliderChart';
import { valueRange, type SliderPoint } from '../charts/sliders';
import { headSpecs, pairIndex } from '../math/skew';
import { headModel, isAlignment, scoreSumModel } from '../store/models';
import {
  layers,
  placeOf,
  references,
  skewSeries,
  sparsitySeries,
  strategyPairsNow,
  valueOf,
  withDependency,
  type Point,
} from '../store/selectors';
import type { AppState } from '../store/state';
import { ssfnSkew } from '../store/strategy';
import type { InstrumentFigure } from './exports';
import { notesOf, stemOf, strategyNow, type Figure } from './figure-notes';
import { alignmentNote, matrixLight } from './matrix-model';
import { mask, probes, projection } from './figures-maps';
import { predictionModel } from './panels/prediction-model';
import { tickSkews } from './panels/StrategyPanel';
import { differenceOf, etaText, leastSpan, quantityOf, skewText, ssfnSentence } from './words';

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
        ...(model.chance
          ? [
              model.chance.raw[n],
              model.chance.mean[n],
              model.chance.deviation[n],
              model.chance.largest[n],
              model.chance.beaten[n],
            ]
          : []),
      ]);
    }
  const aligned = !model.sample && isAlignment(state.metric);
  const what = model.sample
    ? 'your sample'
    : `${model.quantity.name}, ${aligned ? 'validation pairs' : 'test set'}`;
  const best = model.best
    ? `Best pair of ${model.la * model.lb}, picked on this very set: (${model.best.i}, ${model.best.j}).`
    : '';
  return {
    stem: stemOf(state, 'alignment', model.sample ? 'sample' : state.metric),
    notes: notesOf(
      state,
      `Layer alignment: ${what}`,
      aligned
        ? `Each cell: layer i of A with layer j of B, no head. ${chanceNote(state)} ${strategyNow(state)}`
        : `Each cell is one pair head, layer i of A with layer j of B${model.sample ? ': the probability of the class that the strategy in use predicts; its own answer is written in it' : ''}. ${strategyNow(state)} ${best}`,
      { condition: !model.sample && !aligned, intervals: model.lo !== null, pairing: !model.sample },
    ),
    ...matrixFigureSize(model.la, model.lb),
    marks: <MatrixFigure {...model} current={{ value }} />,
    table: {
      columns: [
        ...['layer_a', 'layer_b', 'skew', 'value', 'lo95', 'hi95', 'answer'],
        ...(model.chance ? ['measured', 'null_mean', 'null_deviation', 'null_max', 'nulls_below'] : []),
      ],
      rows,
    },
  };
}

/** What the nulls of an alignment are, and what a dependency on label-made pairs cannot be above. */
function chanceNote(state: AppState): string {
  const found = withDependency(state) ? valueOf(state.alignments) : null;
  if (!found?.rounds) return 'No permutation null ships with this pack.';
  return alignmentNote(found, state);
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

function seedsNote(rows: readonly PredictionRow[]): string {
  const count = rows.find(({ spread }) => spread)?.spread?.count;
  return count
    ? `×${count}: the heads of ${count} seeds as one model, by the mean of their log-probabilities; the whisker is from the least to the most that one of them says.`
    : '';
}

function prediction(state: AppState): Figure | null {
  const model = predictionModel(state);
  if (!model) return null;
  return {
    stem: stemOf(state, 'prediction'),
    notes: notesOf(
      state,
      model.answer < 0 ? 'Prediction' : `Prediction: ${model.classes[model.answer]}`,
      ['Class probabilities of one sample by strategy.', model.sentence, seedsNote(model.rows)]
        .filter(Boolean)
        .join(' '),
      { condition: false },
    ),
    width: 640,
    height: predictionHeight(model.rows.length, model.classes),
    marks: <PredictionFigure rows={model.rows} classes={model.classes} answer={model.answer} width={640} />,
    table: {
      columns: ['strategy', 'detail', ...model.classes],
      rows: model.rows.map((row) => [
        row.name ?? row.label,
        row.detail ?? '',
        ...model.classes.map((_, c) => row.probabilities?.[c] ?? NaN),
      ]),
    },
  };
}
