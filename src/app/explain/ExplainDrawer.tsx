import { useEffect, useMemo, useRef, useState } from 'react';
import { fixed } from '../../charts/format';
import { ScoreChart, ScoreMarks } from '../../charts/ScoreChart';
import type {
  DependencyMeasure,
  Explanation,
  ScoredPair,
  TellingPlace,
} from '../../engine/dependency/operations';
import type { LayerPair } from '../../math/skew';
import type { Pack } from '../../packs/schema';
import { useActions, useApp, useAppStore } from '../../store/react';
import { scene, valueOf } from '../../store/selectors';
import { Icon } from '../chrome/Icons';
import { ExportMenu } from '../ExportMenu';
import { notesOf, stemOf, type Figure } from '../figure-notes';
import { Segmented } from '../Segmented';
import { Waiting } from '../Waiting';
import { alignmentLabels, conditionWords } from '../words';
import { AttributionView } from './AttributionView';
import { isFlat, verdictText } from './verdict';
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
  /** Another pair of layers than the first of the strategy. */
  const [pair, setPair] = useState<LayerPair | undefined>();
  useEffect(() => dialog.current?.showModal(), []);
  useEffect(() => explain(measure, pair), [explain, measure, pair]);
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
        {found ? (
          <Found
            found={found}
            onAsk={(place) => {
              setMeasure(place.measure);
              setPair(place.pair);
            }}
          />
        ) : null}
      </div>
    </dialog>
  );
}

function Found({ found, onAsk }: { found: Explanation; onAsk(place: TellingPlace): void }) {
  const store = useAppStore();
  const now = useApp(scene);
  const { placed, matched, mismatched, pair, measure, otherClasses, mapTime } = found;
  const { score } = placed;
  const { kind, verdict, because } = useMemo(() => verdictText(found), [found]);
  const flat = isFlat(found);
  const figure = useMemo(
    (): Figure => ({
      stem: stemOf(store.getState(), 'belong-together', measure),
      notes: notesOf(
        store.getState(),
        'Do these two belong together?',
        `Scores of the statistical network (${alignmentLabels[measure]}) at the pair (${pair.i}, ${pair.j}); the line is the sample. ${verdict}. ${because}`,
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
    [store, measure, pair, verdict, because, score, matched, mismatched],
  );
  if (!now) return null;
  const asked = statesCondition(now.pack, now.pairing.id);
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
        <p role="status">
          <b>{verdict}.</b> {because}
        </p>
        {kind === 'silent' ? <Elsewhere onAsk={onAsk} /> : null}
        {flat ? null : (
          <ScoreChart
            score={score}
            matched={matched}
            mismatched={mismatched}
            label={`The sample’s score among those of ${matched.length} matched and ${mismatched.length} mismatched evaluation pairs. ${verdict}.`}
          />
        )}
        <p className="fine">
          Pairs that T did not learn from
          {asked ? `, under: ${asked}; degrade your sample alike to compare like with like` : ''}.
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
            <AttributionView side={side === 'a' ? 'A' : 'B'} of={found[side].drawn} />
          </figure>
        ))}
      </section>
      {flat ? null : (
        <section aria-labelledby="extremes-title">
          <header>
            <h3 id="extremes-title">Evaluation pairs at the ends</h3>
          </header>
          <div className="extremes">
            <Listed title="highest T" pairs={found.highest} classes={classes} />
            <Listed title="lowest T" pairs={found.lowest} classes={classes} />
          </div>
        </section>
      )}
    </>
  );
}

/** How the evaluation pairs were degraded, in words; null where they were not. */
function statesCondition(pack: Pack, pairing: string): string | null {
  const file = pack.files.find((f) => f.role === 'sample-states' && f.pairing === pairing);
  const condition = pack.conditions.find(({ id }) => id === file?.condition);
  return condition && condition.id !== 'clean' ? conditionWords(condition) : null;
}

/** Where T does tell, offered. The best of many on these very pairs: the test's level is divided by how many. */
function Elsewhere({ onAsk }: { onAsk(place: TellingPlace): void }) {
  const telling = useApp((s) => s.telling);
  const { findTelling } = useActions();
  useEffect(() => findTelling(), [findTelling]);
  if (telling.state === 'failed') return <p className="caution">{telling.message}</p>;
  if (telling.state !== 'ready') return <Waiting load={telling} />;
  const { looks, places } = telling.value;
  if (places.length === 0)
    return (
      <p className="fine">
        No measure tells them apart at any pair of layers: {looks} were tried, at a level of .01 divided by{' '}
        {looks}.
      </p>
    );
  return (
    <>
      <p className="fine">
        It does elsewhere. For each measure the best of {looks / 3} pairs, picked on these very evaluation
        pairs at a level of .01 divided by {looks}; a matched pair scores above a mismatched one in so many
        cases:
      </p>
      <p className="places">
        {places.map((place) => (
          <button key={place.measure} type="button" className="btn small" onClick={() => onAsk(place)}>
            {measures.find(({ id }) => id === place.measure)?.label} at ({place.pair.i}, {place.pair.j}):{' '}
            {fixed(100 * place.area, 0)} %
          </button>
        ))}
      </p>
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
            <td>{idA === idB ? idA : `${idA} · ${idB}`}</td>
            <td>{classes[label]}</td>
            <td>{fixed(score, 2)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
