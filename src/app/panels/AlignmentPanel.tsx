import { useCallback, useMemo, useState } from 'react';
import { AlignmentMatrix } from '../../charts/AlignmentMatrix';
import type { LayerPair } from '../../math/skew';
import type { Alignments } from '../../engine/dependency/operations';
import { matrixValues } from '../../store/matrix';
import { isAlignment } from '../../store/models';
import { useActions, useApp } from '../../store/react';
import { sampleMatrix } from '../../store/sample';
import { layers, scene, strategyPairsNow, valueOf, withDependency } from '../../store/selectors';
import type { MatrixMetric, MatrixMode } from '../../store/state';
import { asking } from '../asking';
import { useShownTheme } from '../chrome/theme';
import { ExportMenu } from '../ExportMenu';
import {
  alignmentNote,
  describeCell,
  matrixDark,
  matrixLight,
  speakReadout,
  unalignedLayers,
  type MatrixModel,
} from '../matrix-model';
import { Segmented } from '../Segmented';
import { Waiting } from '../Waiting';
import { conditionWords, intervalNote, matrixMetrics, pairedByLabel } from '../words';
import { Readout } from './Readout';

const modes: { id: MatrixMode; label: string }[] = [
  { id: 'evaluation', label: 'evaluation set' },
  { id: 'sample', label: 'your sample' },
];

/** The alignment matrix with its margins, its read-out, and what it shows. */
export function AlignmentPanel() {
  const dark = useShownTheme() === 'dark';
  const model = useApp(dark ? matrixDark : matrixLight);
  const now = useApp(scene);
  const metric = useApp((s) => s.metric);
  const mode = useApp((s) => s.mode);
  const condition = useApp((s) => s.condition);
  const { setMetric, setMode, chooseCondition } = useActions();
  const broken = useApp((s) => s.packs.state === 'failed' || s.pack.state === 'failed');
  const shipped = useApp(withDependency);
  const load = useApp((s) =>
    s.mode === 'sample'
      ? s.outputs
      : !isAlignment(s.metric)
        ? s.figures
        : shipped
          ? s.alignments
          : s.similarity,
  );
  return (
    <section className="panel alignment" id="alignment" aria-labelledby="alignment-title">
      <header>
        <h2 id="alignment-title">Layer alignment</h2>
        <select
          aria-label="Metric of the matrix"
          value={metric}
          disabled={mode === 'sample'}
          onChange={(event) => setMetric(event.target.value as MatrixMetric)}
        >
          {matrixMetrics(now?.task ?? {}, shipped).map(({ id, label }) => (
            <option key={id} value={id}>
              {label}
            </option>
          ))}
        </select>
        {now && now.pack.conditions.length > 1 ? (
          <Segmented
            label="Condition of the evaluation"
            options={now.pack.conditions.map((c) => ({ id: c.id, label: c.id, title: conditionWords(c) }))}
            value={condition}
            onChange={chooseCondition}
          />
        ) : null}
        <Segmented label="What the matrix shows" options={modes} value={mode} onChange={setMode} />
        <ExportMenu figure="alignment" what="the alignment matrix" />
      </header>
      {model ? (
        <Bench
          model={model}
          waiting={
            mode === 'sample' && ofFeatures(now) ? (
              <p className="waiting">{noSample}</p>
            ) : (
              <Waiting load={load} idle={mode === 'sample' && now ? asking(now) : undefined} />
            )
          }
        />
      ) : (
        <div className="matrix-and-readout">
          {broken ? null : <p className="waiting">Waiting for the pack.</p>}
        </div>
      )}
      <Notes />
    </section>
  );
}

/** A study whose layer states came from files: nothing here can encode a new input for it. */
const ofFeatures = (now: ReturnType<typeof scene>): boolean =>
  now !== null && now.pack.modalities.every(({ modality }) => modality === 'features');

const noSample =
  'There is no sample of yours here: the layer states of this study came from files, and the page has no encoder for a new input. The evaluation set shows its figures.';

