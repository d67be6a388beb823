import type { StudyPreview } from '../../packs/study/preview';
import { targetText } from '../../packs/study/target-text';
import { useActions, useApp } from '../../store/react';
import { duration } from './duration';

const parts = ['train', 'validation', 'test'] as const;

/** What the study would be, and the button that trains it. */
export function Preview() {
  const preview = useApp((s) => s.study.preview);
  const training = useApp((s) => s.study.training);
  const progress = useApp((s) => s.study.progress);
  const { trainStudy, forgetStudies } = useActions();
  if (preview.state === 'idle') return null;
  return (
    <section className="panel" aria-labelledby="study-preview" aria-busy={preview.state === 'loading'}>
      <header>
        <h2 id="study-preview">What would be trained</h2>
      </header>
      {preview.state === 'failed' ? (
        <p className="caution" role="alert">
          {preview.message}
        </p>
      ) : preview.state === 'loading' ? (
        <p role="status">Waiting for: {preview.what}</p>
      ) : (
        <>
          <Sides preview={preview.value.preview} />
          <TargetChoice preview={preview.value.preview} />
          <Split preview={preview.value.preview} />
          <p>
            {preview.value.preview.heads} heads; up to {Math.ceil(preview.value.preview.bytes / 1e6)} MB of
            memory and {duration(preview.value.seconds)}, from one measured step.
          </p>
          {preview.value.preview.notes.length ? (
            <ul className="fine">
              {preview.value.preview.notes.map((note) => (
                <li key={note}>{note}</li>
              ))}
            </ul>
          ) : null}
          {preview.value.kept > 0 && training.state !== 'loading' && training.state !== 'ready' ? (
            <p className="study-row" role="status">
              {preview.value.kept === preview.value.preview.heads
                ? 'All heads of this study were trained on an earlier visit and kept in this browser.'
                : `${preview.value.kept} of ${preview.value.preview.heads} heads of this study were trained on an earlier visit and kept in this browser; training goes on from there.`}
              <button type="button" className="btn" onClick={forgetStudies}>
                Forget them
              </button>
            </p>
          ) : null}
          {training.state === 'idle' || training.state === 'failed' ? (
            <p className="study-row">
              <button type="button" className="btn" onClick={trainStudy}>
                {trainLabel(preview.value.preview.heads, Math.max(progress?.done ?? 0, preview.value.kept))}
              </button>
            </p>
          ) : null}
        </>
      )}
    </section>
  );
}

function Sides({ preview }: { preview: StudyPreview }) {
  return (
    <table className="plain">
      <thead>
        <tr>
          <th scope="col">side</th>
          <th scope="col" className="left">
            states
          </th>
          <th scope="col">samples</th>
          <th scope="col">layers</th>
          <th scope="col">width</th>
        </tr>
      </thead>
      <tbody>
        {(['a', 'b'] as const).map((side) => (
          <tr key={side}>
            <th scope="row" className={side}>
              {side.toUpperCase()}
            </th>
            <td className="left">
              {preview[side].label} ({preview[side].file}, {preview[side].array}, {preview[side].dtype})
            </td>
            <td>{preview.samples}</td>
            <td>{preview[side].layers}</td>
            <td>{preview[side].width}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

const trainLabel = (heads: number, done: number): string =>
  done === 0
    ? `Train ${heads} heads`
    : done === heads
      ? 'Put the study together'
      : `Go on: ${heads - done} heads to train`;

const kinds = { class: 'classes', number: 'numbers' } as const;

/** What the labels are taken as, and the other choice where they could be either. */
function TargetChoice({ preview }: { preview: StudyPreview }) {
  const { setStudyOptions } = useActions();
  const { target, possible, range, classes } = preview;
  const what = range
    ? `${targetText(preview)}: heads and probes with one output learn the squared error of the standardised label; figures are the mean absolute error and the correlation`
    : `${classes.length} classes`;
  return (
    <>
      <p>The labels are {what}.</p>
      {possible.length > 1 ? (
        <div className="study-row" role="radiogroup" aria-label="Take the labels as">
          {possible.map((kind) => (
            <label key={kind}>
              <input
                type="radio"
                name="study-target"
                checked={kind === target}
                onChange={() => setStudyOptions({ target: kind })}
              />{' '}
              {kinds[kind]}
            </label>
          ))}
        </div>
      ) : null}
    </>
  );
}

function Split({ preview }: { preview: StudyPreview }) {
  const { groupName, classes, split } = preview;
  return (
    <div className="study-split">
      <table className="plain">
        <caption className="fine">Split: {preview.splitBy}</caption>
        <thead>
          <tr>
            <th scope="col">part</th>
            <th scope="col">samples</th>
            {groupName ? <th scope="col">{groupName}s</th> : null}
            {classes.map((label) => (
              <th scope="col" key={label}>
                {label}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {parts.map((part) => (
            <tr key={part}>
              <th scope="row">{part}</th>
              <td>{split[part].samples}</td>
              {groupName ? <td>{split[part].groups}</td> : null}
              {classes.map((label, c) => (
                <td key={label}>{split[part].classes[c]}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
