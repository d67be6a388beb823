import { useEffect, useMemo, useRef, useState } from 'react';
import { fixed } from '../../charts/format';
import { ScoreChart, ScoreMarks } from '../../charts/ScoreChart';
import type { DependencyMeasure, Explanation, ScoredPair } from '../../engine/dependency/operations';
import { useActions, useApp, useAppStore } from '../../store/react';
import { scene, valueOf } from '../../store/selectors';
import { Icon } from '../chrome/Icons';
import { ExportMenu } from '../ExportMenu';
import { notesOf, stemOf, type Figure } from '../figure-notes';
import { Segmented } from '../Segmented';
import { alignmentLabels } from '../words';
import { AttributionView } from './AttributionView';
import './explain.css';

const measures: { id: DependencyMeasure; label: string; title: string }[] = [
  { id: 'kl', label: 'KL', title: alignmentLabels.kl },
  { id: 'f', label: 'f', title: alignmentLabels.f },
  { id: 'wasserstein', label: 'Wasserstein', title: alignmentLabels.wasserstein },
];

/** Do A and B of the person's sample belong together? Asked of the statistical network when this opens. */
export default function ExplainDrawer({ onClose }: { onClose(): void }) {
  const dialog = useRef<HTMLDialogElement>(null);
  const load = useApp((s) => s.explanation);
  const { explain, stopExplaining } = useActions();
  const [measure, setMeasure] = useState<DependencyMeasure>('kl');
  useEffect(() => dialog.current?.showModal(), []);
  useEffect(() => explain(measure), [explain, measure]);
  useEffect(() => stopExplaining, [stopExplaining]);
  const found = valueOf(load);
  return (
    <dialog
      ref={dialog}
      className="drawer"
      aria-labelledby="explain-title"
      onClose={onClose}
      onClick={(event) => {
        if (event.target === dialog.current) dialog.current.close();
      }}
    >
      <div className="drawer-body">
        <header>
          <h2 id="explain-title">Do these two belong together?</h2>
          <button type="button" className="ic" aria-label="Close" onClick={() => dialog.current?.close()}>
            <Icon name="close" />
          </button>
        </header>
        <Segmented
          label="Measure of dependency"
          options={measures}
          value={measure}
          onChange={(id) => setMeasure(id)}
        />
        {load.state === 'loading' ? (
          <div role="status">
            <p className="fine">Waiting for: {load.what}</p>
            <progress max={load.total || 1} value={load.done} aria-label={load.what} />
          </div>
        ) : load.state === 'failed' ? (
          <p className="problem" role="alert">
            {load.message}
          </p>
        ) : null}
        {found ? <Found found={found} /> : null}
      </div>
    </dialog>
  );
}

const ordinal = (percent: number): string => `${fixed(percent, 0)} %`;

function Found({ found }: { found: Explanation }) {
  const store = useAppStore();
  const now = useApp(scene);
  const { placed, matched, mismatched, pair, measure, otherClasses, mapTime } = found;
  const { score } = placed;
  const verdict = `T = ${fixed(score, 2)}: above ${ordinal(placed.matched)} of ${matched.length} matched pairs and ${ordinal(placed.mismatched)} of ${mismatched.length} mismatched ones`;
  const figure = useMemo(
    (): Figure => ({
      stem: stemOf(store.getState(), 'belong-together', measure),
      notes: notesOf(
        store.getState(),
        'Do these two belong together?',
        `Scores of the statistical network (${alignmentLabels[measure]}) at the pair (${pair.i}, ${pair.j}); the line is the sample. ${verdict}.`,
        { condition: false },
      ),
      width: 520,
      height: 150,
      marks: <ScoreMarks score={score} matched={matched} mismatched={mismatched} width={520} height={150} />,
      table: {
        columns: ['what', 'score'],
        rows: [
          ['sample', score],
          ...Array.from(matched, (s) => ['matched', s]),
          ...Array.from(mismatched, (s) => ['mismatched', s]),
        ],
      },
    }),
    [store, measure, pair, verdict, score, matched, mismatched],
  );
  if (!now) return null;
  // the evaluation sample is labelled by the pack's first task
  const { classes } = now.pack.tasks[0];
  return (
    <>
      <section aria-labelledby="score-title">
        <header>
          <h3 id="score-title">Among evaluation pairs</h3>
          <p className="sub">
            pair ({pair.i}, {pair.j})
          </p>
          <ExportMenu figure={figure} what="the scores" />
        </header>
        <p>
          <b>{verdict}.</b>
        </p>
        <ScoreChart score={score} matched={matched} mismatched={mismatched} label={verdict} />
        <p className="fine">
          Pairs that T did not learn from.
          {otherClasses ? ' Mismatched: partners of another class, as pairs are made by class.' : ''} Score
          and pairs come from one input each: a high score says that A and B go together, not that either is
          what it should be.
        </p>
      </section>
      <section aria-labelledby="carries-title">
        <header>
          <h3 id="carries-title">What carries it</h3>
          <p className="sub">gradient × input, {fixed(mapTime, 0)} ms; teal raises T, brown lowers it</p>
        </header>
        {(['a', 'b'] as const).map((side) => (
          <figure key={side}>
            <figcaption>
              {side.toUpperCase()} {now[side].label.toLowerCase()}, layer {side === 'a' ? pair.i : pair.j}
            </figcaption>
            <AttributionView side={side === 'a' ? 'A' : 'B'} of={found[side]} />
          </figure>
        ))}
      </section>
      <section aria-labelledby="extremes-title">
        <header>
          <h3 id="extremes-title">Evaluation pairs at the ends</h3>
        </header>
        <div className="extremes">
          <Listed title="highest T" pairs={found.highest} classes={classes} />
          <Listed title="lowest T" pairs={found.lowest} classes={classes} />
        </div>
      </section>
    </>
  );
}

function Listed({ title, pairs, classes }: { title: string; pairs: ScoredPair[]; classes: string[] }) {
  return (
    <table>
      <caption>{title}</caption>
      <thead className="hidden">
        <tr>
          <th scope="col">A and B</th>
          <th scope="col">label</th>
          <th scope="col">T</th>
        </tr>
      </thead>
      <tbody>
        {pairs.map(({ idA, idB, label, score }) => (
          <tr key={`${idA} ${idB}`}>
            <td>
              {idA} · {idB}
            </td>
            <td>{classes[label]}</td>
            <td>{fixed(score, 2)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
