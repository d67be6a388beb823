import { lazy, Suspense, useEffect, useMemo, useRef, useState } from 'react';
import {
  CalibrationMarks,
  ConfusionTable,
  DifferenceMarks,
  type CalibrationBin,
} from '../../charts/EvaluationCharts';
import { showInterval, showUnit } from '../../charts/format';
import { TruthMarks } from '../../charts/TruthChart';
import { useSize } from '../../charts/use-size';
import { meanAbsoluteError, pearson } from '../../math/metrics';
import type { EvaluationRecord } from '../../packs/record-types';
import { headModel, lateHead, strategyHead, type Layers } from '../../store/models';
import { useActions, useApp } from '../../store/react';
import { figureOf, layers, scene, valueOf } from '../../store/selectors';
import { Icon } from '../chrome/Icons';
import { modelEvaluation, modelNumbers } from '../evaluation';
import { useShownTheme } from '../chrome/theme';
import { ExportMenu } from '../ExportMenu';
import { Waiting } from '../Waiting';
import {
  conditionWords,
  differenceOf,
  differenceText,
  intervalNote,
  modelChoices,
  quantityOf,
} from '../words';
import { hasPenalties } from '../penalty/model';
import { AlignmentGain } from './AlignmentGain';
import { ProbeCurves } from './ProbeCurves';

const PenaltyViews = lazy(() => import('../penalty/PenaltyViews'));

/** Behind the prediction: what the evaluation set says of any model, and of the difference of any two. */
export default function EvaluationDrawer({ onClose }: { onClose(): void }) {
  const dialog = useRef<HTMLDialogElement>(null);
  const l = useApp(layers);
  const now = useApp(scene);
  const strategy = useApp((s) => s.strategy);
  const record = useApp((s) => s.record);
  const [model, setModel] = useState<number | null>(null);
  useEffect(() => dialog.current?.showModal(), []);
  const current = l && (model ?? headModel(strategyHead(strategy, l), l));
  return (
    <dialog
      ref={dialog}
      className="drawer"
      aria-labelledby="drawer-title"
      onClose={onClose}
      onClick={(event) => {
        if (event.target === dialog.current) dialog.current.close();
      }}
    >
      <div className="drawer-body">
        <header>
          <h2 id="drawer-title">Evaluation set</h2>
          <p className="sub">{now ? conditionWords(now.condition) : ''}</p>
          <button type="button" className="ic" aria-label="Close" onClick={() => dialog.current?.close()}>
            <Icon name="close" />
          </button>
        </header>
        {l && now && record.state === 'ready' && current !== null ? (
          <>
            <ModelSelect label="Model" l={l} value={current} onChange={setModel} />
            <ModelFigure record={record.value} model={current} />
            {record.value.numbers ? (
              <Predicted record={record.value} model={current} />
            ) : (
              <OneModel record={record.value} model={current} classes={now.task.classes} />
            )}
            <Difference l={l} first={current} />
            <ProbeCurves />
            <AlignmentGain />
            {hasPenalties(now.pack, now.pairing.id) ? (
              <Suspense fallback={<p className="waiting">Waiting for: the penalties</p>}>
                <PenaltyViews />
              </Suspense>
            ) : null}
          </>
        ) : (
          <Waiting load={record} idle="Waiting for the evaluation record." />
        )}
      </div>
    </dialog>
  );
}

function ModelSelect({
  label,
  l,
  value,
  onChange,
}: {
  label: string;
  l: Layers;
  value: number;
  onChange(model: number): void;
}) {
  const groups = useMemo(() => modelChoices(l), [l]);
  return (
    <label className="field">
      <span>{label}</span>
      <select value={value} onChange={(event) => onChange(Number(event.target.value))}>
        {groups.map((g) => (
          <optgroup key={g.group} label={g.group}>
            {g.models.map((m) => (
              <option key={m.model} value={m.model}>
                {m.label}
              </option>
            ))}
          </optgroup>
        ))}
      </select>
    </label>
  );
}

/** Its metric on test with the interval. */
function ModelFigure({ record, model }: { record: EvaluationRecord; model: number }) {
  const figures = useApp((s) => valueOf(s.figures));
  const figure = figures && figureOf(figures, model);
  if (!figures || !figure) return null;
  const q = quantityOf(figures.metric);
  return (
    <p>
      <b>{showUnit(q, figure.value)}</b> {q.name}, 95 % {showInterval(q, figure)}.{' '}
      <span className="fine">{intervalNote(figures.n, figures.resamples, record.unitName)}.</span>
    </p>
  );
}