function Bench({ model, waiting }: { model: MatrixModel; waiting: React.ReactNode }) {
  const focus = useApp((s) => s.focus);
  const first = useApp((s) => strategyPairsNow(s)[0]);
  const now = useApp(scene);
  const answers = useApp(sampleMatrix)?.answers;
  const { setFocus, choosePair, backToStrategy } = useActions();
  const [spoken, setSpoken] = useState('');
  const [byKeyboard, setByKeyboard] = useState(false);
  const classes = useMemo(() => now?.task.classes ?? [], [now]);
  const { lb, values, quantity, sample } = model;
  const describe = useCallback(
    (pair: LayerPair) =>
      describeCell({ lb, values, quantity, sample }, pair, classes, sample ? answers : undefined),
    [lb, values, quantity, sample, classes, answers],
  );
  const onFocus = useCallback(
    (pair: LayerPair | null, keyboard: boolean) => {
      setFocus(pair);
      setByKeyboard(keyboard);
      if (keyboard && pair) setSpoken(speakReadout(model, pair));
    },
    [setFocus, model],
  );
  const at = focus ?? first ?? { i: model.la, j: model.lb };
  const long = model.says !== undefined && classes.some((c) => c.length > 2);
  return (
    <div className={`matrix-and-readout${long ? ' long-names' : ''}`}>
      <AlignmentMatrix
        {...model}
        label={`Layer alignment, ${model.quantity.name}${model.sample ? ', your sample' : ''}`}
        describe={describe}
        at={at}
        onFocus={onFocus}
        onChoose={choosePair}
        onBack={backToStrategy}
      >
        {waiting}
      </AlignmentMatrix>
      <Readout model={model} pair={at} how={focus ? (byKeyboard ? 'focus' : 'pointer') : 'strategy'} />
      <p className="hidden" role="status" aria-live="polite">
        {spoken}
      </p>
    </div>
  );
}

/** What the nulls are, whether they are taken off, and what no dependency on label-made pairs can be above. */
function ChanceNote({ alignments }: { alignments: Alignments }) {
  const note = useApp((s) => alignmentNote(alignments, s));
  const overChance = useApp((s) => s.overChance);
  const { setOverChance } = useActions();
  return (
    <p className="fine">
      <label>
        <input
          type="checkbox"
          checked={overChance}
          onChange={(event) => setOverChance(event.target.checked)}
        />{' '}
        minus the nulls’ mean
      </label>
      {' · '}
      {note}
    </p>
  );
}

/** Layers whose alignment with every other is nothing: similarity gives 0 where a layer never varies. */
function Unaligned() {
  const values = useApp((s) => matrixValues(s)?.values);
  const l = useApp(layers);
  const dead = useMemo(() => (values && l ? unalignedLayers(values, l) : []), [values, l]);
  if (!dead.length) return null;
  return (
    <p className="caution">
      {dead.join(', ')}: 0 throughout, as where a layer is the same for every sample and nothing can go with
      it. Check how its features were made.
    </p>
  );
}

/** Under the matrix: what the intervals are over, and what the pairing does to the gain. */
function Notes() {
  const figures = useApp((s) => valueOf(s.figures));
  const record = useApp((s) => valueOf(s.record));
  const now = useApp(scene);
  const mode = useApp((s) => s.mode);
  const metric = useApp((s) => s.metric);
  const shipped = useApp(withDependency);
  const alignments = useApp((s) => (shipped ? valueOf(s.alignments) : null));
  const labelPaired = now?.pairing.paired === 'by-label';
  if (mode === 'sample' && ofFeatures(now)) return null;
  if (mode === 'sample')
    return (
      <p className="fine">
        Colour: each pair head’s probability of the class that the strategy in use predicts; framed cells
        answer otherwise.
      </p>
    );
  if (isAlignment(metric))
    return (
      <>
        {alignments?.rounds ? (
          <ChanceNote alignments={alignments} />
        ) : shipped ? null : (
          <p className="fine">
            Similarity of the pooled layer states over the evaluation sample; no head, no label. The margins
            keep the probes’ figures.
          </p>
        )}
        <Unaligned />
      </>
    );
  return (
    <p className="fine">
      {figures && record ? `${intervalNote(figures.n, figures.resamples, record.unitName)}. ` : ''}
      {labelPaired ? pairedByLabel : ''}
    </p>
  );
}
