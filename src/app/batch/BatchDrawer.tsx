import { useEffect, useRef, useState, type DragEvent } from 'react';
import { useStore } from 'zustand';
import { save } from '../../charts/download';
import { csvDocument } from '../../charts/export';
import type { Degradation } from '../../engine/protocol';
import { useApp, useAppStore } from '../../store/react';
import { headsInUse, layers, scene } from '../../store/selectors';
import type { AppState } from '../../store/state';
import { ssfnSkew } from '../../store/strategy';
import { Icon } from '../chrome/Icons';
import { notesOf, stemOf, strategyNow } from '../figure-notes';
import { controlsOf } from '../inputs/degradations';
import { conditionOf, useSide, type SideInfo } from '../inputs/side';
import { conditionWords, strategyWords } from '../words';
import { chosenFiles, droppedFiles } from './folder';
import { batch, beginAnew, forget, run, stop, takeFiles, type Sides } from './job';
import { Outcomes } from './Outcomes';
import { batchTable, strategyLabels } from './summary';
import { missingFiles, namesFiles, namesOf } from './table';
import './batch.css';

/** Another pairing has other columns, as another pack has. */
const batchKey = ({ packId, pairing }: AppState): string => `${packId} ${pairing}`;

/** "drawn: Reveal first 60 %" */
function degradationWords({ label, kind }: SideInfo, degradation: Degradation): string {
  const words = degradation.dropped
    ? ['dropped']
    : controlsOf(kind)
        .filter((control) => control.at(degradation) !== control.at({}))
        .map((control) => `${control.label.toLowerCase()} ${control.words(control.at(degradation))}`);
  return `${label.toLowerCase()}: ${words.join(', ') || 'as given'}`;
}

/** What the table has to look like for this pack. */
function Wanted({ sides }: { sides: Sides }) {
  const column = (side: 'a' | 'b') => (
    <>
      <code>{namesOf(side, sides)[0]}</code> ({namesFiles(sides[side]) ? 'the name of a file' : 'text'})
    </>
  );
  const sidesGiven = (['a', 'b'] as const).filter((side) => sides[side].kind !== 'features');
  return (
    <p>
      {sidesGiven.length === 2 ? (
        <>
          A CSV in UTF-8 with a header row, one row for each pair: columns {column('a')} and {column('b')}, or
          one of them;{' '}
        </>
      ) : (
        <>A CSV in UTF-8 with a header row, one row for each sample: a column {column(sidesGiven[0])}; </>
      )}
      <code>id</code> and <code>label</code> if you have them.
      {namesFiles(sides.a) || namesFiles(sides.b)
        ? ' Choose it together with the files that it names, or with their folder.'
        : ''}
    </p>
  );
}

function Missing({ sides }: { sides: Sides }) {
  const { table, files } = useStore(batch);
  if (!table) return null;
  const missing = missingFiles(table, sides, files);
  const columns = (['a', 'b', 'label', 'id'] as const).flatMap((name) => {
    const title = table.columns[name];
    return title === null ? [] : [`${name.length === 1 ? name.toUpperCase() : name} from “${title}”`];
  });
  return (
    <>
      <p>
        <b>{table.file}</b>: {table.rows.length} {table.rows.length === 1 ? 'row' : 'rows'};{' '}
        {columns.join(', ')}.
        {namesFiles(sides.a) || namesFiles(sides.b)
          ? ` ${files.size} ${files.size === 1 ? 'file' : 'files'} chosen.`
          : ''}
      </p>
      {missing.length > 0 && (
        <p className="refused">
          <Icon name="warn" />
          {`${missing.length === 1 ? 'One file that the table names is' : `${missing.length} files that the table names are`} not among the chosen ones: ${missing.slice(0, 5).join(', ')}${missing.length > 5 ? ' …' : ''}. Choose ${missing.length === 1 ? 'it' : 'them'} as well, or go on without these rows.`}
        </p>
      )}
    </>
  );
}