/** Of a number, in place of what only classes have. */
function Predicted({ record, model }: { record: EvaluationRecord; model: number }) {
  const numbers = useMemo(() => modelNumbers(record, model), [record, model]);
  const [ref, { width }] = useSize<HTMLDivElement>();
  if (!numbers) return null;
  const { truth, said } = numbers;
  return (
    <section aria-labelledby="truth-title">
      <header>
        <h3 id="truth-title">Predicted and true</h3>
        <p className="sub">a dot a sample; dashed: equal</p>
        <ExportMenu figure={{ id: 'scatter', model }} what="the scatter of predicted and true" />
      </header>
      <div
        ref={ref}
        role="img"
        aria-label={`Scatter of ${truth.length} test samples, predicted against true: correlation ${pearson(said, truth).toFixed(3)}, mean absolute error ${meanAbsoluteError(said, truth).toFixed(3)}`}
      >
        {width > 0 ? (
          <svg width={width} height={300} aria-hidden="true">
            <TruthMarks truth={truth} said={said} width={Math.min(width, 420)} height={300} />
          </svg>
        ) : null}
      </div>
      <p className="fine">
        The label is a number, so there is no confusion matrix, and no calibration: the heads give one value
        without a probability.
      </p>
    </section>
  );
}

function OneModel({
  record,
  model,
  classes,
}: {
  record: EvaluationRecord;
  model: number;
  classes: string[];
}) {
  const dark = useShownTheme() === 'dark';
  const { counts, error, bins } = useMemo(() => modelEvaluation(record, model), [record, model]);
  const [ref, { width }] = useSize<HTMLDivElement>();
  return (
    <>
      <section aria-labelledby="confusion-title">
        <header>
          <h3 id="confusion-title">Confusion matrix</h3>
          <p className="sub">rows true, columns predicted</p>
          <ExportMenu figure={{ id: 'confusion', model }} what="the confusion matrix" />
        </header>
        <ConfusionTable counts={counts} classes={classes} dark={dark} />
      </section>
      <section aria-labelledby="calibration-title">
        <header>
          <h3 id="calibration-title">Calibration</h3>
          <p className="sub">error {showUnit(quantityOf('calibration error'), error)}, 15 equal bins</p>
          <ExportMenu figure={{ id: 'calibration', model }} what="the calibration chart" />
        </header>
        <div ref={ref} className="calibration" role="img" aria-label={speakBins(bins, error)}>
          {width > 0 ? (
            <svg width={width} height={230} aria-hidden="true">
              <CalibrationMarks bins={bins} width={Math.min(width, 420)} height={230} />
            </svg>
          ) : null}
        </div>
      </section>
    </>
  );
}

const speakBins = (bins: CalibrationBin[], error: number): string =>
  `Reliability diagram, calibration error ${showUnit(quantityOf('calibration error'), error)}. ` +
  bins
    .filter((b) => b.count > 0)
    .map((b) => `confidence ${b.confidence.toFixed(2)}: accuracy ${b.accuracy.toFixed(2)} of ${b.count}`)
    .join('; ');

/** The paired difference of any two models, from the same resamples. */
function Difference({ l, first }: { l: Layers; first: number }) {
  const figures = useApp((s) => valueOf(s.figures));
  const comparison = useApp((s) => s.comparison);
  const { compareModels } = useActions();
  const [x, setX] = useState(first);
  const [y, setY] = useState(() => headModel(lateHead(l), l));
  const [ref, { width }] = useSize<HTMLDivElement>();
  const seed = useApp((s) => s.seed);
  const condition = useApp((s) => s.condition);
  useEffect(() => compareModels(x, y), [compareModels, x, y, seed, condition]);
  const value = valueOf(comparison);
  const metric = figures?.metric ?? 'accuracy';
  const q = differenceOf(metric, `difference in ${metric}`);
  const fresh = value && value.models[0] === x && value.models[1] === y ? value : null;
  return (
    <section aria-labelledby="difference-title">
      <header>
        <h3 id="difference-title">Paired difference</h3>
        <p className="sub">of {quantityOf(metric).name}, the same resamples for both</p>
      </header>
      <div className="fields">
        <ModelSelect label="First" l={l} value={x} onChange={setX} />
        <ModelSelect label="minus" l={l} value={y} onChange={setY} />
      </div>
      <div ref={ref} className="difference" aria-live="polite">
        {fresh ? (
          <>
            <p>
              <b>{differenceText(q, fresh)}</b>
              {x === y
                ? ' (one and the same model)'
                : fresh.lo <= 0 && fresh.hi >= 0
                  ? '; the interval holds 0'
                  : ''}
            </p>
            {width > 0 ? (
              <svg width={width} height={48} aria-hidden="true">
                <DifferenceMarks difference={fresh} quantity={q} width={width} />
              </svg>
            ) : null}
          </>
        ) : (
          <Waiting load={comparison} />
        )}
      </div>
    </section>
  );
}
