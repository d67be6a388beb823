import { useEffect, useMemo } from 'react';
import { count } from '../../charts/format';
import type { Extraction, Side } from '../../store/checkpoint/state';
import { checkColumn, type SampleTable } from '../../store/checkpoint/table';
import { duration } from '../study/duration';
import { useCheckpointActions, useCheckpoints } from './context';
import { Choose, DropPanel } from './DropPanel';
import { takesWords } from './words';

/** A table of samples, and what each encoder is given of it. */
export function TablePanel() {
  const table = useCheckpoints((s) => s.table);
  const media = useCheckpoints((s) => s.media);
  const extraction = useCheckpoints((s) => s.extraction);
  const result = useCheckpoints((s) => s.result);
  const ready = useCheckpoints(
    ({ a, b, columns }) =>
      a.encoder.state === 'ready' && b.encoder.state === 'ready' && columns.a !== null && columns.b !== null,
  );
  const { giveSamples, extract, cancelExtraction, preview, reject } = useCheckpointActions();
  const busy = extraction !== null;
  return (
    <DropPanel title="A table of samples" onFiles={busy ? undefined : giveSamples} onProblem={reject}>
      <p>
        Drop a CSV with a column <code>label</code>, and for each encoder a column of texts or of file names;
        drop those files with it. <code>id</code>, <code>group</code> and <code>split</code> if you have them.
      </p>
      <p className="study-row">
        <Choose
          text="Choose files…"
          label="Table of samples and its files"
          disabled={busy}
          onFiles={giveSamples}
        />
        <Choose
          text="Choose a folder of files…"
          label="Folder of the table's files"
          folder
          disabled={busy}
          onFiles={giveSamples}
        />
      </p>
      {table.state === 'failed' ? (
        <p className="caution" role="alert">
          {table.message}
        </p>
      ) : null}
      {table.state === 'loading' ? <p role="status">Waiting for: {table.what}</p> : null}
      {table.state === 'ready' ? (
        <>
          <p>
            <b>{table.value.file.name}</b> · {count(table.value.rows.length)} rows
            {media.length ? `, ${count(media.length)} files beside it` : ''}
          </p>
          <Column side="a" table={table.value} disabled={busy} />
          <Column side="b" table={table.value} disabled={busy} />
          {extraction ? (
            <Progress extraction={extraction} onCancel={cancelExtraction} />
          ) : (
            <p className="study-row">
              <button type="button" className="btn" disabled={!ready} onClick={extract}>
                Compute the states of all rows
              </button>
              {result ? (
                <button type="button" className="btn" onClick={preview}>
                  Preview them as a study
                </button>
              ) : null}
            </p>
          )}
          {result && !extraction ? (
            <p role="status">
              The states of all rows are there: see <a href="#study-preview">What would be trained</a>.
            </p>
          ) : null}
        </>
      ) : null}
    </DropPanel>
  );
}

function Column({ side, table, disabled }: { side: Side; table: SampleTable; disabled: boolean }) {
  const encoder = useCheckpoints((s) => s[side].encoder);
  const column = useCheckpoints((s) => s.columns[side]);
  const media = useCheckpoints((s) => s.media);
  const { setColumn } = useCheckpointActions();
  const takes = encoder.state === 'ready' ? encoder.value.takes : null;
  const check = useMemo(
    () => (takes && column !== null ? checkColumn(table, column, takes, media) : null),
    [table, column, takes, media],
  );
  const name = side.toUpperCase();
  if (!takes) return <p className="fine">Choose encoder {name} first.</p>;
  return (
    <>
      <label className="checkpoint-field">
        <span className={side}>
          Encoder <b>{name}</b> is given
        </span>
        <select
          value={column ?? ''}
          disabled={disabled}
          onChange={({ target }) => setColumn(side, Number(target.value))}
        >
          <option value="" disabled>
            choose a column of {takes === 'text' ? 'texts' : `files of ${takesWords[takes]}`}
          </option>
          {table.header.map((title, at) => (
            <option key={at} value={at}>
              {title}: {table.rows[0][at].slice(0, 40)}
            </option>
          ))}
        </select>
      </label>
      {check && check.empty + check.missingCount > 0 ? (
        <p className="caution">
          {check.empty ? `${count(check.empty)} cells are empty. ` : ''}
          {check.missingCount
            ? `${count(check.missingCount)} files are not there yet: ${check.missing.join(', ')}${check.missingCount > check.missing.length ? ' …' : '.'}`
            : ''}
        </p>
      ) : null}
    </>
  );
}

function Progress({ extraction, onCancel }: { extraction: Extraction; onCancel(): void }) {
  const { side, stage, done, total, found, left, kept } = extraction;
  useEffect(() => {
    if (kept) return;
    // rows that are kept are there after a reload; others the browser asks about
    const ask = (event: BeforeUnloadEvent): void => event.preventDefault();
    addEventListener('beforeunload', ask);
    return () => removeEventListener('beforeunload', ask);
  }, [kept]);
  return (
    <>
      <p role="status">
        Encoder {side.toUpperCase()}: {stage}, {count(done)} of {count(total)} rows
        {left === null ? '' : `, about ${duration(left)} left for it`}.
        {found ? ` ${count(found)} were here already.` : ''}
      </p>
      <progress max={total} value={done} aria-label={`Rows that encoder ${side.toUpperCase()} has seen`} />
      <p className="study-row">
        <button type="button" className="btn" onClick={onCancel}>
          Cancel
        </button>
        <span className="fine">
          {kept
            ? 'Rows that are done are kept in this browser: after a reload, give the same again to go on.'
            : 'This browser keeps no files here: leave the page open.'}
        </span>
      </p>
    </>
  );
}