function Files({ sides }: { sides: Sides }) {
  const running = useStore(batch, (s) => s.running);
  const problem = useStore(batch, (s) => s.problem);
  const begun = useStore(batch, (s) => s.table !== null || s.files.size > 0);
  const packId = useApp(batchKey);
  const single = useRef<HTMLInputElement>(null);
  const folder = useRef<HTMLInputElement>(null);
  const [over, setOver] = useState(false);
  const drop = (event: DragEvent) => {
    event.preventDefault();
    setOver(false);
    void droppedFiles(event.dataTransfer).then((files) => takeFiles(files, sides));
  };
  const input = (ref: typeof single, label: string, whole: boolean) => (
    <input
      ref={ref}
      type="file"
      multiple
      hidden
      aria-label={label}
      {...(whole ? { webkitdirectory: '' } : {})}
      onChange={(event) => {
        const files = chosenFiles(event.target.files);
        event.target.value = '';
        if (files.size) void takeFiles(files, sides);
      }}
    />
  );
  return (
    <section
      className={`batch-files ${over ? 'over' : ''}`}
      aria-label="Table and files"
      onDragOver={(event) => {
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={() => setOver(false)}
      onDrop={drop}
    >
      <Wanted sides={sides} />
      <p className="batch-row">
        <button type="button" className="btn" disabled={running} onClick={() => single.current?.click()}>
          Choose files…
        </button>
        {(namesFiles(sides.a) || namesFiles(sides.b)) && (
          <button type="button" className="btn" disabled={running} onClick={() => folder.current?.click()}>
            Choose a folder…
          </button>
        )}
        {begun && (
          <button type="button" className="btn" onClick={() => beginAnew(packId)}>
            Begin anew
          </button>
        )}
        {input(single, 'Table and files of the batch', false)}
        {input(folder, 'Folder of the batch', true)}
      </p>
      <p className="refused" role="alert">
        {problem && (
          <>
            <Icon name="warn" />
            {problem}
          </>
        )}
      </p>
      <Missing sides={sides} />
    </section>
  );
}

/** Which degradation: what the sliders do now, or a condition of the pack. */
function Running({ sides, infoA, infoB }: { sides: Sides; infoA: SideInfo; infoB: SideInfo }) {
  const store = useAppStore();
  const state = useStore(batch);
  const conditions = useApp((s) => scene(s)?.pack.conditions ?? null);
  const classes = useApp((s) => scene(s)?.task.classes ?? null);
  const [condition, setCondition] = useState('sliders');
  const { table, outcomes, running, stopped, done } = state;
  if (!table || !conditions || !classes) return null;
  const degradations = () => {
    const { a, b } = store.getState();
    if (condition === 'sliders') return { a: a.degradation, b: b.degradation };
    const chosen = conditions.find(({ id }) => id === condition);
    const of = (info: SideInfo) => ({ seed: chosen?.seed, ...conditionOf(chosen, info.id) });
    return { a: of(infoA), b: of(infoB) };
  };
  const start = () => {
    const how = degradations();
    const now = store.getState();
    const l = layers(now);
    const current = l ? strategyWords(now.strategy, l, ssfnSkew(now)) : { name: 'strategy', detail: '' };
    void run(
      store,
      sides,
      how,
      done ?? {
        degradation: `${degradationWords(infoA, how.a)}; ${degradationWords(infoB, how.b)}`,
        strategy: [current.name, current.detail, headsInUse(now).seeds && 'all seeds']
          .filter(Boolean)
          .join(', '),
      },
    );
  };
  const exportCsv = () => {
    const app = store.getState();
    const caption = `What every strategy says of ${outcomes.length} of ${table.rows.length} rows of ${table.file}; ${done?.degradation}. ${strategyNow(app, false)}`;
    const notes = notesOf(app, 'Batch of predictions', caption, { condition: false });
    const labels = strategyLabels(`in use: ${done?.strategy}`);
    save(csvDocument(batchTable(state, classes, labels), notes), `${stemOf(app, 'batch')}.csv`, 'text/csv');
  };
  const left = table.rows.length - outcomes.length;
  return (
    <section className="batch-run" aria-label="Predictions">
      <p className="batch-row">
        <label className="field">
          <span>Inputs</span>
          <select
            value={condition}
            disabled={running || outcomes.length > 0}
            onChange={(event) => setCondition(event.target.value)}
          >
            <option value="sliders">degraded as the sliders stand now</option>
            {conditions.map((one) => (
              <option key={one.id} value={one.id}>
                {conditionWords(one)}
              </option>
            ))}
          </select>
        </label>
        {running ? (
          <button type="button" className="btn" onClick={stop}>
            Stop
          </button>
        ) : left > 0 ? (
          <button type="button" className="btn" onClick={start}>
            {outcomes.length > 0
              ? `Go on with ${left} rows`
              : `Predict ${left} ${left === 1 ? 'row' : 'rows'}`}
          </button>
        ) : null}
        {!running && outcomes.length > 0 && (
          <>
            <button type="button" className="btn" onClick={forget}>
              Forget these
            </button>
            <button type="button" className="btn" onClick={exportCsv}>
              Save as CSV
            </button>
          </>
        )}
      </p>
      {(running || outcomes.length > 0) && (
        <>
          <progress max={table.rows.length} value={outcomes.length} aria-label="Rows that are predicted" />
          <p className="fine" role="status">
            {`${outcomes.length} of ${table.rows.length} rows. ${stopped ?? ''}`}
          </p>
        </>
      )}
      {outcomes.length > 0 && <Outcomes state={state} classes={classes} />}
    </section>
  );
}

/** Many inputs at once: a table in, a table of predictions by every strategy out. */
export default function BatchDrawer({ onClose }: { onClose(): void }) {
  const dialog = useRef<HTMLDialogElement>(null);
  const packId = useApp(batchKey);
  const title = useApp((s) => scene(s)?.pack.title ?? '');
  const known = useStore(batch, (s) => s.packId);
  const infoA = useSide('a');
  const infoB = useSide('b');
  useEffect(() => dialog.current?.showModal(), []);
  useEffect(() => {
    if (known !== packId) beginAnew(packId);
  }, [known, packId]);
  const sides = infoA && infoB && { a: infoA, b: infoB };
  return (
    <dialog
      ref={dialog}
      className="drawer batch"
      aria-labelledby="batch-title"
      onClose={onClose}
      onClick={(event) => {
        if (event.target === dialog.current) dialog.current.close();
      }}
    >
      <div className="drawer-body">
        <header>
          <h2 id="batch-title">Many at once</h2>
          <p className="sub">{title}</p>
          <button type="button" className="ic" aria-label="Close" onClick={() => dialog.current?.close()}>
            <Icon name="close" />
          </button>
        </header>
        {sides && infoA && infoB ? (
          <>
            <Files sides={sides} />
            <Running sides={sides} infoA={infoA} infoB={infoB} />
            <p className="fine">
              Read and predicted in this tab, row by row; nothing leaves it. It goes on while this is closed.
            </p>
          </>
        ) : (
          <p className="waiting">Waiting for the pack.</p>
        )}
      </div>
    </dialog>
  );
}
