import { useEffect, useMemo, useState } from 'react';
import { AlignmentMatrix } from '../../charts/AlignmentMatrix';
import { sequentialScale } from '../../charts/colour';
import { save } from '../../charts/download';
import { plain, share, show } from '../../charts/format';
import { pairIndex, type LayerPair } from '../../math/skew';
import { useActions, useApp } from '../../store/react';
import { duration } from './duration';

/** Progress, pause and cancel, the matrix that fills, and what can be done with the trained study. */
export function Training() {
  const training = useApp((s) => s.study.training);
  const accuracy = useApp((s) => s.study.accuracy);
  if (training.state === 'idle' && !accuracy) return null;
  return (
    <section className="panel study-training" aria-labelledby="study-training">
      <header>
        <h2 id="study-training">Training</h2>
      </header>
      <Progress />
      {training.state === 'ready' ? <Results /> : null}
      <LiveMatrix />
    </section>
  );
}

const stages = {
  states: 'Standardising the states',
  probes: 'Training the probes',
  heads: 'Training the heads',
};

function Progress() {
  const { training, progress, left, paused } = useApp((s) => s.study);
  const { pauseStudy, cancelStudy } = useActions();
  const atRisk = training.state === 'loading' && progress?.keeps === false;
  useEffect(() => {
    if (!atRisk) return;
    // the browser asks before the tab goes, and with it what was trained
    const ask = (event: BeforeUnloadEvent): void => event.preventDefault();
    addEventListener('beforeunload', ask);
    return () => removeEventListener('beforeunload', ask);
  }, [atRisk]);
  if (training.state !== 'loading' || !progress)
    return training.state === 'loading' ? <p role="status">Waiting for: training</p> : null;
  const { stage, done, total, epoch, epochs, keeps } = progress;
  return (
    <>
      <p>
        {paused ? 'Paused' : stages[stage]}: {done} of {total} heads done
        {epoch > 0 ? `, epoch ${epoch} of at most ${epochs}` : ''}
        {left === null || paused ? '' : `, about ${duration(left)} left`}.
      </p>
      <p className="fine">
        {keeps
          ? 'Heads that are done are kept in this browser, until another study is trained: close the tab, come back with the same files, and training goes on.'
          : 'This browser keeps nothing of it: when the tab is closed, the heads trained so far are lost.'}
      </p>
      <progress max={total} value={done} aria-label="Heads that are trained" />
      <p className="study-row">
        <button type="button" className="btn" onClick={() => pauseStudy(!paused)}>
          {paused ? 'Resume' : 'Pause'}
        </button>
        <button type="button" className="btn" onClick={cancelStudy}>
          Cancel
        </button>
      </p>
    </>
  );
}

/** Pair heads on validation, as they stand. */
function LiveMatrix() {
  const values = useApp((s) => s.study.accuracy);
  const preview = useApp((s) => s.study.preview);
  const [at, setAt] = useState<LayerPair | null>(null);
  const number = preview.state === 'ready' && preview.value.preview.target === 'number';
  const quantity = useMemo(() => (number ? plain('correlation') : share('accuracy')), [number]);
  const scale = useMemo(() => sequentialScale(values ?? [], 0.02), [values]);
  if (!values || preview.state !== 'ready') return null;
  const { la, lb, preview: about } = preview.value;
  const describe = (pair: LayerPair): string => {
    const value = values[pairIndex(pair, lb)];
    const said = Number.isFinite(value) ? show(quantity, value) : 'not trained yet';
    return `A layer ${pair.i}, B layer ${pair.j}: ${said}`;
  };
  const point = at ?? { i: la, j: lb };
  return (
    <>
      <p className="fine" aria-live="off">
        {number ? 'Correlation' : 'Accuracy'} of the pair heads on validation, so far. {describe(point)}
      </p>
      <AlignmentMatrix
        la={la}
        lb={lb}
        a={{ label: about.a.label, family: 'given' }}
        b={{ label: about.b.label, family: 'given' }}
        quantity={quantity}
        values={values}
        scale={scale}
        margins={null}
        mask={[]}
        diagonal={null}
        label={`${number ? 'Correlation' : 'Accuracy'} on validation while the heads train`}
        describe={describe}
        at={point}
        onFocus={setAt}
        onChoose={setAt}
        onBack={() => setAt(null)}
      />
    </>
  );
}

function Results() {
  const { setView, studyFile, studyHead } = useActions();
  const saveStudy = async (withHeads: boolean, pack = false): Promise<void> => {
    const file = await studyFile({ withHeads, pack });
    if (file) save(new Blob([file.bytes]), file.name, pack ? 'application/zip' : 'application/json');
  };
  const saveHead = async (): Promise<void> => {
    const head = await studyHead('ssfn');
    if (!head) return;
    save(new Blob([head.weights]), 'ssfn.safetensors', 'application/octet-stream');
    save(new Blob([head.description]), 'ssfn.json', 'application/json');
  };
  return (
    <>
      <p role="status">The study is trained; it is among the packs, and every view shows it.</p>
      <p className="study-row">
        <button type="button" className="btn" onClick={() => setView('instrument')}>
          Show it in the instrument
        </button>
        <button type="button" className="btn" onClick={() => void saveStudy(false)}>
          Save the study
        </button>
        <button type="button" className="btn" onClick={() => void saveStudy(true)}>
          Save it with its heads
        </button>
        <button type="button" className="btn" onClick={() => void saveStudy(true, true)}>
          Save it as a pack folder
        </button>
        <button type="button" className="btn" onClick={() => void saveHead()}>
          Save the SSFN’s head
        </button>
      </p>
    </>
  );
}
