import { lazy, Suspense, useState } from 'react';
import { Answer } from '../../charts/Answer';
import { cut } from '../../charts/classes';
import { fixed, probability } from '../../charts/format';
import { argmax } from '../../charts/grid';
import { PredictionTable } from '../../charts/PredictionTable';
import { useApp } from '../../store/react';
import type { InputState } from '../../store/state';
import { scene, withDependency } from '../../store/selectors';
import { asking } from '../asking';
import { ExportMenu } from '../ExportMenu';
import { Waiting } from '../Waiting';
import { predictionModel } from './prediction-model';

/** Given and not dropped: of an evaluation sample only its states are here, and they are enough. */
const isThere = ({ input, seen, degradation }: InputState): boolean =>
  !degradation.dropped && (seen !== null || input?.kind === 'stored');

const EvaluationDrawer = lazy(() => import('./EvaluationDrawer'));
const ExplainDrawer = lazy(() => import('../explain/ExplainDrawer'));

/** What the strategy in use says of the person's sample, beside the other strategies and each modality alone. */
export function PredictionPanel() {
  const model = useApp(predictionModel);
  const outputs = useApp((s) => s.outputs);
  const predicting = useApp((s) => s.predicting);
  const nameA = useApp((s) => s.a.name);
  const nameB = useApp((s) => s.b.name);
  const now = useApp(scene);
  const broken = useApp((s) => s.packs.state === 'failed' || s.pack.state === 'failed');
  const [drawer, setDrawer] = useState(false);
  const [explaining, setExplaining] = useState(false);
  const askable = useApp((s) => withDependency(s) && isThere(s.a) && isThere(s.b));
  const names = [...new Set([nameA, nameB].filter(Boolean))].join('; ');
  return (
    <section className="panel prediction-panel" aria-labelledby="prediction-title" aria-busy={predicting}>
      <header>
        <h2 id="prediction-title">Prediction</h2>
        <p className="sub">{names || now?.pack.question}</p>
        {askable ? (
          <button
            type="button"
            className="btn small"
            aria-haspopup="dialog"
            title="Do these two belong together?"
            onClick={() => setExplaining(true)}
          >
            Together?
          </button>
        ) : null}
        <button type="button" className="btn small" aria-haspopup="dialog" onClick={() => setDrawer(true)}>
          Evaluation
        </button>
        <ExportMenu figure="prediction" what="the predictions" />
      </header>
      {model ? (
        <div className="prediction-body">
          <Answer
            answer={model.answer < 0 ? null : model.classes[model.answer]}
            probability={model.probability}
            sentence={model.sentence}
          />
          <PredictionTable rows={model.rows} classes={model.classes} answer={model.answer} />
        </div>
      ) : (
        <Waiting load={outputs} idle={now ? asking(now) : broken ? undefined : 'Waiting for the pack.'} />
      )}
      {explaining ? (
        <Suspense>
          <ExplainDrawer onClose={() => setExplaining(false)} />
        </Suspense>
      ) : null}
      {drawer ? (
        <Suspense>
          <EvaluationDrawer onClose={() => setDrawer(false)} />
        </Suspense>
      ) : null}
    </section>
  );
}

/** What fits on a phone's foot; the rest stands in the table. */
const short: Record<string, string> = {
  strategy: '',
  late: 'late',
  pairwise: 'pairwise',
  'score-sum': 'sum',
  a: 'A',
  b: 'B',
};

/** The answer at the foot of a phone, so that every drag shows its effect. */
export function Dock() {
  const model = useApp(predictionModel);
  if (!model) return null;
  const [own, ...others] = model.rows;
  const rest = others.filter(({ id }) => id in short);
  const answer = model.answer < 0 ? '?' : model.classes[model.answer];
  return (
    <div className="dock" aria-hidden="true">
      <b className={answer.length > 2 ? 'word' : undefined}>{cut(answer, 9)}</b>
      <span className="own">
        <small>{own.label}</small>
        {Number.isFinite(model.probability) ? fixed(model.probability, 2) : '–'}
      </span>
      {rest.map((row) => {
        const best = row.probabilities ? argmax(row.probabilities) : -1;
        return (
          <span key={row.id} className={row.tone}>
            <small>{short[row.id]}</small>
            {row.probabilities && best >= 0 ? (
              <>
                <b>{cut(model.classes[best], 3)}</b>
                <i>{probability(row.probabilities[best])}</i>
              </>
            ) : (
              '–'
            )}
          </span>
        );
      })}
    </div>
  );
}
