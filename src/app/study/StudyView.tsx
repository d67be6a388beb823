import { lazy, Suspense, useRef, useState, type DragEvent } from 'react';
import { metricFor, metricsOf, type MetricName } from '../../packs/schema';
import { useActions, useApp } from '../../store/react';
import type { StudyOptions } from '../../store/study';
import { Preview } from './Preview';
import { Training } from './Training';
import './study.css';

const CheckpointSection = lazy(() => import('../checkpoint/CheckpointSection'));

/** A person's own layer states: files in, what they are, heads trained here, a study out. */
export default function StudyView() {
  const problem = useApp((s) => s.study.problem);
  return (
    <>
      <header className="page-head">
        <h2>Your own</h2>
        <p className="fine">
          Layer states of two encoders on one labelled set: heads are trained in this tab, and nothing leaves
          it.
        </p>
      </header>
      {problem ? (
        <p className="problem" role="alert">
          {problem}
        </p>
      ) : null}
      <div className="study">
        <Files />
        <Preview />
        <Training />
      </div>
      <Suspense fallback={<p className="waiting">Waiting for: your own checkpoints</p>}>
        <CheckpointSection />
      </Suspense>
    </>
  );
}

const role = (
  at: number,
  { a, b, table }: { a: number | null; b: number | null; table: number | null },
): string =>
  at === table ? 'labels' : at === a && at === b ? 'A and B' : at === a ? 'A' : at === b ? 'B' : 'not used';

function Files() {
  const study = useApp((s) => s.study);
  const training = study.training.state === 'loading';
  const { giveStudyFiles, exchangeStudySides, clearStudy } = useActions();
  const input = useRef<HTMLInputElement>(null);
  const [over, setOver] = useState(false);
  const take = (list: FileList | null): void => {
    const files = Array.from(list ?? [], (blob) => ({ name: blob.name, blob }));
    if (files.length) giveStudyFiles(files);
  };
  const drop = (event: DragEvent): void => {
    event.preventDefault();
    setOver(false);
    if (!training) take(event.dataTransfer.files);
  };
  return (
    <section
      className={`panel${over ? ' over' : ''}`}
      aria-labelledby="study-files"
      onDragOver={(event) => {
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={() => setOver(false)}
      onDrop={drop}
    >
      <header>
        <h2 id="study-files">Files</h2>
      </header>
      <p>
        Drop two files of layer states, <code>.safetensors</code> or <code>.npz</code>, each with an array of
        samples × layers × width, and a CSV with a column <code>label</code>; <code>id</code>,{' '}
        <code>group</code> and <code>split</code> if you have them. Or the file of a study, to open it again.
      </p>
      <p className="study-row">
        <button type="button" className="btn" disabled={training} onClick={() => input.current?.click()}>
          Choose files…
        </button>
        {study.a !== null && study.b !== null ? (
          <button type="button" className="btn" disabled={training} onClick={exchangeStudySides}>
            Exchange A and B
          </button>
        ) : null}
        {study.files.length ? (
          <button type="button" className="btn" onClick={clearStudy}>
            Begin anew
          </button>
        ) : null}
        <input
          ref={input}
          type="file"
          multiple
          hidden
          aria-label="Files of layer states, labels or a study"
          accept=".safetensors,.npz,.npy,.csv,.tsv,.txt,.json"
          onChange={(event) => {
            take(event.target.files);
            event.target.value = '';
          }}
        />
      </p>
      {study.files.length ? (
        <ul className="study-files">
          {study.files.map(({ name, blob }, at) => (
            <li key={name}>
              <b>{role(at, study)}</b> {name} · {(blob.size / 1e6).toFixed(1)} MB
            </li>
          ))}
        </ul>
      ) : null}
      <Options options={study.options} disabled={training} />
    </section>
  );
}

interface NumberRow {
  key: 'seed' | 'epochs' | 'validation' | 'test';
  label: string;
  min: number;
  max: number;
  step: number;
}
const numbers: NumberRow[] = [
  { key: 'seed', label: 'Seed', min: 0, max: 999_999, step: 1 },
  { key: 'epochs', label: 'Epochs at most', min: 1, max: 200, step: 1 },
  { key: 'validation', label: 'Validation share', min: 0.05, max: 0.45, step: 0.05 },
  { key: 'test', label: 'Test share', min: 0.05, max: 0.45, step: 0.05 },
];

function Options({ options, disabled }: { options: StudyOptions; disabled: boolean }) {
  const { setStudyOptions } = useActions();
  const preview = useApp((s) => s.study.preview);
  const target = preview.state === 'ready' ? preview.value.preview.target : undefined;
  return (
    <fieldset className="study-options" disabled={disabled}>
      <legend>Settings</legend>
      {numbers.map(({ key, label, ...range }) => (
        <label key={key}>
          {label}
          <input
            type="number"
            {...range}
            defaultValue={options[key]}
            onBlur={({ target }) => {
              const value = target.valueAsNumber;
              if (!target.validity.valid || Number.isNaN(value)) target.value = String(options[key]);
              else if (value !== options[key]) setStudyOptions({ [key]: value });
            }}
          />
        </label>
      ))}
      <label>
        Chosen by
        <select
          value={metricFor(options.metric, target ?? 'class')}
          onChange={({ target }) => setStudyOptions({ metric: target.value as MetricName })}
        >
          {metricsOf({ target }).map((name) => (
            <option key={name}>{name}</option>
          ))}
        </select>
      </label>
    </fieldset>
  );
}
